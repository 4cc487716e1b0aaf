"""Lvalues and pointers. Every pointer is resolved to a place while lowering; nothing is left to run time."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from verify.frontend.access import unresolved
from verify.frontend.arithmetic import signed_value
from verify.frontend.clang_unit import DEREF, ClangType, Cursor, Kind, TypeKind, children, unary_operator
from verify.frontend.ctype import Integer, value_width
from verify.frontend.state import Lowering, deeper
from verify.frontend.values import (
    Function,
    LValue,
    Null,
    Number,
    Place,
    Pointer,
    PointerVariable,
    Private,
    Proof,
    Shared,
    Text,
    Value,
)
from verify.program.errors import reject
from verify.term.source import Span

_NOWHERE: Final = -(1 << 64)
"""An offset that no field makes up for."""


def lvalue(low: Lowering, c: Cursor) -> LValue:
    """Return the place that an lvalue expression names."""
    span = low.world.unit.span(c)
    deeper(low, span)
    found = _lvalue(low, c, span)
    low.depth -= 1
    return found


def _lvalue(low: Lowering, c: Cursor, span: Span) -> LValue:
    kind = c.kind
    if kind == Kind.PAREN_EXPR:
        return lvalue(low, children(c)[0])
    if kind == Kind.DECL_REF_EXPR:
        return LValue(variable(low, c, span), c.type)
    if kind == Kind.MEMBER_REF_EXPR:
        return LValue(_member(low, c, span), c.type)
    if kind == Kind.ARRAY_SUBSCRIPT_EXPR:
        return LValue(_element(low, c, span), c.type)
    if kind == Kind.UNARY_OPERATOR and unary_operator(c) == DEREF:
        return LValue(pointer(low, children(c)[0]).place, c.type)
    if kind == Kind.STRING_LITERAL:
        return LValue(Text(""), c.type)
    if kind == Kind.UNEXPOSED_EXPR and len(children(c)) == 1 and children(c)[0].kind == Kind.STRING_LITERAL:
        return LValue(Text(""), c.type)
    raise reject(span, "an lvalue of an unknown form", "name a variable, a field, or an element with a constant index")


def variable(low: Lowering, c: Cursor, span: Span) -> Place:
    """Return the place of the variable that a DECL_REF_EXPR names."""
    declaration = c.referenced.canonical
    found = low.frame.variables.get(declaration)
    if found is None:
        found = low.world.globals.get(declaration)
    match found:
        case Shared() | Private() | Proof() | Null() | Text() | Function():
            return found
        case Number() | Pointer() | PointerVariable():
            raise reject(span, f"the address of '{c.spelling}'", "copy it to a variable of its own first")
        case None if declaration in low.world.undefined:
            raise reject(
                span,
                f"'{c.spelling}' is declared but defined nowhere: its initial value is not known",
                "define it in the specification, with the value that it has when INIT begins",
            )
        case _:
            raise reject(
                span, f"'{c.spelling}' cannot be used here", "only variables of this function and globals can be"
            )


def pointer(low: Lowering, c: Cursor) -> Pointer:
    """Return what a pointer expression points to."""
    value = low.rvalue(low, c)
    if isinstance(value, Pointer):
        return value
    raise unresolved(low.world.unit.span(c))


def moved(place: Place, bits: int, suffix: str, span: Span) -> Place:
    """Return the place ``bits`` further on."""
    match place:
        case Shared():
            return replace(place, offset=place.offset + bits, path=place.path + suffix)
        case Private():
            return replace(place, offset=place.offset + bits)
        case Proof() if bits == 0:
            return place
        case Proof() | Null() | Text() | Function():
            raise unresolved(span)


def distinct(low: Lowering, place: Place) -> bool:
    """Return whether a place lies inside its object, so that its address is no other object's."""
    match place:
        case Shared():
            return 0 <= place.offset < low.world.sizes[place.object]
        case Private():
            return 0 <= place.offset < value_width(place.type)
        case Proof() | Null() | Text() | Function():
            return True


def _member(low: Lowering, c: Cursor, span: Span) -> Place:
    field = c.referenced
    inner = children(c)
    if not inner:
        raise reject(span, f"the member '{c.spelling}' without an object", "name the object")
    if field.is_bitfield():
        raise reject(span, f"the bit-field '{c.spelling}'", "write it as masks of an integer")
    base = inner[0]
    follows = base.type.get_canonical().kind == TypeKind.POINTER
    place = pointer(low, base).place if follows else lvalue(low, base).place
    offset = _hidden(base, field) + field.get_field_offsetof()
    if offset < 0:
        raise reject(
            span, f"the place of the member '{c.spelling}' is not known", "give the struct a complete definition"
        )
    # clang spells the member of an anonymous struct or union as a sentence with its file name.
    name = f".{c.spelling}" if c.spelling.isidentifier() else ""
    return moved(place, offset, name, span)


def _hidden(base: Cursor, field: Cursor) -> int:
    """Return the offset in bits of the anonymous struct or union around a field, which libclang leaves out of the tree.

    Negative when the field is not found in the object at all.
    """
    record = base.type.get_canonical()
    if record.kind == TypeKind.POINTER:
        record = record.get_pointee().get_canonical()
    return _offset_of(record, field.semantic_parent.canonical)


def _offset_of(record: ClangType, parent: Cursor) -> int:
    if record.get_declaration().canonical == parent:
        return 0
    for member in record.get_fields():
        inner = member.type.get_canonical()
        if member.is_anonymous() and inner.kind == TypeKind.RECORD:
            found = _offset_of(inner, parent)
            if found >= 0:
                return int(found + member.get_field_offsetof())
    return _NOWHERE


def _element(low: Lowering, c: Cursor, span: Span) -> Place:
    base, index = children(c)
    if base.type.get_canonical().kind != TypeKind.POINTER:
        base, index = index, base
    place = pointer(low, base).place
    value = low.rvalue(low, index)
    n = constant_value(value)
    if n is None:
        array = "a shared array" if isinstance(place, Shared) else "an array"
        raise reject(span, f"{array} with a symbolic index", "use a constant index, or one variable per element")
    return moved(place, 8 * n * c.type.get_size(), f"[{n}]", span)


def constant_value(value: Value) -> int | None:
    """Return a value as C reads it if it is a constant integer, else None."""
    if not isinstance(value, Number) or not isinstance(value.type, Integer):
        return None
    return signed_value(value.term, value.type)
