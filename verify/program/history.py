"""Histories: what a run shows to those who call the code under proof.

The clients are the actors: what they call the code with, and what they make of its results, is their ghost code. A
*history* is the sequence of what CPUs do outside the code: enter an actor, draw a value, change a ghost, leave. To
enter and to leave are the calls and returns of Herlihy and Wing (1990). Where every history of one program is one of
another, no client can tell that it has the one and not the other (Filipović, O'Hearn, Rinetzky and Yang 2010).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from verify.program.interpret import Chooser
from verify.program.program import Draw, Fresh, Ghost, Kind, Local, Program, Routine
from verify.program.run import Accessed, CheckRan, Drew, Event, Finished, GhostChanged, input_name
from verify.term.semantics import mask, to_signed

ALL_UP_TO: Final = 4
"""An ANY with no more values than this is given all of them."""


@dataclass(frozen=True, slots=True)
class Enters:
    """A CPU begins to run an actor."""

    actor: str


@dataclass(frozen=True, slots=True)
class Draws:
    """ANY or FRESH gave this value, read as its type says."""

    value: int


@dataclass(frozen=True, slots=True)
class Changes:
    """A ghost has this unsigned value now and had another one before."""

    ghost: str
    value: int


@dataclass(frozen=True, slots=True)
class Leaves:
    """A CPU left its actor; ``bug`` when a reached BUG_ON ended it."""

    bug: bool


Shown = Enters | Draws | Changes | Leaves


Variables = Mapping[str, Ghost | Local]


def variables(program: Program) -> Variables:
    """Return the ghosts that callers see, and all locals, by name."""
    found: dict[str, Ghost | Local] = {ghost.name: ghost for ghost in seen_ghosts(program)}
    for body in (program.init, *(actor.body for actor in program.actors)):
        found |= {local.name: local for local in body.locals}
    return found


def seen_ghosts(program: Program) -> tuple[Ghost, ...]:
    """Return the ghosts of the spec; those that the front end keeps for itself have a dot in their name."""
    return tuple(ghost for ghost in program.ghosts if "." not in ghost.name)


def seen_values(program: Program, ghosts: Sequence[int]) -> Mapping[str, int]:
    """Return the unsigned values of the ghosts that callers see, of values in the program's order."""
    seen = {ghost.name for ghost in seen_ghosts(program)}
    return {g.name: value for g, value in zip(program.ghosts, ghosts, strict=True) if g.name in seen}


def shown(known: Variables, entered: str | None, events: Sequence[Event]) -> tuple[Shown, ...]:
    """Return what a step shows that entered the actor ``entered`` (None: it was inside) and did ``events``."""
    first: tuple[Shown, ...] = () if entered is None else (Enters(entered),)
    return (*first, *(found for event in events for found in _shown(known, event)))


def _shown(known: Variables, event: Event) -> Iterator[Shown]:
    match event:
        case Drew():
            target = known.get(event.target)
            signed = target is not None and target.kind is Kind.SIGNED
            yield Draws(to_signed(event.value, target.width) if target is not None and signed else event.value)
            if isinstance(target, Ghost):
                yield Changes(event.target, event.value)
        case GhostChanged():
            if event.before != event.after and event.ghost in known:
                yield Changes(event.ghost, event.after)
        case Finished():
            yield Leaves(event.bug)
        case Accessed() | CheckRan():
            return


def values_tried(low: int, high: int, width: int) -> tuple[int, ...]:
    """Return the unsigned values that ANY takes in a search: all of few, else the lowest two and the highest."""
    values = range(low, high + 1) if high - low < ALL_UP_TO else (low, low + 1, high)
    return tuple(value & mask(width) for value in values)


def all_are_tried(body: Routine) -> bool:
    """Tell whether every ANY of a routine is given all its values."""
    return all(node.high - node.low < ALL_UP_TO for node in body.nodes if isinstance(node, Draw))


def fresh_inputs(routine: Routine) -> tuple[str, ...]:
    """Return what the names of the inputs of FRESH begin with."""
    nodes = enumerate(routine.nodes)
    return tuple(input_name(node.target, at, 0)[:-1] for at, node in nodes if isinstance(node, Fresh))


def scripted(script: Sequence[int], asked: list[tuple[int, ...]] | None = None) -> Chooser:
    """Return what chooses these values one after the other, modulo their width, and none when they are used up.

    What is asked for then is added to ``asked``: the values that are tried of it.
    """
    left = iter(script)

    def choose(_name: str, width: int, low: int, high: int) -> int | None:
        value = next(left, None)
        if value is not None:
            return value & mask(width)
        if asked is not None:
            asked.append(values_tried(low, high, width))
        return None

    return choose


def different_clients(a: Program, b: Program) -> str:
    """Return why histories of the two programs cannot be compared; "" where they can."""
    actors = {(x.name, x.max_entries, x.limit) for x in a.actors} ^ {(x.name, x.max_entries, x.limit) for x in b.actors}
    ghosts = {(g.name, g.width, g.kind) for g in seen_ghosts(a)} ^ {(g.name, g.width, g.kind) for g in seen_ghosts(b)}
    if actors:
        return f"the two sides have different actors: {', '.join(sorted({name for name, _, _ in actors}))}"
    if ghosts:
        return f"the two sides have different ghosts: {', '.join(sorted({name for name, _, _ in ghosts}))}"
    return ""
