"""A question cut at carries (``verify.term.carries``), asked of bitwuzla. Only "no model" is an answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from verify.smt.solver import SHORTEST, Solver, Status
from verify.term.build import conj, disj
from verify.term.carries import carries
from verify.term.term import Term

LONGEST: Final = 1.0
"""Seconds for each part. Who asks on where this is UNKNOWN hears the same, later: nothing but time depends on them."""


class CutSolver:
    """See ``Solver``; for one question, without scopes, and without models."""

    __slots__ = ("_asserted", "_given", "_make")

    def __init__(self, make: Callable[[], Solver]) -> None:
        self._make = make
        self._asserted: list[Term] = []
        self._given: tuple[Term, ...] = ()

    def add(self, term: Term) -> None:
        self._asserted.append(term)

    def push(self) -> NoReturn:
        raise ValueError("a question that is cut has no scopes")

    def pop(self) -> NoReturn:
        raise ValueError("no scope is open")

    def check(self, assumptions: Sequence[Term] = (), seconds: float | None = None) -> Status:
        self._given = tuple(assumptions)
        question = carries(conj((*self._asserted, *assumptions)))
        if question is None:
            return Status.UNKNOWN
        end = None if seconds is None else time.monotonic() + seconds
        sides = question.sides()
        together = self._refutes(disj(sides), end)
        known = tuple(together or self._refutes(side, end) for side in sides)
        return Status.UNSAT if any(known) and self._refutes(question.cut(known), end) else Status.UNKNOWN

    def values(self, terms: Sequence[Term]) -> NoReturn:
        raise ValueError(f"there is no model for {len(terms)} terms: the last check was not SAT")

    def core(self) -> tuple[Term, ...]:
        return self._given

    def _refutes(self, term: Term, end: float | None) -> bool:
        left = LONGEST if end is None else min(LONGEST, end - time.monotonic())
        if left <= SHORTEST:
            return False
        solver = self._make()
        solver.add(term)
        return solver.check((), left) is Status.UNSAT
