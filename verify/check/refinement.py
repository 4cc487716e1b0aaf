"""A history that one program has and another has not is evidence only when both are run again, without the search.

Shares nothing with ``verify.engines.inclusion`` but the interpreter, what a step shows, and where A may be delayed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from verify.program.delays import with_delays
from verify.program.flow import live_locals
from verify.program.history import (
    Draws,
    Enters,
    Shown,
    Variables,
    all_are_tried,
    scripted,
    seen_values,
    shown,
    variables,
)
from verify.program.interpret import Chooser, Interpreter, ReplayError, enabled, interpreter, start, step
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

    A is given more here than a search gives it: every value that ANY has in the run.
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
    if not all_are_tried(a.init):
        return NotCompared(bounds, "INIT of the old code has an ANY with more values than are tried")
    old, known = _old(a), variables(b)
    wanted = [(run.cpu, one) for run in runs for one in shown(known, run.actor if run.entered else None, run.events)]
    ghosts = seen_values(b, first.ghosts)
    begin = [m for m in _starts(old.on, bounds.cpus, events) if seen_values(a, m.ghosts) == ghosts]
    count = len(shown(known, runs[-1].actor if runs[-1].entered else None, runs[-1].events)) if runs else 0
    if runs and not _lasts(old, begin, wanted[: len(wanted) - count]):
        return NotCompared(bounds, "the run that was found is not the first that A cannot follow")
    if _lasts(old, begin, wanted):
        return NotCompared(bounds, "A can follow the run that was found")
    return NewHistory(bounds, first, tuple(runs))


@dataclass(frozen=True, slots=True)
class _Old:
    """The old program with delays, ready to run; the locals that are live at each node of each actor."""

    on: Interpreter
    live: tuple[tuple[frozenset[str], ...], ...]
    known: Variables


def _old(program: Program) -> _Old:
    delayed = with_delays(program)
    live = tuple(live_locals(actor.body) for actor in delayed.actors)
    return _Old(interpreter(delayed, fast=False), live, variables(program))


def _lasts(old: _Old, begin: Sequence[Machine], wanted: Sequence[_Seen]) -> bool:
    """Whether the old program shows this from one of these states on."""
    left = [(machine, 0) for machine in begin]
    seen = set(left)
    while left:
        machine, done = left.pop()
        if done == len(wanted):
            return True
        for item in _next(old, machine, done, wanted):
            if item not in seen:
                seen.add(item)
                left.append(item)
    return False


def _starts(on: Interpreter, cpus: int, events: Sequence[Event]) -> Iterator[Machine]:
    """Yield the states after INIT with the values that it drew in ``events``, and with all others that are tried."""
    drawn = tuple(event.value for event in events if isinstance(event, Drew))
    for draws in (drawn, ()):
        for choose in _choices(draws):
            with suppress(ReplayError):
                yield start(on, cpus, choose)[0]


def _next(old: _Old, machine: Machine, done: int, wanted: Sequence[_Seen]) -> Iterator[tuple[Machine, int]]:
    """Yield where A's next step may lead, and how much it has shown by then; at the end it may show more."""
    who, what = wanted[done]
    draws = tuple(one.value for cpu, one in wanted[done:] if cpu == who and isinstance(one, Draws))
    for cpu, actor in enabled(old.on, machine):
        if actor is not None and (cpu != who or what != Enters(actor)):
            continue
        for choose in _choices(draws if cpu == who else ()):
            try:
                result = step(old.on, machine, cpu, actor, choose)
            except ReplayError:
                continue
            shows = [(cpu, one) for one in shown(old.known, actor, result.run.events)]
            if result.machine is not None and shows[: len(wanted) - done] == list(wanted[done : done + len(shows)]):
                yield _without_dead(old, result.machine), min(done + len(shows), len(wanted))


def _choices(draws: tuple[int, ...]) -> Iterator[Chooser]:
    """Yield what chooses ``draws``, and then, one after the other, all values that are tried of what is drawn after."""
    scripts: list[tuple[int, ...]] = [()]
    while scripts:
        script, asked = scripts.pop(), list[tuple[int, ...]]()
        yield scripted((*draws, *script), asked)
        if asked:
            scripts += [(*script, value) for value in asked[0]]


def _without_dead(old: _Old, machine: Machine) -> Machine:
    """Return the machine with locals that are never read again as 0."""
    return replace(machine, cpus=tuple(here and _cut(old, here) for here in machine.cpus))


def _cut(old: _Old, here: Inside) -> Inside:
    live = old.live[here.actor][here.node]
    pairs = zip(old.on.program.actors[here.actor].body.locals, here.locals, strict=True)
    return replace(here, locals=tuple(value if local.name in live else 0 for local, value in pairs))
