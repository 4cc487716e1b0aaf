"""CPUs that take turns, many times at once: each enters an actor and stands, and the one that stood there leaves.

What one CPU leaves behind then is there when the next one looks, so a word can move for ever though hardly anyone is
inside at any time. Two steps by two CPUs are no step of one, and the locals of who leaves move along, so these are not
accelerated steps in the sense of ``verify.engines.accelerate``. Found on concrete states, as candidates: two turns are
compared, and the number of turns is doubled and bisected as long as the last one does what the first one did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from verify.encode.counting import Counting
from verify.encode.steps import ProgramStep, Target
from verify.engines.sample import Simulator, State
from verify.system.system import Input
from verify.term.compiled import Function, compiled
from verify.term.semantics import mask
from verify.verdict.answer import Block, TraceStep

_Row = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Relay:
    """A step that enters an actor and one that goes on from where it may lead, by index.

    ``count`` is the slot of the number of CPUs at that place, ``locals`` are those that are live there, with what the
    entering CPU gets. ``first`` and ``second`` are what they draw: each input at its least and at its greatest value.
    ``checks`` are the results of the checks of either step.
    """

    enters: int
    leaves: int
    actor: str
    count: int
    locals: tuple[tuple[str, Function], ...]
    first: tuple[_Row, ...]
    second: tuple[_Row, ...]
    checks: tuple[tuple[Function, ...], tuple[Function, ...]]


@dataclass(frozen=True, slots=True)
class Turning:
    """A counting system ready for relays: steps and checks of states compiled, and the width of each variable."""

    on: Simulator
    widths: tuple[int, ...]
    relays: tuple[Relay, ...]
    always: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class _Standing:
    """A state, and the locals of the one CPU that stands where CPUs take turns."""

    state: State
    held: _Row


@dataclass(frozen=True, slots=True)
class _Turn:
    """Where a turn leads, and the results of all checks in it and after it."""

    state: State
    results: tuple[int, ...]


def turning(counting: Counting, on: Simulator) -> Turning:
    """Return the relays of a counting system without focus CPUs; ``on`` simulates it, or it with further steps."""
    found, steps = list[Relay](), counting.compiled.steps
    for index, step in enumerate(steps):
        if step.source is None and not step.fresh:
            for target in step.targets:
                found += _relays(counting, on, index, target)
    always = tuple(compiled([c.violated for c in counting.system.state_checks], on.slots))
    return Turning(on, tuple(v.width for v in counting.system.state), tuple(found), always)


def _relays(counting: Counting, on: Simulator, index: int, target: Target) -> Iterator[Relay]:
    steps = counting.compiled.steps
    for tally in counting.tallies:
        if tally.location is target.location:
            names = [v.name for v in tally.location.live]
            held = tuple(zip(names, compiled(target.locals, on.slots), strict=True))
            for other, going in enumerate(steps):
                if going.source is tally.location and _may_leave(going):
                    rows = _rows(steps[index].inputs), _rows(going.inputs)
                    checks = _checks(counting, on, index), _checks(counting, on, other)
                    count, actor = on.slots[tally.count.name], tally.location.actor
                    yield Relay(index, other, actor, count, held, *rows, checks)


def _checks(counting: Counting, on: Simulator, index: int) -> tuple[Function, ...]:
    return tuple(compiled([c.violated for c in counting.system.steps[index].checks], on.slots))


def _may_leave(step: ProgramStep) -> bool:
    return not step.fresh and any(target.location is None and not target.bug for target in step.targets)


def _rows(inputs: Sequence[Input]) -> tuple[_Row, ...]:
    choices = ([(i.name, n & mask(i.width)) for n in dict.fromkeys((i.low, i.high))] for i in inputs)
    return tuple(tuple(sorted(row)) for row in product(*choices))


def turns(made: Turning, before: State, taken: TraceStep, state: State) -> Iterator[tuple[Block, State]]:
    """Yield blocks of at least two turns that seem possible where a step just led to, and where they end."""
    for relay in made.relays:
        if taken.index == relay.enters and state[relay.count] == 1:
            held = _held(made, relay, before, taken.inputs)
            for inputs, more in product(relay.first, relay.second):
                found = _turns(made, relay, inputs, more, _Standing(state, held))
                if found is not None:
                    yield found


def _turns(made: Turning, relay: Relay, inputs: _Row, more: _Row, first: _Standing) -> tuple[Block, State] | None:
    """Return as many turns as there seem to be, at least two."""
    once = _turn(made, relay, inputs, more, first)
    if once is None or once.state == first.state:
        return None
    pairs = zip(first.state, once.state, made.widths, strict=True)
    moves = tuple((b - a) & mask(w) for a, b, w in pairs)

    def after(times: int) -> State:
        moved = zip(first.state, moves, made.widths, strict=True)
        return tuple((a + times * d) & mask(w) for a, d, w in moved)

    def alike(times: int) -> bool:
        here = _Standing(after(times - 1), _held(made, relay, after(times - 2), inputs))
        return _turn(made, relay, inputs, more, here) == _Turn(after(times), once.results)

    times = _most(alike, mask(max(made.widths)))
    if times < 2:
        return None
    return Block(relay.actor, None, inputs, first.held, times, relay=more), after(times)


def _most(alike: Callable[[int], bool], most: int) -> int:
    """Return a number of times, 1 or more, that is possible and whose successor or double is not."""
    low = 1
    while 2 * low <= most and alike(2 * low):
        low *= 2
    high = min(2 * low, most + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if alike(middle) else (low, middle)
    return low


def _held(made: Turning, relay: Relay, before: State, inputs: _Row) -> _Row:
    """Return the locals of a CPU that entered from the state ``before``."""
    row = _row(made.on, before, inputs)
    return tuple(sorted((name, value(row)) for name, value in relay.locals))


def _turn(made: Turning, relay: Relay, inputs: _Row, more: _Row, here: _Standing) -> _Turn | None:
    """Return what one turn does; None where it does not happen."""
    entered = _step(made.on, relay.enters, inputs, here.state)
    if here.state[relay.count] != 1 or entered is None or entered[relay.count] != 2:
        return None
    held = (*here.held, *more)
    left = _step(made.on, relay.leaves, held, entered)
    if left is None or left[relay.count] != 1:
        return None
    rows = _row(made.on, here.state, inputs), _row(made.on, entered, held)
    results = [check(row) for row, checks in zip(rows, relay.checks, strict=True) for check in checks]
    return _Turn(left, (*results, *(check(_row(made.on, left, ())) for check in made.always)))


def _row(on: Simulator, state: State, inputs: _Row) -> list[int]:
    row = [*state, *([0] * (len(on.slots) - len(state)))]
    for name, value in inputs:
        if name in on.slots:
            row[on.slots[name]] = value
    return row


def _step(on: Simulator, index: int, inputs: _Row, state: State) -> State | None:
    move, row = on.moves[index], _row(on, state, inputs)
    if not move.guard(row):
        return None
    after = list(state)
    for slot, update in zip(move.slots, move.values, strict=True):
        after[slot] = update(row)
    return tuple(after)
