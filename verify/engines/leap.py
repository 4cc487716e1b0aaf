"""Search of the counting system with accelerated steps, each taken as often as it can be.

Between two steps of different kinds nothing happens in a long run but one step again and again, so a deep
defect often is a shallow one here: 2**18 failed gets are one step. Inputs take their least and greatest
values. The counting system is an abstraction, so what is found are candidates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from verify.engines.accelerate import TIMES, Faster, block
from verify.engines.messages import Budget, Candidate, Message, Report, Send
from verify.engines.relay import Turning, turning, turns
from verify.engines.sample import Simulator, State, simulator
from verify.system.system import Input
from verify.term.build import FALSE
from verify.term.compiled import Function, compiled
from verify.term.semantics import mask
from verify.term.term import Term
from verify.verdict.answer import Block, BlockTrace, TraceStep

ENGINE = "leap"

MOST_STATES = 4
"""States per property from which candidates are sent: more than one, since none from the first may be a run."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to search: runs of at most ``depth`` blocks through at most ``states`` states."""

    depth: int = 8
    states: int = 10_000


@dataclass(frozen=True, slots=True)
class _Came:
    """How a state was reached first: from the state ``before`` by ``step``; an initial state has its inputs."""

    before: State | None
    step: TraceStep | Block | None
    initial: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class _Search:
    """A search. ``next`` are states to be expanded before all others: a step to them is one that was looked for."""

    faster: Faster
    on: Simulator
    turning: Turning
    checks: tuple[tuple[tuple[str, Function], ...], ...]
    states: tuple[tuple[str, Function], ...]
    came: dict[State, _Came]
    left: dict[str, int]
    send: Send
    next: list[State] = field(default_factory=list)


def leap(faster: Faster, properties: Sequence[str], limits: Limits, budget: Budget, send: Send) -> None:
    """Send candidates for violations, in breadth-first order of states, steps by index and inputs from low to high."""
    search = _search(faster, properties, send)
    for depth in _depths(search, limits, budget):
        if not search.left:
            return
        send(Report(ENGINE, depth, 0))


@dataclass(frozen=True, slots=True)
class Far:
    """States of the counting system, where variables are at their limits among them; ``violated`` on the way there."""

    states: tuple[State, ...]
    violated: frozenset[str]


def far(faster: Faster, properties: Sequence[str], limits: Limits, budget: Budget) -> Far:
    """Return the states that blocks lead to, in the order of ``leap``, and which of the properties fail there."""
    violated: set[str] = set()

    def note(message: Message) -> None:
        if isinstance(message, Candidate):
            violated.add(message.trace.property)

    search = _search(faster, properties, note)
    for _ in _depths(search, limits, budget):
        pass
    return Far(tuple(search.came), frozenset(violated))


def _search(faster: Faster, properties: Sequence[str], send: Send) -> _Search:
    system = faster.system
    on = simulator(system)
    checks = tuple(_checks(on, [(c.property, c.violated) for c in s.checks]) for s in system.steps)
    states = _checks(on, [(c.property, c.violated) for c in system.state_checks])
    left = dict.fromkeys(properties, MOST_STATES)
    return _Search(faster, on, turning(faster.counting, on), checks, states, {}, left, send)


def _depths(search: _Search, limits: Limits, budget: Budget) -> Iterator[int]:
    """Search one depth after the other and yield each that is done, until a limit or the last answer ends it."""
    wanted = bool(search.left)
    frontier = list(_initial(search))[::-1]
    for depth in range(1, limits.depth + 1):
        following: list[State] = []
        while search.next or frontier:
            if len(search.came) > limits.states or (wanted and not search.left) or budget.spent():
                return
            following += _expand(search, search.next.pop(0) if search.next else frontier.pop())
        frontier = following[::-1]
        yield depth


def _checks(on: Simulator, found: Iterable[tuple[str, Term]]) -> tuple[tuple[str, Function], ...]:
    named = [(name, term) for name, term in found if term is not FALSE]
    functions = compiled([term for _, term in named], on.slots)
    return tuple((name, function) for (name, _), function in zip(named, functions, strict=True))


def _valuations(on: Simulator, inputs: Sequence[Input]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield (slot, value) rows: every input but the number of times at its least and its greatest value."""
    rows = [
        [(on.slots[i.name], n & mask(i.width)) for n in dict.fromkeys((i.low, i.high))]
        for i in inputs
        if i.name != TIMES
    ]
    return product(*rows)


def _row(on: Simulator, state: State, chosen: Sequence[tuple[int, int]]) -> list[int]:
    row = [*state, *([0] * (len(on.slots) - len(state)))]
    for slot, value in chosen:
        row[slot] = value
    return row


def _initial(search: _Search) -> Iterator[State]:
    system, on = search.faster.system, search.on
    allowed, *starts = compiled([system.init_guard, *(value for _, value in system.init)], on.slots)
    for chosen in _valuations(on, system.init_inputs):
        row = _row(on, (), chosen)
        state = tuple(start(row) for start in starts)
        if allowed(row) and state not in search.came:
            given = tuple(sorted((i.name, row[on.slots[i.name]]) for i in system.init_inputs))
            search.came[state] = _Came(None, None, given)
            _look(search, state)
            yield state


def _expand(search: _Search, state: State) -> Iterator[State]:
    on, times = search.on, search.on.slots.get(TIMES)
    violated_here = set[str]()
    for index, (move, checks) in enumerate(zip(on.moves, search.checks, strict=True)):
        inputs = search.faster.system.steps[index].inputs
        again = any(i.name == TIMES for i in inputs)
        for chosen in _valuations(on, inputs):
            row = _row(on, state, chosen)
            if again and times is not None and not _most(row, move.guard, times, inputs):
                continue
            taken = TraceStep(index, tuple(sorted((i.name, row[on.slots[i.name]]) for i in inputs)))
            wanted = [name for name, violated in checks if name in search.left and violated(row)]
            for name in wanted:
                _found(search, name, state, taken)
            violated_here.update(wanted)
            if not move.guard(row):
                continue
            after = list(state)
            for slot, update in zip(move.slots, move.values, strict=True):
                after[slot] = update(row)
            reached = tuple(after)
            if reached not in search.came:
                search.came[reached] = _Came(state, taken, ())
                _look(search, reached)
                if wanted:
                    search.next.append(reached)
                else:
                    yield reached
    yield from _turns(search, state)
    _count(search, violated_here)


def _count(search: _Search, names: Iterable[str]) -> None:
    """Note one more state from which candidates were sent."""
    for name in names:
        left = search.left.pop(name, 0) - 1
        if left > 0:
            search.left[name] = left


def _turns(search: _Search, state: State) -> Iterator[State]:
    came = search.came[state]
    if came.before is None or not isinstance(came.step, TraceStep):
        return
    for block_of_turns, reached in turns(search.turning, came.before, came.step, state):
        if reached not in search.came:
            search.came[reached] = _Came(state, block_of_turns, ())
            _look(search, reached)
            yield reached


def _most(row: list[int], guard: Function, times: int, inputs: Sequence[Input]) -> bool:
    """Set the number of times to the greatest that the guard allows; tell whether it allows any.

    The guard says that every one of the iterations is possible, so it holds up to some number and not beyond.
    """
    row[times] = low = 2
    if not guard(row):
        return False
    high = next(i.high for i in inputs if i.name == TIMES)
    while low < high:
        row[times] = middle = (low + high + 1) // 2
        low, high = (middle, high) if guard(row) else (low, middle - 1)
    row[times] = low
    return True


def _look(search: _Search, state: State) -> None:
    row = _row(search.on, state, ())
    wanted = [name for name, violated in search.states if name in search.left and violated(row)]
    for name in wanted:
        _found(search, name, state, None)
    _count(search, wanted)


def _found(search: _Search, name: str, state: State, last: TraceStep | None) -> None:
    """Send the run to this state and the step from there that violates, if the state does not."""
    steps: list[TraceStep | Block] = [] if last is None else [last]
    came = search.came[state]
    while came.before is not None and came.step is not None:
        steps.append(came.step)
        came = search.came[came.before]
    blocks = tuple(s if isinstance(s, Block) else block(search.faster, s) for s in reversed(steps))
    search.send(Candidate(BlockTrace(name, came.initial, blocks, last is None)))
