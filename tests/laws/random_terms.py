"""Hypothesis strategies for raw terms (not rewritten) of every operator, and for their symbols' values."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from verify.term.semantics import mask
from verify.term.term import Op, Term, intern, symbols

SAME_WIDTH: Final = (
    Op.AND,
    Op.OR,
    Op.XOR,
    Op.ADD,
    Op.SUB,
    Op.MUL,
    Op.UDIV,
    Op.UREM,
    Op.SDIV,
    Op.SREM,
    Op.SHL,
    Op.LSHR,
    Op.ASHR,
)
PREDICATES: Final = (Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE)
EXPENSIVE: Final = frozenset({Op.MUL, Op.UDIV, Op.UREM, Op.SDIV, Op.SREM})

widths = st.one_of(st.sampled_from((1, 2, 3, 7, 8, 31, 32, 33, 63, 64)), st.integers(1, 64))


def boundary_values(width: int) -> tuple[int, ...]:
    """Return the values around which operators change their behaviour, sorted, without repetition."""
    sign = 1 << (width - 1)
    values = {0, 1, 2, 3, width - 1, width, width + 1, sign - 1, sign, sign + 1, mask(width) - 1, mask(width)}
    return tuple(sorted(v for v in values if 0 <= v <= mask(width)))


def values(width: int) -> st.SearchStrategy[int]:
    """Return a strategy for unsigned values of a width."""
    return st.one_of(st.sampled_from(boundary_values(width)), st.integers(0, mask(width)))


@st.composite
def terms(draw: st.DrawFn, width: int, depth: int = 4) -> Term:
    """Draw a raw term of a width."""
    if depth == 0 or draw(st.integers(0, 9)) == 0:
        return draw(_leaf(width))
    shapes = [_unary, _binary, _ite, _cut]
    if width == 1:
        shapes += [_predicate, _predicate]
    else:
        shapes += [_extended, _joined]
    return draw(draw(st.sampled_from(shapes))(width, depth - 1))


@st.composite
def environments(draw: st.DrawFn, *roots: Term) -> dict[str, int]:
    """Draw a value for each symbol of the roots."""
    return {s.name: draw(values(s.width)) for s in symbols(roots)}


@st.composite
def _leaf(draw: st.DrawFn, width: int) -> Term:
    if draw(st.booleans()):
        return intern(Op.CONST, width, (), draw(values(width)))
    return intern(Op.SYMBOL, width, (), 0, f"{draw(st.sampled_from('xyz'))}{width}")


@st.composite
def _unary(draw: st.DrawFn, width: int, depth: int) -> Term:
    return intern(draw(st.sampled_from((Op.NOT, Op.NEG))), width, (draw(terms(width, depth)),))


@st.composite
def _binary(draw: st.DrawFn, width: int, depth: int) -> Term:
    op = draw(st.sampled_from(SAME_WIDTH))
    # The operand of an expensive operator is a leaf, so that bit-blasting a random term stays cheap.
    below = 0 if op in EXPENSIVE else depth
    return intern(op, width, (draw(terms(width, below)), draw(terms(width, below))))


@st.composite
def _ite(draw: st.DrawFn, width: int, depth: int) -> Term:
    return intern(Op.ITE, width, (draw(terms(1, depth)), draw(terms(width, depth)), draw(terms(width, depth))))


@st.composite
def _cut(draw: st.DrawFn, width: int, depth: int) -> Term:
    whole = draw(st.integers(width, 64))
    return intern(Op.EXTRACT, width, (draw(terms(whole, depth)),), draw(st.integers(0, whole - width)))


@st.composite
def _predicate(draw: st.DrawFn, width: int, depth: int) -> Term:
    operands = draw(widths)
    return intern(
        draw(st.sampled_from(PREDICATES)), width, (draw(terms(operands, depth)), draw(terms(operands, depth)))
    )


@st.composite
def _extended(draw: st.DrawFn, width: int, depth: int) -> Term:
    op = draw(st.sampled_from((Op.ZEXT, Op.SEXT)))
    return intern(op, width, (draw(terms(draw(st.integers(1, width - 1)), depth)),))


@st.composite
def _joined(draw: st.DrawFn, width: int, depth: int) -> Term:
    high = draw(st.integers(1, width - 1))
    return intern(Op.CONCAT, width, (draw(terms(high, depth)), draw(terms(width - high, depth))))
