"""The solver-free interpreter of programs: the reference that every trace must pass.

Written from the meaning of ``verify.program.program`` and ``verify.program.run``; it shares nothing
with the encodings. A step of a CPU outside every actor enters one at node 0 with all locals zero;
a step of a CPU inside starts at its node. The step runs local and ghost code, passes the first
scheduling point it meets (for a CPU inside: the one it stands at), and ends just before the next
one or at a Stop. Where a guard is false, a drawn value is out of range or a FRESH value is in use,
the step as a whole does not happen; checks that failed before that point did happen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from verify.program.errors import reject
from verify.program.flow import is_scheduling_point, live_locals
from verify.program.program import (
    Access,
    Assign,
    AtomicBegin,
    Branch,
    Check,
    Draw,
    Fresh,
    Ghost,
    GhostAssign,
    Guard,
    Kind,
    Local,
    Node,
    Program,
    Property,
    PropertyKind,
    Routine,
    Stop,
)
from verify.program.run import (
    Accessed,
    CheckRan,
    Drew,
    Event,
    Finished,
    GhostChanged,
    Inside,
    Machine,
    StepRun,
    input_name,
)
from verify.term.compiled import Function, compiled, interpreted
from verify.term.semantics import mask, to_signed
from verify.term.source import Span
from verify.term.term import Term

Chooser = Callable[[str, int, int, int], int | None]
"""Chooses the value of an ANY or FRESH: (input name, width in bits, low, high) -> unsigned value.

``low`` and ``high`` are inclusive and read with the target's kind, so they are negative for a
SIGNED range below zero; the result is the unsigned reading modulo 2**width. For a FRESH they are
0 and 2**width - 1. None: no value is known.
"""

NODE_LIMIT: Final = 100_000
"""The most nodes that one step may run."""


class ReplayError(Exception):
    """The chooser had no value, or one that does not fit its width, or INIT cannot complete."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step did.

    Attributes:
        machine: the state after it; None where the step does not happen.
        run: the events, up to the place that blocked it.
        violated: sorted ids of the properties whose Check failed in this step, also when it blocked later.
        blocked_by: the guard, draw or FRESH that blocked it; None also where the CPU may not enter
            the actor now (ACTOR_MAX, ACTOR_LIMIT).
    """

    machine: Machine | None
    run: StepRun
    violated: tuple[str, ...]
    blocked_by: Span | None


@dataclass(frozen=True, slots=True)
class Code:
    """A routine ready to run. Its values are those of ``variables``: the ghosts, then its locals.

    ``slots`` gives the place of each by name. Per node, ``functions`` holds the node's terms,
    ``tokens`` the slots of the TOKEN ghosts and live TOKEN locals, ``points`` whether it is a
    scheduling point.
    """

    routine: Routine
    variables: tuple[Ghost | Local, ...]
    slots: dict[str, int]
    functions: tuple[tuple[Function, ...], ...]
    tokens: tuple[tuple[int, ...], ...]
    points: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A program with its routines ready to run. ``predicates`` are by property id."""

    program: Program
    init: Code
    actors: tuple[Code, ...]
    predicates: dict[str, Code]
    cells: dict[str, int]


def interpreter(program: Program, *, fast: bool = True) -> Interpreter:
    """Return an interpreter; ``fast`` False evaluates every term with the reference evaluator.

    Raises KeyError when a term mentions a symbol that its routine may not read.
    """
    predicates = {p.id: p.predicate.body for p in program.properties if p.predicate is not None}
    return Interpreter(
        program=program,
        init=_code(program.ghosts, program.init, fast=fast),
        actors=tuple(_code(program.ghosts, a.body, fast=fast) for a in program.actors),
        predicates={name: _code(program.ghosts, body, fast=fast) for name, body in predicates.items()},
        cells={cell.name: i for i, cell in enumerate(program.cells)},
    )


def _terms(node: Node) -> tuple[Term, ...]:
    match node:
        case Assign() | GhostAssign():
            return (node.value,)
        case Guard() | Check() | Branch():
            return (node.condition,)
        case Access():
            return (node.stores, node.new)
        case Draw() | Fresh() | AtomicBegin() | Stop():
            return ()


def _code(ghosts: tuple[Ghost, ...], routine: Routine, *, fast: bool) -> Code:
    variables: tuple[Ghost | Local, ...] = (*ghosts, *routine.locals)
    slots = {variable.name: i for i, variable in enumerate(variables)}
    terms = [_terms(node) for node in routine.nodes]
    flat = [term for group in terms for term in group]
    made = iter(compiled(flat, slots) if fast else interpreted(flat, slots))
    tokens = frozenset(variable.name for variable in variables if variable.kind is Kind.TOKEN)
    always = frozenset(ghost.name for ghost in ghosts) & tokens
    return Code(
        routine=routine,
        variables=variables,
        slots=slots,
        functions=tuple(tuple(next(made) for _ in group) for group in terms),
        tokens=tuple(tuple(sorted(slots[name] for name in live & tokens | always)) for live in live_locals(routine)),
        points=tuple(is_scheduling_point(node) for node in routine.nodes),
    )


@dataclass(slots=True)
class _Run:
    """The changing parts of one run. ``others`` are the TOKEN values that other CPUs hold."""

    code: Code
    values: list[int]
    cells: list[int]
    choose: Chooser
    others: frozenset[int]
    events: list[Event] = field(default_factory=list)
    visits: dict[int, int] = field(default_factory=dict)


def _run(on: Interpreter, run: _Run, start: int, *, alone: bool) -> int | Stop | Span:
    """Run from a node. Return the scheduling point it ended before, its Stop, or what blocked it.

    ``alone``: scheduling points do not count (INIT and predicates).
    """
    code, at, passed = run.code, start, alone
    for _ in range(NODE_LIMIT):
        node = code.routine.nodes[at]
        if code.points[at] and not alone:
            if passed:
                return at
            passed = True
        match node:
            case Branch():
                at = node.then if code.functions[at][0](run.values) else node.otherwise
            case Stop():
                return node
            case Assign():
                run.values[code.slots[node.target]] = code.functions[at][0](run.values)
                at = node.next
            case GhostAssign() | Access() | Check() | Guard() | Draw() | Fresh() | AtomicBegin():
                if not _happens(on, run, at, node):
                    return node.span
                at = node.next
    raise reject(
        code.routine.nodes[at].span,
        f"a step runs more than {NODE_LIMIT} operations without a shared access",
        "bound the loop by a constant",
    )


def _happens(
    on: Interpreter, run: _Run, at: int, node: GhostAssign | Access | Check | Guard | Draw | Fresh | AtomicBegin
) -> bool:
    """Do what a node does; return False where it blocks the step."""
    functions = run.code.functions[at]
    match node:
        case GhostAssign():
            _ghost(run, node, functions[0](run.values))
        case Access():
            _access(run, node, on.cells[node.cell], functions)
        case Check():
            run.events.append(CheckRan(node.property, bool(functions[0](run.values)), node.span))
        case Guard():
            return bool(functions[0](run.values))
        case Draw() | Fresh():
            return _draw(run, at, node)
        case AtomicBegin():
            pass
    return True


def _ghost(run: _Run, node: GhostAssign, value: int) -> None:
    slot = run.code.slots[node.target]
    run.events.append(GhostChanged(node.target, run.values[slot], value, node.span))
    run.values[slot] = value


def _access(run: _Run, node: Access, cell: int, functions: tuple[Function, ...]) -> None:
    before = run.cells[cell]
    run.values[run.code.slots[node.old]] = (before >> node.offset) & mask(node.width)
    stores, new = functions
    after: int | None = None
    if stores(run.values):
        after = before & ~(mask(node.width) << node.offset) | new(run.values) << node.offset
        run.cells[cell] = after
    run.events.append(Accessed(node.cell, node.operation, before, after, node.span))


def _draw(run: _Run, at: int, node: Draw | Fresh) -> bool:
    """Set the target to the chosen value; return False where the value is not allowed."""
    slot = run.code.slots[node.target]
    target = run.code.variables[slot]
    low, high = (node.low, node.high) if isinstance(node, Draw) else (0, mask(target.width))
    visit = run.visits.get(at, 0)
    run.visits[at] = visit + 1
    name = input_name(node.target, at, visit)
    value = run.choose(name, target.width, low, high)
    if value is None:
        raise ReplayError(f"{node.span}: no value for the input {name}")
    if not 0 <= value <= mask(target.width):
        raise ReplayError(f"{node.span}: {value} for the input {name} does not fit {target.width} bits")
    read = to_signed(value, target.width) if target.kind is Kind.SIGNED else value
    if not low <= read <= high:
        return False
    if isinstance(node, Fresh) and (value in run.others or value in {run.values[i] for i in run.code.tokens[at]}):
        return False
    run.values[slot] = value
    run.events.append(Drew(node.target, value, node.span))
    return True


def _tokens_of_others(on: Interpreter, state: Machine, cpu: int) -> frozenset[int]:
    held: set[int] = set()
    for number, other in enumerate(state.cpus):
        if other is not None and number != cpu:
            values = (*state.ghosts, *other.locals)
            held.update(values[slot] for slot in on.actors[other.actor].tokens[other.node])
    return frozenset(held)


def start(on: Interpreter, cpus: int, choose: Chooser) -> tuple[Machine, tuple[Event, ...]]:
    """Return the state after INIT with ``cpus`` CPUs outside, and what INIT did.

    Raises ReplayError where INIT is blocked or has no value for an input, InputError where
    ``cpus`` is more than CPUS(max) or a loop does not end.
    """
    program = on.program
    if program.cpus_max is not None and cpus > program.cpus_max:
        raise reject(None, f"{cpus} CPUs are more than CPUS({program.cpus_max})", "use fewer CPUs or raise CPUS")
    values = [g.initial for g in program.ghosts] + [0] * len(program.init.locals)
    run = _Run(on.init, values, [0] * len(program.cells), choose, frozenset())
    end = _run(on, run, 0, alone=True)
    if not isinstance(end, Stop):
        raise ReplayError(f"INIT cannot complete: blocked at {end}")
    state = Machine(
        tuple(run.cells),
        tuple(run.values[: len(program.ghosts)]),
        (None,) * cpus,
        (0,) * len(program.actors),
    )
    return state, tuple(run.events)


def _may_enter(on: Interpreter, state: Machine, actor: int) -> bool:
    bounds = on.program.actors[actor]
    if bounds.max_entries is not None and state.entries[actor] >= bounds.max_entries:
        return False
    inside = sum(other is not None and other.actor == actor for other in state.cpus)
    return bounds.limit is None or inside < bounds.limit


def step(on: Interpreter, state: Machine, cpu: int, actor: str | None, choose: Chooser) -> StepResult:
    """Return what one step of ``cpu`` does; ``actor`` names the one to enter and is given iff it is outside.

    Raises ReplayError for a missing input, InputError for a loop that does not end, ValueError for
    an unknown CPU or actor or where ``actor`` does not fit the CPU's place.
    """
    if not 0 <= cpu < len(state.cpus):
        raise ValueError(f"there is no CPU {cpu}")
    here = state.cpus[cpu]
    if (here is None) != (actor is not None):
        raise ValueError(f"CPU {cpu} is {'outside' if here is None else 'inside an actor'}")
    if here is None:
        names = [a.name for a in on.program.actors]
        index = names.index(actor or "")
        if not _may_enter(on, state, index):
            return StepResult(None, StepRun(cpu, names[index], entered=True, events=()), (), None)
        place = Inside(index, 0, (0,) * len(on.program.actors[index].body.locals))
        entries = list(state.entries)
        entries[index] += on.program.actors[index].max_entries is not None
        state = replace(state, entries=tuple(entries))
    else:
        place = here
    return _step_from(on, state, cpu, place, choose, entered=here is None)


def _step_from(
    on: Interpreter, state: Machine, cpu: int, place: Inside, choose: Chooser, *, entered: bool
) -> StepResult:
    code = on.actors[place.actor]
    run = _Run(code, [*state.ghosts, *place.locals], list(state.cells), choose, _tokens_of_others(on, state, cpu))
    end = _run(on, run, place.node, alone=False)
    if isinstance(end, Stop):
        run.events.append(Finished(end.bug, end.span))
    violated = tuple(sorted({e.property for e in run.events if isinstance(e, CheckRan) and not e.holds}))
    done = StepRun(cpu, on.program.actors[place.actor].name, entered, tuple(run.events))
    if isinstance(end, Span):
        return StepResult(None, done, violated, end)
    ghosts = len(state.ghosts)
    after = None if isinstance(end, Stop) else Inside(place.actor, end, tuple(run.values[ghosts:]))
    cpus = (*state.cpus[:cpu], after, *state.cpus[cpu + 1 :])
    return StepResult(Machine(tuple(run.cells), tuple(run.values[:ghosts]), cpus, state.entries), done, violated, None)


def _no_choice(name: str, _width: int, _low: int, _high: int) -> int | None:
    raise ReplayError(f"a predicate draws {name}")


def holds(on: Interpreter, state: Machine, prop: Property) -> bool | None:
    """Return whether an ALWAYS or QUIESCENT predicate is true here; None where QUIESCENT does not apply.

    Raises ValueError for a property without a predicate.
    """
    if prop.predicate is None:
        raise ValueError(f"{prop.id} has no predicate")
    if prop.kind is PropertyKind.QUIESCENT and any(cpu is not None for cpu in state.cpus):
        return None
    code = on.predicates[prop.id]
    values = [*state.ghosts, *([0] * len(code.routine.locals))]
    end = _run(on, _Run(code, values, list(state.cells), _no_choice, frozenset()), 0, alone=True)
    if not isinstance(end, Stop):
        raise ReplayError(f"the predicate of {prop.id} is blocked at {end}")
    return bool(values[code.slots[prop.predicate.result]])


def violated_states(on: Interpreter, state: Machine) -> tuple[str, ...]:
    """Return the sorted ids of the ALWAYS and QUIESCENT properties that this state violates."""
    stated = (p for p in on.program.properties if p.predicate is not None)
    return tuple(sorted(p.id for p in stated if holds(on, state, p) is False))


def enabled(on: Interpreter, state: Machine) -> tuple[tuple[int, str | None], ...]:
    """Return the (CPU, actor to enter or None) pairs that may step, before any guard is looked at."""
    entering = [a.name for i, a in enumerate(on.program.actors) if _may_enter(on, state, i)]
    found: list[tuple[int, str | None]] = []
    for cpu, here in enumerate(state.cpus):
        found += [(cpu, None)] if here is not None else [(cpu, name) for name in entering]
    return tuple(found)
