"""Why a proof for any number of CPUs was not found, in the user's words: a step that the lemmas do not exclude."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from verify.encode.tally import Tally
from verify.engines.counted import Counted
from verify.program.program import Cell, Ghost, Kind
from verify.smt.solver import Solver, Status
from verify.system.system import Input, Step, state_violation, step_violation
from verify.system.unroll import after_step
from verify.term.build import FALSE, TRUE, bvand, bvnot, bvule, conj, const
from verify.term.semantics import to_signed
from verify.term.term import Term

FEW = 1
"""CPUs at one location in the counterexample that is looked for first."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A state that satisfies all lemmas, and a step from it that violates the property; ``values`` are unsigned."""

    step: Step
    values: Mapping[str, int]


def gap(on: Counted, name: str) -> Gap | None:
    """Return a counterexample to the induction of a property, with few CPUs if there is one."""
    counts = [t.count for t in on.counting.tallies]
    few = conj(bvule(count, const(FEW, count.width)) for count in counts)
    for limit in (few, TRUE):
        for solver, step, bad in _questions(on, name):
            status = solver.check((*on.search.lemmas, limit, bad), on.search.budget.left())
            if status is Status.UNKNOWN:
                return None
            if status is Status.SAT:
                known = [*(v.term for v in on.counting.system.state), *(i.term for i in step.inputs)]
                return Gap(step, dict(zip((t.name for t in known), solver.values(known), strict=True)))
    return None


def _questions(on: Counted, name: str) -> Iterator[tuple[Solver, Step, Term]]:
    """Yield where a step violates the property in its middle, or leads from a good state to a bad one."""
    bad = state_violation(on.counting.system, name)
    for asked in on.search.asked:
        inside = step_violation(asked.step, name)
        if inside is not FALSE:
            yield on.search.states, asked.step, inside
        after = after_step(asked.step, (bad,))[0]
        if after is not bad:
            yield asked.solver, asked.step, bvand(bvnot(bad), after)


def sentence(on: Counted, found: Gap) -> str:
    """Return a gap as a sentence: shared values, the CPUs at each place, and the step with what it draws."""
    program = on.counting.compiled.program
    variables: tuple[Cell | Ghost, ...] = (*program.cells, *program.ghosts)
    shared = (f"{v.name} = {_shown(found.values[v.name], v.width, v.kind)}" for v in variables)
    cpus = [_at(tally, found.values) for tally in on.counting.tallies if found.values[tally.count.name]]
    where = ", ".join(cpus) if cpus else "no CPU inside"
    drawn = ", ".join(f"{i.label} = {_read(i, found.values[i.name])}" for i in found.step.inputs)
    step = f"a CPU {found.step.label}" + (f" with {drawn}" if drawn else "")
    return f"they do not exclude the state {', '.join(shared)}; {where}; from which {step} violates it"


def _at(tally: Tally, values: Mapping[str, int]) -> str:
    count = values[tally.count.name]
    span = tally.location.span
    sums = (f"{s.local.label} {to_signed(values[s.total.name], s.total.width)}" for s in tally.sums)
    together = f" ({', '.join(sums)}{' in all' if count > 1 else ''})" if tally.sums else ""
    cpus = "1 CPU" if count == 1 else f"{count} CPUs"
    return f"{cpus} before {tally.location.operation} at {span.file}:{span.line}{together}"


def _read(given: Input, value: int) -> int:
    return to_signed(value, given.width) if given.signed else value


def _shown(value: int, width: int, kind: Kind) -> str:
    match kind:
        case Kind.BOOL:
            return "true" if value else "false"
        case Kind.SIGNED:
            return str(to_signed(value, width))
        case Kind.UNSIGNED:
            return str(value)
        case Kind.TOKEN:
            return f"#{value}"
