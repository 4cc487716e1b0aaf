"""Random runs of a transition system, for guessing lemmas. Nothing here is evidence."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from verify.engines.messages import Budget
from verify.system.system import Input, TransitionSystem
from verify.term.compiled import Function, compiled
from verify.term.semantics import mask

TRIES = 3
"""How often the inputs of a step are drawn."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to sample: ``runs`` runs of at most ``length`` steps, from a fixed ``seed``.

    ``again`` is the share of runs that start from a state that was seen before: many short runs from
    everywhere see more than a few long ones, of which each may end where nothing new can happen.
    """

    runs: int = 300
    length: int = 16
    again: float = 0.8
    seed: int = 1


@dataclass(frozen=True, slots=True)
class _Move:
    """A step, compiled: the guard and the updated slots."""

    guard: Function
    inputs: tuple[tuple[int, Input], ...]
    slots: tuple[int, ...]
    values: tuple[Function, ...]


State = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Simulator:
    """A system compiled to Python: its steps, and where each variable and input stands in a row of values."""

    slots: Mapping[str, int]
    moves: tuple[_Move, ...]


def simulator(system: TransitionSystem) -> Simulator:
    """Compile a system."""
    slots = _slots(system)
    return Simulator(slots, tuple(_moves(system, slots)))


def walk(on: Simulator, state: State, length: int, chance: random.Random) -> Iterator[State]:
    """Yield at most ``length`` states of a random run from a state, that state not included."""
    for _ in range(length):
        after = _move(state, on.moves, len(on.slots), chance)
        if after is None:
            return
        state = after
        yield state


def sample(system: TransitionSystem, on: Simulator, plan: Plan, budget: Budget) -> tuple[State, ...]:
    """Return distinct reachable states (unsigned values in the system's order), in order of discovery."""
    start = _starter(system, on)
    chance = random.Random(plan.seed)  # noqa: S311  (no secret)
    seen: set[State] = set()
    known: list[State] = []
    for _ in range(plan.runs):
        if budget.spent():
            break
        again = known and chance.random() < plan.again
        first = known[int(chance.random() * len(known))] if again else start(chance)
        if first is not None:
            for state in (first, *walk(on, first, plan.length, chance)):
                if state not in seen:
                    seen.add(state)
                    known.append(state)
    return tuple(known)


def _starter(system: TransitionSystem, on: Simulator) -> Callable[[random.Random], State | None]:
    """Return what draws an initial state; None where INIT does not allow what was drawn."""
    slots = on.slots
    inputs = [(slots[i.name], i) for i in system.init_inputs]
    allowed, *values = compiled([system.init_guard, *(value for _, value in system.init)], slots)

    def start(chance: random.Random) -> State | None:
        row = [0] * len(slots)
        _draw(row, inputs, chance)
        return tuple(value(row) for value in values) if allowed(row) else None

    return start


def _slots(system: TransitionSystem) -> dict[str, int]:
    names = [v.name for v in system.state]
    inputs = {i.name for s in system.steps for i in s.inputs} | {i.name for i in system.init_inputs}
    return {name: place for place, name in enumerate([*names, *sorted(inputs)])}


def _moves(system: TransitionSystem, slots: dict[str, int]) -> list[_Move]:
    guards = compiled([s.guard for s in system.steps], slots)
    updates = iter(compiled([u for s in system.steps for _, u in s.updates], slots))
    return [
        _Move(
            guard,
            tuple((slots[i.name], i) for i in step.inputs),
            tuple(slots[name] for name, _ in step.updates),
            tuple(next(updates) for _ in step.updates),
        )
        for step, guard in zip(system.steps, guards, strict=True)
    ]


def _draw(values: list[int], inputs: Sequence[tuple[int, Input]], chance: random.Random) -> None:
    """Draw inputs: half the time the lowest value, else small, largest or any."""
    for slot, given in inputs:
        span = given.high - given.low
        values[slot] = (given.low + _offset(span, chance)) & mask(given.width)


def _offset(span: int, chance: random.Random) -> int:
    match int(chance.random() * 7):
        case 0 | 1 | 2:
            return 0
        case 3:
            return min(span, 1)
        case 4:
            return min(span, int(chance.random() * 8))
        case 5:
            return span
        case _:
            return chance.randint(0, span)


def _move(state: State, moves: Sequence[_Move], slots: int, chance: random.Random) -> State | None:
    """Return a successor by a random enabled step, or None when none was found."""
    values = [*state, *([0] * (slots - len(state)))]
    untried = list(range(len(moves)))
    for last in range(len(moves) - 1, -1, -1):
        place = int(chance.random() * (last + 1))
        move = moves[untried[place]]
        untried[place] = untried[last]
        if _enable(move, values, state, chance):
            after = list(state)
            for slot, update in zip(move.slots, move.values, strict=True):
                after[slot] = update(values)
            return tuple(after)
    return None


def _enable(move: _Move, values: list[int], state: State, chance: random.Random) -> bool:
    """Give the inputs of a step values with which it can be made, if some are found.

    A guard may want an input to equal a variable, such as what is left of a bias: the values of all variables are
    tried after a few that are drawn.
    """
    for _ in range(TRIES if move.inputs else 1):
        _draw(values, move.inputs, chance)
        if move.guard(values):
            return True
    return bool(move.inputs) and any(_fits(move, values, value) for value in dict.fromkeys(state))


def _fits(move: _Move, values: list[int], value: int) -> bool:
    """Give a value to each input that may have it, and tell whether the step can then be made."""
    for slot, given in move.inputs:
        if given.low <= value <= given.high:
            values[slot] = value
    return bool(move.guard(values))
