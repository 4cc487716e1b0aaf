"""The columns that affine equations are about, as terms and as numbers; equations as vectors over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul

from verify.term.build import bvadd, bvmul, const, eq, implies
from verify.term.compiled import Function, compiled
from verify.term.semantics import to_signed
from verify.term.term import Term


@dataclass(slots=True, eq=False)
class Columns:
    """Terms of one width, with their values, signed, in the row that was looked at last."""

    terms: tuple[Term, ...]
    read: tuple[Function, ...]
    row: Sequence[int] | None = None
    values: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """The width of all columns, in bits; equations are modulo two to its power."""
        return self.terms[0].width

    def product(self, vector: Sequence[int], row: Sequence[int]) -> int:
        """Return the product of a vector with the values in a row, modulo 2**width, as signed."""
        if row is not self.row:
            self.row, self.values = row, tuple(f(row) for f in self.read)
        return to_signed(sum(map(mul, vector, self.values)) % (1 << self.width), self.width)


def columns_of(terms: Sequence[Term], slots: Mapping[str, int]) -> Columns:
    """Return columns whose values are read from rows by slot."""
    return Columns(tuple(terms), tuple(compiled(terms, slots)))


@dataclass(frozen=True, slots=True)
class Equation:
    """Where the context (width 1) holds, the product of the vector with the columns is zero."""

    context: Term
    columns: Columns
    vector: tuple[int, ...]

    @property
    def term(self) -> Term:
        """The equation as a guess: it holds in the context."""
        return implies(self.context, zero_product(self.columns.terms, self.vector))


def zero_product(columns: Sequence[Term], vector: Sequence[int]) -> Term:
    """Return sum of positive parts = sum of negative parts, modulo two to the width of the columns."""
    left = right = const(0, columns[0].width)
    for term, factor in zip(columns, vector, strict=True):
        part = bvmul(term, const(abs(factor), term.width))
        if factor > 0:
            left = bvadd(left, part)
        elif factor < 0:
            right = bvadd(right, part)
    return eq(left, right)
