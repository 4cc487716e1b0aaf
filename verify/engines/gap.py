"""Why a proof for any number of CPUs was not found: a step that the lemmas do not exclude."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verify.encode.tally import Tally
from verify.engines.counted import Counted
from verify.program.program import Program
from verify.smt.solver import Solver, Status
from verify.system.system import Input, Step, state_violation, step_violation
from verify.system.unroll import after_step
from verify.term.build import FALSE, TRUE, bvand, bvnot, bvule, conj, const
from verify.term.semantics import evaluate, evaluate_all, to_signed
from verify.term.term import Term
from verify.verdict.answer import Gap, Standing

FEW = 1
"""CPUs at one location in the counterexample that is looked for first."""


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
                values = dict(zip((t.name for t in known), solver.values(known), strict=True))
                tallies = (t for t in on.counting.tallies if values[t.count.name])
                standing = tuple(_standing(tally, values) for tally in tallies)
                return told(on.counting.compiled.program, name, step, values, standing, len(on.lemmas))
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


def told(
    program: Program, name: str, step: Step, values: Mapping[str, int], standing: tuple[Standing, ...], lemmas: int
) -> Gap:
    """Return a state of a system, and a step from it, in the words of the program."""
    names = [c.name for c in program.cells] + [g.name for g in program.ghosts]
    violates = evaluate(step_violation(step, name), values)
    updates = dict(step.updates)
    changed = dict(zip(updates, evaluate_all(updates.values(), values), strict=True))
    after = None if violates else tuple((n, changed.get(n, values[n])) for n in names)
    drawn = tuple((i.label, _read(i, values[i.name])) for i in step.inputs)
    before = tuple((n, values[n]) for n in names)
    return Gap(before, after, standing, step.label, step.span, drawn, lemmas)


def _standing(tally: Tally, values: Mapping[str, int]) -> Standing:
    sums = tuple((s.local.label, to_signed(values[s.total.name], s.total.width)) for s in tally.sums)
    at = tally.location
    return Standing(values[tally.count.name], at.actor, at.operation, at.span, sums)


def _read(given: Input, value: int) -> int:
    return to_signed(value, given.width) if given.signed else value
