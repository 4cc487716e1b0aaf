"""What the verdicts of a spec rest on, read off its program."""

from __future__ import annotations

from collections.abc import Iterator

from verify.encode.tally import contexts
from verify.program.program import (
    Access,
    Draw,
    ExpectedVerdict,
    Guard,
    GuardKind,
    Marking,
    Node,
    Program,
    Property,
)
from verify.report.outcome import Assumption, proved_text
from verify.report.values import counted

NR_CPUS_LIMIT = 8192
"""The kernel's limit on processors (NR_CPUS on x86-64)."""

PID_MAX_LIMIT = 1 << 22
"""The kernel's limit on tasks; each may be preempted inside an actor."""


def expected(program: Program, prop: Property, cpus: int | None) -> str:
    """Return the verdict that is expected of a property, as the report spells it.

    What a spec expects is about all knobs off; with a knob on, everything is expected to be PROVED.
    """
    for expectation in program.expectations:
        if expectation.property == prop.id and not any(knob.on for knob in program.knobs):
            match expectation.verdict:
                case ExpectedVerdict.REFUTED:
                    return "REFUTED"
                case ExpectedVerdict.VACUOUS:
                    return "VACUOUS"
    return proved_text(cpus)


def assumptions(program: Program, cpus: int | None) -> tuple[Assumption, ...]:
    """Return everything the verdicts assume: contexts, ranges, ASSUMEs, WAITs, bounds on actors, options."""
    found = [_contexts(program, cpus)]
    for actor in program.actors:
        if actor.max_entries is not None:
            often = "once" if actor.max_entries == 1 else counted(actor.max_entries, "time")
            found.append(Assumption("ACTOR_MAX", f"{actor.name}: entered at most {often}", actor.span))
        if actor.limit is not None:
            inside = f"at most {counted(actor.limit, 'CPU')} inside"
            found.append(Assumption("ACTOR_LIMIT", f"{actor.name}: {inside}", actor.span))
        labels = {v.name: v.label for v in actor.body.locals}
        found += dict.fromkeys(_of_node(actor.name, node, labels) for node in actor.body.nodes if _assumes(node))
    found += [Assumption("KNOB", f"{knob.id} is {'on' if knob.on else 'off'}", knob.span) for knob in program.knobs]
    found += [Assumption("option", option, None) for option in program.options]
    found.append(Assumption("compiler", "C as for x86-64 Linux, -fno-strict-overflow: signed overflow wraps", None))
    return tuple(found)


def _contexts(program: Program, cpus: int | None) -> Assumption:
    if cpus is not None:
        return Assumption("CPUs", f"exactly {counted(cpus, 'context')}, looping for ever", None)
    limits = f"the kernel's own limits: {NR_CPUS_LIMIT} processors, {PID_MAX_LIMIT} tasks"
    return Assumption("CPUS", f"at most {counted(contexts(program), 'context')} in flight; {limits}", None)


def _assumes(node: Node) -> bool:
    return isinstance(node, Guard | Draw)


def _of_node(actor: str, node: Node, labels: dict[str, str]) -> Assumption:
    if isinstance(node, Guard):
        kind = "WAIT" if node.kind is GuardKind.WAIT else "ASSUME"
        return Assumption(kind, f"{actor}: {node.text}", node.span)
    if isinstance(node, Draw):
        return Assumption("ANY", f"{actor}: {labels[node.target]} in {node.low} .. {node.high}", node.span)
    raise ValueError("only a guard or a draw is an assumption")


def memory_model(program: Program) -> tuple[str, ...]:
    """Return the sentences about the memory model (DESIGN section 3).

    Sequential consistency of one word is what the kernel's memory model gives, if every access to
    it is marked, aligned and of one size at one address, and no actor waits for another. Otherwise the
    verdicts assume it.
    """
    places = {(a.cell, a.offset, a.width) for a in _accesses(program) if a.cell in program.written}
    marked = all(a.marking is not Marking.PLAIN for a in _accesses(program) if a.cell in program.written)
    waits = any(isinstance(n, Guard) and n.kind is GuardKind.WAIT for actor in program.actors for n in actor.body.nodes)
    aligned = all(cell.aligned for cell in program.cells if cell.name in program.written)
    if len(places) > 1 or not marked or waits or not aligned:
        return ("assuming sequential consistency",)
    return (
        "references and ownership pass between CPUs with at least release/acquire order",
        "about the values of this word, not about the order of accesses to the object it protects",
    )


def _accesses(program: Program) -> Iterator[Access]:
    for actor in program.actors:
        for node in actor.body.nodes:
            if isinstance(node, Access):
                yield node
