"""Affine equations that hold in all sampled states, by elimination modulo a large prime.

The result only proposes lemmas: a wrong equation costs time and never soundness.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

PRIME = (1 << 61) - 1
"""A Mersenne prime, so large that small rational coefficients are recovered without ambiguity."""

LARGEST = 4096
"""The largest absolute coefficient of an equation that is worth proposing, but for that of the first column."""


def equations(rows: Iterable[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return a basis of the integer vectors c with c · row = 0 for every row.

    Each vector has one entry 1 in a column that no other vector uses, as far to the right as
    possible; vectors whose coefficients are not small integers are left out. The first column is for constants,
    such as a marker bit in a word: near a power of two, its coefficient may be large.
    """
    basis: dict[int, list[int]] = {}
    width = 0
    for row in rows:
        width = len(row)
        _insert(basis, [x % PRIME for x in row])
    found = []
    for free in range(width):
        if free in basis:
            continue
        vector = [0] * width
        vector[free] = 1
        for pivot, row in basis.items():
            vector[pivot] = -row[free] % PRIME
        small = [x - PRIME if x > PRIME // 2 else x for x in vector]
        if all(abs(x) <= LARGEST for x in small[1:]) and _is_plain(small[0]):
            found.append(tuple(small))
    return tuple(found)


def _is_plain(value: int) -> bool:
    """Whether a number is small, or not far from a power of two."""
    size = abs(value)
    return size <= LARGEST or min(abs(size - (1 << b)) for b in (size.bit_length() - 1, size.bit_length())) <= LARGEST


def _insert(basis: dict[int, list[int]], row: list[int]) -> None:
    """Add a row to a reduced echelon basis, keyed by pivot column."""
    for pivot, known in basis.items():
        factor = row[pivot]
        if factor:
            row = [(x - factor * y) % PRIME for x, y in zip(row, known, strict=True)]
    if not any(row):
        return
    pivot = next(i for i, x in enumerate(row) if x)
    inverse = pow(row[pivot], -1, PRIME)
    row = [x * inverse % PRIME for x in row]
    for other, known in basis.items():
        factor = known[pivot]
        if factor:
            basis[other] = [(x - factor * y) % PRIME for x, y in zip(known, row, strict=True)]
    basis[pivot] = row
