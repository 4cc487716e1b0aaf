"""What a replay in blocks stands on: the machine without CPUs, a crowd of them, and single steps of the interpreter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from verify.check.crowd import Crowd, Group, inside, take
from verify.check.progression import Line, constant
from verify.check.walk import Walked
from verify.encode.tally import CONTEXTS_LIMIT
from verify.program.flow import live_locals
from verify.program.interpret import (
    Chooser,
    Interpreter,
    StepResult,
    interpreter,
    step,
)
from verify.program.program import Kind, Program
from verify.program.run import Inside, Machine
from verify.verdict.answer import Block


class MismatchError(Exception):
    """Why the trace is not evidence."""


Ran = tuple[Machine, StepResult]
"""A step that the interpreter took, of CPU 0 of a machine of its own, and the machine before."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a replay stands on. ``ran`` collects the steps that the interpreter takes."""

    on: Interpreter
    live: tuple[tuple[frozenset[str], ...], ...]
    contexts: int
    ran: list[Ran] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class State:
    """The machine without CPUs, and the CPUs."""

    machine: Machine
    crowd: Crowd


def make_stage(program: Program) -> Stage:
    live = tuple(live_locals(actor.body) for actor in program.actors)
    contexts = CONTEXTS_LIMIT if program.cpus_max is None else program.cpus_max
    return Stage(interpreter(program, fast=False), live, contexts)


def chooser(given: tuple[tuple[str, int], ...]) -> Chooser:
    values = dict(given)
    return lambda name, _width, _low, _high: values.get(name)


def place_of(stage: Stage, block: Block) -> tuple[int, Inside | None]:
    """Return the actor's number and where the CPUs of the block stand (None: outside)."""
    names = [a.name for a in stage.on.program.actors]
    if block.actor not in names:
        raise MismatchError(f"the program has no actor {block.actor}")
    actor = names.index(block.actor)
    if block.node is None:
        return actor, None
    body = stage.on.program.actors[actor].body
    if not 0 <= block.node < len(body.nodes):
        raise MismatchError(f"{block.actor} has no node {block.node}")
    given, live = dict(block.locals), stage.live[actor][block.node]
    if given.keys() != live:
        raise MismatchError(f"missing or extra locals at node {block.node} of {block.actor}")
    return actor, Inside(actor, block.node, tuple(given.get(v.name, 0) for v in body.locals))


def shown_machine(state: State, own: tuple[Inside | None, ...] = ()) -> Machine:
    """Return a machine with the given CPUs and one of each group: enough for TOKENs in use and for nobody inside."""
    others = tuple(Inside(g.actor, g.node, g.values(0)) for g in state.crowd)
    return replace(state.machine, cpus=(*own, *others))


def run_step(stage: Stage, state: State, block: Block, actor: int, place: Inside | None) -> StepResult:
    """Execute one step of the block, and what its CPU does next in it, by the interpreter."""
    crowd = state.crowd
    if place is not None:
        left = take(crowd, actor, place.node, place.locals, 1)
        if left is None:
            raise MismatchError(f"no CPU stands at node {place.node} of {block.actor} with these locals")
        crowd = left
    else:
        limit = stage.on.program.actors[actor].limit
        if inside(crowd) >= stage.contexts or (limit is not None and inside(crowd, actor) >= limit):
            raise MismatchError(f"no context is free to enter {block.actor}")
    machine = shown_machine(replace(state, crowd=crowd), (place,))
    done = step(stage.on, machine, 0, block.actor if place is None else None, chooser(block.inputs))
    stage.ran.append((machine, done))
    for inputs in block.more:
        if done.machine is None or done.machine.cpus[0] is None:
            raise MismatchError("a step does not go on where the block says it does")
        then = step(stage.on, done.machine, 0, None, chooser(inputs))
        stage.ran.append((done.machine, then))
        events = (*done.run.events, *then.run.events)
        violated = tuple(sorted({*done.violated, *then.violated}))
        done = StepResult(then.machine, replace(done.run, events=events), violated, then.blocked_by)
    return done


def followed(
    stage: Stage,
    state: State,
    actor: int,
    place: Inside | None,
    machine: Machine,
    times: int,
    lines: Mapping[str, Line] | None,
) -> State:
    """Return the state after ``times`` steps of which ``machine`` is the result of the last.

    ``lines`` gives the locals of the CPUs one after the other; None: those of the machine.
    """
    crowd: Crowd | None = state.crowd
    if place is not None:
        crowd = take(state.crowd, actor, place.node, place.locals, times)
    if crowd is None:
        raise MismatchError(f"fewer than {times} CPUs stand at node {place.node if place else 0} with these locals")
    own = machine.cpus[0]
    if own is not None:
        body = stage.on.program.actors[actor].body
        live = stage.live[actor][own.node]
        held = tuple(
            constant(v.width, 0, times)
            if v.name not in live
            else constant(v.width, n, times)
            if lines is None
            else lines[v.name]
            for v, n in zip(body.locals, own.locals, strict=True)
        )
        if any(v.kind is Kind.TOKEN and not h.is_constant for v, h in zip(body.locals, held, strict=True)):
            raise MismatchError("TOKENs do not change evenly")
        crowd = (*crowd, Group(actor, own.node, held, times))
    return State(replace(machine, cpus=()), crowd)


def named(program: Program, machine: Machine) -> dict[str, int]:
    cells = zip((c.name for c in program.cells), machine.cells, strict=True)
    return dict(cells) | dict(zip((g.name for g in program.ghosts), machine.ghosts, strict=True))


def moved_machine(program: Program, state: State, first: Machine, values: Mapping[str, Line], times: int) -> Machine:
    """Return the machine after the first ``times`` steps of a block; its CPU is where it is after the first."""
    cells = tuple(values[c.name].at(times) for c in program.cells)
    ghosts = tuple(values[g.name].at(times) for g in program.ghosts)
    counted = zip(state.machine.entries, first.entries, strict=True)
    return replace(first, cells=cells, ghosts=ghosts, entries=tuple(a + times * (b - a) for a, b in counted))


def require_same(stage: Stage, actor: int, walked: Walked, ran: StepResult, iteration: int) -> None:
    """Require that the interpreter came to the same result as the progressions have in this iteration."""
    if ran.machine is None:
        raise MismatchError("the step does not happen")
    program, own = stage.on.program, ran.machine.cpus[0]
    found = named(program, ran.machine)
    if own is not None:
        live = stage.live[actor][own.node]
        held = zip(program.actors[actor].body.locals, own.locals, strict=True)
        found |= {v.name: n for v, n in held if v.name in live}
    if walked.node != (None if own is None else own.node) or any(
        walked.values[name].at(iteration) != value for name, value in found.items()
    ):
        raise MismatchError("the interpreter and the closed form disagree")


def where_inside(stage: Stage, crowd: Crowd) -> Iterator[tuple[str, int, int]]:
    places = sorted({(g.actor, g.node) for g in crowd})
    for actor, node in places:
        number = sum(g.number for g in crowd if (g.actor, g.node) == (actor, node))
        yield stage.on.program.actors[actor].name, node, number
