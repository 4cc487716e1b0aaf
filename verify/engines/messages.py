"""What an engine tells while it works."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from verify.smt.solver import SHORTEST
from verify.term.term import Term
from verify.verdict.answer import Abstraction, Answer, BlockTrace


@dataclass(frozen=True, slots=True)
class Report:
    """How far an engine has come.

    ``depth`` is the number of steps it has searched (bmc) or k (k-induction); ``lemmas`` the
    number of lemmas it holds.
    """

    engine: str
    depth: int
    lemmas: int


@dataclass(frozen=True, slots=True)
class Answered:
    """An engine's answer about one property."""

    engine: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Lemmas:
    """Lemmas that an engine found to be inductive together, about the system that ``Certificate`` says."""

    terms: tuple[Term, ...]
    abstraction: Abstraction | None = None


@dataclass(frozen=True, slots=True)
class Searching:
    """From now on traces are about the explicit system of ``cpus`` CPUs."""

    cpus: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run in blocks that may violate its property; only its replay can tell, and there may be several."""

    trace: BlockTrace


@dataclass(frozen=True, slots=True)
class Reaching:
    """A run in blocks that may reach a goal, or (None) that all such runs that can be found were sent."""

    trace: BlockTrace | None


Message = Report | Answered | Lemmas | Searching | Candidate
Send = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit in time: ``deadline`` in seconds of ``time.monotonic``."""

    deadline: float

    def left(self) -> float:
        """Return the seconds left, at least a millisecond, so that a solver can be given them."""
        return max(SHORTEST, self.deadline - time.monotonic())

    def part(self, share: float) -> Budget:
        """Return a budget that ends when ``share`` of the seconds left is spent."""
        return Budget(time.monotonic() + share * self.left())

    def spent(self) -> bool:
        """Tell whether the time is over."""
        return time.monotonic() >= self.deadline
