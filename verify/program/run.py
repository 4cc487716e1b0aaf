"""Concrete runs of a program: machine states and what happened in each step. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from verify.term.source import Span


@dataclass(frozen=True, slots=True)
class Inside:
    """A CPU inside an actor, about to run the scheduling point at ``node``.

    ``locals`` are the unsigned values of all locals of the actor's routine, in its order.
    """

    actor: int
    node: int
    locals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """A state of the whole machine: unsigned values in the program's order.

    ``cpus`` has None for a CPU outside every actor. ``entries`` counts how often each actor was
    entered; it is kept only for actors with ACTOR_MAX and is 0 for the others.
    """

    cells: tuple[int, ...]
    ghosts: tuple[int, ...]
    cpus: tuple[Inside | None, ...]
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Accessed:
    """An access ran. ``before`` and ``after`` are values of the whole cell; ``after`` None: no store."""

    cell: str
    operation: str
    before: int
    after: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class GhostChanged:
    """A ghost was assigned (the value may be the same)."""

    ghost: str
    before: int
    after: int
    span: Span


@dataclass(frozen=True, slots=True)
class Drew:
    """ANY or FRESH chose a value (unsigned) for a local or ghost."""

    target: str
    value: int
    span: Span


@dataclass(frozen=True, slots=True)
class CheckRan:
    """A check of a property was evaluated."""

    property: str
    holds: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Finished:
    """The CPU left its actor; ``bug`` when a reached BUG_ON ended it."""

    bug: bool
    span: Span


Event = Accessed | GhostChanged | Drew | CheckRan | Finished


@dataclass(frozen=True, slots=True)
class StepRun:
    """One step of one CPU: it started in ``actor`` (``entered``: from outside) and did ``events``."""

    cpu: int
    actor: str
    entered: bool
    events: tuple[Event, ...]


def input_name(target: str, node: int, visit: int) -> str:
    """Return the name of the input that the ``visit``-th run (from 0) of a Draw or Fresh node in one step reads.

    The encoder names inputs by it, and the interpreter finds their values by it.
    """
    return f"{target}!{node}.{visit}"
