"""From a program to its steps, without any assumption about how CPUs are represented.

A step is one shared access together with all local and ghost code up to the next shared access,
and with the code before the first one (DESIGN section 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from verify.encode.execute import Executed, Exit, FreshInput, Values, execute
from verify.program.errors import reject
from verify.program.flow import is_scheduling_point, live_locals, read_locals, scheduling_points
from verify.program.knobs import open_knobs
from verify.program.program import (
    TOKEN_WIDTH,
    Access,
    Actor,
    AtomicBegin,
    Local,
    Node,
    Predicate,
    Program,
    Property,
    PropertyKind,
    Routine,
    successors,
)
from verify.system.system import Check, Input
from verify.term.build import FALSE, conj, const, implies, ite, ne, symbol
from verify.term.source import Span
from verify.term.term import Term


@dataclass(frozen=True, slots=True)
class Location:
    """A place where a CPU inside an actor can be suspended: just before ``node``.

    ``live`` are the locals that a CPU there still needs, in the routine's order.
    """

    actor: str
    node: int
    operation: str
    live: tuple[Local, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Target:
    """One way a step ends, where ``when`` (width 1) holds.

    ``location`` is None when the actor ends (``bug``: by a BUG_ON); ``locals`` gives each local
    live there its value, in the location's order.
    """

    when: Term
    location: Location | None
    bug: bool
    locals: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class ProgramStep:
    """One step of one CPU, over cells, ghosts, the live locals of ``source`` and the inputs.

    ``source`` None means that the CPU enters the actor. ``guard`` (width 1) is where some target
    is reached; it does not include the ranges of the inputs.
    """

    actor: str
    source: Location | None
    operation: str
    guard: Term
    updates: tuple[tuple[str, Term], ...]
    targets: tuple[Target, ...]
    checks: tuple[Check, ...]
    inputs: tuple[Input, ...]
    fresh: tuple[FreshInput, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class StateProperty:
    """ALWAYS or QUIESCENT: ``holds`` is a width-1 term over cells and ghosts."""

    property: Property
    holds: Term


@dataclass(frozen=True, slots=True)
class Compiled:
    """A program as steps.

    ``init`` gives every cell and ghost its first value over ``init_inputs``, where ``init_guard``
    holds; ``lemmas`` are the spec's LEMMAs as width-1 terms over cells and ghosts.
    """

    program: Program
    locations: tuple[Location, ...]
    steps: tuple[ProgramStep, ...]
    init: tuple[tuple[str, Term], ...]
    init_inputs: tuple[Input, ...]
    init_guard: Term
    state_properties: tuple[StateProperty, ...]
    lemmas: tuple[Term, ...]


def compile_program(program: Program) -> Compiled:
    """Return the steps of a program.

    Raises:
        InputError: an unbounded local loop, a local that may be read before it is set, or an INIT
            that may violate a check.
        ValueError: the values of knobs are open.
    """
    if open_knobs(program):
        raise ValueError("a program whose knobs are open has no steps")
    locations: list[Location] = []
    steps: list[ProgramStep] = []
    for actor in program.actors:
        live = live_locals(actor.body)
        _reject_unset(actor.body, live)
        places = _locations(actor, live)
        locations += places.values()
        steps.extend(_step(program, actor, live, places, source) for source in (None, *places.values()))
    init = _run_alone(program, program.init)
    _reject_violations(init)
    for check in init.checks:
        if check.violated is not FALSE:
            raise reject(check.span, f"INIT may violate '{check.property}'", "use constants that fit in INIT")
    return Compiled(
        program,
        tuple(locations),
        tuple(steps),
        tuple((name, _merged(init.exits, name)) for name in _shared_names(program)),
        init.inputs,
        conj((init.guard, *_fresh_in_init(init))),
        tuple(
            StateProperty(p, _predicate(program, p.predicate))
            for p in program.properties
            if p.kind in {PropertyKind.ALWAYS, PropertyKind.QUIESCENT} and p.predicate is not None
        ),
        tuple(_predicate(program, lemma.predicate) for lemma in program.lemmas),
    )


def _shared_names(program: Program) -> tuple[str, ...]:
    return (*(c.name for c in program.cells), *(g.name for g in program.ghosts))


def _shared_symbols(program: Program) -> dict[str, Term]:
    cells = {c.name: symbol(c.name, c.width) for c in program.cells}
    return cells | {g.name: symbol(g.name, g.width) for g in program.ghosts}


def _zeros(routine: Routine) -> dict[str, Term]:
    return {local.name: const(0, local.width) for local in routine.locals}


def _reject_unset(routine: Routine, live: tuple[frozenset[str], ...]) -> None:
    """Reject a routine that may read a local before setting it: C gives that no meaning."""
    for local in routine.locals:
        if local.name in live[0]:
            names = frozenset({local.name})
            where = next(n.span for n in routine.nodes if read_locals(n, names))
            raise reject(where, f"'{local.label}' may be read before it is set", "initialise it where it is declared")


def _fresh_in_init(init: Executed) -> Iterator[Term]:
    """Yield: a TOKEN that INIT draws differs from every live one."""
    for drawn in init.fresh:
        yield from (implies(drawn.path, ne(symbol(drawn.name, TOKEN_WIDTH), own)) for own in drawn.own)


def _reject_violations(init: Executed) -> None:
    """INIT is no step, so no engine would look at its checks."""
    for check in init.checks:
        if check.violated is not FALSE:
            raise reject(check.span, f"INIT may violate '{check.property}'", "let INIT set values that pass the check")


def _locations(actor: Actor, live: tuple[frozenset[str], ...]) -> Mapping[int, Location]:
    """Return the scheduling points at which a CPU can really be suspended.

    The first scheduling point on a path is passed by the entering step, so only points that can
    follow another one are locations.
    """
    body = actor.body
    found = {}
    for node in scheduling_points(body):
        if _can_follow(body, node):
            held = tuple(v for v in body.locals if v.name in live[node])
            found[node] = Location(actor.name, node, _operation(body.nodes[node]), held, body.nodes[node].span)
    return found


def _can_follow(body: Routine, target: int) -> bool:
    """Tell whether some path from the entry meets another scheduling point before ``target``."""
    seen: set[tuple[int, bool]] = set()
    stack = [(0, False)]
    while stack:
        index, passed = stack.pop()
        if (index, passed) in seen:
            continue
        seen.add((index, passed))
        if index == target and passed:
            return True
        after = passed or is_scheduling_point(body.nodes[index])
        stack.extend((j, after) for j in successors(body.nodes[index]))
    return False


def _operation(node: Node) -> str:
    return node.operation if isinstance(node, Access | AtomicBegin) else ""


def _step(
    program: Program,
    actor: Actor,
    live: tuple[frozenset[str], ...],
    places: Mapping[int, Location],
    source: Location | None,
) -> ProgramStep:
    values: dict[str, Term] = _shared_symbols(program) | _zeros(actor.body)
    if source is not None:
        values |= {v.name: symbol(v.name, v.width) for v in source.live}
    done = execute(program, actor.body, live, source.node if source else 0, values, atomic=False)
    updates = tuple(
        (name, merged)
        for name in _shared_names(program)
        if (merged := _merged(done.exits, name)) is not values[name] and done.exits
    )
    operation, span = (source.operation, source.span) if source else _entry(actor)
    return ProgramStep(
        actor.name,
        source,
        operation,
        done.guard,
        updates,
        tuple(_target(e, places) for e in done.exits),
        done.checks,
        done.inputs,
        done.fresh,
        span,
    )


def _entry(actor: Actor) -> tuple[str, Span]:
    """Return the operation and place of the first scheduling point in node order, for the label."""
    for node in scheduling_points(actor.body):
        return _operation(actor.body.nodes[node]), actor.body.nodes[node].span
    return "", actor.span


def _target(end: Exit, places: Mapping[int, Location]) -> Target:
    if end.stopped:
        return Target(end.path, None, end.bug, ())
    location = places[end.node]
    return Target(end.path, location, bug=False, locals=tuple(end.values[v.name] for v in location.live))


def _merged(exits: tuple[Exit, ...], name: str) -> Term:
    """Return the value of a name over all exits. Meaningful only where some exit's path holds."""
    if not exits:
        return const(0, 1)
    result = exits[-1].values[name]
    for end in reversed(exits[:-1]):
        if end.values[name] is not result:
            result = ite(end.path, end.values[name], result)
    return result


def _run_alone(program: Program, routine: Routine) -> Executed:
    values: Values = {name: const(0, t.width) for name, t in _shared_symbols(program).items()}
    values = {**values, **{g.name: const(g.initial, g.width) for g in program.ghosts}, **_zeros(routine)}
    live = live_locals(routine)
    _reject_unset(routine, live)
    return execute(program, routine, live, 0, values, atomic=True)


def _predicate(program: Program, predicate: Predicate) -> Term:
    body = predicate.body
    live = live_locals(body)
    _reject_unset(body, live)
    done = execute(program, body, live, 0, {**_shared_symbols(program), **_zeros(body)}, atomic=True)
    return conj((_merged(done.exits, predicate.result), done.guard))
