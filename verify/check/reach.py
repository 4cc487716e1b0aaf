"""Reach: runs of the interpreter that show that goals are possible.

A goal counts as reached only when the interpreter did it; a solver's trace is run here first.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from verify.check.blocks import follow_blocks
from verify.encode.reach import actor_goal, check_goal, goals, step_goal
from verify.encode.steps import Compiled
from verify.program.interpret import Chooser, Interpreter, ReplayError, StepResult, enabled, interpreter, start, step
from verify.program.program import PropertyKind
from verify.program.run import CheckRan, Finished, Inside, Machine
from verify.system.system import TransitionSystem
from verify.term.semantics import mask
from verify.verdict.answer import BlockTrace, Trace

Names = Mapping[tuple[str, int | None, int | None, bool], str]
"""Goal names by (actor, node of the source or None, node of the target or None, ended by a BUG)."""


def goal_names(compiled: Compiled) -> Names:
    """Return the name of every way in which every step can end."""
    return {
        (
            s.actor,
            s.source.node if s.source else None,
            t.location.node if t.location else None,
            t.bug,
        ): step_goal(s, t)
        for s in compiled.steps
        for t in s.targets
    }


@dataclass(frozen=True, slots=True)
class Samples:
    """How much to sample: at most ``runs`` runs of ``length`` steps, and no more after ``idle`` runs without news."""

    runs: int = 80
    length: int = 40
    idle: int = 12
    seed: int = 1


def sampled_goals(compiled: Compiled, cpus: int, samples: Samples = Samples()) -> frozenset[str]:
    """Return the goals that random runs reach; the same for the same seed.

    A run whose draws INIT does not allow reaches nothing. Runs end early when every goal is reached.
    """
    on = interpreter(compiled.program)
    wanted = frozenset(goals(compiled))
    chance = random.Random(samples.seed)  # noqa: S311  (no secret)
    names = goal_names(compiled)
    choose = _any_value(chance)
    found: set[str] = set()
    without_news = 0
    for _ in range(samples.runs):
        if wanted <= found or without_news >= samples.idle:
            break
        known = len(found)
        try:
            machine, _ = start(on, cpus, choose)
        except ReplayError:
            continue
        found |= _quiescent(compiled)
        for _ in range(samples.length):
            after = _random_step(on, machine, chance, choose, names, found)
            if after is None:
                break
            machine = after
        without_news = 0 if len(found) > known else without_news + 1
    return frozenset(found)


def _quiescent(compiled: Compiled) -> set[str]:
    """After INIT every CPU is outside, so a QUIESCENT is evaluated there."""
    return {check_goal(p.id) for p in compiled.program.properties if p.kind is PropertyKind.QUIESCENT}


def _any_value(chance: random.Random) -> Chooser:
    def choose(_name: str, width: int, low: int, high: int) -> int:
        offset = chance.choice((0, 0, min(1, high - low), chance.randint(0, high - low)))
        return (low + offset) & mask(width)

    return choose


def _random_step(
    on: Interpreter, machine: Machine, chance: random.Random, choose: Chooser, names: Names, found: set[str]
) -> Machine | None:
    moves = enabled(on, machine)
    for cpu, actor in chance.sample(moves, len(moves)):
        result = step(on, machine, cpu, actor, choose)
        if result.machine is not None:
            found |= goals_of(machine, result, names)
            return result.machine
    return None


def goals_of(before: Machine, result: StepResult, names: Names) -> set[str]:
    """Return the goals that one step of the interpreter reached."""
    found = {check_goal(e.property) for e in result.run.events if isinstance(e, CheckRan)}
    if result.machine is None:
        return found
    ends = [e for e in result.run.events if isinstance(e, Finished)]
    source, target = before.cpus[result.run.cpu], result.machine.cpus[result.run.cpu]
    bug = any(e.bug for e in ends)
    found.add(names[result.run.actor, _node(source), _node(target), bug])
    if ends and not bug:
        found.add(actor_goal(result.run.actor))
    return found


def _node(place: Inside | None) -> int | None:
    return None if place is None else place.node


def witnessed(compiled: Compiled, system: TransitionSystem, trace: Trace, cpus: int) -> frozenset[str]:
    """Return the goals that the interpreter reaches on a trace of the system of goals.

    A step that the interpreter does not take, or an input that it lacks, ends the run; what was reached before counts.
    """
    on = interpreter(compiled.program, fast=False)
    names = goal_names(compiled)
    try:
        machine, _ = start(on, cpus, _given(trace.initial_inputs))
    except ReplayError:
        return frozenset()
    found: set[str] = _quiescent(compiled)
    for taken in trace.steps:
        planned = system.steps[taken.index]
        actor = planned.actor if machine.cpus[planned.cpu] is None else None
        try:
            result = step(on, machine, planned.cpu, actor, _given(taken.inputs))
        except ReplayError:
            break
        found |= goals_of(machine, result, names)
        if result.machine is None:
            break
        machine = result.machine
    return frozenset(found)


def witnessed_in_blocks(compiled: Compiled, trace: BlockTrace) -> frozenset[str]:
    """Return the goals that the interpreter reaches in the first and last steps of the blocks of a run."""
    names = goal_names(compiled)
    found: set[str] = set()
    for before, result in follow_blocks(compiled.program, trace):
        found |= goals_of(before, result, names)
    return frozenset(found)


def _given(inputs: tuple[tuple[str, int], ...]) -> Chooser:
    values = dict(inputs)
    return lambda name, _width, _low, _high: values.get(name)
