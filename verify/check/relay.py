"""A block in which CPUs take turns: one enters, the one that entered before it leaves, and so on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from verify.check.block_stage import (
    MismatchError,
    Stage,
    State,
    followed,
    moved_machine,
    named,
    place_of,
    require_same,
    run_step,
    shown_machine,
    where_inside,
)
from verify.check.checked import BlockRun
from verify.check.crowd import Group, take
from verify.check.progression import Line, constant, line
from verify.check.walk import Walked, walk
from verify.program.interpret import (
    StepResult,
    violated_states,
)
from verify.program.program import Kind
from verify.program.run import Inside
from verify.verdict.answer import Block


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn of a relay: what the CPU that enters did, what the one that leaves did, and the state after it."""

    enters: StepResult
    leaves: StepResult
    stands: Inside
    after: State


def relay(stage: Stage, state: State, block: Block) -> tuple[BlockRun, State, frozenset[str]]:
    """Return the block in which CPUs take turns, the state after it, and what that violates.

    The theorem of ``verify.check.walk`` for two steps in each iteration, of which the second is that of the CPU that
    entered in the iteration before: its locals are the line of those that the entering CPUs get, one iteration later.
    """
    actor, _ = place_of(stage, block)
    if block.node is not None or block.more:
        raise MismatchError("CPUs take turns only where they enter")
    first = last = _turn(stage, state, block, actor, dict(block.locals))
    if block.times > 1:
        lines = _turns(stage, state, block, actor, first)
        almost = _before_last(stage, state, block, actor, first, lines)
        held = {name: value.at(block.times - 2) for name, value in lines.entered.items()}
        last = _turn(stage, almost, block, actor, held)
        require_same(stage, actor, lines.enters, last.enters, block.times - 1)
        require_same(stage, actor, lines.leaves, last.leaves, block.times - 1)
    broken = frozenset(violated_states(stage.on, shown_machine(last.after)))
    before, after = ((s.machine.cells, s.machine.ghosts) for s in (state, last.after))
    where = tuple(where_inside(stage, last.after.crowd))
    seen = (*first.enters.violated, *first.leaves.violated, *last.enters.violated, *last.leaves.violated, *broken)
    one, other, violated = first.enters.run, last.enters.run, tuple(sorted({*seen}))
    then = first.leaves.run, last.leaves.run
    done = BlockRun(block.actor, True, block.times, one, other, before, after, where, violated, then)  # noqa: FBT003
    return done, last.after, broken


def _turn(stage: Stage, state: State, block: Block, actor: int, held: Mapping[str, int]) -> _Turn:
    """Let a CPU enter, and the one that stands where this leads, with the locals ``held``, leave."""
    entering = Block(block.actor, None, block.inputs, (), 1)
    enters = run_step(stage, state, entering, actor, None)
    stands = None if enters.machine is None else enters.machine.cpus[0]
    if enters.machine is None or stands is None:
        raise MismatchError("no CPU enters and stands somewhere")
    leaving = Block(block.actor, stands.node, block.relay or (), tuple(sorted(held.items())), 1)
    _, place = place_of(stage, leaving)
    # Somebody else must have stood there: a CPU that just entered may have the same locals.
    if place is None or take(state.crowd, actor, place.node, place.locals, 1) is None:
        raise MismatchError(f"no CPU stands at node {stands.node} of {block.actor} with these locals")
    between = followed(stage, state, actor, None, enters.machine, 1, None)
    leaves = run_step(stage, between, leaving, actor, place)
    if leaves.machine is None or leaves.machine.cpus[0] is not None:
        raise MismatchError("the CPU that stood there does not leave")
    return _Turn(enters, leaves, stands, followed(stage, between, actor, place, leaves.machine, 1, None))


@dataclass(frozen=True, slots=True)
class _Turns:
    """All turns of a relay: both steps, the values before each turn, and the locals of the CPUs that enter, if live."""

    enters: Walked
    leaves: Walked
    values: Mapping[str, Line]
    entered: Mapping[str, Line]


def _turns(stage: Stage, state: State, block: Block, actor: int, first: _Turn) -> _Turns:
    program, times, routine = stage.on.program, block.times, stage.on.program.actors[actor]
    before, after = named(program, state.machine), named(program, first.after.machine)
    widths = {c.name: c.width for c in program.cells} | {g.name: g.width for g in program.ghosts}
    values = {n: line(widths[n], v, after[n] - v, times) for n, v in before.items()}
    enters = walk(routine, None, values, dict(block.inputs), times)
    require_same(stage, actor, enters, first.enters, 0)
    live = stage.live[actor][first.stands.node]
    entered = {v.name: enters.values[v.name] for v in routine.body.locals if v.name in live}
    if any(v.kind is Kind.TOKEN and v.name in live and not entered[v.name].is_constant for v in routine.body.locals):
        raise MismatchError("TOKENs do not change evenly")
    held = dict(block.locals)
    stood = {n: line(v.width, held[n], v.step, times) for n, v in entered.items()}
    if any(stood[n].at(1) != v.at(0) for n, v in entered.items()):
        raise MismatchError("the CPU that stands there first is not like those that follow")
    shared = {n: enters.values[n] for n in values}
    leaves = walk(routine, first.stands.node, shared | stood, dict(block.relay or ()), times)
    require_same(stage, actor, leaves, first.leaves, 0)
    for name, value in values.items():
        if leaves.values[name] != line(value.width, value.at(1), value.step, times):
            raise MismatchError(f"{name} does not change evenly")
    return _Turns(enters, leaves, values, entered)


def _before_last(stage: Stage, state: State, block: Block, actor: int, first: _Turn, lines: _Turns) -> State:
    """Return the state before the last turn: who entered in the turn before it stands there."""
    times, node = block.times, first.stands.node
    locals_, held = stage.on.program.actors[actor].body.locals, dict(block.locals)
    left = take(state.crowd, actor, node, tuple(held.get(v.name, 0) for v in locals_), 1)
    if left is None:
        raise MismatchError("nobody stands where CPUs take turns")
    now = (lines.entered[v.name].at(times - 2) if v.name in lines.entered else 0 for v in locals_)
    stands = tuple(constant(v.width, n, 1) for v, n in zip(locals_, now, strict=True))
    machine = moved_machine(stage.on.program, state, first.after.machine, lines.values, times - 1)
    return State(replace(machine, cpus=()), (*left, Group(actor, node, stands, 1)))
