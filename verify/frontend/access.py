"""Loads, stores and atomic operations on places: one ``Access`` node each when the place is shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from verify.frontend.clang_unit import ClangType
from verify.frontend.ctype import BOOL, Blob, Integer, Token, from_truth, is_atomic, is_volatile, truth, value_width
from verify.frontend.graph import OPEN
from verify.frontend.state import (
    DEFINED_BEHAVIOUR,
    Lowering,
    add,
    assign,
    flush,
    new_local,
    oblige,
    touch,
    variable_term,
)
from verify.frontend.values import Function, LValue, Null, Number, Place, Private, Proof, Shared, Text
from verify.program.errors import reject
from verify.program.program import Access, Check, GhostAssign, Marking, Ordering
from verify.term.build import FALSE, TRUE, bvand, bvnot, bvult, concat, const, extract, resize, symbol
from verify.term.source import Span

if TYPE_CHECKING:
    from verify.term.term import Term

Change = Callable[["Term"], tuple["Term", "Term"]]
"""From the value found to (whether it is stored, what is stored)."""

INITIAL_VALUE = "initial value"
UNRESOLVED = "a pointer that cannot be resolved"
UNRESOLVED_ADVICE = "every pointer must have one target that is known without running the code; name the object instead"


def scalar(low: Lowering, kind: ClangType, span: Span) -> Integer | Token | Blob:
    """Return the type of a value that is kept in variables. Raises InputError for all others."""
    found = low.world.types.of(kind)
    if isinstance(found, Integer | Token) or (isinstance(found, Blob) and found.memory):
        return found
    raise reject(span, f"the type '{kind.spelling}' cannot be verified here", "use integers, bool, or structs of them")


def shared_access(
    low: Lowering,
    place: Shared,
    width: int,
    change: Change,
    how: tuple[str, Ordering, Marking],
    span: Span,
    *,
    signed: bool = False,
) -> Term:
    """Emit one access of ``width`` bits and return the value found."""
    operation, ordering, marking = how
    _inside(low, place, width, span)
    touch(low.world, place, width, signed=signed)
    old = new_local(low, "old", Integer(width, signed=signed, rank=6, memory=width, name=""))
    term = variable_term(old)
    stores, new = change(term)
    if stores is not FALSE and low.role.is_predicate:
        raise reject(span, f"{low.role.what} may not write shared memory", "only read there")
    if stores is not FALSE and place.object in low.world.constants and operation != INITIAL_VALUE:
        raise reject(span, f"a write to '{place.object}', which is const", "remove the const, or the write")
    written_as_one_step = bool(low.atomic) and low.frame is low.atomic_frame
    if marking is Marking.PLAIN and low.role.is_actor and written_as_one_step:
        # Spec code in ATOMICALLY or WAIT is one step by definition, so it cannot race.
        ordering, marking = Ordering.FULL, Marking.ATOMIC
    inside = bool(low.atomic) or not low.role.is_actor
    low.accesses += 1
    flush(low)
    if low.atomic:
        low.sites.append((len(low.graph.nodes), *_site(low, span)))
    add(
        low,
        Access(
            place.object, place.offset, width, old.local, stores, new, operation, ordering, marking, inside, span, OPEN
        ),
    )
    if stores is not FALSE and low.role.is_actor and not low.atomic:
        _check_store(low, place, width, stores, span)
    return term


def _check_store(low: Lowering, place: Shared, width: int, stores: Term, span: Span) -> None:
    """Emit what NO_STORE says of an access that was emitted just before, and stores where ``stores`` holds."""
    for rule in low.world.no_stores:
        first, end = rule.bits
        if rule.object == place.object and first < place.offset + width and place.offset < end:
            add(low, Check(rule.property, bvnot(bvand(stores, rule.condition)), span, OPEN))


def _site(low: Lowering, span: Span) -> tuple[Span, str]:
    """Return where the frame of the atomic region makes an access, or calls what makes it, and the function called."""
    frame, called = low.frame, ""
    while frame is not low.atomic_frame and frame.caller is not None:
        span, called, frame = frame.span, frame.function, frame.caller
    return span, called


def _inside(low: Lowering, place: Shared, width: int, span: Span) -> None:
    size = low.world.sizes[place.object]
    if place.offset < 0 or place.offset + width > size:
        raise reject(span, f"an access outside of '{place.object}'", "stay inside the object")


def unresolved(span: Span) -> Exception:
    return reject(span, UNRESOLVED, UNRESOLVED_ADVICE)


def load(low: Lowering, lvalue: LValue, span: Span) -> Number:
    """Return the value of an lvalue, converted from how memory holds it."""
    kind = scalar(low, lvalue.type, span)
    match lvalue.place:
        case Private() as variable:
            if kind == BOOL and variable.type != BOOL:
                # A _Bool that holds neither 0 nor 1 has no meaning in C.
                byte = extract(variable_term(variable), *_byte(variable, span))
                oblige(low, DEFINED_BEHAVIOUR, bvult(byte, const(2, byte.width)), span)
            return Number(_private_load(variable, kind, span), kind)
        case Proof() as ghost:
            if kind != ghost.type:
                raise reject(span, f"the ghost '{ghost.ghost}' read through another type", "use its own type")
            return Number(symbol(ghost.ghost, value_width(kind)), kind)
        case Shared() as place:
            return Number(_shared_load(low, place, kind, lvalue.type, span), kind)
        case Null() | Text() | Function():
            raise unresolved(span)


def _private_load(place: Private, kind: Integer | Token | Blob, span: Span) -> Term:
    whole = variable_term(place)
    if not isinstance(place.type, Blob) and value_width(place.type) == value_width(kind) and place.offset == 0:
        return whole
    width = _slice_width(place, kind, span)
    part = extract(whole, place.offset + width - 1, place.offset)
    return truth(part) if kind == BOOL else part


def _byte(place: Private, span: Span) -> tuple[int, int]:
    """Return the highest and the lowest bit of a _Bool in a variable."""
    width = _slice_width(place, BOOL, span)
    return place.offset + width - 1, place.offset


def _slice_width(place: Private, kind: Integer | Token | Blob, span: Span) -> int:
    if isinstance(kind, Token) or isinstance(place.type, Token) or place.type == BOOL:
        raise reject(span, f"'{place.local}' read or written through another type", "use its own type")
    if not 0 <= place.offset <= value_width(place.type) - kind.memory:
        raise reject(span, f"an access outside of '{place.local}'", "stay inside the object")
    return kind.memory


def _memory_kind(kind: Integer | Token | Blob, span: Span) -> Integer:
    if isinstance(kind, Integer):
        return kind
    what = (
        "a TOKEN in shared memory" if isinstance(kind, Token) else "a struct, union or array read or written as a whole"
    )
    raise reject(span, what, "access its integer fields one by one")


def _manner(kind: ClangType, name: str) -> tuple[str, Ordering, Marking]:
    if is_atomic(kind):
        return f"atomic {name}", Ordering.FULL, Marking.ATOMIC
    if is_volatile(kind):
        return ("READ_ONCE" if name == "load" else "WRITE_ONCE"), Ordering.RELAXED, Marking.ONCE
    return name, Ordering.RELAXED, Marking.PLAIN


def _shared_load(low: Lowering, place: Shared, kind: Integer | Token | Blob, ctype: ClangType, span: Span) -> Term:
    integer = _memory_kind(kind, span)
    found = shared_access(
        low, place, integer.memory, lambda old: (FALSE, old), _manner(ctype, "load"), span, signed=integer.signed
    )
    if integer.is_bool:
        low.world.bools.setdefault((place.object, place.offset), (place.path, span))
        return truth(found)
    return found


def store(low: Lowering, lvalue: LValue, value: Number, span: Span) -> None:
    """Store a value of the lvalue's own type."""
    kind = scalar(low, lvalue.type, span)
    match lvalue.place:
        case Private():
            _private_store(low, lvalue.place, kind, value.term, span)
        case Proof() as ghost:
            if kind != ghost.type:
                raise reject(span, f"the ghost '{ghost.ghost}' written through another type", "use its own type")
            if low.role.is_predicate:
                raise reject(span, f"{low.role.what} may not change a ghost", "only read there")
            add(low, GhostAssign(ghost.ghost, value.term, span, OPEN))
        case Shared() as place:
            integer = _memory_kind(kind, span)
            term = (
                from_truth(value.term, Integer(8, signed=False, rank=1, memory=8, name=""))
                if integer.is_bool
                else value.term
            )
            shared_access(
                low,
                place,
                integer.memory,
                lambda _: (TRUE, term),
                _manner(lvalue.type, "store"),
                span,
                signed=integer.signed,
            )
        case Null() | Text() | Function():
            raise unresolved(span)


def _private_store(low: Lowering, place: Private, kind: Integer | Token | Blob, term: Term, span: Span) -> None:
    if not isinstance(place.type, Blob) and value_width(place.type) == value_width(kind) and place.offset == 0:
        assign(low, place, term, span)
        return
    width = _slice_width(place, kind, span)
    part = resize(term, width, signed=False)
    assign(low, place, splice(variable_term(place), part, place.offset), span)


def splice(whole: Term, part: Term, offset: int) -> Term:
    """Return ``whole`` with the bits from ``offset`` on replaced by ``part``."""
    result = part
    if offset:
        result = concat(result, extract(whole, offset - 1, 0))
    if result.width < whole.width:
        result = concat(extract(whole, whole.width - 1, result.width), result)
    return result


def place_name(place: Place) -> str:
    """Return how an error message names a place."""
    match place:
        case Shared():
            return place.path
        case Private():
            return place.local
        case Proof():
            return place.ghost
        case Null():
            return "NULL"
        case Text():
            return "a string"
        case Function():
            return str(place.declaration.spelling)
