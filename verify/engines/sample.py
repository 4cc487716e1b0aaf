"""Random runs of a transition system, for guessing lemmas. Nothing here is evidence."""

from __future__ import annotations

import random
from collections.abc import Sequence
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


def sample(system: TransitionSystem, plan: Plan, budget: Budget) -> tuple[tuple[int, ...], ...]:
    """Return distinct reachable states (unsigned values in the system's order), in order of discovery."""
    slots = _slots(system)
    moves = tuple(_moves(system, slots))
    starts = compiled([value for _, value in system.init], slots)
    allowed = compiled([system.init_guard], slots)[0]
    chance = random.Random(plan.seed)  # noqa: S311  (no secret)
    seen: dict[tuple[int, ...], None] = {}
    for _ in range(plan.runs):
        if budget.spent():
            break
        values = [0] * len(slots)
        _draw(values, [(slots[i.name], i) for i in system.init_inputs], chance)
        if not allowed(values):
            continue
        state = tuple(start(values) for start in starts)
        seen.setdefault(state)
        for _ in range(plan.length):
            after = _move(state, moves, len(slots), chance)
            if after is None:
                break
            state = after
            seen.setdefault(state)
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
