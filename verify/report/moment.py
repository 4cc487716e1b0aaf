"""Where in a replayed run a property is violated, and the values at that instant."""

from __future__ import annotations

from dataclasses import dataclass, replace

from verify.check.checked import Replay
from verify.program.interpret import interpreter, violated_states
from verify.program.program import Program, Property
from verify.program.run import Accessed, CheckRan, Drew, Event, Finished, GhostChanged, Inside
from verify.term.source import Span


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant of a violation.

    ``step`` counts from 1; 0 is the state after INIT. ``cpu`` is the CPU whose step fails in the
    middle, or None when the state after the step violates. ``cells`` and ``ghosts`` are unsigned
    values in the program's order; ``cpus`` is where every CPU was before the step (after it, when
    ``cpu`` is None).
    """

    step: int
    cpu: int | None
    span: Span
    cells: tuple[int, ...]
    ghosts: tuple[int, ...]
    cpus: tuple[Inside | None, ...]


def violation_moment(program: Program, replay: Replay, violated: Property) -> Moment:
    """Return the first instant of ``replay`` at which the property is violated, else the run's end."""
    cells = dict(zip((c.name for c in program.cells), replay.start.cells, strict=True))
    ghosts = dict(zip((g.name for g in program.ghosts), replay.start.ghosts, strict=True))
    where = replay.start.cpus
    for number, ids in enumerate(state_violations(program, replay)):
        if violated.id in ids:
            state = replay.machines[number - 1] if number else replay.start
            return Moment(number, None, violated.span, state.cells, state.ghosts, state.cpus)
    for number, step in enumerate(replay.steps, start=1):
        for event in step.events:
            if isinstance(event, CheckRan) and event.property == violated.id and not event.holds:
                return Moment(number, step.cpu, event.span, tuple(cells.values()), tuple(ghosts.values()), where)
            _apply(event, cells, ghosts)
        if number <= len(replay.machines):
            where = replay.machines[number - 1].cpus
    values = tuple(cells.values()), tuple(ghosts.values())
    return Moment(len(replay.steps), None, violated.span, *values, where)


def state_violations(program: Program, replay: Replay) -> tuple[tuple[str, ...], ...]:
    """Return the ids of the ALWAYS and QUIESCENT properties that fail for the first time after INIT and each step."""
    if all(p.predicate is None for p in program.properties):
        return ((),) * (1 + len(replay.machines))
    on = interpreter(replace(program, actors=()), fast=False)
    seen: set[str] = set()
    found: list[tuple[str, ...]] = []
    for machine in (replay.start, *replay.machines):
        now = violated_states(on, machine)
        found.append(tuple(name for name in now if name not in seen))
        seen.update(now)
    return tuple(found)


def _apply(event: Event, cells: dict[str, int], ghosts: dict[str, int]) -> None:
    match event:
        case Accessed():
            if event.after is not None:
                cells[event.cell] = event.after
        case GhostChanged():
            ghosts[event.ghost] = event.after
        case Drew():
            if event.target in ghosts:
                ghosts[event.target] = event.value
        case CheckRan() | Finished():
            pass
