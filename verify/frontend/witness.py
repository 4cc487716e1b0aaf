"""Finding values in given ranges that satisfy conditions, by evaluation alone: what is found is exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from verify.term.semantics import evaluate, mask, to_signed
from verify.term.term import Op, Term, postorder, symbols

_ENUMERATED: Final = 1024
"""The longest range whose values are all tried."""
_TRIED: Final = 20_000
"""The most evaluations."""


@dataclass(frozen=True, slots=True)
class Range:
    """The values ``low`` to ``high``, both included, of a variable of ``width`` bits."""

    low: int
    high: int
    width: int


def find_witness(conditions: Sequence[Term], ranges: Mapping[str, Range]) -> dict[str, int] | None:
    """Return unsigned values under which every condition (width 1) holds, or None when none was found.

    Args:
        conditions: over the variables of ``ranges`` only.
        ranges: what each variable may hold. Short ranges are enumerated; of long ones the ends and the neighbourhood of
            the constants in the conditions are tried, so None does not mean that there is no such choice.
    """
    candidates = {name: _candidates(conditions, r) for name, r in ranges.items()}
    order = sorted(ranges, key=lambda name: (len(candidates[name]), name))
    needs = [({s.name for s in symbols((c,))}, c) for c in conditions]
    # The conditions that can be decided once the first n variables have values.
    due = [[c for names, c in needs if _decided_at(names, order) == n] for n in range(len(order) + 1)]
    budget = [_TRIED]
    return _search(order, candidates, due, {}, budget)


def _decided_at(names: set[str], order: list[str]) -> int:
    return max((order.index(n) + 1 for n in names), default=0)


def _candidates(conditions: Sequence[Term], r: Range) -> list[int]:
    if r.high - r.low < _ENUMERATED:
        return [v & mask(r.width) for v in range(r.low, r.high + 1)]
    constants = {t.number + d for t in postorder(tuple(conditions)) if t.op is Op.CONST for d in (-1, 0, 1)}
    near = {v for c in constants for v in (c, to_signed(c & mask(r.width), r.width)) if r.low <= v <= r.high}
    return [v & mask(r.width) for v in sorted(near | {r.low, r.high})]


def _search(
    order: list[str],
    candidates: dict[str, list[int]],
    due: list[list[Term]],
    chosen: dict[str, int],
    budget: list[int],
) -> dict[str, int] | None:
    for condition in due[len(chosen)]:
        budget[0] -= 1
        if budget[0] < 0 or not evaluate(condition, chosen):
            return None
    if len(chosen) == len(order):
        return chosen
    name = order[len(chosen)]
    for value in candidates[name]:
        found = _search(order, candidates, due, {**chosen, name: value}, budget)
        if found is not None:
            return found
        if budget[0] < 0:
            return None
    return None
