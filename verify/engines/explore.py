"""Explicit-state search with few values of each input: finds shallow violations long before a solver.

It cannot prove anything, and the violations it misses are left to BMC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from verify.engines.messages import Answered, Budget, Report, Send
from verify.engines.sample import Simulator, State
from verify.system.system import Input, TransitionSystem
from verify.term.compiled import Function, compiled
from verify.term.semantics import mask
from verify.term.term import Term
from verify.verdict.answer import Trace, TraceStep, Unsafe

ENGINE = "explore"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to explore: about ``states`` states; the ``values`` lowest values of each input."""

    values: int
    states: int


EFFORTS = (Effort(1, 2_000), Effort(2, 4_000))
"""Every input at its lowest value first: most defects need no more."""

GLANCE = Effort(1, 400)
"""Enough to see that a property is not worth a proof."""

Came = tuple[State, TraceStep] | None
"""The state before and the step taken; None for an initial state."""


@dataclass(slots=True)
class _Search:
    """The checks compiled, and how each known state was reached first."""

    system: TransitionSystem
    on: Simulator
    steps: tuple[tuple[tuple[str, Function], ...], ...]
    states: tuple[tuple[str, Function], ...]
    came: dict[State, Came]
    starts: dict[State, tuple[tuple[str, int], ...]]
    opened: set[str]


def explore(
    system: TransitionSystem,
    on: Simulator,
    properties: Iterable[str],
    depth: int,
    effort: Effort,
    budget: Budget,
    send: Send,
) -> tuple[str, ...]:
    """Send Unsafe for every property that a run of at most ``depth`` steps violates; return the others, sorted.

    A trace is the first in breadth-first order of states, steps by index and inputs from low to
    high, so it is the same on every machine unless the time runs out.
    """
    steps = tuple(_checks(on, ((c.property, c.violated) for c in step.checks)) for step in system.steps)
    states = _checks(on, ((c.property, c.violated) for c in system.state_checks))
    search = _Search(system, on, steps, states, {}, {}, set(properties))
    frontier = _initial(search, effort, send)
    for done in range(depth):
        following: list[State] = []
        for state in frontier:
            if len(search.came) > effort.states or not search.opened or budget.spent():
                return tuple(sorted(search.opened))
            following += _expand(search, state, effort, send)
        frontier = following
        send(Report(ENGINE, done + 1, 0))
    return tuple(sorted(search.opened))


def _checks(on: Simulator, found: Iterable[tuple[str, Term]]) -> tuple[tuple[str, Function], ...]:
    named = tuple(found)
    functions = compiled([term for _, term in named], on.slots)
    return tuple((name, function) for (name, _), function in zip(named, functions, strict=True))


def _valuations(on: Simulator, inputs: Sequence[Input], effort: Effort) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield (slot, value) rows, lowest values first."""
    ranges = [
        [(on.slots[i.name], (i.low + n) & mask(i.width)) for n in range(min(effort.values, i.high - i.low + 1))]
        for i in inputs
    ]
    return product(*ranges)


def _initial(search: _Search, effort: Effort, send: Send) -> list[State]:
    system, on = search.system, search.on
    allowed, *starts = compiled([system.init_guard, *(value for _, value in system.init)], on.slots)
    found = []
    for chosen in _valuations(on, system.init_inputs, effort):
        row = _row(on, (), chosen)
        if allowed(row):
            state = tuple(start(row) for start in starts)
            if state not in search.came:
                search.came[state] = None
                search.starts[state] = tuple(sorted((i.name, row[on.slots[i.name]]) for i in system.init_inputs))
                found.append(state)
                _look(search, state, send)
    return found


def _row(on: Simulator, state: State, chosen: Sequence[tuple[int, int]]) -> list[int]:
    row = [*state, *([0] * (len(on.slots) - len(state)))]
    for slot, value in chosen:
        row[slot] = value
    return row


def _expand(search: _Search, state: State, effort: Effort, send: Send) -> Iterator[State]:
    for index, (move, checks) in enumerate(zip(search.on.moves, search.steps, strict=True)):
        inputs = search.system.steps[index].inputs
        for chosen in _valuations(search.on, inputs, effort):
            row = _row(search.on, state, chosen)
            taken = TraceStep(index, tuple(sorted((i.name, row[search.on.slots[i.name]]) for i in inputs)))
            for name, violated in checks:
                if name in search.opened and violated(row):
                    _refute(search, name, state, taken, send)
            if not move.guard(row):
                continue
            after = list(state)
            for slot, update in zip(move.slots, move.values, strict=True):
                after[slot] = update(row)
            reached = tuple(after)
            if reached not in search.came:
                search.came[reached] = (state, taken)
                _look(search, reached, send)
                yield reached


def _look(search: _Search, state: State, send: Send) -> None:
    row = _row(search.on, state, ())
    for name, violated in search.states:
        if name in search.opened and violated(row):
            _refute(search, name, state, None, send)


def _refute(search: _Search, name: str, state: State, last: TraceStep | None, send: Send) -> None:
    """Send the run to this state, and the step from there that violates, if the state does not."""
    steps = [] if last is None else [last]
    states = [state]
    came = search.came[state]
    while came is not None:
        states.append(came[0])
        steps.append(came[1])
        came = search.came[came[0]]
    trace = Trace(name, search.starts[states[-1]], tuple(reversed(steps)), tuple(reversed(states)), last is None)
    search.opened.discard(name)
    send(Answered(ENGINE, Unsafe(name, trace)))
