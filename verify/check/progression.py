"""Arithmetic progressions: the values that a term has in the K iterations of a block, without a solver.

A ``Line`` has the value ``start + i * step`` modulo 2**width in iteration i. Where a term is no such line,
or where that depends on a wrap between the first and the last iteration, its value is unknown (None);
nothing that is unknown may decide anything. Written from the meaning of the operators
(``verify.term.semantics``) and shared with no engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from verify.term.semantics import apply, mask, to_signed
from verify.term.term import Op, Term, postorder


@dataclass(frozen=True, slots=True)
class Line:
    """The values ``start + i * step`` modulo 2**width for 0 <= i < times; both are kept in [0, 2**width)."""

    width: int
    start: int
    step: int
    times: int

    def at(self, iteration: int) -> int:
        """Return the unsigned value in an iteration."""
        return (self.start + iteration * self.step) & mask(self.width)

    @property
    def is_constant(self) -> bool:
        return self.step == 0 or self.times == 1


@dataclass(frozen=True, slots=True)
class _Span:
    """A line through the integers: its values in the first and in the last iteration; no value in between wraps."""

    first: int
    last: int


def line(width: int, start: int, step: int, times: int) -> Line:
    """Return the line with these numbers modulo 2**width."""
    return Line(width, start & mask(width), step & mask(width), times)


def constant(width: int, value: int, times: int) -> Line:
    """Return the line that does not move."""
    return line(width, value, 0, times)


def value_of(root: Term, env: Mapping[str, Line], times: int) -> Line | None:
    """Return the values of a term over all iterations, or None where they are not known to be a line."""
    found: dict[Term, Line | None] = {}
    for term in postorder((root,)):
        if term.op is Op.SYMBOL:
            found[term] = env[term.name]
        else:
            found[term] = _apply(term, [found[a] for a in term.args], times)
    return found[root]


def truth_of(root: Term, env: Mapping[str, Line], times: int) -> bool | None:
    """Return the truth value that a width-1 term has in every iteration, or None."""
    value = value_of(root, env, times)
    return bool(value.start) if value is not None and value.is_constant else None


def _span(value: Line, *, signed: bool) -> _Span | None:
    """Return a line as integers, if neither of its two directions has to wrap; None where both do."""
    first = to_signed(value.start, value.width) if signed else value.start
    low = -(1 << (value.width - 1)) if signed else 0
    for step in (value.step, value.step - (1 << value.width)):
        last = first + (value.times - 1) * step
        if low <= last < low + (1 << value.width):
            return _Span(first, last)
    return None


def _apply(term: Term, args: list[Line | None], times: int) -> Line | None:
    if term.op is Op.ITE:
        condition, then, otherwise = args
        if condition is None or not condition.is_constant:
            return then if then == otherwise else None
        return then if condition.start else otherwise
    if term.width == 1 and term.op in {Op.AND, Op.OR}:
        ends = constant(1, int(term.op is Op.OR), times)
        if any(a is not None and a.is_constant and a.start == ends.start for a in args):
            return ends
    known = [a for a in args if a is not None]
    if len(known) < len(args):
        return None
    if all(a.is_constant for a in known):
        widths, values = tuple(a.width for a in known), tuple(a.start for a in known)
        return constant(term.width, apply(term.op, term.width, term.number, widths, values), times)
    return _moving(term, known)


def _moving(term: Term, args: list[Line]) -> Line | None:
    a, width, times = args[0], term.width, args[0].times
    match term.op:
        case Op.NOT:
            return line(width, ~a.start, -a.step, times)
        case Op.NEG:
            return line(width, -a.start, -a.step, times)
        case Op.ADD:
            return line(width, a.start + args[1].start, a.step + args[1].step, times)
        case Op.SUB:
            return line(width, a.start - args[1].start, a.step - args[1].step, times)
        case Op.MUL:
            return _product(a, args[1]) or _product(args[1], a)
        case Op.SHL:
            by = 1 << min(args[1].start, width)
            return line(width, a.start * by, a.step * by, times) if args[1].is_constant else None
        case Op.ZEXT | Op.SEXT:
            return _extended(a, width, signed=term.op is Op.SEXT)
        case Op.CONCAT:
            return joined(a, args[1])
        case Op.EXTRACT:
            return bits(a, term.number, width)
        case Op.LSHR:
            return _shifted(a, args[1])
        case Op.AND:
            return _masked(a, args[1]) if args[1].is_constant else _masked(args[1], a)
        case Op.EQ | Op.ULT | Op.ULE | Op.SLT | Op.SLE:
            return _compared(term.op, a, args[1])
        case _:
            return None


def _product(moving: Line, factor: Line) -> Line | None:
    if not factor.is_constant:
        return None
    return line(moving.width, moving.start * factor.start, moving.step * factor.start, moving.times)


def _extended(value: Line, width: int, *, signed: bool) -> Line | None:
    span = _span(value, signed=signed)
    return None if span is None else _through(span, width, value.times)


def _through(span: _Span, width: int, times: int) -> Line:
    return line(width, span.first, (span.last - span.first) // (times - 1) if times > 1 else 0, times)


def joined(high: Line, low: Line) -> Line | None:
    """Return the concatenation of two values; what is below must not wrap."""
    width, by = high.width + low.width, 1 << low.width
    below = _extended(low, width, signed=False)
    return below and line(width, high.start * by + below.start, high.step * by + below.step, high.times)


def spliced(whole: Line, part: Line, offset: int) -> Line | None:
    """Return ``whole`` with the bits from ``offset`` up replaced by ``part``."""
    result: Line | None = part
    if offset + part.width < whole.width:
        above = bits(whole, offset + part.width, whole.width - offset - part.width)
        result = above and joined(above, part)
    if offset and result is not None:
        below = bits(whole, 0, offset)
        result = below and joined(result, below)
    return result


def bits(value: Line, low: int, width: int) -> Line | None:
    """Return bits from ``low`` up: a step that is a multiple of 2**low never carries into them."""
    if value.step % (1 << low) == 0:
        return line(width, value.start >> low, value.step >> low, value.times)
    below = line(low + width, value.start, value.step, value.times)
    span = _span(below, signed=False)
    if span is None or span.first >> low != span.last >> low:
        return None
    return constant(width, span.first >> low, value.times)


def _shifted(value: Line, by: Line) -> Line | None:
    if not by.is_constant:
        return None
    if by.start >= value.width:
        return constant(value.width, 0, value.times)
    upper = bits(value, by.start, value.width - by.start)
    return upper and _extended(upper, value.width, signed=False)


def _masked(value: Line, ones: Line) -> Line | None:
    """Return ``value & ones``, run of ones by run of ones."""
    if not ones.is_constant:
        return None
    total, low = constant(value.width, 0, value.times), 0
    while ones.start >> low:
        width = 0
        while ones.start >> (low + width) & 1:
            width += 1
        if width:
            run = bits(value, low, width)
            part = run and _extended(run, value.width, signed=False)
            if part is None:
                return None
            total = line(value.width, total.start + (part.start << low), total.step + (part.step << low), value.times)
        low += max(width, 1)
    return total


_Test = Callable[[int], bool]


def _compared(op: Op, a: Line, b: Line) -> Line | None:
    """Return a comparison that has one result: the difference of two lines changes its sign at most once."""
    if op is Op.EQ and a.step == b.step:
        return constant(1, int(a.start == b.start), a.times)
    signed = op in {Op.SLT, Op.SLE}
    one, other = _span(a, signed=signed), _span(b, signed=signed)
    if one is None or other is None:
        return None
    first, last = one.first - other.first, one.last - other.last
    if op is Op.EQ:
        if (first > 0) != (last > 0) or (first < 0) != (last < 0):
            return None
        return constant(1, int(first == 0), a.times)
    holds: _Test = (lambda d: d < 0) if op in {Op.ULT, Op.SLT} else (lambda d: d <= 0)
    return constant(1, int(holds(first)), a.times) if holds(first) == holds(last) else None
