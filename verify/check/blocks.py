"""Replay in blocks: a run too long to be executed step by step, without any solver.

The interpreter executes the first and the last step of each block; what lies between follows from
``verify.check.walk``, which is also compared with both. The CPUs are concrete: how many stand where, each
with its locals. Nothing is shared with the engine that found the trace.

What moves by the same amount with every step (the contexts in use, the CPUs inside an actor, the entries
of an actor) is checked at the first and the last step; what it is compared with stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from verify.check.block_stage import (
    MismatchError,
    Ran,
    Stage,
    State,
    chooser,
    followed,
    make_stage,
    moved_machine,
    named,
    place_of,
    require_same,
    run_step,
    shown_machine,
    where_inside,
)
from verify.check.checked import BlockReplay, BlockRun, Rejected
from verify.check.crowd import take
from verify.check.progression import Line, constant, line
from verify.check.relay import relay
from verify.check.walk import NoBlockError, Walked, walk
from verify.program.interpret import (
    ReplayError,
    StepResult,
    start,
    violated_states,
)
from verify.program.program import Program
from verify.program.run import Inside
from verify.verdict.answer import Block, BlockTrace


def replay_blocks(program: Program, trace: BlockTrace) -> BlockReplay | Rejected:
    """Return the replayed run, or why the trace does not show a violation of ``trace.property``.

    Raises InputError where a local loop does not end.
    """
    try:
        return _replay(make_stage(program), trace)
    except (MismatchError, NoBlockError, ReplayError) as mismatch:
        return Rejected(trace.property, str(mismatch))


def settled(program: Program, trace: BlockTrace) -> BlockTrace:
    """Return the trace in which blocks that need CPUs which are nowhere take those that stand there, if all are alike.

    For what an engine proposes that does not know the locals of CPUs; evidence is what replays as it stands. Raises
    InputError where a local loop does not end.
    """
    stage, done = make_stage(program), list[Block]()
    try:
        machine, _ = start(stage.on, 0, chooser(trace.initial_inputs))
        state = State(machine, ())
        for number, block in enumerate(trace.blocks, 1):
            done.append(_with_known_locals(stage, state, block))
            _, state, _ = _block(stage, state, done[-1], middle=number == len(trace.blocks) and not trace.at_state)
    except (MismatchError, NoBlockError, ReplayError):
        pass
    return replace(trace, blocks=(*done, *trace.blocks[len(done) :]))


def _with_known_locals(stage: Stage, state: State, block: Block) -> Block:
    actor, place = place_of(stage, block)
    if place is None or take(state.crowd, actor, place.node, place.locals, 1) is not None:
        return block
    groups = [g for g in state.crowd if (g.actor, g.node) == (actor, place.node)]
    held = {g.values(0) for g in groups if g.uniform}
    if len(held) != 1 or not all(g.uniform for g in groups):
        return block
    names = (v.name for v in stage.on.program.actors[actor].body.locals)
    known = zip(names, held.pop(), strict=True)
    return replace(block, locals=tuple(sorted((n, v) for n, v in known if n in stage.live[actor][place.node])))


def follow_blocks(program: Program, trace: BlockTrace) -> tuple[Ran, ...]:
    """Return the first and last steps of the blocks that take place, up to the first block that does not.

    What the run is said to violate is not looked at. Raises InputError where a local loop does not end.
    """
    stage, counted = make_stage(program), 0
    try:
        machine, _ = start(stage.on, 0, chooser(trace.initial_inputs))
        state = State(machine, ())
        for number, block in enumerate(trace.blocks, 1):
            _, state, _ = _block(stage, state, block, middle=number == len(trace.blocks) and not trace.at_state)
            counted = len(stage.ran)
    except (MismatchError, NoBlockError, ReplayError):
        pass
    return tuple(stage.ran[:counted])


def _replay(stage: Stage, trace: BlockTrace) -> BlockReplay:
    machine, _ = start(stage.on, 0, chooser(trace.initial_inputs))
    state = State(machine, ())
    shown = frozenset(violated_states(stage.on, machine))
    seen, runs = set(shown), list[BlockRun]()
    for number, block in enumerate(trace.blocks, 1):
        middle = number == len(trace.blocks) and not trace.at_state
        try:
            run, state, shown = _block(stage, state, block, middle=middle)
        except (MismatchError, NoBlockError, ReplayError) as mismatch:
            raise MismatchError(f"block {number}: {mismatch}") from mismatch
        runs.append(run)
        seen |= {*run.violated}
    if trace.property not in shown or not (trace.blocks or trace.at_state):
        raise MismatchError(f"the end does not violate {trace.property}")
    return BlockReplay(trace, machine, tuple(runs), tuple(sorted(seen - {trace.property})))


def _block(stage: Stage, state: State, block: Block, *, middle: bool) -> tuple[BlockRun, State, frozenset[str]]:
    """Return the block that took place, the state after it, and what its end violates."""
    if block.times < 1 or (middle and (block.times != 1 or block.relay is not None)):
        raise MismatchError(f"a step cannot be taken {block.times} times here")
    if block.relay is not None:
        return relay(stage, state, block)
    actor, place = place_of(stage, block)
    first = run_step(stage, state, block, actor, place)
    last, after = first, state
    if first.machine is not None:
        after = followed(stage, state, actor, place, first.machine, 1, None)
    elif not middle:
        raise MismatchError("the step does not happen")
    if block.times > 1:
        last, after = _rest(stage, state, block, actor, place, first)
    broken = frozenset(violated_states(stage.on, shown_machine(after)))
    shown = frozenset(last.violated) if middle else broken
    around = [(s.machine.cells, s.machine.ghosts) for s in (state, after)]
    where = tuple(where_inside(stage, after.crowd))
    violated = tuple(sorted({*first.violated, *last.violated, *broken}))
    entered = block.node is None
    done = BlockRun(block.actor, entered, block.times, first.run, last.run, around[0], around[1], where, violated)
    return done, after, shown


def _rest(
    stage: Stage, state: State, block: Block, actor: int, place: Inside | None, first: StepResult
) -> tuple[StepResult, State]:
    """Return the last step of the block, and the state after it."""
    if first.machine is None:
        raise MismatchError("the first step does not happen")
    program, times = stage.on.program, block.times
    before = named(program, state.machine)
    moved = {n: v - before[n] for n, v in named(program, first.machine).items()}
    widths = {c.name: c.width for c in program.cells} | {g.name: g.width for g in program.ghosts}
    values = {n: line(widths[n], v, moved[n], times) for n, v in before.items()}
    body = program.actors[actor].body
    own = (0,) * len(body.locals) if place is None else place.locals
    held = {v.name: constant(v.width, n, times) for v, n in zip(body.locals, own, strict=True)}
    walked = walk(program.actors[actor], block.node, values | held, dict(block.inputs), times)
    for inputs in block.more:
        if walked.node is None:
            raise MismatchError("a step does not go on where the block says it does")
        walked = walk(program.actors[actor], walked.node, walked.values, dict(inputs), times)
    for name, value in values.items():
        if walked.values[name] != line(value.width, value.at(1), value.step, times):
            raise MismatchError(f"{name} does not change evenly")
    require_same(stage, actor, walked, first, 0)
    moment = moved_machine(program, state, first.machine, values, times - 1)
    almost = followed(stage, state, actor, place, moment, times - 1, _lines(walked, times - 1))
    last = run_step(stage, almost, block, actor, place)
    if last.machine is None:
        raise MismatchError("the last step does not happen")
    require_same(stage, actor, walked, last, times - 1)
    return last, followed(stage, state, actor, place, last.machine, times, walked.values)


def _lines(walked: Walked, times: int) -> Mapping[str, Line]:
    return {name: replace(v, times=times) for name, v in walked.values.items()}
