"""Replay: a trace is evidence only when the interpreter, without any solver, runs it and sees the violation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verify.check.checked import Rejected, Replay
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
from verify.program.program import Program
from verify.program.run import CheckRan, Event, Machine, StepRun
from verify.system.system import Input, Step, TransitionSystem, step_violation
from verify.term.semantics import evaluate, mask, to_signed
from verify.verdict.answer import Trace, TraceStep

Locations = Mapping[tuple[str, int], int]
"""The value of ``cpu{i}.pc`` for a CPU at (actor name, node); 0 is a CPU outside."""


class _Mismatch(Exception):  # noqa: N818  (never leaves this module)
    """Why the trace is not evidence."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """What a replay stands on: the program, the system the trace speaks of, and the pc values."""

    interpreter: Interpreter
    system: TransitionSystem
    locations: Locations
    live: tuple[tuple[frozenset[str], ...], ...]


def replay(
    program: Program, system: TransitionSystem, trace: Trace, cpus: int, locations: Locations
) -> Replay | Rejected:
    """Return the replayed run, or why the trace does not show a violation of ``trace.property``.

    Every step runs on the interpreter with the reference evaluator, and every state that the trace
    claims is compared with the machine: cells and ghosts by name, ``cpu{i}.pc``,
    ``entries.{actor}``, and ``cpu{i}.{local}`` where the local is live. ``machines`` of the result
    lacks the last one when a guard behind the violated check blocks the last step. Raises
    InputError where a local loop does not end.
    """
    try:
        ran, shown = _replay(_stage(program, system, locations), trace, cpus)
        if trace.property not in shown:
            where = "the last state" if trace.at_state else "the last step"
            raise _Mismatch(f"{where} does not violate {trace.property}")  # noqa: TRY301
        _require_steps(system, trace)
    except _Mismatch as mismatch:
        return Rejected(trace.property, str(mismatch))
    return ran


def follow(
    program: Program, system: TransitionSystem, trace: Trace, cpus: int, locations: Locations
) -> Replay | Rejected:
    """Return the replayed run of a trace that shows no violation but leads to its last state."""
    if not trace.at_state:
        return Rejected(trace.property, "the trace does not end in a state")
    try:
        ran, _ = _replay(_stage(program, system, locations), trace, cpus)
        _require_steps(system, trace)
    except _Mismatch as mismatch:
        return Rejected(trace.property, str(mismatch))
    return ran


def _stage(program: Program, system: TransitionSystem, locations: Locations) -> _Stage:
    live = tuple(live_locals(actor.body) for actor in program.actors)
    return _Stage(interpreter(program, fast=False), system, locations, live)


def _replay(stage: _Stage, trace: Trace, cpus: int) -> tuple[Replay, tuple[str, ...]]:
    """Return the run, and what its last step (or state) violates."""
    _check_shape(stage.system, trace)
    _check_inputs("INIT", stage.system.init_inputs, trace.initial_inputs, ranged=True)
    try:
        first, events = start(stage.interpreter, cpus, _chooser(trace.initial_inputs))
    except ReplayError as error:
        raise _Mismatch(f"INIT: {error}") from error
    _compare(stage, first, trace.states[0], "after INIT")
    machine, runs, machines = first, list[StepRun](), list[Machine]()
    violated = {*_failed(events), *violated_states(stage.interpreter, first)}
    shown = violated_states(stage.interpreter, first)
    for number, claimed in enumerate(trace.steps, 1):
        middle = number == len(trace.steps) and not trace.at_state
        result = _take(stage, machine, claimed, number, ranged=not middle)
        runs.append(result.run)
        after = () if result.machine is None else violated_states(stage.interpreter, result.machine)
        violated.update(result.violated, after)
        shown = result.violated if middle else after
        if result.machine is not None:
            machine = result.machine
            machines.append(machine)
        elif not middle:
            raise _Mismatch(f"step {number} does not happen: {_why(result)}")
        if not middle:
            _compare(stage, machine, trace.states[number], f"after step {number}")
    also = tuple(sorted(violated - {trace.property}))
    return Replay(trace, first, tuple(runs), tuple(machines), also), shown


def _failed(events: Sequence[Event]) -> set[str]:
    return {e.property for e in events if isinstance(e, CheckRan) and not e.holds}


def _why(result: StepResult) -> str:
    return "its actor cannot be entered" if result.blocked_by is None else f"blocked at {result.blocked_by}"


def _check_shape(system: TransitionSystem, trace: Trace) -> None:
    wanted = len(trace.steps) + trace.at_state
    if len(trace.states) != wanted or not trace.states:
        raise _Mismatch(f"the trace has {len(trace.states)} states for {len(trace.steps)} steps")
    for number, values in enumerate(trace.states):
        if len(values) != len(system.state):
            raise _Mismatch(f"state {number} has {len(values)} values for {len(system.state)} variables")
    for number, claimed in enumerate(trace.steps, 1):
        if not 0 <= claimed.index < len(system.steps):
            raise _Mismatch(f"step {number} has the index {claimed.index}, which the system lacks")


def _check_inputs(where: str, inputs: Sequence[Input], given: Sequence[tuple[str, int]], *, ranged: bool) -> None:
    """Require exactly the declared inputs, each fitting its width and, if ``ranged``, its range.

    A step that violates a check in the middle need not complete, so the inputs behind the check
    are not bound to their ranges there; the interpreter looks at the ones before it.
    """
    names = [name for name, _ in given]
    declared = {i.name: i for i in inputs}
    if len(set(names)) != len(names) or set(names) != set(declared):
        wrong = sorted(set(names) ^ set(declared)) or sorted({n for n in names if names.count(n) > 1})
        raise _Mismatch(f"{where}: missing, extra or repeated inputs: {', '.join(wrong)}")
    for name, value in given:
        known = declared[name]
        if not 0 <= value <= mask(known.width):
            raise _Mismatch(f"{where}: {name} = {value} does not fit {known.width} bits")
        read = to_signed(value, known.width) if known.signed else value
        if ranged and not known.low <= read <= known.high:
            raise _Mismatch(f"{where}: {name} = {read} is not in [{known.low}, {known.high}]")


def _chooser(given: Sequence[tuple[str, int]]) -> Chooser:
    values = dict(given)
    return lambda name, _width, _low, _high: values.get(name)


def _take(stage: _Stage, machine: Machine, claimed: TraceStep, number: int, *, ranged: bool) -> StepResult:
    named = stage.system.steps[claimed.index]
    where = f"step {number}"
    _check_inputs(where, named.inputs, claimed.inputs, ranged=ranged)
    enter = _entry(stage, machine, named, where)
    try:
        return step(stage.interpreter, machine, named.cpu, enter, _chooser(claimed.inputs))
    except ReplayError as error:
        raise _Mismatch(f"{where}: {error}") from error


def _require_steps(system: TransitionSystem, trace: Trace) -> None:
    for number in range(1, len(trace.steps) + 1):
        _require_named(system, trace, number, middle=number == len(trace.steps) and not trace.at_state)


def _require_named(system: TransitionSystem, trace: Trace, number: int, *, middle: bool) -> None:
    """Require that the step is the one the trace names: the same CPU may be at another step of that actor."""
    claimed = trace.steps[number - 1]
    named = system.steps[claimed.index]
    env = {v.name: value for v, value in zip(system.state, trace.states[number - 1], strict=True)}
    wanted = step_violation(named, trace.property) if middle else named.guard
    if not evaluate(wanted, env | dict(claimed.inputs)):
        raise _Mismatch(f"step {number} is not possible there: {named.label}")


def _entry(stage: _Stage, machine: Machine, named: Step, where: str) -> str | None:
    """Return the actor that the step enters, or None where its CPU is inside that actor already."""
    actors = [a.name for a in stage.interpreter.program.actors]
    if named.actor not in actors:
        raise _Mismatch(f"{where}: the program has no actor {named.actor}")
    if not 0 <= named.cpu < len(machine.cpus):
        raise _Mismatch(f"{where}: there is no CPU {named.cpu}")
    here = machine.cpus[named.cpu]
    if here is None:
        return named.actor
    if actors[here.actor] != named.actor:
        raise _Mismatch(f"{where}: CPU {named.cpu} is in {actors[here.actor]}, not in {named.actor}")
    return None


def _compare(stage: _Stage, machine: Machine, claimed: Sequence[int], where: str) -> None:
    known, unread = _observed(stage, machine)
    for variable, value in zip(stage.system.state, claimed, strict=True):
        if variable.name in known:
            if known[variable.name] != value:
                raise _Mismatch(f"{where}: {variable.name} is {known[variable.name]}, the trace says {value}")
        elif variable.name not in unread:
            raise _Mismatch(f"{where}: the program has no variable {variable.name}")


def _observed(stage: _Stage, machine: Machine) -> tuple[dict[str, int], set[str]]:
    """Return the values by the encoding's names, and the names of locals that nothing will read."""
    program = stage.interpreter.program
    known = {cell.name: value for cell, value in zip(program.cells, machine.cells, strict=True)}
    known |= {ghost.name: value for ghost, value in zip(program.ghosts, machine.ghosts, strict=True)}
    known |= {
        f"entries.{actor.name}": entries
        for actor, entries in zip(program.actors, machine.entries, strict=True)
        if actor.max_entries is not None
    }
    unread = {
        f"cpu{cpu}.{local.name}"
        for cpu in range(len(machine.cpus))
        for actor in program.actors
        for local in actor.body.locals
    }
    for cpu, here in enumerate(machine.cpus):
        known[f"cpu{cpu}.pc"] = 0
        if here is not None:
            actor = program.actors[here.actor]
            known[f"cpu{cpu}.pc"] = _location(stage, actor.name, here.node)
            live = stage.live[here.actor][here.node]
            for local, value in zip(actor.body.locals, here.locals, strict=True):
                if local.name in live:
                    known[f"cpu{cpu}.{local.name}"] = value
    return known, unread - known.keys()


def _location(stage: _Stage, actor: str, node: int) -> int:
    found = stage.locations.get((actor, node))
    if found is None:
        raise _Mismatch(f"the encoding has no location for node {node} of {actor}")
    return found
