"""C types of the modelled machine (x86-64, two's complement) and conversions between their values.

A value of an integer type is a term of the type's ``width``. A ``_Bool`` value has width 1, although it takes 8 bits of
memory. Conversions are those of C11 6.3.1 as gcc and clang define them: modulo 2^width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from verify.frontend.clang_unit import ClangType, TypeKind, value_type
from verify.program.program import TOKEN_WIDTH, Kind
from verify.term.build import const, ne, resize, zext

if TYPE_CHECKING:
    from verify.term.term import Term


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer type. ``width`` of a value in bits, ``memory`` its bits in memory, ``rank`` as in C11 6.3.1.1."""

    width: int
    signed: bool
    rank: int
    memory: int
    name: str

    @property
    def is_bool(self) -> bool:
        return self.rank == 0


@dataclass(frozen=True, slots=True)
class Token:
    """A TOKEN: only compared for equality."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A struct, union or array of ``memory`` bits, copied as a whole."""

    memory: int


@dataclass(frozen=True, slots=True)
class PointerType:
    """A pointer to a C type."""

    pointee: ClangType


@dataclass(frozen=True, slots=True)
class Void:
    """No value."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A type that cannot be verified. ``why`` names it."""

    why: str


CType = Integer | Token | Blob | PointerType | Void | Unsupported

BOOL: Final = Integer(1, signed=False, rank=0, memory=8, name="_Bool")
TOKEN: Final = Token()
TOKEN_STRUCT: Final = "refproof_token_struct"  # noqa: S105 - a TOKEN of the specification language

_INTEGERS: Final = {
    TypeKind.BOOL: BOOL,
    TypeKind.CHAR_S: Integer(8, signed=True, rank=1, memory=8, name="char"),
    TypeKind.CHAR_U: Integer(8, signed=False, rank=1, memory=8, name="char"),
    TypeKind.SCHAR: Integer(8, signed=True, rank=1, memory=8, name="signed char"),
    TypeKind.UCHAR: Integer(8, signed=False, rank=1, memory=8, name="unsigned char"),
    TypeKind.SHORT: Integer(16, signed=True, rank=2, memory=16, name="short"),
    TypeKind.USHORT: Integer(16, signed=False, rank=2, memory=16, name="unsigned short"),
    TypeKind.INT: Integer(32, signed=True, rank=3, memory=32, name="int"),
    TypeKind.UINT: Integer(32, signed=False, rank=3, memory=32, name="unsigned int"),
    TypeKind.LONG: Integer(64, signed=True, rank=4, memory=64, name="long"),
    TypeKind.ULONG: Integer(64, signed=False, rank=4, memory=64, name="unsigned long"),
    TypeKind.LONGLONG: Integer(64, signed=True, rank=5, memory=64, name="long long"),
    TypeKind.ULONGLONG: Integer(64, signed=False, rank=5, memory=64, name="unsigned long long"),
    TypeKind.INT128: Integer(128, signed=True, rank=6, memory=128, name="__int128"),
    TypeKind.UINT128: Integer(128, signed=False, rank=6, memory=128, name="unsigned __int128"),
}


@dataclass(frozen=True, slots=True)
class Types:
    """The types of one compilation. ``int_bits`` other than 32 is the narrow compilation of the tests."""

    int_bits: int

    def integer(self, kind: TypeKind) -> Integer | None:
        """Return an integer type; int and unsigned int (rank 3) have ``int_bits`` bits."""
        found = _INTEGERS.get(kind)
        if found is None or found.rank != 3 or self.int_bits == 32:
            return found
        return Integer(self.int_bits, found.signed, found.rank, self.int_bits, found.name)

    @property
    def int(self) -> Integer:
        found = self.integer(TypeKind.INT)
        assert found is not None
        return found

    def of(self, kind: ClangType) -> CType:
        """Return the type of values of a clang type; ``_Atomic`` and qualifiers are dropped."""
        canonical = kind.get_canonical()
        if canonical.kind == TypeKind.ATOMIC:
            canonical = value_type(canonical).get_canonical()
        found = self.integer(canonical.kind)
        if found is not None:
            narrow = self.int_bits < 32 and found.rank in (1, 2) and found.width >= self.int_bits
            if narrow and not (found.signed and found.width == self.int_bits):
                return Unsupported(f"{found.name} beside an int of {self.int_bits} bits")
            return found
        match canonical.kind:
            case TypeKind.ENUM:
                return self.of(canonical.get_declaration().enum_type)
            case TypeKind.POINTER if not varies(canonical):
                pointee = canonical.get_pointee()
                is_token = pointee.get_canonical().get_declaration().spelling == TOKEN_STRUCT
                return TOKEN if is_token else PointerType(pointee)
            case TypeKind.VOID:
                return Void()
            case TypeKind.RECORD | TypeKind.CONSTANTARRAY if canonical.get_size() >= 0:
                return Blob(8 * canonical.get_size())
            case _:
                return Unsupported(f"the type '{kind.spelling}'")


def varies(kind: ClangType) -> bool:
    """Return whether a type depends on a value at run time: it is, points to or consists of a variable array."""
    canonical = kind.get_canonical()
    while True:
        if canonical.kind == TypeKind.VARIABLEARRAY:
            return True
        if canonical.kind == TypeKind.POINTER:
            canonical = canonical.get_pointee().get_canonical()
        elif canonical.kind in (TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY):
            canonical = canonical.get_array_element_type().get_canonical()
        else:
            return False


def is_atomic(kind: ClangType) -> bool:
    return bool(kind.get_canonical().kind == TypeKind.ATOMIC)


def is_volatile(kind: ClangType) -> bool:
    return bool(kind.get_canonical().is_volatile_qualified())


def convert(term: Term, source: Integer, target: Integer) -> Term:
    """Return a value of type ``source`` converted to type ``target`` (C11 6.3.1.2 and 6.3.1.3)."""
    if target.is_bool:
        return truth(term)
    return resize(term, target.width, signed=source.signed)


def truth(term: Term) -> Term:
    """Return whether a value differs from zero, width 1."""
    return ne(term, const(0, term.width))


def from_truth(term: Term, target: Integer) -> Term:
    """Return a truth value of width 1 as 0 or 1 of a type."""
    return zext(term, target.width)


def promote(source: Integer, int_type: Integer) -> Integer:
    """Return the type after the integer promotions (C11 6.3.1.1): int holds every type of lower rank here."""
    return int_type if source.rank < int_type.rank else source


def common(a: Integer, b: Integer, types: Types) -> Integer:
    """Return the common type of the usual arithmetic conversions (C11 6.3.1.8)."""
    a, b = promote(a, types.int), promote(b, types.int)
    if a.signed == b.signed:
        return a if a.rank >= b.rank else b
    unsigned, signed = (b, a) if a.signed else (a, b)
    if unsigned.rank >= signed.rank:
        return unsigned
    if signed.width > unsigned.width:
        return signed
    return Integer(signed.width, signed=False, rank=signed.rank, memory=signed.memory, name=f"unsigned {signed.name}")


def program_kind(kind: Integer | Token | Blob) -> Kind:
    """Return what a variable of a type holds, in the words of the program."""
    match kind:
        case Token():
            return Kind.TOKEN
        case Blob():
            return Kind.UNSIGNED
        case Integer():
            return Kind.BOOL if kind.is_bool else Kind.SIGNED if kind.signed else Kind.UNSIGNED


def value_width(kind: Integer | Token | Blob) -> int:
    """Return the width in bits of a variable of a type."""
    match kind:
        case Token():
            return TOKEN_WIDTH
        case Blob():
            return kind.memory
        case Integer():
            return kind.width
