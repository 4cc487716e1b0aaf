"""Affine equations that hold in all sampled states, by elimination: of integers modulo a large prime, or modulo 2**w.

The result only proposes lemmas: a wrong equation costs time and never soundness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter, mul

PRIME = (1 << 127) - 1
"""A Mersenne prime, so large that coefficients are recovered without ambiguity: those of a word of 64 bits, too."""

LARGEST = 4096
"""The largest absolute coefficient of an equation that is worth proposing, but for that of the first column."""


ROWS = 4
"""Rows per column that are eliminated at first; of the others only those that some equation is false in."""


def equations(rows: Iterable[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return a basis of the integer vectors c with c · row = 0 for every row.

    Each vector has one entry 1 in a column that no other vector uses, as far to the right as
    possible; vectors whose coefficients are not small integers are left out. The first column is for constants,
    such as a marker bit in a word: near a power of two, its coefficient may be large.
    """
    distinct = list(dict.fromkeys(map(tuple, rows)))
    if not distinct:
        return ()
    width = len(distinct[0])
    basis: dict[int, list[int]] = {}
    chosen = distinct[:: max(1, len(distinct) // (ROWS * width))]
    found: list[list[int]] = []
    while chosen:
        for each in chosen:
            _insert(basis, [x % PRIME for x in each])
        found = list(_orthogonal(basis, width))
        chosen = list(dict.fromkeys(row for vector in found if (row := _counterexample(vector, distinct)) is not None))
    return tuple(tuple(vector) for vector in found if _is_worth_it(vector))


def _orthogonal(basis: Mapping[int, list[int]], width: int) -> Iterator[list[int]]:
    """Yield a basis of the vectors whose product with every row of the echelon basis is zero modulo the prime."""
    for free in range(width):
        if free not in basis:
            vector = [0] * width
            vector[free] = 1
            for pivot, row in basis.items():
                vector[pivot] = -row[free] % PRIME
            yield [x - PRIME if x > PRIME // 2 else x for x in vector]


def _counterexample(vector: Sequence[int], rows: Iterable[tuple[int, ...]]) -> tuple[int, ...] | None:
    """Return the first row whose product with the vector is not zero modulo the prime."""
    places = [place for place, factor in enumerate(vector) if factor]
    if len(places) == 1:
        return next((row for row in rows if row[places[0]] % PRIME), None)
    pick = itemgetter(*places)
    factors = pick(vector)
    return next((row for row in rows if sum(map(mul, factors, pick(row))) % PRIME), None)


def modular_equations(rows: Iterable[Sequence[int]], width: int) -> tuple[tuple[int, ...], ...]:
    """Return integer vectors c with c · row = 0 modulo 2**width for every row: words may have wrapped in the samples.

    They are those of a set of generators of all such vectors whose coefficients are small. Each row splits the
    generators so far: one whose product with the row has the fewest factors of two takes the product out of all
    others, and is itself left with the multiples that make its product zero. Numbers have no inverse here unless they
    are odd, so that a basis as above need not exist.
    """
    modulus = 1 << width
    distinct = list(dict.fromkeys(map(tuple, rows)))
    if not distinct:
        return ()
    size = len(distinct[0])
    found = [[int(i == j) for i in range(size)] for j in range(size)]
    # In any order; the rows that tell most first.
    stride = max(1, len(distinct) // (ROWS * size))
    for row in (*distinct[::stride], *distinct):
        if not found:
            break
        products = [sum(map(mul, vector, row)) % modulus for vector in found]
        some = [place for place, product in enumerate(products) if product]
        if some:
            found = _split(found, products, min(some, key=lambda place: (_twos(products[place]), place)), width)
    small = [[x - modulus if x > modulus // 2 else x for x in vector] for vector in found]
    return tuple(tuple(vector) for vector in small if any(vector) and _is_worth_it(vector))


def _split(vectors: list[list[int]], products: list[int], place: int, width: int) -> list[list[int]]:
    """Return generators of the combinations of ``vectors`` whose products, as given, cancel modulo 2**width."""
    modulus, chosen, shift = 1 << width, vectors[place], _twos(products[place])
    inverse = pow(products[place] >> shift, -1, modulus)
    found = []
    for vector, product in zip(vectors, products, strict=True):
        if vector is chosen:
            rest = [(x << (width - shift)) % modulus for x in vector]
        else:
            factor = (product >> shift) * inverse
            rest = [(x - factor * y) % modulus for x, y in zip(vector, chosen, strict=True)] if product else vector
        if any(rest):
            found.append(rest)
    return found


def _twos(value: int) -> int:
    """Return how often two divides a number that is not zero."""
    return (value & -value).bit_length() - 1


def _is_worth_it(vector: Sequence[int]) -> bool:
    return all(abs(x) <= LARGEST for x in vector[1:]) and is_plain(vector[0])


def is_plain(value: int) -> bool:
    """Tell whether a number is small, or not far from a power of two."""
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
