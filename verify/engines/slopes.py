"""How terms change while one step is taken again and again with the same inputs.

Iteration i of a block stands on the state in which every variable v has the value v0 + i * d(v), modulo
two to its width, for constants d. A term has the *slope* s where its value in iteration i is t0 + i * s,
modulo two to its width; of a constant slope that is an equation, and of the following two kinds of
conditions, asked of the first and the last of K iterations, each is a theorem about all of them:

* a value whose slope is s, that satisfies (K - 1) * |s| < 2**width, and that is not smaller (s > 0) or not
  larger (s < 0) at the end than at the start, has not wrapped in between: in iteration i it is t0 + i * s
  as an integer. This holds for the unsigned and for the signed reading;
* the difference of two such values is a line through the integers, so it has at most one sign change, and
  a comparison that is the same in the first and in the last iteration is the same in all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from verify.term.build import bvult, extract
from verify.term.semantics import mask, to_signed
from verify.term.term import Op, Term, postorder


class NotALineError(Exception):
    """Some term has no slope, or none that these rules find."""


@dataclass(frozen=True, slots=True)
class Straight:
    """A moving term that must not wrap within the block, in its signed or its unsigned reading."""

    term: Term
    slope: int
    signed: bool


@dataclass(slots=True)
class Slopes:
    """The slopes of the terms seen so far, and on what conditions; ``moves`` are those of variables by name.

    ``same`` are terms whose values in the first and in the last iteration must agree. ``unsettled`` is a
    condition of an if-then-else whose branches have different slopes.
    """

    moves: Mapping[str, int]
    found: dict[Term, int] = field(default_factory=dict)
    straight: dict[Straight, None] = field(default_factory=dict)
    same: dict[Term, None] = field(default_factory=dict)
    unsettled: Term | None = None

    def add(self, roots: Iterable[Term]) -> None:
        """Find the slopes of terms. Raises NotALineError where there is one without."""
        for term in postorder(roots):
            if term not in self.found:
                slope = self._slope(term)
                self.found[term] = to_signed(slope & mask(term.width), term.width)

    def _slope(self, term: Term) -> int:
        if term.op is Op.SYMBOL:
            return self.moves.get(term.name, 0)
        slopes = [self.found[a] for a in term.args]
        if not any(slopes):
            return 0
        match term.op:
            case Op.ADD:
                return slopes[0] + slopes[1]
            case Op.SUB:
                return slopes[0] - slopes[1]
            case Op.NEG | Op.NOT:
                return -slopes[0]
            case Op.MUL | Op.SHL:
                return self._scaled(term, slopes)
            case Op.ZEXT | Op.SEXT:
                return self._line(term.args[0], signed=term.op is Op.SEXT)
            case Op.CONCAT:
                return (slopes[0] << term.args[1].width) + self._line(term.args[1], signed=False)
            case Op.EXTRACT:
                return self._bits(term.args[0], term.number, term.width)
            case Op.LSHR:
                return self._shifted(term)
            case Op.AND:
                return self._masked(term)
            case Op.EQ | Op.ULT | Op.ULE | Op.SLT | Op.SLE:
                return self._compared(term)
            case Op.ITE:
                return self._chosen(term, slopes)
            case _:
                raise NotALineError

    def _line(self, term: Term, *, signed: bool) -> int:
        """Return the slope of a term as an integer, on the condition that the term does not wrap."""
        slope = self.found[term]
        if slope and term.width == 1:
            raise NotALineError
        if slope:
            self.straight.setdefault(Straight(term, slope, signed))
        return slope

    def _scaled(self, term: Term, slopes: list[int]) -> int:
        factor = term.args[1]
        if factor.op is not Op.CONST:
            raise NotALineError
        by = factor.number
        return slopes[0] * by if term.op is Op.MUL else slopes[0] << min(by, term.width)

    def _bits(self, whole: Term, low: int, width: int) -> int:
        """Return the slope of bits from ``low`` up: a slope divisible by 2**low moves them; else they must stay."""
        slope = self.found[whole]
        if slope % (1 << low) == 0:
            return slope >> low
        self._still(whole, low, low + width - 1)
        return 0

    def _still(self, whole: Term, low: int, high: int) -> None:
        """Require bits that do not change: of a value that does not wrap, the upper bits are monotone."""
        below = extract(whole, high, 0)
        self.add((below,))
        self._line(below, signed=False)
        self.same.setdefault(extract(below, high, low))

    def _shifted(self, term: Term) -> int:
        """Return the slope of ``a >> constant``: the bits above move as a line that must not wrap, or stay."""
        whole, by = term.args
        if by.op is not Op.CONST:
            raise NotALineError
        if by.number >= term.width:
            return 0
        above = extract(whole, term.width - 1, by.number)
        self.add((above,))
        return self._line(above, signed=False)

    def _masked(self, term: Term) -> int:
        """Return the slope of ``a & constant``: what each run of ones lets through, which must not wrap."""
        whole, by = term.args
        if by.op is not Op.CONST:
            raise NotALineError
        slope = bit = 0
        while by.number >> bit:
            if by.number >> bit & 1:
                low = bit
                while by.number >> (bit + 1) & 1:
                    bit += 1
                part = extract(whole, bit, low)
                self.add((part,))
                slope += self._line(part, signed=False) << low
            bit += 1
        return slope

    def _compared(self, term: Term) -> int:
        a, b = term.args
        if term.op is Op.EQ and self.found[a] == self.found[b]:
            return 0
        signed = term.op in {Op.SLT, Op.SLE}
        for side in (a, b):
            self._line(side, signed=signed)
        if term.op is Op.EQ:
            self.same.setdefault(bvult(a, b))
            self.same.setdefault(bvult(b, a))
        else:
            self.same.setdefault(term)
        return 0

    def _chosen(self, term: Term, slopes: list[int]) -> int:
        if slopes[0]:
            raise NotALineError
        if slopes[1] != slopes[2]:
            self.unsettled = self.unsettled or term.args[0]
            raise NotALineError
        return slopes[1]
