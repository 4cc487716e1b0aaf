"""Houdini (Flanagan, Leino 2001): the largest set of candidates that is inductive together.

One incremental solver; one query per step, which asks for a falsified candidate and weakens all that
its model falsifies, and all that a random run from there falsifies. A step whose last "unsat" did
not use a weakened candidate is not asked again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
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
    """A step, the lemmas that its last "unsat" used, and the candidates that it spoke of."""

    step: Step
    core: frozenset[Term] = frozenset()
    settled: frozenset[Term] = frozenset()


@dataclass(slots=True)
class _Search:
    """The strongest candidates still alive, in the given order, each with the rest of its chain.

    ``functions`` evaluates any candidate on a row of values.
    """

    system: TransitionSystem
    on: Simulator
    solver: Solver
    budget: Budget
    functions: Mapping[Term, Function]
    alive: dict[Term, tuple[Term, ...]]
    after: dict[tuple[int, Term], Term]
    chance: random.Random


def symmetric_steps(system: TransitionSystem) -> tuple[Step, ...]:
    """Return the steps of the first CPU: enough to ask when the candidates treat all CPUs alike.

    ``verify.check`` asks about every step, so a mistake here can only make evidence be rejected.
    """
    return tuple(s for s in system.steps if s.cpu == 0)


def houdini(
    system: TransitionSystem, on: Simulator, chains: Sequence[Sequence[Term]], solver: Solver, budget: Budget
) -> tuple[Term, ...] | None:
    """Return the largest inductive subset of symmetric candidates, or None when the budget is spent.

    Each chain runs from its strongest to its weakest candidate, each implying the next. Of a chain
    only the strongest candidate that is left is held, and returned: the weaker ones follow from it.
    """
    flat = [term for chain in chains for term in chain]
    functions = dict(zip(flat, compiled(flat, on.slots), strict=True))
    search = _Search(system, on, solver, budget, functions, {}, {}, random.Random(1))  # noqa: S311  (no secret)
    for chain in chains:
        held = _initially(search, chain)
        if held is None:
            return None
        if held:
            search.alive[held[0]] = held[1:]
    asked = [_Asked(step) for step in symmetric_steps(system)]
    while True:
        stale = [(i, a) for i, a in enumerate(asked) if _is_stale(search, i, a)]
        if not stale:
            return tuple(search.alive)
        for index, one in stale:
            if not _settle(search, index, one):
                return None


def _initially(search: _Search, chain: Sequence[Term]) -> tuple[Term, ...] | None:
    """Return the chain from its first candidate that holds in all initial states; None: not known."""
    for place, start in enumerate(init_values(search.system, chain)):
        broken = bvand(search.system.init_guard, bvnot(start))
        status = Status.UNSAT if broken is FALSE else search.solver.check((broken,), search.budget.left())
        if status is Status.UNKNOWN:
            return None
        if status is Status.UNSAT:
            return tuple(chain[place:])
    return ()


def _after(search: _Search, index: int, step: Step, candidate: Term) -> Term:
    key = (index, candidate)
    if key not in search.after:
        search.after[key] = after_step(step, (candidate,))[0]
    return search.after[key]


def _changed(search: _Search, index: int, step: Step) -> dict[Term, Term]:
    """Return the living candidates that the step can change, with what it makes of them."""
    pairs = ((c, _after(search, index, step, c)) for c in search.alive)
    return {before: after for before, after in pairs if after is not before}


def _is_stale(search: _Search, index: int, asked: _Asked) -> bool:
    if not asked.core <= search.alive.keys():
        return True
    return any(c not in asked.settled for c in _changed(search, index, asked.step))


def _settle(search: _Search, index: int, asked: _Asked) -> bool:
    """Weaken candidates until this step preserves them all; False when the solver gives up."""
    solver = search.solver
    solver.push()
    solver.add(asked.step.guard)
    try:
        while True:
            changed = _changed(search, index, asked.step)
            solver.push()
            solver.add(disj(bvnot(after) for after in changed.values()))
            status = solver.check(tuple(search.alive), search.budget.left())
            if status is Status.UNSAT:
                asked.core, asked.settled = frozenset(solver.core()), frozenset(changed)
            if status is not Status.SAT:
                solver.pop()
                return status is Status.UNSAT
            state = _state_after(search, asked.step)
            solver.pop()
            _weaken(search, state)
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


def _weaken(search: _Search, state: State) -> None:
    """Replace what a counterexample falsifies, and what a random run from there falsifies.

    The state before satisfied all candidates that are alive, so the state after refutes the
    inductiveness of those it falsifies. With those weakened, it is itself a state that satisfies
    all that are alive: the same holds for its successors. The order of candidates is kept.
    """
    for reached in (state, *walk(search.on, state, WALK, search.chance)):
        row = (*reached, *([0] * (len(search.on.slots) - len(reached))))
        if all(search.functions[c](row) for c in search.alive):
            continue
        alive: dict[Term, tuple[Term, ...]] = {}
        for held, weaker in search.alive.items():
            left = (held, *weaker)
            while left and not search.functions[left[0]](row):
                left = left[1:]
            if left:
                alive[left[0]] = left[1:]
        search.alive = alive
