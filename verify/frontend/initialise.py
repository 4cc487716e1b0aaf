"""Initialiser lists: from ``{ 1, .field = { 2 } }`` to the bits of the object."""

from __future__ import annotations

from itertools import pairwise

from verify.frontend.access import splice
from verify.frontend.clang_unit import ClangType, Cursor, Kind, TypeKind, children
from verify.frontend.ctype import Blob, Integer, Token, value_width
from verify.frontend.sequence import Operand, mark, operand, refuse_conflicts
from verify.frontend.state import Lowering
from verify.frontend.values import Number
from verify.program.errors import reject
from verify.term.build import const, resize
from verify.term.source import Span
from verify.term.term import Term

_ADVICE = "write one braced value per field, with .field = value where the order differs"


def slices(low: Lowering, init: Cursor, kind: Integer | Token | Blob, span: Span) -> Term:
    """Return the value of a variable initialised by a list; what the list leaves out is zero."""
    whole = const(0, value_width(kind))
    if isinstance(kind, Blob):
        if init.kind != Kind.INIT_LIST_EXPR:
            raise reject(span, "an initialiser that cannot be verified", _ADVICE)
        for offset, part, _ in fields(low, init, init.type, 0):
            whole = splice(whole, part, offset)
        return whole
    inner = children(init)
    if not inner:
        return whole
    value = low.rvalue(low, inner[0])
    if len(inner) != 1 or not isinstance(value, Number) or value.type != kind:
        raise reject(span, "an initialiser that cannot be verified", _ADVICE)
    return value.term


def fields(low: Lowering, init: Cursor, kind: ClangType, base: int, path: str = "") -> list[tuple[int, Term, str]]:
    """Return (offset in bits, bits as in memory, C path behind ``path``) of every value that an initialiser names."""
    canonical = kind.get_canonical()
    span = low.world.unit.span(init)
    if canonical.kind not in (TypeKind.RECORD, TypeKind.CONSTANTARRAY):
        return [(base, _scalar(low, init, kind, span), path)]
    if init.kind != Kind.INIT_LIST_EXPR:
        raise reject(span, "an initialiser without its own braces", _ADVICE)
    found: list[tuple[int, Term, str]] = []
    entries: list[Operand] = []
    _refuse_disorder(canonical, children(init), span)
    for n, entry in enumerate(children(init)):
        offset, member, value, suffix = _entry(canonical, n, entry, low.world.unit.span(entry))
        start = mark(low)
        parts = fields(low, value, member, base + offset, path + suffix)
        entries += [operand(low, start, Number(term, Blob(term.width))) for _, term, _ in parts[:1]]
        found.extend(parts)
    refuse_conflicts(low, entries, span)
    _refuse_overlap(found, span)
    return found


def _refuse_disorder(canonical: ClangType, entries: list[Cursor], span: Span) -> None:
    """Raise InputError for a value whose place depends on a designator before it, and for a second one in a union."""
    named = [_is_designated(e) for e in entries]
    if named != sorted(named):
        raise reject(span, "an initialiser with a value without a name behind one with a name", _ADVICE)
    if len(entries) > 1 and canonical.get_declaration().kind == Kind.UNION_DECL:
        raise reject(span, "an initialiser with more than one value for a union", "give it one")


def _is_designated(entry: Cursor) -> bool:
    return any(c.kind == Kind.MEMBER_REF for c in children(entry)[:1])


def _refuse_overlap(found: list[tuple[int, Term, str]], span: Span) -> None:
    """Raise InputError for bits that are initialised twice: the last value counts, whatever the first one was."""
    ordered = sorted((offset, offset + term.width) for offset, term, _ in found)
    if any(end > start for (_, end), (start, _) in pairwise(ordered)):
        raise reject(span, "an initialiser that gives a value twice", "give each field one value")


def _entry(canonical: ClangType, n: int, entry: Cursor, span: Span) -> tuple[int, ClangType, Cursor, str]:
    """Return (offset in bits, type, value, how C names it) of the n-th entry of a list."""
    parts = children(entry)
    if parts and parts[0].kind == Kind.MEMBER_REF:
        *names, value = parts
        named = [p for p in names if p.kind == Kind.MEMBER_REF and p.spelling]
        if len(named) != 1 or any(p.kind != Kind.MEMBER_REF for p in names):
            raise reject(span, "a designator that cannot be verified", _ADVICE)
        name, offset = str(named[0].spelling), canonical.get_offset(str(named[0].spelling))
        if offset < 0 or named[0].referenced.is_bitfield():
            raise reject(span, "a designator that cannot be verified", _ADVICE)
        return offset, named[0].type, value, f".{name}"
    if canonical.kind == TypeKind.CONSTANTARRAY:
        element = canonical.get_array_element_type()
        return 8 * n * element.get_size(), element, entry, f"[{n}]"
    members = list(canonical.get_fields())
    if n >= len(members) or members[n].is_bitfield():
        raise reject(span, "an initialiser that cannot be verified", _ADVICE)
    return members[n].get_field_offsetof(), members[n].type, entry, f".{members[n].spelling}"


def _scalar(low: Lowering, init: Cursor, kind: ClangType, span: Span) -> Term:
    while init.kind == Kind.INIT_LIST_EXPR and len(children(init)) == 1:
        init = children(init)[0]
    ctype = low.world.types.of(kind)
    value = low.rvalue(low, init)
    if not isinstance(value, Number) or not isinstance(value.type, Integer) or value.type != ctype:
        raise reject(span, "an initialiser that is not an integer", _ADVICE)
    return resize(value.term, value.type.memory, signed=False)
