"""What can be read off a function's syntax: which variables change, what has effects, where its checks stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from verify.frontend.attributes import ATTRIBUTES, refuse_attribute
from verify.frontend.clang_unit import (
    ADDRESS_OF,
    DEREF,
    POST_DEC,
    POST_INC,
    PRE_DEC,
    PRE_INC,
    Cursor,
    Kind,
    TypeKind,
    Unit,
    binary_operator,
    children,
    unary_operator,
    walk,
)
from verify.program.errors import reject

STEPPING: Final = (POST_INC, POST_DEC, PRE_INC, PRE_DEC)
PURE_BUILTINS: Final = ("__builtin_expect", "__builtin_constant_p")
BUG_ON: Final = "__refproof_bug_on"
WARN_ON: Final = "__refproof_warn_on"
CHECK: Final = "__refproof_check"


@dataclass(frozen=True, slots=True)
class Facts:
    """About one function.

    Attributes:
        assigned, escaping: declarations of variables that are assigned, or whose address is taken.
        bugs, warnings: the calls of BUG_ON and WARN_ON inside, numbered from 1 in source order.
        checks: the calls of CHECK inside.
        calls: names of the functions called, and whatever else is named, in order.
        returns: number of return statements.
        bare_return: a return statement without a value, if there is one.
    """

    assigned: frozenset[Cursor]
    escaping: frozenset[Cursor]
    bugs: dict[Cursor, int]
    warnings: dict[Cursor, int]
    checks: tuple[Cursor, ...]
    calls: tuple[str, ...]
    returns: int
    bare_return: Cursor | None = None


_MAX_DEPTH: Final = 500


def facts_of(unit: Unit, function: Cursor) -> Facts:
    """Return the facts of a function definition. Raises InputError for one that is nested too deeply to lower.

    The limit comes before anything whose time grows with the square of the depth.
    """
    assigned: set[Cursor] = set()
    escaping: set[Cursor] = set()
    found: dict[str, list[Cursor]] = {BUG_ON: [], WARN_ON: [], CHECK: []}
    calls: dict[str, None] = {}
    returns = 0
    bare_return: Cursor | None = None
    stack = [(function, 0)]
    while stack:
        c, depth = stack.pop()
        if depth > _MAX_DEPTH:
            raise reject(unit.span(c), "an expression or statement nested too deeply", "split it up")
        stack.extend((inner, depth + 1) for inner in reversed(children(c)))
        kind = c.kind
        if kind == Kind.CALL_EXPR:
            found.get(c.spelling, []).append(c)
            calls[c.spelling] = None
        elif kind in ATTRIBUTES:
            refuse_attribute(unit, c)
        elif kind == Kind.DECL_REF_EXPR:
            # A function that is named may be called, by whoever is given its name.
            calls[c.spelling] = None
        else:
            returns += kind == Kind.RETURN_STMT
            if kind == Kind.RETURN_STMT and not children(c):
                bare_return = c
            assigned.update(_assigned_by(c, kind))
            escaping.update(_escaping_by(c, kind))
    return Facts(
        frozenset(assigned),
        frozenset(escaping),
        {c: n for n, c in enumerate(found[BUG_ON], 1)},
        {c: n for n, c in enumerate(found[WARN_ON], 1)},
        tuple(found[CHECK]),
        tuple(calls),
        returns,
        bare_return,
    )


def _assigned_by(c: Cursor, kind: Kind) -> tuple[Cursor, ...]:
    return _base(children(c)[0]) if is_assignment(c, kind) else ()


def is_assignment(c: Cursor, kind: Kind) -> bool:
    """Return whether an expression of this kind is =, an operator with =, ++ or --."""
    if kind == Kind.UNARY_OPERATOR:
        return unary_operator(c) in STEPPING
    if kind == Kind.BINARY_OPERATOR:
        return binary_operator(c) == "Assign"
    return bool(kind == Kind.COMPOUND_ASSIGNMENT_OPERATOR)


def _escaping_by(c: Cursor, kind: Kind) -> tuple[Cursor, ...]:
    if kind == Kind.UNARY_OPERATOR and unary_operator(c) == ADDRESS_OF:
        return _base(children(c)[0])
    if kind == Kind.UNEXPOSED_EXPR and c.type.kind == TypeKind.POINTER:
        inner = children(c)
        if len(inner) == 1 and inner[0].type.get_canonical().kind == TypeKind.CONSTANTARRAY:
            return _base(inner[0])
    return ()


def _base(lvalue: Cursor) -> tuple[Cursor, ...]:
    """Return the variable that an lvalue is a part of, if it is reached without following a pointer."""
    while lvalue.kind != Kind.DECL_REF_EXPR:
        if lvalue.kind not in (Kind.PAREN_EXPR, Kind.MEMBER_REF_EXPR, Kind.ARRAY_SUBSCRIPT_EXPR, Kind.UNEXPOSED_EXPR):
            return ()
        inner = children(lvalue)
        if not inner:
            return ()
        follows = inner[0].type.get_canonical().kind == TypeKind.POINTER
        if follows and lvalue.kind != Kind.ARRAY_SUBSCRIPT_EXPR:
            return ()
        lvalue = inner[0]
        if follows and [c.type.get_canonical().kind for c in children(lvalue)] != [TypeKind.CONSTANTARRAY]:
            return ()
    return (lvalue.referenced.canonical,) if lvalue.referenced is not None else ()


def has_effects(expression: Cursor, is_shared: Callable[[Cursor], bool]) -> bool:
    """Return whether evaluating an expression may do more than compute a value from locals and ghosts.

    True is always a safe answer. ``is_shared`` says whether a declaration is one of shared memory.
    """
    return any(_has_effect(c, c.kind, is_shared) for c in walk(expression))


def _has_effect(c: Cursor, kind: Kind, is_shared: Callable[[Cursor], bool]) -> bool:
    if kind == Kind.CALL_EXPR:
        return c.spelling not in PURE_BUILTINS
    if kind == Kind.UNARY_OPERATOR:
        return unary_operator(c) in (*STEPPING, DEREF)
    if kind == Kind.DECL_REF_EXPR:
        return is_shared(c.referenced)
    if kind == Kind.BINARY_OPERATOR:
        return binary_operator(c) == "Assign"
    if kind == Kind.MEMBER_REF_EXPR:
        return any(i.type.get_canonical().kind == TypeKind.POINTER for i in children(c))
    return kind in (Kind.ARRAY_SUBSCRIPT_EXPR, Kind.COMPOUND_ASSIGNMENT_OPERATOR, Kind.StmtExpr)


def mentions(expression: Cursor, declarations: Callable[[Cursor], bool]) -> bool:
    """Return whether an expression names a variable that ``declarations`` accepts."""
    return any(c.kind == Kind.DECL_REF_EXPR and declarations(c.referenced) for c in walk(expression))
