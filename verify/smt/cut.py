"""A question cut at carries (``verify.term.carries``), asked of bitwuzla. Only "no model" is an answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from verify.smt.solver import SHORTEST, Solver, Status
from verify.term.build import conj, disj
from verify.term.carries import Carries, carries_of
from verify.term.term import Term


class CutSolver:
    """See ``Solver``; for one question, without scopes, and without models."""

    __slots__ = ("_asserted", "_core", "_make")

    def __init__(self, make: Callable[[], Solver]) -> None:
        self._make = make
        self._asserted: list[Term] = []
        self._core: tuple[Term, ...] | None = None

    def add(self, term: Term) -> None:
        self._asserted.append(term)

    def push(self) -> NoReturn:
        raise ValueError("a question that is cut has no scopes")

    def pop(self) -> NoReturn:
        raise ValueError("no scope is open")

    def check(self, assumptions: Sequence[Term] = (), seconds: float | None = None) -> Status:
        """Return UNSAT or UNKNOWN."""
        self._core = None
        given = tuple(dict.fromkeys(assumptions))
        question = carries_of((*given, conj(self._asserted)))
        if question is None:
            return Status.UNKNOWN
        end = None if seconds is None else time.monotonic() + seconds
        known, used = self._known(question, end)
        cut = question.cut(known)
        needed = self._refuted(cut.terms, cut.equations, end) if any(known) else None
        if needed is None:
            return Status.UNKNOWN
        used |= needed
        self._core = tuple(term for place, term in enumerate(given) if place in used)
        return Status.UNSAT

    def values(self, terms: Sequence[Term]) -> NoReturn:
        raise ValueError(f"there is no model for {len(terms)} terms: the last check was not SAT")

    def core(self) -> tuple[Term, ...]:
        if self._core is None:
            raise ValueError("there is no core: the last check was not UNSAT")
        return self._core

    def _known(self, question: Carries, end: float | None) -> tuple[list[bool], set[int]]:
        """Return which equations follow, and the places of what they follow from."""
        wrong = question.wrong()
        together = self._refuted(question.held, (disj(wrong),), end)
        if together is not None:
            return [True] * len(wrong), together
        found = [self._refuted(question.held, (one,), end) for one in wrong]
        return [places is not None for places in found], {p for places in found for p in places or ()}

    def _refuted(self, held: Sequence[Term], asserted: Sequence[Term], end: float | None) -> set[int] | None:
        """Return the places of those of ``held`` that contradict what is asserted, or None: that was not found."""
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= SHORTEST:
            return None
        solver = self._make()
        for term in asserted:
            solver.add(term)
        if solver.check(held, left) is not Status.UNSAT:
            return None
        core = set(solver.core())
        return {place for place, term in enumerate(held) if term in core}
