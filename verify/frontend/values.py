"""What an expression is while it is being lowered: a number, a pointer whose target is known, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from verify.frontend.clang_unit import ClangType, Cursor
from verify.frontend.ctype import Blob, Integer, Token
from verify.term.term import Term


@dataclass(frozen=True, slots=True)
class Shared:
    """A place in a shared object, ``offset`` in bits. ``path`` is how C names it; places are equal without it."""

    object: str
    offset: int
    path: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Private:
    """A place in a local variable of the routine, ``offset`` in bits; ``type`` is the variable's."""

    local: str
    offset: int
    type: Integer | Token | Blob


@dataclass(frozen=True, slots=True)
class Proof:
    """A ghost variable."""

    ghost: str
    type: Integer | Token


@dataclass(frozen=True, slots=True)
class Null:
    """The null pointer."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal."""

    text: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function. ``declaration`` is its canonical one."""

    declaration: Cursor


Place = Shared | Private | Proof | Null | Text | Function


@dataclass(frozen=True, slots=True)
class Number:
    """A value of a C type as a term of the type's width."""

    term: Term
    type: Integer | Token | Blob


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer to a place that is known while lowering."""

    place: Place


@dataclass(frozen=True, slots=True)
class Nothing:
    """The value of a void expression."""


Value = Number | Pointer | Nothing


@dataclass(frozen=True, slots=True)
class LValue:
    """A place seen through a C type, with its qualifiers."""

    place: Place
    type: ClangType


@dataclass(frozen=True, slots=True)
class PointerVariable:
    """A pointer variable: it must have one target wherever it is assigned. ``name`` is its name in C."""

    name: str
