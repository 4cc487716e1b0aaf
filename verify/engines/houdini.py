"""Houdini (Flanagan, Leino 2001): the largest set of candidates that is inductive together.

One incremental solver; one query per step, which asks for a falsified candidate and drops all that
its model falsifies, and all that a random run from there falsifies. A step whose last "unsat" did
not use a dropped candidate is not asked again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from verify.engines.messages import Budget
from verify.engines.sample import Simulator, State, walk
from verify.smt.solver import Solver, Status
from verify.system.system import Step, TransitionSystem
from verify.system.unroll import after_step, init_values
from verify.term.build import FALSE, bvand, bvnot, disj
from verify.term.compiled import Function, compiled
from verify.term.semantics import evaluate_all
from verify.term.term import Term

WALK = 24
"""The length of a random run from a counterexample."""


@dataclass(slots=True)
class _Asked:
    """A step with what it makes of each candidate that it can change, and its last core."""

    step: Step
    after: dict[Term, Term]
    core: frozenset[Term] | None = None


@dataclass(slots=True)
class _Search:
    """The candidates still alive, in the given order, each with a function of a row of values."""

    system: TransitionSystem
    on: Simulator
    solver: Solver
    budget: Budget
    alive: dict[Term, Function]
    chance: random.Random


def symmetric_steps(system: TransitionSystem) -> tuple[Step, ...]:
    """Return the steps of the first CPU: enough to ask when the candidates treat all CPUs alike.

    ``verify.check`` asks about every step, so a mistake here can only make evidence be rejected.
    """
    return tuple(s for s in system.steps if s.cpu == 0)


def houdini(
    system: TransitionSystem, on: Simulator, candidates: Sequence[Term], solver: Solver, budget: Budget
) -> tuple[Term, ...] | None:
    """Return the largest inductive subset of symmetric candidates, or None when the budget is spent."""
    functions = dict(zip(candidates, compiled(candidates, on.slots), strict=True))
    search = _Search(system, on, solver, budget, {}, random.Random(1))  # noqa: S311  (no secret)
    for candidate, start in zip(candidates, init_values(system, candidates), strict=True):
        broken = bvand(system.init_guard, bvnot(start))
        status = Status.UNSAT if broken is FALSE else solver.check((broken,), budget.left())
        if status is Status.UNKNOWN:
            return None
        if status is Status.UNSAT:
            search.alive[candidate] = functions[candidate]
    asked = [_Asked(step, _changed(step, tuple(search.alive))) for step in symmetric_steps(system)]
    while True:
        stale = [a for a in asked if a.core is None or not a.core <= search.alive.keys()]
        if not stale:
            return tuple(search.alive)
        for one in stale:
            if not _settle(search, one):
                return None


def _changed(step: Step, candidates: Sequence[Term]) -> dict[Term, Term]:
    pairs = zip(candidates, after_step(step, candidates), strict=True)
    return {before: after for before, after in pairs if after is not before}


def _settle(search: _Search, asked: _Asked) -> bool:
    """Drop candidates until this step preserves the rest; False when the solver gives up."""
    solver = search.solver
    solver.push()
    solver.add(asked.step.guard)
    try:
        while True:
            solver.push()
            solver.add(disj(bvnot(after) for c, after in asked.after.items() if c in search.alive))
            status = solver.check(tuple(search.alive), search.budget.left())
            if status is Status.UNSAT:
                asked.core = frozenset(solver.core())
            if status is not Status.SAT:
                solver.pop()
                return status is Status.UNSAT
            state = _state_after(search, asked.step)
            solver.pop()
            _drop(search, state)
    finally:
        solver.pop()


def _state_after(search: _Search, step: Step) -> State:
    """Return the state that the step leads to in the solver's model."""
    state = search.system.state
    before = [*(v.term for v in state), *(i.term for i in step.inputs)]
    values = dict(zip((t.name for t in before), search.solver.values(before), strict=True))
    updates = dict(step.updates)
    after = dict(zip(updates, evaluate_all(updates.values(), values), strict=True))
    return tuple(after.get(v.name, values[v.name]) for v in state)


def _drop(search: _Search, state: State) -> None:
    """Drop what a counterexample falsifies, and what a random run from there falsifies.

    The state before satisfied all candidates that are alive, so the state after refutes the
    inductiveness of those it falsifies. Without them, it is itself a state that satisfies all that
    are alive: the same holds for its successors.
    """
    for reached in (state, *walk(search.on, state, WALK, search.chance)):
        row = (*reached, *([0] * (len(search.on.slots) - len(reached))))
        for candidate in [c for c, holds in search.alive.items() if not holds(row)]:
            del search.alive[candidate]
