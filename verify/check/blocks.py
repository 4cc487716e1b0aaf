"""Replay in blocks: a run too long to be executed step by step, without any solver.

The interpreter executes the first and the last step of each block; what lies between follows from
``verify.check.walk``, which is also compared with both. The CPUs are concrete: how many stand where, each
with its locals. Nothing is shared with the engine that found the trace.

What moves by the same amount with every step (the contexts in use, the CPUs inside an actor, the entries
of an actor) is checked at the first and the last step; what it is compared with stays the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from verify.check.checked import BlockReplay, BlockRun, Rejected
from verify.check.crowd import Crowd, Group, inside, take
from verify.check.progression import Line, constant, line
from verify.check.walk import NoBlockError, Walked, walk
from verify.encode.tally import CONTEXTS_LIMIT
from verify.program.flow import live_locals
from verify.program.interpret import (
    Chooser,
    Interpreter,
    ReplayError,
    StepResult,
    interpreter,
    start,
    step,
    violated_states,
)
from verify.program.program import Kind, Program
from verify.program.run import Inside, Machine
from verify.verdict.answer import Block, BlockTrace


class _Mismatch(Exception):  # noqa: N818  (never leaves this module)
    """Why the trace is not evidence."""


Ran = tuple[Machine, StepResult]
"""A step that the interpreter took, of CPU 0 of a machine of its own, and the machine before."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """What a replay stands on. ``ran`` collects the steps that the interpreter takes."""

    on: Interpreter
    live: tuple[tuple[frozenset[str], ...], ...]
    contexts: int
    ran: list[Ran] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _State:
    """The machine without CPUs, and the CPUs."""

    machine: Machine
    crowd: Crowd


def replay_blocks(program: Program, trace: BlockTrace) -> BlockReplay | Rejected:
    """Return the replayed run, or why the trace does not show a violation of ``trace.property``.

    Raises InputError where a local loop does not end.
    """
    try:
        return _replay(_stage(program), trace)
    except (_Mismatch, NoBlockError, ReplayError) as mismatch:
        return Rejected(trace.property, str(mismatch))


def follow_blocks(program: Program, trace: BlockTrace) -> tuple[Ran, ...]:
    """Return the first and last steps of the blocks that take place, up to the first block that does not.

    What the run is said to violate is not looked at. Raises InputError where a local loop does not end.
    """
    stage, counted = _stage(program), 0
    try:
        machine, _ = start(stage.on, 0, _chooser(trace.initial_inputs))
        state = _State(machine, ())
        for number, block in enumerate(trace.blocks, 1):
            _, state, _ = _block(stage, state, block, middle=number == len(trace.blocks) and not trace.at_state)
            counted = len(stage.ran)
    except (_Mismatch, NoBlockError, ReplayError):
        pass
    return tuple(stage.ran[:counted])


def _stage(program: Program) -> _Stage:
    live = tuple(live_locals(actor.body) for actor in program.actors)
    contexts = CONTEXTS_LIMIT if program.cpus_max is None else program.cpus_max
    return _Stage(interpreter(program, fast=False), live, contexts)


def _replay(stage: _Stage, trace: BlockTrace) -> BlockReplay:
    machine, _ = start(stage.on, 0, _chooser(trace.initial_inputs))
    state = _State(machine, ())
    shown = frozenset(violated_states(stage.on, machine))
    seen, runs = set(shown), list[BlockRun]()
    for number, block in enumerate(trace.blocks, 1):
        middle = number == len(trace.blocks) and not trace.at_state
        try:
            run, state, shown = _block(stage, state, block, middle=middle)
        except (_Mismatch, NoBlockError, ReplayError) as mismatch:
            raise _Mismatch(f"block {number}: {mismatch}") from mismatch
        runs.append(run)
        seen |= {*run.violated}
    if trace.property not in shown or not (trace.blocks or trace.at_state):
        raise _Mismatch(f"the end does not violate {trace.property}")
    return BlockReplay(trace, machine, tuple(runs), tuple(sorted(seen - {trace.property})))


def _chooser(given: tuple[tuple[str, int], ...]) -> Chooser:
    values = dict(given)
    return lambda name, _width, _low, _high: values.get(name)


def _block(stage: _Stage, state: _State, block: Block, *, middle: bool) -> tuple[BlockRun, _State, frozenset[str]]:
    """Return the block that took place, the state after it, and what its end violates."""
    if block.times < 1 or (middle and block.times != 1):
        raise _Mismatch(f"a step cannot be taken {block.times} times here")
    actor, place = _place(stage, block)
    first = _step(stage, state, block, actor, place)
    last, after = first, state
    if first.machine is not None:
        after = _follow(stage, state, actor, place, first.machine, 1, None)
    elif not middle:
        raise _Mismatch("the step does not happen")
    if block.times > 1:
        last, after = _rest(stage, state, block, actor, place, first)
    broken = frozenset(violated_states(stage.on, _shown(after)))
    shown = frozenset(last.violated) if middle else broken
    around = [(s.machine.cells, s.machine.ghosts) for s in (state, after)]
    where = tuple(_inside(stage, after.crowd))
    violated = tuple(sorted({*first.violated, *last.violated, *broken}))
    entered = block.node is None
    done = BlockRun(block.actor, entered, block.times, first.run, last.run, around[0], around[1], where, violated)
    return done, after, shown


def _inside(stage: _Stage, crowd: Crowd) -> Iterator[tuple[str, int, int]]:
    places = sorted({(g.actor, g.node) for g in crowd})
    for actor, node in places:
        number = sum(g.number for g in crowd if (g.actor, g.node) == (actor, node))
        yield stage.on.program.actors[actor].name, node, number


def _place(stage: _Stage, block: Block) -> tuple[int, Inside | None]:
    """Return the actor's number and where the CPUs of the block stand (None: outside)."""
    names = [a.name for a in stage.on.program.actors]
    if block.actor not in names:
        raise _Mismatch(f"the program has no actor {block.actor}")
    actor = names.index(block.actor)
    if block.node is None:
        return actor, None
    body = stage.on.program.actors[actor].body
    if not 0 <= block.node < len(body.nodes):
        raise _Mismatch(f"{block.actor} has no node {block.node}")
    given, live = dict(block.locals), stage.live[actor][block.node]
    if given.keys() != live:
        raise _Mismatch(f"missing or extra locals at node {block.node} of {block.actor}")
    return actor, Inside(actor, block.node, tuple(given.get(v.name, 0) for v in body.locals))


def _shown(state: _State, own: tuple[Inside | None, ...] = ()) -> Machine:
    """Return a machine with the given CPUs and one of each group: enough for TOKENs in use and for nobody inside."""
    others = tuple(Inside(g.actor, g.node, g.values(0)) for g in state.crowd)
    return replace(state.machine, cpus=(*own, *others))


def _step(stage: _Stage, state: _State, block: Block, actor: int, place: Inside | None) -> StepResult:
    """Execute one step of the block, and what its CPU does next in it, by the interpreter."""
    crowd = state.crowd
    if place is not None:
        left = take(crowd, actor, place.node, place.locals, 1)
        if left is None:
            raise _Mismatch(f"no CPU stands at node {place.node} of {block.actor} with these locals")
        crowd = left
    else:
        limit = stage.on.program.actors[actor].limit
        if inside(crowd) >= stage.contexts or (limit is not None and inside(crowd, actor) >= limit):
            raise _Mismatch(f"no context is free to enter {block.actor}")
    machine = _shown(replace(state, crowd=crowd), (place,))
    done = step(stage.on, machine, 0, block.actor if place is None else None, _chooser(block.inputs))
    stage.ran.append((machine, done))
    for inputs in block.more:
        if done.machine is None or done.machine.cpus[0] is None:
            raise _Mismatch("a step does not go on where the block says it does")
        then = step(stage.on, done.machine, 0, None, _chooser(inputs))
        stage.ran.append((done.machine, then))
        events = (*done.run.events, *then.run.events)
        violated = tuple(sorted({*done.violated, *then.violated}))
        done = StepResult(then.machine, replace(done.run, events=events), violated, then.blocked_by)
    return done


def _follow(
    stage: _Stage,
    state: _State,
    actor: int,
    place: Inside | None,
    machine: Machine,
    times: int,
    lines: Mapping[str, Line] | None,
) -> _State:
    """Return the state after ``times`` steps of which ``machine`` is the result of the last.

    ``lines`` gives the locals of the CPUs one after the other; None: those of the machine.
    """
    crowd: Crowd | None = state.crowd
    if place is not None:
        crowd = take(state.crowd, actor, place.node, place.locals, times)
    if crowd is None:
        raise _Mismatch(f"fewer than {times} CPUs stand at node {place.node if place else 0} with these locals")
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
            raise _Mismatch("TOKENs do not change evenly")
        crowd = (*crowd, Group(actor, own.node, held, times))
    return _State(replace(machine, cpus=()), crowd)


def _rest(
    stage: _Stage, state: _State, block: Block, actor: int, place: Inside | None, first: StepResult
) -> tuple[StepResult, _State]:
    """Return the last step of the block, and the state after it."""
    if first.machine is None:
        raise _Mismatch("the first step does not happen")
    program, times = stage.on.program, block.times
    before = _named(program, state.machine)
    moved = {n: v - before[n] for n, v in _named(program, first.machine).items()}
    widths = {c.name: c.width for c in program.cells} | {g.name: g.width for g in program.ghosts}
    values = {n: line(widths[n], v, moved[n], times) for n, v in before.items()}
    body = program.actors[actor].body
    own = (0,) * len(body.locals) if place is None else place.locals
    held = {v.name: constant(v.width, n, times) for v, n in zip(body.locals, own, strict=True)}
    walked = walk(program.actors[actor], block.node, values | held, dict(block.inputs), times)
    for inputs in block.more:
        if walked.node is None:
            raise _Mismatch("a step does not go on where the block says it does")
        walked = walk(program.actors[actor], walked.node, walked.values, dict(inputs), times)
    for name, value in values.items():
        if walked.values[name] != line(value.width, value.at(1), value.step, times):
            raise _Mismatch(f"{name} does not change evenly")
    _compare(stage, actor, walked, first, 0)
    moment = _moved(program, state, first.machine, values, times - 1)
    almost = _follow(stage, state, actor, place, moment, times - 1, _lines(walked, times - 1))
    last = _step(stage, almost, block, actor, place)
    if last.machine is None:
        raise _Mismatch("the last step does not happen")
    _compare(stage, actor, walked, last, times - 1)
    return last, _follow(stage, state, actor, place, last.machine, times, walked.values)


def _lines(walked: Walked, times: int) -> Mapping[str, Line]:
    return {name: replace(v, times=times) for name, v in walked.values.items()}


def _named(program: Program, machine: Machine) -> dict[str, int]:
    cells = zip((c.name for c in program.cells), machine.cells, strict=True)
    return dict(cells) | dict(zip((g.name for g in program.ghosts), machine.ghosts, strict=True))


def _moved(program: Program, state: _State, first: Machine, values: Mapping[str, Line], times: int) -> Machine:
    """Return the machine after the first ``times`` steps of a block; its CPU is where it is after the first."""
    cells = tuple(values[c.name].at(times) for c in program.cells)
    ghosts = tuple(values[g.name].at(times) for g in program.ghosts)
    counted = zip(state.machine.entries, first.entries, strict=True)
    return replace(first, cells=cells, ghosts=ghosts, entries=tuple(a + times * (b - a) for a, b in counted))


def _compare(stage: _Stage, actor: int, walked: Walked, ran: StepResult, iteration: int) -> None:
    """Require that the interpreter came to the same result as the progressions have in this iteration."""
    if ran.machine is None:
        raise _Mismatch("the step does not happen")
    program, own = stage.on.program, ran.machine.cpus[0]
    found = _named(program, ran.machine)
    if own is not None:
        live = stage.live[actor][own.node]
        held = zip(program.actors[actor].body.locals, own.locals, strict=True)
        found |= {v.name: n for v, n in held if v.name in live}
    if walked.node != (None if own is None else own.node) or any(
        walked.values[name].at(iteration) != value for name, value in found.items()
    ):
        raise _Mismatch("the interpreter and the closed form disagree")
