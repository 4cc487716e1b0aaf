"""The moves of one CPU, found by the interpreter and remembered: CPUs are alike, so few of them are new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from verify.program.flow import live_locals
from verify.program.history import Shown, Variables, fresh_inputs, shown, values_tried, variables
from verify.program.interpret import Chooser, Interpreter, ReplayError, interpreter, start, step
from verify.program.program import Program
from verify.program.run import Drew, Event, Inside, Machine
from verify.term.semantics import mask


@dataclass(frozen=True, slots=True)
class Shared:
    """What CPUs share: cells and ghosts in the program's order, and how many values FRESH gave so far.

    FRESH gives 1, 2, 3 …: a value that no live TOKEN has is as good as one that none ever had.
    """

    cells: tuple[int, ...]
    ghosts: tuple[int, ...]
    drawn: int


Place = tuple[int, int, tuple[int, ...]]
"""A CPU inside: actor, node, and all locals, those not live as 0."""


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a CPU: what it shows, where it leads, and the values it drew."""

    shows: tuple[Shown, ...]
    shared: Shared
    place: Place | None
    choices: tuple[int, ...]


@dataclass(slots=True)
class Mover:
    """A program ready to move. ``known`` are the moves found so far."""

    on: Interpreter
    live: tuple[tuple[frozenset[str], ...], ...]
    fresh: tuple[str, ...]
    seen: Variables
    known: dict[tuple[Shared, Place | None, int, tuple[int, ...]], tuple[Move, ...]] = field(default_factory=dict)


def mover(program: Program) -> Mover:
    """Return a program ready to move."""
    bodies = (program.init, *(actor.body for actor in program.actors))
    fresh = tuple(name for body in bodies for name in fresh_inputs(body))
    live = tuple(live_locals(actor.body) for actor in program.actors)
    return Mover(interpreter(program), live, fresh, variables(program))


def starts(on: Mover, draws: tuple[int, ...] = ()) -> Iterator[tuple[Shared, tuple[int, ...]]]:
    """Yield the states after INIT, each with the values that INIT drew: ``draws`` as far as they go, then all tried."""
    for choose, chosen in _scripts(on, 0, draws):
        try:
            machine, events = start(on.on, 0, choose)
        except ReplayError:
            continue
        yield Shared(machine.cells, machine.ghosts, _fresh_ones(on, chosen)), _drawn(events)


def moves(on: Mover, shared: Shared, place: Place | None, actor: int, draws: tuple[int, ...] = ()) -> tuple[Move, ...]:
    """Return the steps of a CPU at ``place``, or outside and entering ``actor``, whether or not it may enter.

    Its ANYs and FRESHs give ``draws`` in this order, as far as there are as many, and then all values that are tried.
    """
    key = (shared, place, actor, draws)
    if key not in on.known:
        on.known[key] = tuple(_moves(on, shared, place, actor, draws))
    return on.known[key]


def _moves(on: Mover, shared: Shared, place: Place | None, actor: int, draws: tuple[int, ...]) -> Iterator[Move]:
    program = on.on.program
    here = None if place is None else Inside(*place)
    machine = Machine(shared.cells, shared.ghosts, (here,), (0,) * len(program.actors))
    entered = program.actors[actor].name if place is None else None
    for choose, chosen in _scripts(on, shared.drawn, draws):
        try:
            result = step(on.on, machine, 0, entered, choose)
        except ReplayError:
            continue
        if result.machine is not None:
            after = Shared(result.machine.cells, result.machine.ghosts, shared.drawn + _fresh_ones(on, chosen))
            events = result.run.events
            yield Move(shown(on.seen, entered, events), after, _place(on, result.machine.cpus[0]), _drawn(events))


def _place(on: Mover, here: Inside | None) -> Place | None:
    if here is None:
        return None
    live = on.live[here.actor][here.node]
    variables = on.on.program.actors[here.actor].body.locals
    values = zip(variables, here.locals, strict=True)
    return here.actor, here.node, tuple(value if local.name in live else 0 for local, value in values)


def _drawn(events: tuple[Event, ...]) -> tuple[int, ...]:
    return tuple(event.value for event in events if isinstance(event, Drew))


_Asked = list[tuple[str, tuple[int, ...], int]]
"""Of each input asked for: its name, the values it may have, and which of them it was given."""


def _fresh_ones(on: Mover, asked: _Asked) -> int:
    return sum(name.startswith(on.fresh) for name, _, _ in asked) if on.fresh else 0


def _scripts(on: Mover, drawn: int, draws: tuple[int, ...]) -> Iterator[tuple[Chooser, _Asked]]:
    """Yield what chooses inputs, one for each combination of their values; which there are, a run of it tells."""
    script: list[int] = []
    while True:
        asked: _Asked = []
        yield _chooser(on, drawn, draws, script, asked), asked
        while asked and asked[-1][2] + 1 == len(asked[-1][1]):
            asked.pop()
        if not asked:
            return
        script = [given for _, _, given in asked[:-1]] + [asked[-1][2] + 1]


def _chooser(on: Mover, drawn: int, draws: tuple[int, ...], script: list[int], asked: _Asked) -> Chooser:
    def choose(name: str, width: int, low: int, high: int) -> int | None:
        number = len(asked)
        if number < len(draws):
            values: tuple[int, ...] = (draws[number] & mask(width),)
        elif on.fresh and name.startswith(on.fresh):
            values = (drawn + _fresh_ones(on, asked) + 1,)
        else:
            values = values_tried(low, high, width)
        given = script[number] if number < len(script) else 0
        asked.append((name, values, given))
        return values[given]

    return choose
