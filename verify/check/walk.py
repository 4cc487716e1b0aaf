"""K iterations of one step at once: the nodes of an actor are run on arithmetic progressions.

Every branch must go the same way in all iterations, every guard hold and every store happen or not happen
in all of them. The theorem behind a block: if every cell and ghost v has in iteration i the value
v0 + i * d(v), the step run on these progressions takes one path, and leaves v0 + (i + 1) * d(v), then by
induction over i the K single steps exist, each begins where the one before ended, and they end in v0 + K * d(v).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verify.check.progression import Line, bits, constant, spliced, truth_of, value_of
from verify.program.flow import is_scheduling_point
from verify.program.program import (
    Access,
    Actor,
    Assign,
    AtomicBegin,
    Branch,
    Check,
    Draw,
    Fresh,
    GhostAssign,
    Guard,
    Kind,
    Local,
    Node,
    Stop,
)
from verify.program.run import input_name
from verify.term.semantics import mask, to_signed
from verify.term.source import Span

LIMIT = 100_000
"""The most nodes that one step may run."""


class NoBlockError(Exception):
    """Why the iterations are not known to be alike."""


@dataclass(frozen=True, slots=True)
class Walked:
    """Where all iterations end (None: outside), and what every cell, ghost and local holds then, by name."""

    node: int | None
    values: Mapping[str, Line]


@dataclass(slots=True)
class _Walk:
    locals: Mapping[str, Local]
    inputs: Mapping[str, int]
    times: int
    values: dict[str, Line]
    visits: dict[int, int]


def walk(actor: Actor, node: int | None, values: Mapping[str, Line], inputs: Mapping[str, int], times: int) -> Walked:
    """Run one step of ``actor`` from ``node`` (None: enter) on progressions of cells, ghosts and locals.

    Locals that are not given are zero. Raises NoBlockError where the iterations may differ.
    """
    held = {v.name: v for v in actor.body.locals}
    run = _Walk(held, inputs, times, dict(values), {})
    for name, local in held.items():
        run.values.setdefault(name, constant(local.width, 0, times))
    at, passed = node or 0, False
    for _ in range(LIMIT):
        here = actor.body.nodes[at]
        if is_scheduling_point(here):
            if passed:
                return Walked(at, run.values)
            passed = True
        if isinstance(here, Stop):
            return Walked(None, run.values)
        at = _run(run, at, here)
    raise NoBlockError("a step runs too long")


def _run(run: _Walk, at: int, node: Node) -> int:
    """Run one node and return the next."""
    match node:
        case Branch():
            return node.then if _truth(run, node, node.span) else node.otherwise
        case Guard():
            if not _truth(run, node, node.span):
                raise NoBlockError(f"blocked at {node.span}")
        case Assign() | GhostAssign():
            run.values[node.target] = _value(run, node, node.span)
        case Access():
            _access(run, node)
        case Draw():
            run.values[node.target] = _drawn(run, at, node)
        case Fresh():
            raise NoBlockError(f"a FRESH value is different every time: {node.span}")
        case Check() | AtomicBegin():
            pass
        case Stop():
            raise NoBlockError("nothing follows the end of an actor")
    return node.next


def _truth(run: _Walk, node: Branch | Guard, span: Span) -> bool:
    found = truth_of(node.condition, run.values, run.times)
    if found is None:
        raise NoBlockError(f"a condition may change between the first and the last time: {span}")
    return found


def _value(run: _Walk, node: Assign | GhostAssign, span: Span) -> Line:
    found = value_of(node.value, run.values, run.times)
    if found is None:
        raise NoBlockError(f"a value does not change evenly: {span}")
    return found


def _access(run: _Walk, node: Access) -> None:
    whole = run.values[node.cell]
    found = bits(whole, node.offset, node.width)
    if found is None:
        raise NoBlockError(f"a part of a word does not change evenly: {node.span}")
    run.values[node.old] = found
    stores = truth_of(node.stores, run.values, run.times)
    if stores is None:
        raise NoBlockError(f"it may be stored sometimes only: {node.span}")
    if stores:
        new = value_of(node.new, run.values, run.times)
        after = None if new is None else spliced(whole, new, node.offset)
        if after is None:
            raise NoBlockError(f"what is stored does not change evenly: {node.span}")
        run.values[node.cell] = after


def _drawn(run: _Walk, at: int, node: Draw) -> Line:
    visit = run.visits.get(at, 0)
    run.visits[at] = visit + 1
    name = input_name(node.target, at, visit)
    local = run.locals.get(node.target)
    if name not in run.inputs or local is None:
        raise NoBlockError(f"no value for the input {name}")
    value = run.inputs[name]
    read = to_signed(value, local.width) if local.kind is Kind.SIGNED else value
    if not 0 <= value <= mask(local.width) or not node.low <= read <= node.high:
        raise NoBlockError(f"{name} = {value} is out of range")
    return constant(local.width, value, run.times)
