"""Expressions to terms. Operands are lowered left to right; accesses are emitted as they are met."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from verify.frontend import arithmetic
from verify.frontend.access import load, unresolved
from verify.frontend.analysis import STEPPING, has_effects
from verify.frontend.assignment import assignment, compound_assignment, step
from verify.frontend.clang_unit import (
    ADDRESS_OF,
    DEREF,
    EXTENSION,
    LOGICAL_NOT,
    MINUS,
    NOT,
    PLUS,
    Cursor,
    Kind,
    TypeKind,
    binary_operator,
    children,
    evaluate_int,
    unary_operator,
)
from verify.frontend.conditional import conditional, logical, short_conditional, truth_of
from verify.frontend.ctype import Integer, PointerType, Void, from_truth
from verify.frontend.operands import combine, converted, integer, literal
from verify.frontend.places import constant_value, distinct, lvalue, moved
from verify.frontend.sequence import Operand, mark, operand, refuse_conflicts
from verify.frontend.state import Lowering, deeper
from verify.frontend.values import Function, Nothing, Number, Pointer, PointerVariable, Text, Value
from verify.program.errors import reject
from verify.term.build import bvnot, const

if TYPE_CHECKING:
    from verify.term.source import Span

_Rule = Callable[[Lowering, Cursor, "Span"], Value]


def rvalue(low: Lowering, c: Cursor) -> Value:
    """Return the value of an expression; an lvalue is read."""
    span = low.world.unit.span(c)
    rule = _RULES.get(c.kind)
    if rule is None:
        raise reject(
            span, f"{_DESCRIBED.get(c.kind, 'an expression')} cannot be verified ({c.kind.name.lower()})", _ADVICE
        )
    deeper(low, span)
    value = rule(low, c, span)
    low.depth -= 1
    return value


_ADVICE: Final = "write it with integers, plain variables and the operations that the specification language knows"
_DESCRIBED: Final = {
    Kind.FLOATING_LITERAL: "floating point",
    Kind.GENERIC_SELECTION_EXPR: "a _Generic selection that is not constant",
    Kind.ADDR_LABEL_EXPR: "the address of a label",
    Kind.INIT_LIST_EXPR: "an initialiser list in an expression",
}


def discard(low: Lowering, c: Cursor) -> None:
    """Lower an expression for its effects only."""
    kind = c.kind
    span = low.world.unit.span(c)
    if kind == Kind.PAREN_EXPR:
        discard(low, children(c)[0])
    elif kind == Kind.UNARY_OPERATOR and unary_operator(c) in STEPPING:
        step(low, c, span, wanted=False)
    elif kind == Kind.CSTYLE_CAST_EXPR and isinstance(low.world.types.of(c.type), Void):
        discard(low, children(c)[-1])
    elif kind == Kind.BINARY_OPERATOR and binary_operator(c) == "Comma":
        left, right = children(c)
        discard(low, left)
        discard(low, right)
    elif kind in _LVALUES and not c.type.get_canonical().is_volatile_qualified():
        return
    else:
        rvalue(low, c)


_LVALUES: Final = (Kind.DECL_REF_EXPR, Kind.STRING_LITERAL)


def _parenthesised(low: Lowering, c: Cursor, _span: Span) -> Value:
    return rvalue(low, children(c)[0])


def _literal(low: Lowering, c: Cursor, span: Span) -> Value:
    value = evaluate_int(c)
    kind = low.world.types.of(c.type)
    if value is None or not isinstance(kind, Integer):
        raise reject(span, "a literal that is not an integer", _ADVICE)
    return literal(value, kind, span)


def _constant(low: Lowering, c: Cursor, span: Span) -> Value:
    """Return the value of sizeof, alignof, offsetof and the like, which clang has computed.

    What clang computes leaves side effects out; only sizeof and alignof do not evaluate their operand.
    """
    if c.kind != Kind.CXX_UNARY_EXPR and has_effects(c, lambda _: False):
        raise reject(span, "a constant expression with side effects", "evaluate it into a variable before")
    value = evaluate_int(c)
    kind = low.world.types.of(c.type)
    if value is None or not isinstance(kind, Integer):
        raise reject(span, "an expression that is not an integer constant", _ADVICE)
    return literal(value, kind, span)


def _named(low: Lowering, c: Cursor, span: Span) -> Value:
    declaration = c.referenced
    if declaration is None:
        raise reject(span, f"'{c.spelling}' has no declaration", _ADVICE)
    if declaration.kind == Kind.ENUM_CONSTANT_DECL:
        kind = low.world.types.of(c.type)
        assert isinstance(kind, Integer)
        value = int(declaration.enum_value)
        # gcc gives int to every enumerator that fits in one, clang only where all of them do.
        if kind != low.world.types.int and -(1 << 31) <= value < 1 << 31:
            what = f"'{c.spelling}', one of an enum that does not fit int: compilers differ about its type"
            raise reject(span, what, "write the number with a cast")
        return literal(value, kind, span)
    key = declaration.canonical
    if declaration.kind == Kind.FUNCTION_DECL:
        return Pointer(Function(key))
    found = low.frame.variables.get(key, low.world.globals.get(key))
    if isinstance(found, Number | Pointer):
        return found
    if isinstance(found, PointerVariable):
        target = low.frame.targets.get(key)
        if target is None:
            raise reject(
                span, f"the pointer '{found.name}' is used before it has a target", "initialise it where it is declared"
            )
        return target
    return _read(low, c, span)


def _read(low: Lowering, c: Cursor, span: Span) -> Value:
    canonical = c.type.get_canonical()
    if canonical.kind == TypeKind.CONSTANTARRAY:
        return Pointer(lvalue(low, c).place)
    if isinstance(low.world.types.of(c.type), PointerType):
        raise unresolved(span)
    return load(low, lvalue(low, c), span)


def _implicit(low: Lowering, c: Cursor, span: Span) -> Value:
    """Lower an UNEXPOSED_EXPR: an implicit conversion, a constant, or something that must be refused."""
    inner = children(c)
    if not inner or any(i.kind in (Kind.MEMBER_REF, Kind.TYPE_REF) for i in inner):
        return _constant(low, c, span)
    if len(inner) == 1:
        return converted(low, _decayed(low, c, inner[0]), c.type, span)
    if len(inner) == 4 and inner[0].extent == inner[1].extent == inner[2].extent:
        return short_conditional(low, inner[0], inner[3], c.type, span)
    raise reject(
        span,
        "a compiler builtin that libclang does not show",
        "use the kernel's atomic_* functions or an ordinary expression",
    )


def _decayed(low: Lowering, c: Cursor, inner: Cursor) -> Value:
    if inner.type.get_canonical().kind == TypeKind.CONSTANTARRAY and c.type.get_canonical().kind == TypeKind.POINTER:
        return Pointer(lvalue(low, inner).place)
    return rvalue(low, inner)


def _cast(low: Lowering, c: Cursor, span: Span) -> Value:
    operand = children(c)[-1]
    if isinstance(low.world.types.of(c.type), Void):
        discard(low, operand)
        return Nothing()
    return converted(low, _decayed(low, c, operand), c.type, span)


def _unary(low: Lowering, c: Cursor, span: Span) -> Value:
    operator = unary_operator(c)
    operand = children(c)[0]
    if operator in STEPPING:
        return step(low, c, span, wanted=True)
    if operator in (ADDRESS_OF, DEREF) and _is_function(operand if operator == ADDRESS_OF else c):
        return rvalue(low, operand)
    if operator == ADDRESS_OF:
        return Pointer(lvalue(low, operand).place)
    if operator == DEREF:
        return _read(low, c, span)
    if operator == EXTENSION:
        return rvalue(low, operand)
    if operator == LOGICAL_NOT:
        return Number(from_truth(bvnot(truth_of(low, operand)), low.world.types.int), low.world.types.int)
    number, kind = integer(low, operand)
    if operator == PLUS:
        return Number(number, kind)
    if operator == NOT:
        return Number(bvnot(number), kind)
    if operator == MINUS:
        return combine(low, "Sub", Number(const(0, kind.width), kind), Number(number, kind), span)
    raise reject(span, "an operator that cannot be verified", _ADVICE)


def _is_function(c: Cursor) -> bool:
    return c.type.get_canonical().kind in (TypeKind.FUNCTIONPROTO, TypeKind.FUNCTIONNOPROTO)


def _binary(low: Lowering, c: Cursor, span: Span) -> Value:
    operator = binary_operator(c)
    left, right = children(c)
    if operator == "Assign":
        return assignment(low, left, right, span)
    if operator == "Comma":
        discard(low, left)
        return rvalue(low, right)
    if operator in ("LAnd", "LOr"):
        return logical(low, operator, left, right, span)
    if operator not in arithmetic.OPERATORS:
        raise reject(span, "an operator that cannot be verified", _ADVICE)
    start = mark(low)
    a = rvalue(low, left)
    middle = mark(low)
    b = rvalue(low, right)
    refuse_conflicts(low, (Operand(start, middle, a), operand(low, middle, b)), span)
    if isinstance(a, Pointer) or isinstance(b, Pointer):
        return _pointers(low, operator, a, b, c, span)
    if isinstance(a, Number) and isinstance(b, Number):
        return combine(low, operator, a, b, span)
    raise reject(span, "an operand without a value", _ADVICE)


def _pointers(low: Lowering, operator: str, a: Value, b: Value, c: Cursor, span: Span) -> Value:
    int_type = low.world.types.int
    if isinstance(a, Pointer) and isinstance(b, Pointer) and operator in ("EQ", "NE"):
        if isinstance(a.place, Text) and isinstance(b.place, Text):
            raise unresolved(span)
        if a.place != b.place and not (distinct(low, a.place) and distinct(low, b.place)):
            raise unresolved(span)
        return Number(const(int((a.place == b.place) == (operator == "EQ")), int_type.width), int_type)
    if isinstance(b, Pointer) and operator == "Add":
        a, b = b, a
    n = constant_value(b)
    if isinstance(a, Pointer) and n is not None and operator in ("Add", "Sub"):
        pointee = c.type.get_canonical().get_pointee()
        # GNU C counts void in bytes.
        size = 1 if isinstance(low.world.types.of(pointee), Void) else pointee.get_size()
        if size < 1:
            raise unresolved(span)
        bits = 8 * size * (n if operator == "Add" else -n)
        return Pointer(moved(a.place, bits, f"[{n}]" if bits else "", span))
    raise unresolved(span)


def _statement_expression(low: Lowering, c: Cursor, _span: Span) -> Value:
    statements = children(children(c)[0])
    if not statements or isinstance(low.world.types.of(c.type), Void):
        for s in statements:
            low.block(low, s)
        return Nothing()
    for s in statements[:-1]:
        low.block(low, s)
    if not statements[-1].kind.is_expression():
        raise reject(
            low.world.unit.span(statements[-1]), "a labelled value of a statement expression", "end with an expression"
        )
    return rvalue(low, statements[-1])


def _call(low: Lowering, c: Cursor, _span: Span) -> Value:
    return low.call(low, c)


def _conditional(low: Lowering, c: Cursor, span: Span) -> Value:
    condition, then, otherwise = children(c)
    return conditional(low, condition, then, otherwise, c.type, span)


def _compound(low: Lowering, c: Cursor, span: Span) -> Value:
    left, right = children(c)
    return compound_assignment(low, c, left, right, span)


def _string(_low: Lowering, _c: Cursor, _span: Span) -> Value:
    return Pointer(Text(""))


_RULES: Final[Mapping[Kind, _Rule]] = MappingProxyType(
    {
        Kind.PAREN_EXPR: _parenthesised,
        Kind.INTEGER_LITERAL: _literal,
        Kind.CHARACTER_LITERAL: _literal,
        Kind.DECL_REF_EXPR: _named,
        Kind.MEMBER_REF_EXPR: _read,
        Kind.ARRAY_SUBSCRIPT_EXPR: _read,
        Kind.UNEXPOSED_EXPR: _implicit,
        Kind.CSTYLE_CAST_EXPR: _cast,
        Kind.UNARY_OPERATOR: _unary,
        Kind.BINARY_OPERATOR: _binary,
        Kind.COMPOUND_ASSIGNMENT_OPERATOR: _compound,
        Kind.CONDITIONAL_OPERATOR: _conditional,
        Kind.CALL_EXPR: _call,
        Kind.STRING_LITERAL: _string,
        Kind.CXX_UNARY_EXPR: _constant,
        Kind.GENERIC_SELECTION_EXPR: _constant,
        Kind.StmtExpr: _statement_expression,
    }
)
