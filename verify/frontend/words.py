"""The words of the specification language inside functions: CHECK, ASSUME, WAIT, ANY, FRESH, BUG_ON, WARN_ON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from verify.frontend import analysis
from verify.frontend.analysis import BUG_ON, WARN_ON
from verify.frontend.arithmetic import signed_value
from verify.frontend.clang_unit import Cursor, Kind, children, evaluate_text
from verify.frontend.conditional import truth_of
from verify.frontend.ctype import Blob, Integer, Token, from_truth
from verify.frontend.graph import OPEN, Label, branch, emit, place
from verify.frontend.one_step import refuse_merged
from verify.frontend.rcu import read_lock, read_unlock, synchronize
from verify.frontend.slips import refuse_hidden_effects
from verify.frontend.state import Lowering, add, flush, new_local, variable_term
from verify.frontend.values import Nothing, Number, Pointer, Private, Proof, Value
from verify.program.errors import reject
from verify.program.knobs import knob_symbol
from verify.program.program import (
    Access,
    AtomicBegin,
    Check,
    Draw,
    Fresh,
    GhostAssign,
    Guard,
    GuardKind,
    Property,
    PropertyKind,
    Stop,
)
from verify.term.build import FALSE, bvnot
from verify.term.source import Span
from verify.term.term import Op

if TYPE_CHECKING:
    from verify.term.term import Term

_Word = Callable[[Lowering, Cursor, Span], Value]
ANY: Final = "__refproof_any"
ATOMICALLY: Final = "__refproof_atomically"
_KNOB_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_ROLE_ADVICE: Final = "move it into an ACTOR"


def _in_actor(low: Lowering, word: str, span: Span) -> None:
    if not low.role.is_actor:
        raise reject(span, f"a {word} outside an actor: in {low.role.what}", _ROLE_ADVICE)


def text_of(low: Lowering, c: Cursor) -> str:
    """Return the text of a string literal argument."""
    text = evaluate_text(c)
    if text is None:
        raise reject(low.world.unit.span(c), "a text that is not a string literal", 'write it as "…"')
    return text


def is_literal(c: Cursor) -> bool:
    """Return whether an expression is a string literal, behind parentheses and conversions."""
    while c.kind in (Kind.PAREN_EXPR, Kind.UNEXPOSED_EXPR, Kind.CSTYLE_CAST_EXPR) and (inner := children(c)):
        c = inner[-1]
    return bool(c.kind == Kind.STRING_LITERAL)


def _check(low: Lowering, c: Cursor, span: Span) -> Value:
    _in_actor(low, "CHECK", span)
    name, condition, _ = c.get_arguments()
    property_id = text_of(low, name)
    refuse_hidden_effects(low, "CHECK", condition)
    if property_id not in low.world.properties:
        raise reject(
            span, f"the CHECK '{property_id}' in a function that no actor of this file is seen to call", _ROLE_ADVICE
        )
    decided = _judged(low, condition)
    add(low, Check(property_id, decided, span, OPEN))
    return Nothing()


def _judged(low: Lowering, condition: Cursor) -> Term:
    """Return whether a condition holds; its arithmetic is C's own, which may wrap."""
    before = low.judging, low.valued
    low.judging, low.valued = True, False
    decided = truth_of(low, condition)
    low.judging, low.valued = before
    return decided


def _bug_on(low: Lowering, c: Cursor, span: Span) -> Value:
    violated = truth_of(low, next(iter(c.get_arguments())))
    if violated is FALSE and not low.role.is_actor:
        return Nothing()
    _site(low, c, violated, (PropertyKind.BUG, "bug"), span)
    bug, go_on = Label(), Label()
    branch(low.graph, violated, bug, go_on, span)
    place(low.graph, bug)
    emit(low.graph, Stop(bug=True, span=span))
    place(low.graph, go_on)
    return Nothing()


def _warn_on(low: Lowering, c: Cursor, span: Span) -> Value:
    violated = truth_of(low, next(iter(c.get_arguments())))
    if low.role.is_actor or violated is not FALSE:
        _site(low, c, violated, (PropertyKind.WARN, "warn"), span)
    kind = low.world.types.of(c.type)
    assert isinstance(kind, Integer)
    return Number(from_truth(violated, kind), kind)


def _site(low: Lowering, c: Cursor, violated: Term, what: tuple[PropertyKind, str], span: Span) -> None:
    kind, word = what
    _in_actor(low, "BUG_ON" if kind is PropertyKind.BUG else "WARN_ON", span)
    facts = low.frame.facts
    number = (facts.bugs if kind is PropertyKind.BUG else facts.warnings)[c]
    property_id = f"no-{word}/{low.frame.function}/{number}"
    _, text = c.get_arguments()
    found = Property(property_id, kind, text_of(low, text), span, None)
    low.world.properties.setdefault(property_id, found)
    add(low, Check(property_id, bvnot(violated), span, OPEN))


def stop_here(low: Lowering, span: Span) -> None:
    """End the routine here."""
    flush(low)
    emit(low.graph, Stop(bug=True, span=span))


def _assume(low: Lowering, c: Cursor, span: Span) -> Value:
    if low.role.is_predicate:
        raise reject(span, f"an ASSUME in {low.role.what}", _ROLE_ADVICE)
    before = low.accesses
    condition, text = c.get_arguments()
    refuse_hidden_effects(low, "ASSUME", condition)
    decided = _judged(low, condition)
    if low.accesses != before:
        raise reject(
            span, "an ASSUME that reads shared memory", "use WAIT(cond), or read it into a variable and branch"
        )
    add(low, Guard(GuardKind.ASSUME, decided, text_of(low, text), span, OPEN))
    return Nothing()


def _wait(low: Lowering, c: Cursor, span: Span) -> Value:
    _in_actor(low, "WAIT", span)
    condition, text = c.get_arguments()
    refuse_hidden_effects(low, "WAIT", condition)
    if low.atomic and not _just_begun(low):
        raise reject(
            span,
            "a WAIT in the middle of a step",
            "put it first in the ATOMICALLY block: waiting must not undo anything",
        )
    outer, frame = low.atomic, low.atomic_frame
    if not outer:
        begin(low, "WAIT", span)
    stores = len(low.graph.nodes)
    decided = _judged(low, condition)
    _refuse_stores(low, stores, span)
    if not outer:
        refuse_merged(low, stores, span.file)
    add(low, Guard(GuardKind.WAIT, decided, text_of(low, text), span, OPEN))
    low.atomic, low.atomic_frame = outer, frame
    return Nothing()


def _refuse_stores(low: Lowering, start: int, span: Span) -> None:
    for node in low.graph.nodes[start:]:
        if isinstance(node, GhostAssign) or (isinstance(node, Access) and node.stores is not FALSE):
            raise reject(span, "a WAIT whose condition changes something", "only read in the condition")


def _just_begun(low: Lowering) -> bool:
    return bool(low.graph.nodes) and isinstance(low.graph.nodes[-1], AtomicBegin) and low.frame is low.atomic_frame


def begin(low: Lowering, operation: str, span: Span) -> None:
    """Begin an atomic region in the current frame."""
    add(low, AtomicBegin(operation, span, OPEN))
    low.atomic_count += 1
    low.atomic, low.atomic_frame = low.atomic_count, low.frame


def _fresh(low: Lowering, c: Cursor, span: Span) -> Value:
    if low.role.is_predicate:
        raise reject(span, f"a FRESH in {low.role.what}", _ROLE_ADVICE)
    (target,) = c.get_arguments()
    value = low.rvalue(low, target)
    match value:
        case Pointer(place=Private(type=Token()) as place):
            add(low, Fresh(place.local, span, OPEN))
        case Pointer(place=Proof(type=Token()) as place):
            add(low, Fresh(place.ghost, span, OPEN))
        case _:
            raise reject(span, "FRESH of what is not a TOKEN", "declare it with TOKEN")
    return Nothing()


def is_draw(low: Lowering, c: Cursor) -> Cursor | None:
    """Return the call of ANY behind conversions that keep each of its values, or None."""
    kinds: list[Integer] = []
    while c.kind in (Kind.PAREN_EXPR, Kind.UNEXPOSED_EXPR, Kind.CSTYLE_CAST_EXPR):
        inner = children(c)
        kind = low.world.types.of(c.type)
        if not inner or not isinstance(kind, Integer):
            return None
        kinds.append(kind)
        c = inner[-1]
    if c.kind != Kind.CALL_EXPR or c.spelling != ANY:
        return None
    # The outermost conversion is the one to the target's type, which `draw` looks at.
    low_end, high_end = range_of(low, c)
    kept = all(_holds(kind, low_end, high_end) for kind in kinds[1:])
    return c if kept else None


def range_of(low: Lowering, call: Cursor) -> tuple[int, int]:
    """Return the two bounds of a call of ANY. Raises InputError where they are not constant or in the wrong order."""
    span = low.world.unit.span(call)
    low_end, high_end = (_bound(low, a) for a in call.get_arguments())
    if low_end > high_end:
        raise reject(span, f"ANY({low_end}, {high_end}) is an empty range", "give the smaller bound first")
    return low_end, high_end


def _holds(kind: Integer, low_end: int, high_end: int) -> bool:
    smallest = -(1 << (kind.width - 1)) if kind.signed else 0
    return smallest <= low_end and high_end < smallest + (1 << kind.width)


def draw(low: Lowering, call: Cursor, target: Private, kind: Integer | Token | Blob) -> None:
    """Emit the draw of any value between two constants into a local variable of an integer type."""
    span = low.world.unit.span(call)
    if low.role.is_predicate:
        raise reject(span, f"an ANY in {low.role.what}", _ROLE_ADVICE)
    if not isinstance(kind, Integer):
        raise reject(span, "an ANY that is not assigned to an integer", "draw an integer; use FRESH for a TOKEN")
    low_end, high_end = range_of(low, call)
    if not _holds(kind, low_end, high_end):
        raise reject(
            span, f"ANY({low_end}, {high_end}) does not fit {kind.name}", "use a wider type or a smaller range"
        )
    add(low, Draw(target.local, low_end, high_end, span, OPEN))


def _bound(low: Lowering, c: Cursor) -> int:
    inner = children(c)
    # The parameter's type is long long; the bound is what stands before that conversion.
    value = low.rvalue(low, inner[0] if c.kind == Kind.UNEXPOSED_EXPR and len(inner) == 1 else c)
    if isinstance(value, Number) and isinstance(value.type, Integer) and value.term.op is Op.CONST:
        found = signed_value(value.term, value.type)
        assert found is not None
        return found
    raise reject(
        low.world.unit.span(c), "a bound of ANY that is not constant", "use constant bounds and an ASSUME for the rest"
    )


def _any(low: Lowering, c: Cursor, _span: Span) -> Value:
    long_long = Integer(64, signed=True, rank=5, memory=64, name="long long")
    target = new_local(low, "any", long_long)
    draw(low, c, target, long_long)
    return Number(variable_term(target), long_long)


def _knob(low: Lowering, c: Cursor, span: Span) -> Value:
    (name,) = c.get_arguments()
    if not is_literal(name):
        raise reject(low.world.unit.span(name), "a KNOB whose id is not a string literal", 'write KNOB("id")')
    knob = text_of(low, name)
    if not _KNOB_ID.match(knob):
        raise reject(span, f"the KNOB '{knob}'", "use letters, digits, '-', '_' and '.' for the id")
    low.world.knobs.setdefault(knob, span)
    kind = low.world.types.of(c.type)
    assert isinstance(kind, Integer)
    return Number(from_truth(knob_symbol(knob), kind), kind)


def _atomically(_low: Lowering, _c: Cursor, span: Span) -> Value:
    raise reject(span, "ATOMICALLY in an expression", "write ATOMICALLY { … } as a statement")


WORDS: Final[Mapping[str, _Word]] = MappingProxyType(
    {
        analysis.CHECK: _check,
        BUG_ON: _bug_on,
        WARN_ON: _warn_on,
        "__refproof_assume": _assume,
        "__refproof_wait": _wait,
        "__refproof_fresh": _fresh,
        ANY: _any,
        ATOMICALLY: _atomically,
        "__refproof_knob": _knob,
        "__refproof_rcu_read_lock": read_lock,
        "__refproof_rcu_read_unlock": read_unlock,
        "__refproof_synchronize_rcu": synchronize,
    }
)
