"""Truth values, &&, ||, ?: and branches on conditions.

An operand without effects becomes an if-then-else term; one with effects a branch and a temporary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.frontend.analysis import has_effects
from verify.frontend.clang_unit import LOGICAL_NOT, ClangType, Cursor, Kind, binary_operator, children, unary_operator
from verify.frontend.ctype import BOOL, Integer, Void, from_truth, truth
from verify.frontend.graph import Label, branch, jump, place
from verify.frontend.operands import converted
from verify.frontend.state import Lowering, assign, deeper, flush, new_local, snapshot, variable_term
from verify.frontend.values import Nothing, Null, Number, Pointer, Private, Shared, Value
from verify.program.errors import reject
from verify.term.build import FALSE, TRUE, bvand, bvnot, bvor, ite
from verify.term.term import Op

if TYPE_CHECKING:
    from verify.term.source import Span
    from verify.term.term import Term


def effects(low: Lowering, c: Cursor) -> bool:
    """Return whether an expression may emit nodes."""
    return has_effects(c, lambda d: isinstance(low.world.globals.get(d.canonical), Shared) or _is_shared_alias(low, d))


def _is_shared_alias(low: Lowering, declaration: Cursor) -> bool:
    return isinstance(low.frame.variables.get(declaration.canonical), Shared)


def truth_of(low: Lowering, c: Cursor) -> Term:
    """Return whether an expression differs from zero, width 1."""
    span = low.world.unit.span(c)
    return truth_value(low.rvalue(low, c), span)


def truth_value(value: Value, span: Span) -> Term:
    """Return whether a value differs from zero, width 1. Raises InputError for what has no truth value."""
    match value:
        case Number(type=Integer()):
            return truth(value.term)
        case Pointer():
            return FALSE if value.place == Null() else TRUE
        case _:
            raise reject(span, "a condition that is neither an integer nor a pointer", "compare it")


def condition(low: Lowering, c: Cursor, then: Label, otherwise: Label) -> None:
    """Branch to one of two labels on a condition, operand by operand where the right one has effects."""
    span = low.world.unit.span(c)
    deeper(low, span)
    if c.kind == Kind.PAREN_EXPR:
        condition(low, children(c)[0], then, otherwise)
    elif c.kind == Kind.UNARY_OPERATOR and unary_operator(c) == LOGICAL_NOT:
        condition(low, children(c)[0], otherwise, then)
    elif c.kind == Kind.BINARY_OPERATOR and binary_operator(c) in ("LAnd", "LOr") and effects(low, children(c)[1]):
        left, right = children(c)
        middle = Label()
        if binary_operator(c) == "LAnd":
            condition(low, left, middle, otherwise)
        else:
            condition(low, left, then, middle)
        place(low.graph, middle)
        condition(low, right, then, otherwise)
    else:
        decided = truth_of(low, c)
        flush(low)
        branch(low.graph, decided, then, otherwise, span)
    low.depth -= 1


def logical(low: Lowering, operator: str, left: Cursor, right: Cursor, span: Span) -> Number:
    """Return ``left && right`` or ``left || right`` as an int."""
    int_type = low.world.types.int
    first = truth_of(low, left)
    decided, go_on = (FALSE, TRUE) if operator == "LAnd" else (TRUE, FALSE)
    if first is decided:
        return Number(from_truth(decided, int_type), int_type)
    if first is go_on:
        return Number(from_truth(truth_of(low, right), int_type), int_type)
    if not effects(low, right):
        second = _under(low, first if operator == "LAnd" else bvnot(first), right)
        both = bvand(first, second) if operator == "LAnd" else bvor(first, second)
        return Number(from_truth(both, int_type), int_type)
    result = new_local(low, "and" if operator == "LAnd" else "or", BOOL)
    evaluate, end = Label(), Label()
    assign(low, result, first, span)
    branch(low.graph, first, *((evaluate, end) if operator == "LAnd" else (end, evaluate)), span)
    place(low.graph, evaluate)
    assign(low, result, truth_of(low, right), span)
    place(low.graph, end)
    return Number(from_truth(variable_term(result), int_type), int_type)


def _under(low: Lowering, guard: Term, c: Cursor) -> Term:
    low.path.append(guard)
    result = truth_of(low, c)
    low.path.pop()
    return result


def conditional(low: Lowering, test: Cursor, then: Cursor, otherwise: Cursor, kind: ClangType, span: Span) -> Value:
    """Return ``test ? then : otherwise``."""
    decided = truth_of(low, test)
    if decided.op is Op.CONST:
        return low.rvalue(low, then if decided is TRUE else otherwise)
    if effects(low, then) or effects(low, otherwise):
        return _branching(low, decided, (then, otherwise), kind, span)
    low.path.append(decided)
    a = low.rvalue(low, then)
    low.path[-1] = bvnot(decided)
    b = low.rvalue(low, otherwise)
    low.path.pop()
    return select(decided, a, b, span)


def select(decided: Term, a: Value, b: Value, span: Span) -> Value:
    """Return a value that is ``a`` where ``decided`` holds, else ``b``."""
    match a, b:
        case Number(), Number() if a.type == b.type:
            return Number(ite(decided, a.term, b.term), a.type)
        case Pointer(), Pointer() if a.place == b.place:
            return a
        case Nothing(), Nothing():
            return a
        case _:
            raise reject(
                span,
                "a pointer that cannot be resolved: it depends on a condition",
                "branch on the condition and name the object in each branch",
            )


def _branching(low: Lowering, decided: Term, arms: tuple[Cursor, Cursor], kind: ClangType, span: Span) -> Value:
    labels, end = (Label(), Label()), Label()
    ctype = low.world.types.of(kind)
    flush(low)
    branch(low.graph, decided, *labels, span)
    result: Private | None = None
    values: list[Value] = []
    for label, arm in zip(labels, arms, strict=True):
        place(low.graph, label)
        value = low.rvalue(low, arm)
        if isinstance(value, Number) and not isinstance(ctype, Void):
            result = result or new_local(low, "either", value.type)
            assign(low, result, value.term, span)
        values.append(value)
        flush(low)
        jump(low.graph, end, span)
    place(low.graph, end)
    if result is not None and all(isinstance(v, Number) and v.type == result.type for v in values):
        return Number(variable_term(result), result.type)
    return select(decided, values[0], values[1], span) if not isinstance(ctype, Void) else Nothing()


def short_conditional(low: Lowering, test: Cursor, otherwise: Cursor, kind: ClangType, span: Span) -> Value:
    """Return GNU C's ``test ?: otherwise``: the tested value, evaluated once, where it is not zero."""
    value = low.rvalue(low, test)
    decided = truth_value(value, span)
    if decided.op is Op.CONST:
        return converted(low, value, kind, span) if decided is TRUE else low.rvalue(low, otherwise)
    if effects(low, otherwise) and isinstance(value, Number):
        value = snapshot(low, value, span)
        decided = truth_value(value, span)
        end, evaluate = Label(), Label()
        kept = converted(low, value, kind, span)
        assert isinstance(kept, Number)
        result = new_local(low, "either", kept.type)
        assign(low, result, kept.term, span)
        branch(low.graph, decided, end, evaluate, span)
        place(low.graph, evaluate)
        other = low.rvalue(low, otherwise)
        assert isinstance(other, Number)
        assign(low, result, other.term, span)
        place(low.graph, end)
        return Number(variable_term(result), kept.type)
    low.path.append(bvnot(decided))
    other = low.rvalue(low, otherwise)
    low.path.pop()
    return select(decided, converted(low, value, kind, span), other, span)
