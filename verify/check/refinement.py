"""A history that one program has and another has not is evidence only when both are run again, without the search.

Shares nothing with ``verify.engines.inclusion`` but the interpreter, what a step shows, and where A may be delayed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verify.program.delays import with_delays
from verify.program.flow import live_locals
from verify.program.history import Draws, Enters, Shown, scripted, shown
from verify.program.interpret import Interpreter, ReplayError, enabled, interpreter, start, step
from verify.program.program import Program
from verify.program.run import Drew, Event, Inside, Machine, StepRun
from verify.verdict.inclusion import Bounds, NotIncluded


@dataclass(frozen=True, slots=True)
class Refines:
    """Every history of B within the bounds is one of A. ``states`` were visited."""

    bounds: Bounds
    states: int


@dataclass(frozen=True, slots=True)
class NewHistory:
    """B ran ``steps`` from ``start``, and A has no such history; before the last of these steps it had."""

    bounds: Bounds
    start: Machine
    steps: tuple[StepRun, ...]


@dataclass(frozen=True, slots=True)
class NotCompared:
    """Nothing is known of the histories within the bounds."""

    bounds: Bounds
    reason: str


Refinement = Refines | NewHistory | NotCompared

_Seen = tuple[int, Shown]
"""What a CPU showed."""


def new_history(a: Program, b: Program, bounds: Bounds, found: NotIncluded) -> NewHistory | NotCompared:
    """Return the run of B that a search found, run again, after A was seen to have no such history.

    A is given more here than a search gives it: any value of ANY, and a step that shows more than the end of the run.
    Raises InputError for a number of CPUs that is more than CPUS(max).
    """
    on = interpreter(b, fast=False)
    try:
        machine, events = start(on, bounds.cpus, scripted(found.initial))
        first = machine
        runs: list[StepRun] = []
        for taken in found.run:
            result = step(on, machine, taken.cpu, taken.actor, scripted(taken.choices))
            if result.machine is None:
                return NotCompared(bounds, f"step {len(runs) + 1} of the run that was found does not happen")
            machine = result.machine
            runs.append(result.run)
    except (ReplayError, ValueError) as error:
        return NotCompared(bounds, f"the run that was found is none: {error}")
    entries = Counter(run.cpu for run in runs if run.entered)
    if any(number > bounds.operations for number in entries.values()):
        return NotCompared(bounds, "the run that was found has more operations than were asked for")
    if not _lasts(a, bounds, first, events, runs[:-1]) or _lasts(a, bounds, first, events, runs):
        return NotCompared(bounds, "the run that was found is not the first that A cannot follow")
    return NewHistory(bounds, first, tuple(runs))


def _lasts(a: Program, bounds: Bounds, first: Machine, events: Sequence[Event], runs: Sequence[StepRun]) -> bool:
    """Whether A has the history of these steps, its ghosts after INIT those of ``first``."""
    wanted = [(run.cpu, one) for run in runs for one in shown(run.actor if run.entered else None, run.events)]
    on = interpreter(with_delays(a), fast=False)
    draws = [event.value for event in events if isinstance(event, Drew)]
    try:
        machine, _ = start(on, bounds.cpus, scripted(draws))
    except ReplayError:
        return False
    left = [(machine, 0)] if machine.ghosts == first.ghosts else []
    seen = set(left)
    while left:
        machine, done = left.pop()
        if done == len(wanted):
            return True
        for item in _next(on, machine, done, wanted):
            if item not in seen:
                seen.add(item)
                left.append(item)
    return False


def _next(on: Interpreter, machine: Machine, done: int, wanted: Sequence[_Seen]) -> Iterator[tuple[Machine, int]]:
    """Yield where A's next step may lead, and how much it has shown by then."""
    who, what = wanted[done]
    draws = [one.value for cpu, one in wanted[done:] if cpu == who and isinstance(one, Draws)]
    for cpu, actor in enabled(on, machine):
        if actor is not None and (cpu != who or what != Enters(actor)):
            continue
        try:
            result = step(on, machine, cpu, actor, scripted(draws))
        except ReplayError:
            continue
        shows = [(cpu, one) for one in shown(actor, result.run.events)]
        if result.machine is not None and shows[: len(wanted) - done] == list(wanted[done : done + len(shows)]):
            yield _without_dead(on, result.machine), min(done + len(shows), len(wanted))


def _without_dead(on: Interpreter, machine: Machine) -> Machine:
    """Return the machine with locals that are never read again as 0."""
    return Machine(machine.cells, machine.ghosts, tuple(_cut(on, here) for here in machine.cpus), machine.entries)


def _cut(on: Interpreter, here: Inside | None) -> Inside | None:
    if here is None:
        return None
    body = on.program.actors[here.actor].body
    live = live_locals(body)[here.node]
    pairs = zip(body.locals, here.locals, strict=True)
    return Inside(here.actor, here.node, tuple(value if local.name in live else 0 for local, value in pairs))
