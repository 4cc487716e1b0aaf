"""Asking a fresh solver whether terms have no model: as a whole, cut at carries, in another way, and case by case."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from verify.smt.select import gains_together, other_way, plain_maker, solver_maker
from verify.smt.solver import SHORTEST, Solver, Status, solver_version
from verify.term.build import conj, disj
from verify.term.carries import Carries, carries, whole
from verify.term.cases import cases
from verify.term.facts import settled
from verify.term.term import Term
from verify.worker.tasks import Task, run_tasks

FIRST: Final = 0.1
"""Seconds for which a solver is first asked about a term as a whole."""

TOGETHER: Final = 0.3
"""Seconds for which a solver that gains by it is asked about all cases of what was cut at once."""

CASE: Final = 8.0
"""Seconds for which it is then asked about each case: one can be as hard as the whole, and few take a second."""

MANY: Final = 5
"""Equations to cut with from which a question is cut before it is asked as a whole, if that did not succeed before."""

TRIED: Final = 3
"""Such questions that are asked as a whole before the others are cut first; less than half must have an answer."""

WHOLE: Final = 1.0
"""The same after the term was cut at carries."""

ALONE: Final = 3.0
"""The same for a solver that has no other way."""

OTHERWISE: Final = 5.0
"""Seconds for which it is then asked in another way, and for which each of its cases is, before both have all time."""


@dataclass(frozen=True, slots=True)
class Polled:
    """A fresh solver's answer to every term of ``questions``, in that order."""

    solver: str
    version: str
    answers: tuple[Status, ...]


@dataclass(slots=True)
class _Asker:
    """Makers of fresh solvers, the other way in which they can be asked, if there is one, and when time is up.

    Of questions with MANY equations ``tried`` were asked as a whole first, and ``answered`` of them had an answer.
    """

    make: Callable[[], Solver]
    plain: Callable[[], Solver]
    other: Callable[[Term], Solver | None] | None
    together: bool
    deadline: float
    tried: int = 0
    answered: int = 0

    def ask(self, term: Term, most: float) -> Status:
        """Ask about one term for ``most`` seconds."""
        return self._asked(self.make, term, most)

    def refutes(self, term: Term, most: float) -> bool:
        return self.ask(term, most) is Status.UNSAT

    def refutes_plainly(self, term: Term, most: float) -> bool:
        """Tell whether a solver that leaves sums as they are finds no model."""
        return self._asked(self.plain, term, most) is Status.UNSAT

    def _asked(self, make: Callable[[], Solver], term: Term, most: float) -> Status:
        left = min(self.deadline - time.monotonic(), most)
        if left <= 0:
            return Status.UNKNOWN
        solver = make()
        solver.add(term)
        return solver.check((), left)


def poll(name: str, terms: Sequence[Term], deadline: float) -> Polled:
    """Ask a fresh solver about every term; see ``answers``."""
    return Polled(name, solver_version(name), tuple(answers(name, terms, deadline)))


def answers(name: str, terms: Sequence[Term], deadline: float) -> Iterator[Status]:
    """Ask a fresh solver about each term in turn; where it takes long, in parts or by one that works another way.

    What is still open after that is asked in every way again, for as long as there is time: a machine may be slow.

    ``deadline`` is in seconds of ``time.monotonic``.
    """
    on = _Asker(solver_maker(name), plain_maker(name), other_way(name), gains_together(name), deadline)
    yield from (_answer(on, term) for term in terms)


def _answer(on: _Asker, term: Term) -> Status:
    if time.monotonic() >= on.deadline:
        return Status.UNKNOWN
    question = carries(term)
    many = question is not None and len(question.equations) >= MANY
    cut_first = many and on.tried >= TRIED and on.answered * 2 < on.tried
    if cut_first and _unsat_by_carries(on, question, CASE):
        return Status.UNSAT
    status = on.ask(term, FIRST)
    if many and not cut_first:
        on.tried += 1
        on.answered += status is not Status.UNKNOWN
    if status is not Status.UNKNOWN:
        return status
    if not cut_first and _unsat_by_carries(on, question, CASE):
        return Status.UNSAT
    status = on.ask(term, ALONE if on.other is None else WHOLE)
    if status is not Status.UNKNOWN:
        return status
    for most in (OTHERWISE, math.inf):
        if on.other is not None and _unsat_otherwise(on.other, term, _left(on.deadline, most)):
            return Status.UNSAT
        if _unsat_by_carries(on, question, _left(on.deadline, most)):
            return Status.UNSAT
        status = _by_cases(on, term, most)
        if status is not Status.UNKNOWN:
            return status
    return Status.UNKNOWN


def _unsat_by_carries(on: _Asker, question: Carries | None, most: float) -> bool:
    """Tell whether a question has no model once it is cut at carries. Each one on the way takes ``most`` seconds."""
    if question is None:
        return False
    together = on.refutes(conj((*question.held, disj(question.wrong()))), most)
    known = tuple(together or on.refutes(conj((*question.held, wrong)), most) for wrong in question.wrong())
    if not any(known):
        return False
    cut = whole(question.cut(known))
    if on.together and on.refutes_plainly(cut, TOGETHER):
        return True
    return all(on.refutes_plainly(settled(part), most) for part in cases(cut))


def _by_cases(on: _Asker, term: Term, most: float) -> Status:
    """Ask case by case, each for ``most`` seconds."""
    for case in cases(term):
        status = on.ask(case, most)
        if status is not Status.UNSAT:
            return status
    return Status.UNSAT


def _unsat_otherwise(other: Callable[[Term], Solver | None], term: Term, seconds: float) -> bool:
    """Tell whether another way answers "unsat". It is asked in a process of its own, since it may kill its process."""
    told: list[object] = []

    def ask(send: Callable[[object], None]) -> None:
        solver = other(term)
        send(solver is not None and solver.check((), seconds) is Status.UNSAT)

    def listen(_task: str, message: object) -> bool:
        told.append(message)
        return False

    run_tasks([Task("otherwise", ask)], deadline=time.monotonic() + seconds + 1, on_message=listen)
    return told == [True]


def _left(deadline: float, most: float) -> float:
    """Return half of the seconds that are left, so that as much is left for the rest, or ``most`` if that is less."""
    return min(most, max(SHORTEST, (deadline - time.monotonic()) / 2))
