"""Whether every history of one program is a history of another: what a search may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CPUS_MOST: Final = 8
OPERATIONS_MOST: Final = 99
"""The largest bounds that may be asked for."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """``cpus`` CPUs that enter at most ``operations`` actors each."""

    cpus: int
    operations: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of a CPU: ``actor`` is what it enters, or None where it is inside.

    ``choices`` are the unsigned values of ANY and FRESH, in the order in which the step draws them.
    """

    cpu: int
    actor: str | None
    choices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Included:
    """Every history within the bounds is one of the other program. ``states`` were visited."""

    states: int


@dataclass(frozen=True, slots=True)
class NotIncluded:
    """A run of fewest steps whose history the other program does not have; without its last step it has.

    ``initial`` are the choices of INIT.
    """

    initial: tuple[int, ...]
    run: tuple[Taken, ...]
    states: int
