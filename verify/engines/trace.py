"""From a satisfiable unrolling to a canonical trace.

Among the shortest violating runs the trace is the least one in this order: initial inputs, then
step by step the index of the step and its inputs, each from its lowest value up. It is therefore
the same whichever solver, seed or machine found the violation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verify.engines.messages import Budget
from verify.smt.solver import Solver, Status
from verify.system.system import Input, TransitionSystem, state_violation, step_violation
from verify.system.unroll import at_time, choice, initial_input
from verify.term.build import FALSE, bvsub, bvule, bvult, const, eq, symbol
from verify.term.term import Term
from verify.verdict.answer import Trace, TraceStep


@dataclass(frozen=True, slots=True)
class Violation:
    """A property known to be violated at the position after ``time`` steps."""

    property: str
    time: int


class _OutOfTimeError(Exception):
    """The solver gave no answer within the budget."""


def shortest_trace(system: TransitionSystem, goal: Violation, solver: Solver, budget: Budget) -> Trace | None:
    """Return the canonical trace of a violation, or None when the budget does not suffice.

    The solver holds the initial states and the transitions up to ``goal.time``; it is left as it was.
    """
    solver.push()
    try:
        return _trace(system, goal, solver, budget)
    except _OutOfTimeError:
        return None
    finally:
        solver.pop()


def _trace(system: TransitionSystem, goal: Violation, solver: Solver, budget: Budget) -> Trace:
    last = goal.time
    inside = [at_time((step_violation(s, goal.property),), last)[0] for s in system.steps]
    at_state = at_time((state_violation(system, goal.property),), last)[0]
    violating = _violating_step(solver, inside, at_state, budget)
    solver.add(at_state if violating is None else inside[violating])
    initial_inputs = _least_inputs(solver, {initial_input(i): i for i in system.init_inputs}, budget)
    steps = [_least_step(system, solver, time, budget) for time in range(last)]
    if violating is not None:
        steps.append(TraceStep(violating, _least_inputs(solver, _inputs_at(system, violating, last), budget)))
    _require(solver.check((), budget.left()))
    states = tuple(
        solver.values([symbol(f"{v.name}@{time}", v.width) for v in system.state]) for time in range(last + 1)
    )
    return Trace(goal.property, initial_inputs, tuple(steps), states, violating is None)


def _violating_step(solver: Solver, inside: Sequence[Term], at_state: Term, budget: Budget) -> int | None:
    """Return the least step that can violate in its middle, or None when only the state does.

    A violation by the state is preferred: it needs one step less.
    """
    if at_state is not FALSE and _possible(solver, at_state, budget):
        return None
    for index, term in enumerate(inside):
        if term is not FALSE and _possible(solver, term, budget):
            return index
    raise _OutOfTimeError


def _possible(solver: Solver, term: Term, budget: Budget) -> bool:
    status = solver.check((term,), budget.left())
    if status is Status.UNKNOWN:
        raise _OutOfTimeError
    return status is Status.SAT


def _require(status: Status) -> None:
    if status is not Status.SAT:
        raise _OutOfTimeError


def _least_step(system: TransitionSystem, solver: Solver, time: int, budget: Budget) -> TraceStep:
    taken = choice(system, time)
    index = _least(solver, taken, len(system.steps) - 1, budget)
    solver.add(eq(taken, const(index, taken.width)))
    return TraceStep(index, _least_inputs(solver, _inputs_at(system, index, time), budget))


def _inputs_at(system: TransitionSystem, index: int, time: int) -> Mapping[Term, Input]:
    return {at_time((i.term,), time)[0]: i for i in system.steps[index].inputs}


def _least_inputs(solver: Solver, inputs: Mapping[Term, Input], budget: Budget) -> tuple[tuple[str, int], ...]:
    values = []
    for here, given in sorted(inputs.items(), key=lambda item: item[1].name):
        low = const(given.low, given.width)
        offset = _least(solver, bvsub(here, low), given.high - given.low, budget)
        value = (low.number + offset) % (1 << given.width)
        solver.add(eq(here, const(value, given.width)))
        values.append((given.name, value))
    return tuple(values)


def _least(solver: Solver, term: Term, largest: int, budget: Budget) -> int:
    """Return the least unsigned value of a term in any model, at most ``largest``."""
    _require(solver.check((bvule(term, const(largest, term.width)),), budget.left()))
    best = solver.values((term,))[0]
    low = 0
    if best and _possible(solver, eq(term, const(0, term.width)), budget):
        return 0
    low = 1
    while low < best:
        middle = (low + best) // 2
        if _possible(solver, bvult(term, const(middle + 1, term.width)), budget):
            best = min(middle, solver.values((term,))[0])
        else:
            low = middle + 1
    return best
