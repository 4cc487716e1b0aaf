"""Random runs of a transition system, for guessing lemmas. Nothing here is evidence."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from verify.engines.messages import Budget
from verify.system.system import Input, TransitionSystem
from verify.term.compiled import Function, compiled
from verify.term.semantics import mask


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to sample: ``runs`` runs of at most ``length`` steps, from a fixed ``seed``."""

    runs: int = 48
    length: int = 48
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
    slots = on.slots
    starts = compiled([value for _, value in system.init], slots)
    allowed = compiled([system.init_guard], slots)[0]
    chance = random.Random(plan.seed)  # noqa: S311  (no secret)
    seen: dict[State, None] = {}
    for _ in range(plan.runs):
        if budget.spent():
            break
        values = [0] * len(slots)
        _draw(values, [(slots[i.name], i) for i in system.init_inputs], chance)
        if not allowed(values):
            continue
        state = tuple(start(values) for start in starts)
        seen.setdefault(state)
        seen.update(dict.fromkeys(walk(on, state, plan.length, chance)))
    return tuple(seen)


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
        offset = chance.choice((0, 0, 0, min(span, 1), min(span, chance.randrange(8)), span, chance.randint(0, span)))
        values[slot] = (given.low + offset) & mask(given.width)


def _move(state: tuple[int, ...], moves: Sequence[_Move], slots: int, chance: random.Random) -> tuple[int, ...] | None:
    """Return a successor by a random enabled step, or None when none was found."""
    for index in chance.sample(range(len(moves)), len(moves)):
        move = moves[index]
        values = [*state, *([0] * (slots - len(state)))]
        for _ in range(3):
            _draw(values, move.inputs, chance)
            if move.guard(values):
                after = list(state)
                for slot, update in zip(move.slots, move.values, strict=True):
                    after[slot] = update(values)
                return tuple(after)
            if not move.inputs:
                break
    return None
