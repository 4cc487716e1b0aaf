"""Lowering whole routines: INIT, actors, predicates."""

from __future__ import annotations

from verify.frontend.access import INITIAL_VALUE, shared_access
from verify.frontend.analysis import Facts
from verify.frontend.calls import call, facts
from verify.frontend.clang_unit import Cursor, Kind, children, initializer
from verify.frontend.ctype import BOOL
from verify.frontend.expr import rvalue
from verify.frontend.grace_periods import without_sections
from verify.frontend.graph import finish, place
from verify.frontend.initialise import fields
from verify.frontend.slips import refuse_hidden_effects
from verify.frontend.state import Frame, Lowering, RoutineRole, World, assign, flush, new_local
from verify.frontend.stmt import statement
from verify.frontend.values import Number, Shared
from verify.program.errors import reject
from verify.program.program import Marking, Ordering, Predicate, Routine
from verify.term.build import TRUE
from verify.term.source import Span
from verify.term.term import Op, Term

NO_FACTS = Facts(frozenset(), frozenset(), {}, {}, (), (), 0)


def lowering(world: World, owner: str, role: RoutineRole, function: Facts, span: Span) -> Lowering:
    """Return the state in which a routine is lowered. ``owner`` prefixes the names of its locals."""
    frame = Frame(owner, function, None, span)
    return Lowering(world, owner, role, frame, statement, rvalue, call)


def _body(function: Cursor) -> Cursor:
    return next(c for c in children(function) if c.kind == Kind.COMPOUND_STMT)


def lower_actor(world: World, name: str, function: Cursor) -> Routine:
    """Return the graph of an actor."""
    return _lower(world, name, RoutineRole(is_actor=True, is_predicate=False, what=f"actor {name}"), function)


def _lower(world: World, name: str, role: RoutineRole, function: Cursor) -> Routine:
    span = world.unit.span(function)
    low = lowering(world, name, role, NO_FACTS, span)
    low.frame.facts = facts(low, function)
    return _finish_body(low, function)


def _finish_body(low: Lowering, function: Cursor) -> Routine:
    """Lower a body; it ends at a return statement or at its closing brace."""
    body = _body(function)
    statement(low, body)
    flush(low)
    place(low.graph, low.frame.exit)
    return finish(low.graph, low.world.unit.end_span(body))


def lower_init(world: World, function: Cursor, variables: list[Cursor]) -> Routine:
    """Return the graph of INIT: first the initialisers of shared variables, then its body."""
    span = world.unit.span(function)
    role = RoutineRole(is_actor=False, is_predicate=False, what="INIT")
    low = lowering(world, "INIT", role, NO_FACTS, span)
    low.frame.facts = facts(low, function)
    for variable in variables:
        found = world.globals[variable.canonical]
        value = initializer(variable)
        if isinstance(found, Shared) and value is not None:
            _initialise(low, variable, found, value)
    return without_sections("INIT", _finish_body(low, function))


def _initialise(low: Lowering, variable: Cursor, target: Shared, value: Cursor) -> None:
    span = low.world.unit.span(variable)
    for offset, term, path in fields(low, value, variable.type, target.offset, target.path):
        if term.op is not Op.CONST:
            raise reject(span, f"the initial value of '{variable.spelling}' is not constant", "set it in INIT")
        if term.number:
            _store_initial(low, Shared(target.object, offset, path), term, span)


def _store_initial(low: Lowering, target: Shared, term: Term, span: Span) -> None:
    how = (INITIAL_VALUE, Ordering.RELAXED, Marking.PLAIN)
    shared_access(low, target, term.width, lambda _: (TRUE, term), how, span)


def lower_predicate(world: World, owner: str, what: str, function: Cursor) -> Predicate:
    """Return the routine of ALWAYS, QUIESCENT or LEMMA and the local that holds its truth value."""
    span = world.unit.span(function)
    role = RoutineRole(is_actor=False, is_predicate=True, what=what)
    low = lowering(world, owner, role, NO_FACTS, span)
    low.frame.facts = facts(low, function)
    returned = [v for c in children(_body(function)) if c.kind == Kind.RETURN_STMT for v in children(c)]
    if len(returned) != 1:
        raise reject(span, f"{what} is not one condition", "use the words of <refproof.h>")
    refuse_hidden_effects(low, what, returned[0])
    value = rvalue(low, returned[0])
    if not isinstance(value, Number):
        raise reject(span, f"the condition of {what} is not a truth value", "compare it")
    result = new_local(low, "holds", BOOL)
    assign(low, result, value.term, span)
    return Predicate(without_sections(owner, finish(low.graph, span)), result.local)


def initial_value(world: World, variable: Cursor, value: Cursor) -> Number:
    """Return the constant that initialises an integer variable. Raises InputError when it is not one."""
    span = world.unit.span(variable)
    role = RoutineRole(is_actor=False, is_predicate=True, what="an initialiser")
    low = lowering(world, "initialiser", role, NO_FACTS, span)
    found = rvalue(low, value)
    if not isinstance(found, Number) or found.term.op is not Op.CONST:
        raise reject(span, f"the initial value of '{variable.spelling}' is not constant", "use a constant")
    return found
