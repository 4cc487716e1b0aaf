"""Which function a call calls: the one that it names, or the one whose name a parameter was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from verify.frontend.clang_unit import DEREF, Cursor, Kind, children, unary_operator
from verify.frontend.values import Function, Pointer, PointerVariable
from verify.program.errors import reject

if TYPE_CHECKING:
    from verify.frontend.state import Lowering
    from verify.term.source import Span

_ADVICE: Final = "call the function by its name, or pass its name to the parameter that is called"


def called_function(low: Lowering, c: Cursor, span: Span) -> Cursor:
    """Return the declaration of the function that a call calls.

    Raises InputError where that is not known without running the code, and where the function has another type than
    the pointer through which it is called, which C does not define.
    """
    named = c.referenced
    if named is not None and named.kind == Kind.FUNCTION_DECL:
        return named
    callee = _stripped(children(c)[0])
    variable = callee.referenced if callee.kind == Kind.DECL_REF_EXPR else None
    found = low.frame.variables.get(variable.canonical) if variable is not None else None
    if not isinstance(found, Pointer | PointerVariable):
        raise reject(span, "an indirect call", _ADVICE)
    value = low.rvalue(low, callee)
    if not isinstance(value, Pointer) or not isinstance(value.place, Function):
        raise reject(span, "an indirect call of what is not a function", _ADVICE)
    function = value.place.declaration
    if callee.type.get_canonical().get_pointee().get_canonical() != function.type.get_canonical():
        raise reject(span, f"a call of '{function.spelling}' through a pointer to another type of function", _ADVICE)
    return function


def _stripped(callee: Cursor) -> Cursor:
    while callee.kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR) or _is_dereference(callee):
        inner = children(callee)
        if len(inner) != 1:
            return callee
        callee = inner[0]
    return callee


def _is_dereference(callee: Cursor) -> bool:
    return callee.kind == Kind.UNARY_OPERATOR and unary_operator(callee) == DEREF
