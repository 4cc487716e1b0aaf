"""Assignments, compound assignments, ++ and --."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.frontend import arithmetic
from verify.frontend.access import load, scalar, store, unresolved
from verify.frontend.analysis import mentions
from verify.frontend.clang_unit import (
    POST_DEC,
    POST_INC,
    PRE_INC,
    Cursor,
    Kind,
    binary_operator,
    children,
    unary_operator,
)
from verify.frontend.ctype import Integer, PointerType, is_atomic
from verify.frontend.operands import combine, convert_number, integer, promoted, usual
from verify.frontend.places import lvalue
from verify.frontend.sequence import Operand, mark, operand, refuse_conflicts
from verify.frontend.state import Lowering, flush, snapshot
from verify.frontend.values import LValue, Nothing, Number, Pointer, PointerVariable, Private, Proof, Value
from verify.frontend.words import draw, is_draw
from verify.program.errors import reject
from verify.term.build import const
from verify.term.term import symbols

if TYPE_CHECKING:
    from verify.term.source import Span


def names_ghost(low: Lowering, c: Cursor) -> bool:
    """Return whether an expression names a ghost."""
    return mentions(c, lambda d: isinstance(low.world.globals.get(d.canonical), Proof))


def ledger_value(low: Lowering, c: Cursor, *, into_ghost: bool) -> Value:
    """Return the value to be assigned; what is computed from or into the ledger may not wrap."""
    before = low.ledger, low.valued
    low.ledger, low.valued = into_ghost or names_ghost(low, c), True
    try:
        return low.rvalue(low, c)
    finally:
        low.ledger, low.valued = before


def assignment(low: Lowering, left: Cursor, right: Cursor, span: Span) -> Value:
    """Lower ``left = right`` and return the value stored."""
    if isinstance(low.world.types.of(left.type), PointerType):
        return _pointer_assignment(low, left, right, span)
    start = mark(low)
    target = lvalue(low, left)
    middle = mark(low)
    call = is_draw(low, right)
    if call is not None and isinstance(target.place, Private) and target.place.type == low.world.types.of(left.type):
        draw(low, call, target.place, target.place.type)
        return load(low, target, span)
    value = ledger_value(low, right, into_ghost=_is_ledger(target))
    if not isinstance(value, Number):
        raise (
            unresolved(span) if isinstance(value, Pointer) else reject(span, "an assignment of no value", "assign one")
        )
    refuse_conflicts(low, (Operand(start, middle, Nothing()), operand(low, middle, value)), span)
    store(low, target, value, span)
    return value if _survives(target, value) else load(low, target, span)


def _is_ledger(target: LValue) -> bool:
    return isinstance(target.place, Proof) and isinstance(target.place.type, Integer) and not target.place.type.is_bool


def _survives(target: LValue, value: Number) -> bool:
    """Return whether a term still has the assigned value after the assignment: it does not mention the target."""
    names = {s.name for s in symbols((value.term,))}
    return getattr(target.place, "local", None) not in names and getattr(target.place, "ghost", None) not in names


def bind_pointer(low: Lowering, declaration: Cursor, value: Value, span: Span) -> Value:
    """Give a pointer variable its target. Raises InputError when it has another one already."""
    if not isinstance(value, Pointer):
        raise unresolved(span)
    before = low.frame.targets.setdefault(declaration, value)
    if before != value:
        raise reject(
            span,
            f"a pointer that cannot be resolved: '{declaration.spelling}' has more than one target",
            "use one pointer variable per object",
        )
    return value


def _pointer_assignment(low: Lowering, left: Cursor, right: Cursor, span: Span) -> Value:
    while left.kind == Kind.PAREN_EXPR:
        left = children(left)[0]
    declaration = left.referenced.canonical if left.kind == Kind.DECL_REF_EXPR else None
    if declaration is None or not isinstance(low.frame.variables.get(declaration), PointerVariable):
        raise unresolved(span)
    return bind_pointer(low, declaration, low.rvalue(low, right), span)


def _refuse_atomic(target: LValue, span: Span) -> None:
    if is_atomic(target.type):
        raise reject(
            span, "a compound operation on an _Atomic object", "use atomic_fetch_add() and its kin of <stdatomic.h>"
        )


def compound_assignment(low: Lowering, c: Cursor, left: Cursor, right: Cursor, span: Span) -> Value:
    """Lower ``left op= right``: computed in the common type, then converted to the type of ``left`` (C11 6.5.16.2)."""
    target = lvalue(low, left)
    _refuse_atomic(target, span)
    operator = binary_operator(c).removesuffix("Assign")
    if operator not in arithmetic.OPERATORS:
        raise reject(span, "an operator that cannot be verified", "write it as an assignment")
    before = low.ledger, low.valued
    low.ledger, low.valued = _is_ledger(target) or names_ghost(low, right), True
    start = mark(low)
    term, kind = integer(low, right)
    middle = mark(low)
    current = load(low, target, span)
    refuse_conflicts(low, (Operand(start, middle, Number(term, kind)), operand(low, middle, current)), span)
    result = _computed(low, operator, (target, current), Number(term, kind), span)
    flush(low)
    low.ledger, low.valued = before
    store(low, target, result, span)
    return load_back(low, target, result, span)


def load_back(low: Lowering, target: LValue, value: Number, span: Span) -> Number:
    """Return the value of an assignment expression; a shared object is not read again."""
    return value if _survives(target, value) else load(low, target, span)


def _computed(low: Lowering, operator: str, left: tuple[LValue, Number], right: Number, span: Span) -> Number:
    target, current = left
    kind = scalar(low, target.type, span)
    if not isinstance(kind, Integer) or not isinstance(current.type, Integer):
        raise reject(span, "arithmetic on what is not an integer", "a TOKEN is only compared, copied or made FRESH")
    if operator in arithmetic.SHIFTS:
        a, b = promoted(low, current, span), promoted(low, right, span)
    else:
        a, b = usual(low, current, right, span)
    return convert_number(low, combine(low, operator, a, b, span), kind, span)


def step(low: Lowering, c: Cursor, span: Span, *, wanted: bool) -> Value:
    """Lower ++ or --. ``wanted``: whether its value is used."""
    operator = unary_operator(c)
    operand = children(c)[0]
    if isinstance(low.world.types.of(operand.type), PointerType):
        raise unresolved(span)
    target = lvalue(low, operand)
    _refuse_atomic(target, span)
    before = low.ledger, low.valued
    low.ledger, low.valued = low.ledger or _is_ledger(target), True
    old = load(low, target, span)
    if wanted and operator in (POST_INC, POST_DEC):
        old = snapshot(low, old, span)
    int_type = low.world.types.int
    one = Number(const(1, int_type.width), int_type)
    kind = old.type
    if not isinstance(kind, Integer):
        raise reject(span, "arithmetic on what is not an integer", "a TOKEN is only compared, copied or made FRESH")
    a, b = usual(low, old, one, span)
    new = convert_number(low, combine(low, "Add" if operator in (POST_INC, PRE_INC) else "Sub", a, b, span), kind, span)
    flush(low)
    low.ledger, low.valued = before
    store(low, target, new, span)
    return old if operator in (POST_INC, POST_DEC) else load_back(low, target, new, span)
