"""Putting a program together from the declarations of a translation unit."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from verify.frontend.analysis import facts_of
from verify.frontend.attributes import refuse_attributes
from verify.frontend.bools import refuse_strange_bools
from verify.frontend.cells import accesses, group, relocate, written
from verify.frontend.clang_unit import Cursor, Unit, evaluate_text, initializer
from verify.frontend.ctype import Integer, Token, Types, Void, program_kind, value_width
from verify.frontend.declarations import (
    Declarations,
    declarations,
    is_user_text,
    refuse_redeclared_ghosts,
    shared_variables,
)
from verify.frontend.grace_periods import settle_sections
from verify.frontend.hindsight import settle_assumptions
from verify.frontend.no_store import no_store
from verify.frontend.routines import initial_value, lower_actor, lower_init, lower_predicate
from verify.frontend.rules import refuse_races
from verify.frontend.slips import refuse_strange_id
from verify.frontend.state import World
from verify.frontend.values import Number, Proof, Shared
from verify.program.errors import reject
from verify.program.program import (
    Actor,
    Check,
    Expectation,
    ExpectedVerdict,
    Ghost,
    Knob,
    Lemma,
    Predicate,
    Program,
    Property,
    PropertyKind,
    Routine,
)
from verify.term.source import Span

_PREDICATE_KINDS: Final = {"always": PropertyKind.ALWAYS, "quiescent": PropertyKind.QUIESCENT}


def build(unit: Unit, spec: str, int_bits: int, options: tuple[str, ...]) -> Program:
    """Return the program of a parsed specification. Raises InputError for everything that is not understood."""
    found = declarations(unit)
    _require_parts(unit, spec, found)
    world = World(unit, Types(int_bits))
    refuse_redeclared_ghosts(unit, found)
    variables, undefined = shared_variables(found)
    world.undefined.update(c.canonical for c in undefined)
    for variable in variables:
        _declare_shared(world, variable)
    for ghost in found.ghosts:
        _declare_ghost(world, ghost)
    _register_checks(world, found)
    _register_no_stores(world, found)
    init = lower_init(world, found.init[0], variables)
    actors = [
        Actor(a.name, lower_actor(world, a.name, a.function), a.max_entries, a.limit, unit.span(a.function))
        for a in found.actors
    ]
    actors = settle_sections(world, actors)
    _refuse_idle(world, actors)
    lemmas = _predicates(world, found)
    return _assemble(world, found, (spec, options), init, actors, lemmas)


def _require_parts(unit: Unit, spec: str, found: Declarations) -> None:
    if not found.actors:
        raise reject(
            Span(spec, 1, 1), "this specification has no ACTOR", "write ACTOR(name) { … } for what a CPU may do"
        )
    if not found.init:
        raise reject(Span(spec, 1, 1), "this specification has no INIT", "write INIT { … } to set up shared memory")
    if len(found.init) > 1:
        raise reject(unit.span(found.init[1]), "a second INIT", "write one INIT")
    for value, cursor in found.cpus:
        if value < 1:
            raise reject(unit.span(cursor), f"CPUS({value}) is not positive", "allow at least one context")


def _declare_shared(world: World, variable: Cursor) -> None:
    span = world.unit.span(variable)
    name = str(variable.spelling)
    kind = world.types.of(variable.type)
    refuse_attributes(world.unit, variable)
    if variable.tls_kind.name != "NONE":
        raise reject(span, f"the thread-local variable '{name}'", "nothing may name a CPU's identity")
    constant = _constant(world, variable)
    if constant is not None:
        world.globals[variable.canonical] = constant
        return
    size = variable.type.get_size()
    if isinstance(kind, Void | Token) or size < 0:
        return
    world.globals[variable.canonical] = Shared(name, 0, name)
    world.sizes[name] = 8 * size
    world.alignments[name] = 8 * variable.type.get_align()
    if variable.type.get_canonical().is_const_qualified():
        world.constants.add(name)


def _constant(world: World, variable: Cursor) -> Number | None:
    """Return the value of a constant integer, so that reading it is no access."""
    init = initializer(variable)
    canonical = variable.type.get_canonical()
    if not canonical.is_const_qualified() or init is None or canonical.is_volatile_qualified():
        return None
    if not isinstance(world.types.of(variable.type), Integer):
        return None
    return initial_value(world, variable, init)


def _declare_ghost(world: World, variable: Cursor) -> None:
    span = world.unit.span(variable)
    name = str(variable.spelling)
    kind = world.types.of(variable.type)
    if not isinstance(kind, Integer | Token):
        raise reject(span, f"the ghost '{name}' is neither an integer nor a TOKEN", "use one ghost per value")
    init = initializer(variable)
    initial = 0
    if init is not None:
        if isinstance(kind, Token):
            raise reject(span, f"the TOKEN '{name}' has an initial value", "use FRESH in INIT")
        value = initial_value(world, variable, init)
        initial = value.term.number
    world.globals[variable.canonical] = Proof(name, kind)
    world.ghosts[name] = Ghost(name, value_width(kind), program_kind(kind), initial, span)
    world.names.add(name)


def _register_checks(world: World, found: Declarations) -> None:
    """Register every CHECK that stands in an actor or in a function that one calls, reached or not.

    Raises InputError for one anywhere else, and for two checks with one id.
    """
    unit = world.unit
    bodies = {str(f.spelling): f for f in found.functions if is_user_text(unit, f)}
    for function in (*bodies.values(), *(a.function for a in found.actors), *found.init):
        world.facts[function.canonical] = facts_of(unit, function)
    called: set[str] = set()
    work = [a.function for a in found.actors]
    while work:
        for name in world.facts[work.pop().canonical].calls:
            if name in bodies and name not in called:
                called.add(name)
                work.append(bodies[name])
    for actor in found.actors:
        _register(world, actor.function)
    for name, function in bodies.items():
        checks = world.facts[function.canonical].checks
        if name in called:
            _register(world, function)
        elif checks:
            raise reject(
                unit.span(checks[0]), f"a CHECK outside an actor: no actor calls '{name}'", "move it into an ACTOR"
            )


def _register_no_stores(world: World, found: Declarations) -> None:
    for declared in found.predicates:
        if declared.kind == "no-store":
            rule, new = no_store(world, declared)
            add_property(world, new)
            world.no_stores.append(rule)


def _refuse_idle(world: World, actors: list[Actor]) -> None:
    """Raise InputError for a NO_STORE about which no access says anything."""
    checked = {n.property for a in actors for n in a.body.nodes if isinstance(n, Check)}
    for rule in world.no_stores:
        if rule.property not in checked:
            span = world.properties[rule.property].span
            what = f"no access of an actor can store to the object of the NO_STORE '{rule.property}'"
            raise reject(span, what, "call the code under test in an ACTOR, outside of ATOMICALLY, or remove it")


def _register(world: World, function: Cursor) -> None:
    for check in world.facts[function.canonical].checks:
        name, _, text = (evaluate_text(a) for a in check.get_arguments())
        if name is None or text is None:
            raise reject(world.unit.span(check), "a CHECK whose id is not a string literal", 'write CHECK("id", …)')
        add_property(world, Property(name, PropertyKind.CHECK, text, world.unit.span(check), None))


def add_property(world: World, new: Property) -> None:
    """Add a property. Raises InputError when another one has its id."""
    before = world.properties.get(new.id)
    refuse_strange_id(new.id, new.span)
    if before is not None:
        raise reject(new.span, f"two properties have the id '{new.id}'; the other is at {before.span}", "rename one")
    world.properties[new.id] = new


def _predicates(world: World, found: Declarations) -> list[Lemma]:
    lemmas: list[Lemma] = []
    for p in found.predicates:
        span = world.unit.span(p.function)
        if p.kind == "no-store":
            continue
        if p.kind == "lemma":
            owner = f"LEMMA#{len(lemmas) + 1}"
            lemmas.append(Lemma(p.text, lower_predicate(world, owner, "LEMMA", p.function), span))
        else:
            predicate = lower_predicate(world, p.id, p.kind.upper(), p.function)
            add_property(world, Property(p.id, _PREDICATE_KINDS[p.kind], p.text, span, predicate))
    return lemmas


def _expectations(world: World, found: Declarations) -> tuple[Expectation, ...]:
    result: list[Expectation] = []
    verdicts = {v.value: v for v in ExpectedVerdict}
    for e in found.expectations:
        span = world.unit.span(e.cursor)
        if e.verdict not in verdicts:
            raise reject(span, f"EXPECT of the verdict '{e.verdict}'", "write REFUTED or VACUOUS")
        if e.id not in world.properties:
            raise reject(span, f"EXPECT of the property '{e.id}', which does not exist", "see the ids of the CHECKs")
        if any(r.property == e.id for r in result):
            raise reject(span, f"a second EXPECT for '{e.id}'", "keep one")
        result.append(Expectation(e.id, verdicts[e.verdict], span))
    return tuple(result)


def _assemble(
    world: World,
    found: Declarations,
    named: tuple[str, tuple[str, ...]],
    init: Routine,
    actors: list[Actor],
    lemmas: list[Lemma],
) -> Program:
    expectations = _expectations(world, found)
    properties = _sorted(world)
    predicates = [p.predicate for p in properties if p.predicate is not None] + [x.predicate for x in lemmas]
    routines = [init, *(a.body for a in actors), *(p.body for p in predicates)]
    refuse_strange_bools(world, accesses(routines))
    cells, slots = group(world, accesses(routines))

    def moved(p: Predicate) -> Predicate:
        return replace(p, body=relocate(p.body, slots))

    actors = [replace(a, body=relocate(a.body, slots)) for a in actors]
    writable = written(a.body for a in actors)
    refuse_races(actors, writable)
    actors = [settle_assumptions(a) for a in actors]
    return Program(
        name=named[0],
        cells=cells,
        ghosts=tuple(world.ghosts.values()),
        init=relocate(init, slots),
        actors=tuple(actors),
        properties=tuple(
            replace(p, predicate=moved(p.predicate)) if p.predicate is not None else p for p in properties
        ),
        lemmas=tuple(replace(x, predicate=moved(x.predicate)) for x in lemmas),
        expectations=expectations,
        cpus_max=found.cpus[0][0] if found.cpus else None,
        written=writable,
        sources=world.unit.sources,
        options=named[1],
        knobs=tuple(Knob(knob, None, span) for knob, span in sorted(world.knobs.items())),
    )


def _sorted(world: World) -> list[Property]:
    """Return the properties in source order, built-in ones last."""
    rank = {s.name: n for n, s in enumerate(world.unit.sources)}
    return sorted(
        world.properties.values(),
        key=lambda p: (p.kind is PropertyKind.BUILT_IN, rank.get(p.span.file, 0), p.span.line, p.span.column, p.id),
    )
