"""NO_STORE: accesses leave an object alone while a condition on ghosts holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from verify.frontend.calls import facts
from verify.frontend.clang_unit import Cursor, Kind, walk
from verify.frontend.conditional import truth_of
from verify.frontend.places import constant_value
from verify.frontend.routines import NO_FACTS, lowering
from verify.frontend.slips import refuse_hidden_effects
from verify.frontend.state import NoStore, RoutineRole
from verify.frontend.values import Pointer, Shared
from verify.program.errors import reject
from verify.program.program import Property, PropertyKind

if TYPE_CHECKING:
    from verify.frontend.declarations import PredicateDeclaration
    from verify.frontend.state import Lowering, World
    from verify.term.source import Span
    from verify.term.term import Term

_WORD: Final = "__refproof_no_store"
_ROLE: Final = RoutineRole(is_actor=False, is_predicate=True, what="NO_STORE")


def no_store(world: World, declared: PredicateDeclaration) -> tuple[NoStore, Property]:
    """Return what a NO_STORE forbids, and the property that each store to the object is checked against.

    Raises InputError for an object that is not in shared memory, and for a condition that reads shared memory: it is
    judged in the step of the store, by ghosts alone.
    """
    span = world.unit.span(declared.function)
    low = lowering(world, f"NO_STORE {declared.id}", _ROLE, NO_FACTS, span)
    low.frame.facts = facts(low, declared.function)
    calls = [c for c in walk(declared.function) if c.kind == Kind.CALL_EXPR and c.spelling == _WORD]
    if len(calls) != 1:
        raise reject(span, "NO_STORE is not one object and one condition", "use the words of <refproof.h>")
    target, size, condition = calls[0].get_arguments()
    place = _place(low, target, span)
    byte_count = constant_value(low.rvalue(low, size))
    assert byte_count is not None  # C's own sizeof
    bits = place.offset, place.offset + 8 * byte_count
    decided = _condition(low, condition, span)
    found = Property(declared.id, PropertyKind.CHECK, declared.text, span, None)
    return NoStore(declared.id, place.object, bits, decided), found


def _place(low: Lowering, target: Cursor, span: Span) -> Shared:
    value = low.rvalue(low, target)
    if isinstance(value, Pointer) and isinstance(value.place, Shared):
        return value.place
    raise reject(span, "a NO_STORE of what is not in shared memory", "name a shared object, or a field of one")


def _condition(low: Lowering, condition: Cursor, span: Span) -> Term:
    refuse_hidden_effects(low, "NO_STORE", condition)
    decided = truth_of(low, condition)
    if low.graph.nodes or low.pending:
        raise reject(span, "a NO_STORE whose condition is not one over ghosts", "keep a ghost for what it must know")
    return decided
