"""C's integer operators on terms, and when they change a value (for the ledger)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from verify.frontend.ctype import Integer, convert
from verify.term.build import (
    TRUE,
    bvadd,
    bvand,
    bvashr,
    bvlshr,
    bvmul,
    bvor,
    bvsdiv,
    bvshl,
    bvsle,
    bvslt,
    bvsrem,
    bvsub,
    bvudiv,
    bvule,
    bvult,
    bvurem,
    bvxor,
    const,
    eq,
    ne,
    resize,
)
from verify.term.semantics import mask, to_signed
from verify.term.term import Op, Term

_Binary = Callable[[Term, Term], Term]

_SAME: Final[Mapping[str, _Binary]] = MappingProxyType(
    {"Add": bvadd, "Sub": bvsub, "Mul": bvmul, "And": bvand, "Or": bvor, "Xor": bvxor}
)
_UNSIGNED: Final[Mapping[str, _Binary]] = MappingProxyType({"Div": bvudiv, "Rem": bvurem, "LT": bvult, "LE": bvule})
_SIGNED: Final[Mapping[str, _Binary]] = MappingProxyType({"Div": bvsdiv, "Rem": bvsrem, "LT": bvslt, "LE": bvsle})
_SWAPPED: Final[Mapping[str, str]] = MappingProxyType({"GT": "LT", "GE": "LE"})
COMPARISONS: Final = ("LT", "LE", "GT", "GE", "EQ", "NE")
SHIFTS: Final = ("Shl", "Shr")
DIVISIONS: Final = ("Div", "Rem")
OPERATORS: Final = (*_SAME, *DIVISIONS, *SHIFTS, *COMPARISONS)


def operate(operator: str, a: Term, b: Term, kind: Integer) -> Term:
    """Return ``a operator b`` for two values of one type; comparisons have width 1."""
    if operator in _SWAPPED:
        operator, a, b = _SWAPPED[operator], b, a
    if operator == "EQ":
        return eq(a, b)
    if operator == "NE":
        return ne(a, b)
    if operator in _SAME:
        return _SAME[operator](a, b)
    return (_SIGNED if kind.signed else _UNSIGNED)[operator](a, b)


def shift(operator: str, a: Term, amount: Term, kind: Integer) -> Term:
    """Return ``a << amount`` or ``a >> amount``; the amount, of any width, must be less than the width of ``a``."""
    by = resize(amount, a.width, signed=False)
    if operator == "Shl":
        return bvshl(a, by)
    return bvashr(a, by) if kind.signed else bvlshr(a, by)


def _most(term: Term) -> int:
    """Return a number that no unsigned value of a term exceeds."""
    if term.op is Op.CONST:
        return term.number
    if term.op is Op.AND:
        return min(_most(a) for a in term.args)
    if term.op is Op.ZEXT:
        return _most(term.args[0])
    return mask(term.width)


def in_range(amount: Term, width: int) -> Term:
    """Return whether a shift amount is one that C defines for a type of ``width`` bits, width 1.

    A negative amount reads as a large unsigned one, which is out of range too.
    """
    if _most(amount) < width:
        return TRUE
    return bvult(amount, const(width, amount.width))


def signed_value(term: Term, kind: Integer) -> int | None:
    """Return the value of a constant as C reads it, or None for a term that is not constant."""
    if term.op is not Op.CONST:
        return None
    return to_signed(term.number, term.width) if kind.signed else term.number


def fits(operator: str, a: Term, b: Term, kind: Integer) -> Term:
    """Return whether the exact result of an operation is a value of its type, width 1."""
    wide = 2 * kind.width if operator == "Mul" else kind.width + 1
    if operator in ("Add", "Sub", "Mul"):
        long = operate(operator, resize(a, wide, signed=kind.signed), resize(b, wide, signed=kind.signed), kind)
        # The difference of two unsigned values may be negative: then its extension differs from the wide result.
        return eq(long, resize(operate(operator, a, b, kind), wide, signed=kind.signed))
    if operator == "Shl":
        by = resize(b, kind.width, signed=False)
        back = bvashr(bvshl(a, by), by) if kind.signed else bvlshr(bvshl(a, by), by)
        return eq(back, a)
    return TRUE


def conversion_fits(term: Term, source: Integer, target: Integer) -> Term:
    """Return whether a conversion keeps the value, width 1. To bool it is a truth value, not a number."""
    if target.is_bool:
        return TRUE
    wide = max(source.width, target.width) + 1
    before = resize(term, wide, signed=source.signed)
    return eq(before, resize(convert(term, source, target), wide, signed=target.signed))
