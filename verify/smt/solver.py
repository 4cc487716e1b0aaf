"""What every solver backend offers, in terms of our own bit-vector terms."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final, Protocol

from verify.term.term import Term

SHORTEST: Final = 0.001
"""Seconds that are as good as none: ``Budget.left`` gives them when nothing is left."""


class Status(enum.Enum):
    """The answer of a check. Errors and time-outs are UNKNOWN."""

    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


class Solver(Protocol):
    """An incremental solver. Terms of width 1 are truth values; every other term is a bit-vector.

    ``values`` and ``core`` are about the last ``check``; they raise ValueError when it had another
    status than the one they need, or when ``add``, ``push`` or ``pop`` was called after it.
    """

    def add(self, term: Term) -> None:
        """Assert a term of width 1 until the current scope is popped. Raises ValueError for another width."""

    def push(self) -> None:
        """Open a scope."""

    def pop(self) -> None:
        """Close the innermost scope. Raises ValueError when none is open."""

    def check(self, assumptions: Sequence[Term] = (), seconds: float | None = None) -> Status:
        """Return whether the assertions hold together with the assumptions, any terms of width 1.

        ``seconds`` is a time limit for this call; past it the answer is UNKNOWN. A solver's own
        error is UNKNOWN too. Ctrl-C raises KeyboardInterrupt.
        """

    def values(self, terms: Sequence[Term]) -> tuple[int, ...]:
        """Return the unsigned values of terms in the model of the last check, which was SAT.

        A symbol that the model leaves open has the value 0.
        """

    def core(self) -> tuple[Term, ...]:
        """Return assumptions of the last check, which was UNSAT, that are unsatisfiable with the assertions.

        They stand in the order in which they were given, without repetition, and need not be minimal.
        """


class AttemptingSolver(Solver, Protocol):
    """A solver that can also be asked to try no longer than some fixed effort, which is the same on every machine."""

    def attempt(self, assumptions: Sequence[Term], seconds: float | None) -> Status:
        """Return what ``check`` would, or UNKNOWN where the effort does not suffice."""


def require_truth(term: Term) -> None:
    """Raise ValueError unless the term has width 1."""
    if term.width != 1:
        raise ValueError(f"a truth value has width 1, not {term.width}")


def solver_version(name: str) -> str:
    """Return the version that a backend's loaded library states. Raises ValueError for an unknown name."""
    if name == "bitwuzla":
        from verify.smt.bitwuzla_solver import bitwuzla_version

        return bitwuzla_version()
    if name == "cvc5":
        from verify.smt.cvc5_solver import cvc5_version

        return cvc5_version()
    if name == "z3":
        from verify.smt.z3_solver import z3_version

        return z3_version()
    raise ValueError(f"unknown solver '{name}'")
