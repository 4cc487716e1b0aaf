"""Conversions of operands, and arithmetic with its obligations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.frontend import arithmetic
from verify.frontend.access import unresolved
from verify.frontend.clang_unit import ClangType, Cursor
from verify.frontend.ctype import Blob, Integer, PointerType, Token, common, convert, from_truth, promote
from verify.frontend.state import DEFINED_BEHAVIOUR, Lowering, oblige
from verify.frontend.taint import checked
from verify.frontend.values import Null, Number, Pointer, Value
from verify.program.errors import reject
from verify.program.program import LEDGER_FITS
from verify.term.build import const
from verify.term.term import Op

if TYPE_CHECKING:
    from verify.term.source import Span
    from verify.term.term import Term


def literal(value: int, kind: Integer, span: Span) -> Number:
    """Return a constant. Raises InputError when a narrow compilation cannot hold it."""
    low = -(1 << (kind.width - 1)) if kind.signed else 0
    if not low <= value < low + (1 << kind.width):
        raise reject(
            span, f"the constant {value} does not fit {kind.name} of {kind.width} bits", "use a smaller constant"
        )
    return Number(const(value, kind.width), kind)


def integer(low: Lowering, c: Cursor) -> tuple[Term, Integer]:
    """Return the value of an expression that must be an integer."""
    value = low.rvalue(low, c)
    if isinstance(value, Number) and isinstance(value.type, Integer):
        return value.term, value.type
    raise reject(low.world.unit.span(c), "an integer is needed here", "a TOKEN is only compared, copied or made FRESH")


def converted(low: Lowering, value: Value, target: ClangType, span: Span) -> Value:
    """Return a value converted to a C type, as a cast or an implicit conversion does."""
    kind = low.world.types.of(target)
    match value, kind:
        case Number(type=Integer()), Integer():
            return convert_number(low, value, kind, span)
        case Number(type=Token()), Token():
            return value
        case Number(type=Blob()), Blob() if value.type == kind:
            return value
        case Number(type=Integer()), PointerType() if value.term.op is Op.CONST and value.term.number == 0:
            return Pointer(Null())
        case Pointer(), PointerType():
            return value
        case Pointer(), Integer(is_bool=True):
            return Number(const(int(value.place != Null()), 1), kind)
        case _:
            if isinstance(kind, PointerType) or isinstance(value, Pointer):
                raise unresolved(span)
            raise reject(span, f"a conversion to '{target.spelling}' that cannot be verified", "use integers")


def convert_number(low: Lowering, value: Number, kind: Integer, span: Span) -> Number:
    """Return an integer converted to another integer type; in the ledger it must keep its value."""
    source = value.type
    assert isinstance(source, Integer)
    if source == kind:
        return value
    if checked(low, value.term):
        oblige(low, LEDGER_FITS, arithmetic.conversion_fits(value.term, source, kind), span)
    return Number(convert(value.term, source, kind), kind)


def usual(low: Lowering, a: Number, b: Number, span: Span) -> tuple[Number, Number]:
    """Return two integers in their common type."""
    assert isinstance(a.type, Integer)
    assert isinstance(b.type, Integer)
    kind = common(a.type, b.type, low.world.types)
    return convert_number(low, a, kind, span), convert_number(low, b, kind, span)


def promoted(low: Lowering, a: Number, span: Span) -> Number:
    """Return an integer after the integer promotions."""
    assert isinstance(a.type, Integer)
    return convert_number(low, a, promote(a.type, low.world.types.int), span)


def combine(low: Lowering, operator: str, a: Number, b: Number, span: Span) -> Number:
    """Return ``a operator b``; both operands of one type, except in a shift."""
    int_type = low.world.types.int
    if isinstance(a.type, Token) and isinstance(b.type, Token) and operator in ("EQ", "NE"):
        same = arithmetic.operate(operator, a.term, b.term, Integer(0, signed=False, rank=0, memory=0, name=""))
        return Number(from_truth(same, int_type), int_type)
    if not isinstance(a.type, Integer) or not isinstance(b.type, Integer):
        raise reject(span, "an operand that is not an integer", "a TOKEN is only compared with == and !=")
    if operator in arithmetic.SHIFTS:
        return _shift(low, operator, a, b, span)
    if a.type.width != b.type.width or a.type.signed != b.type.signed:
        a, b = usual(low, a, b, span)
    kind = a.type
    assert isinstance(kind, Integer)
    if operator in arithmetic.DIVISIONS:
        _check_divisor(b, kind, span)
    if checked(low, a.term, b.term):
        oblige(low, LEDGER_FITS, arithmetic.fits(operator, a.term, b.term, kind), span)
    result = arithmetic.operate(operator, a.term, b.term, kind)
    if operator in arithmetic.COMPARISONS:
        return Number(from_truth(result, int_type), int_type)
    return Number(result, kind)


def _check_divisor(divisor: Number, kind: Integer, span: Span) -> None:
    value = arithmetic.signed_value(divisor.term, kind)
    if value is None:
        raise reject(span, "a division by a value that is not constant", "divide by a constant")
    if value in (0, -1):
        raise reject(span, f"a division by {value}", "divide by another constant; x / -1 may overflow")


def _shift(low: Lowering, operator: str, a: Number, b: Number, span: Span) -> Number:
    kind, amount = a.type, b.type
    assert isinstance(kind, Integer)
    assert isinstance(amount, Integer)
    value = arithmetic.signed_value(b.term, amount)
    if value is not None and not 0 <= value < kind.width:
        raise reject(span, f"a shift of {kind.width} bits by {value}", "shift by less than the width of the type")
    if value is None:
        oblige(low, DEFINED_BEHAVIOUR, arithmetic.in_range(b.term, kind.width), span)
    if checked(low, a.term, b.term):
        oblige(low, LEDGER_FITS, arithmetic.fits(operator, a.term, b.term, kind), span)
    return Number(arithmetic.shift(operator, a.term, b.term, kind), kind)
