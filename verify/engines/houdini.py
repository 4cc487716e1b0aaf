"""Houdini (Flanagan, Leino 2001): the largest set of candidates that is inductive together.

One incremental solver; one query per step, which asks for a falsified candidate and drops all that
its model falsifies. A step whose last "unsat" did not use a dropped candidate is not asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from verify.engines.messages import Budget
from verify.smt.solver import Solver, Status
from verify.system.system import Step, TransitionSystem
from verify.system.unroll import after_step, init_values
from verify.term.build import bvand, bvnot, disj
from verify.term.semantics import evaluate_all
from verify.term.term import Term, symbols


@dataclass(slots=True)
class _Asked:
    """A step with what it makes of each candidate that it can change, and its last core."""

    step: Step
    after: dict[Term, Term]
    core: frozenset[Term] | None = None


@dataclass(slots=True)
class _Set:
    """The candidates still alive, in the given order."""

    alive: dict[Term, None] = field(default_factory=dict)


def symmetric_steps(system: TransitionSystem) -> tuple[Step, ...]:
    """Return the steps of the first CPU: enough to ask when the candidates treat all CPUs alike.

    ``verify.check`` asks about every step, so a mistake here can only make evidence be rejected.
    """
    return tuple(s for s in system.steps if s.cpu == 0)


def houdini(
    system: TransitionSystem, candidates: Sequence[Term], solver: Solver, budget: Budget
) -> tuple[Term, ...] | None:
    """Return the largest inductive subset of symmetric candidates, or None when the budget is spent."""
    initially = init_values(system, candidates)
    kept = _Set()
    for candidate, start in zip(candidates, initially, strict=True):
        status = solver.check((bvand(system.init_guard, bvnot(start)),), budget.left())
        if status is Status.UNKNOWN:
            return None
        if status is Status.UNSAT:
            kept.alive[candidate] = None
    asked = [_Asked(step, _changed(step, tuple(kept.alive))) for step in symmetric_steps(system)]
    while True:
        stale = [a for a in asked if a.core is None or not a.core <= kept.alive.keys()]
        if not stale:
            return tuple(kept.alive)
        for one in stale:
            if not _settle(one, kept, solver, budget):
                return None


def _changed(step: Step, candidates: Sequence[Term]) -> dict[Term, Term]:
    pairs = zip(candidates, after_step(step, candidates), strict=True)
    return {before: after for before, after in pairs if after is not before}


def _settle(asked: _Asked, kept: _Set, solver: Solver, budget: Budget) -> bool:
    """Drop candidates until this step preserves the rest; False when the solver gives up."""
    solver.push()
    solver.add(asked.step.guard)
    try:
        while True:
            goals = [(c, after) for c, after in asked.after.items() if c in kept.alive]
            solver.push()
            solver.add(disj(bvnot(after) for _, after in goals))
            status = solver.check(tuple(kept.alive), budget.left())
            if status is Status.UNSAT:
                asked.core = frozenset(solver.core())
                solver.pop()
                return True
            if status is Status.UNKNOWN:
                solver.pop()
                return False
            for dropped in _falsified(goals, solver):
                del kept.alive[dropped]
            solver.pop()
    finally:
        solver.pop()


def _falsified(goals: Sequence[tuple[Term, Term]], solver: Solver) -> list[Term]:
    needed = symbols(after for _, after in goals)
    model = dict(zip((s.name for s in needed), solver.values(needed), strict=True))
    values = evaluate_all((after for _, after in goals), model)
    return [c for (c, _), value in zip(goals, values, strict=True) if not value]
