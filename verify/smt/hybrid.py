"""z3's incremental solver within a fixed effort; what that leaves open is asked anew, of z3 and of bitwuzla.

The incremental solver keeps what it learned and names the assumptions it used, but it simplifies little: measured on
the page refcount, a fresh solver with all preprocessing answers in 0.1 s what it needs 10 s for. Some questions z3 does
not answer in 10 s with any seed or tactic that was tried, but bitwuzla in half a second: measured on lockref_broken.
And some that bitwuzla needs 3 to 44 s for z3 answers in 0.2 to 2 s, in a context of its own, and bitwuzla itself in
0.04 s once they are cut at carries: measured on frozen_bit_v5.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from verify.smt.bitwuzla_solver import LITTLE, MUCH, bitwuzla_limited_solvers, bitwuzla_solver
from verify.smt.cut import CutSolver
from verify.smt.solver import SHORTEST, AttemptingSolver, Solver, Status
from verify.smt.z3_solver import Z3Solver, Z3Terms, bit_blasting_limited, bit_blasting_long
from verify.smt.z3_solver import limited as quick
from verify.term.term import Term


class _Hybrid:
    """See ``Solver``. ``_answered`` gave the last answer, from assertions and ``_given``."""

    __slots__ = ("_answered", "_asserted", "_bits", "_given", "_limited", "_quick", "_terms")

    def __init__(self, terms: Z3Terms, bits: Callable[[], Solver], *, limited: bool) -> None:
        self._terms, self._bits, self._limited = terms, bits, limited
        self._quick = Z3Solver(quick, terms)
        self._asserted: list[list[Term]] = [[]]
        self._answered: Solver = self._quick
        self._given: tuple[Term, ...] = ()

    def add(self, term: Term) -> None:
        self._quick.add(term)
        self._asserted[-1].append(term)
        self._answered = self._quick

    def push(self) -> None:
        self._quick.push()
        self._asserted.append([])
        self._answered = self._quick

    def pop(self) -> None:
        self._quick.pop()
        self._asserted.pop()
        self._answered = self._quick

    def attempt(self, assumptions: Sequence[Term], seconds: float | None) -> Status:
        """Ask the incremental solver alone: past its fixed effort the answer is UNKNOWN, on every machine alike.

        That is about a tenth of a second, so time has no say in it but where there is none left at all.
        """
        self._answered, self._given = self._quick, ()
        spent = seconds is not None and seconds <= SHORTEST
        return self._quick.check(assumptions, SHORTEST if spent else None)

    def check(self, assumptions: Sequence[Term] = (), seconds: float | None = None) -> Status:
        end = None if seconds is None else time.monotonic() + seconds
        status = self.attempt(assumptions, seconds)
        more = () if self._limited else (self._fresh, _alone, bitwuzla_solver)
        for create in (self._cut, *more):
            left = None if end is None else end - time.monotonic()
            if status is not Status.UNKNOWN or (left is not None and left <= SHORTEST):
                break
            self._answered, self._given = create(), tuple(dict.fromkeys(assumptions))
            for term in (t for scope in self._asserted for t in scope):
                self._answered.add(term)
            status = self._ask(left)
        return status

    def _ask(self, left: float | None) -> Status:
        """Ask a fresh solver: of assumptions only those are made such that name the ones they used at no cost."""
        if isinstance(self._answered, CutSolver):
            return self._answered.check(self._given, left)
        for term in self._given:
            self._answered.add(term)
        return self._answered.check((), left)

    def _cut(self) -> Solver:
        return CutSolver(self._bits)

    def _fresh(self) -> Solver:
        return Z3Solver(bit_blasting_limited, self._terms)

    def values(self, terms: Sequence[Term]) -> tuple[int, ...]:
        return self._answered.values(terms)

    def core(self) -> tuple[Term, ...]:
        found = self._answered.core()
        return found if isinstance(self._answered, CutSolver) or self._answered is self._quick else self._given


def _alone() -> Solver:
    """Make z3 in a context of its own, where syntax trees are in the order of this question alone."""
    return Z3Solver(bit_blasting_long)


def hybrid_solvers(*, limited: bool = False) -> Callable[[], AttemptingSolver]:
    """Return a maker of solvers that share one context and its syntax trees, for many solvers in one thread.

    ``limited``: what is open after the first two ways of asking, within a fixed and smaller effort, is UNKNOWN.
    """
    terms, bits = Z3Terms(), bitwuzla_limited_solvers(LITTLE if limited else MUCH)
    return lambda: _Hybrid(terms, bits, limited=limited)
