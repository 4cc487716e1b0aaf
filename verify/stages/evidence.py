"""Checking evidence: every solver in processes of its own, between which its questions are shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from verify.check.ask import Polled, answers
from verify.check.certify import Claim, Origin, claims, judge, questions
from verify.check.checked import Discharged, Rejected, Undecided
from verify.smt.select import CHECKERS
from verify.smt.solver import Status, solver_version
from verify.stages.model import Idle
from verify.system.system import TransitionSystem
from verify.term.term import Term
from verify.verdict.answer import Certificate
from verify.worker.tasks import Task, run_tasks

_SHARED = 40
"""Questions from which a solver's work is shared between two processes."""

Judged = Mapping[str, Discharged | Rejected | Undecided]
"""The judgement of each certificate, by property."""


@dataclass(slots=True)
class Polling:
    """Terms on their way to solvers, each to every one. ``parts`` are the answers so far, by the name of the task."""

    solvers: tuple[str, ...]
    terms: tuple[Term, ...]
    deadline: float
    parts: dict[str, list[Polled]] = field(default_factory=dict)

    def tasks(self) -> list[Task]:
        """Return the tasks that ask; where there are no terms, for the versions of the solvers."""
        return [
            Task(_name(solver, part), partial(_ask, solver, self.terms[part :: self._count], self.deadline))
            for part in range(self._count)
            for solver in self.solvers
        ]

    def note(self, task: str, message: object) -> bool:
        """Keep what a task sent; tell whether it is one of these."""
        if isinstance(message, Polled):
            self.parts.setdefault(task, []).append(message)
        return isinstance(message, Polled)

    def polled(self) -> tuple[Polled, ...]:
        """Return the answers of each solver that gave any; a question without an answer is UNKNOWN."""
        return tuple(made for solver in self.solvers if (made := self._joined(solver)) is not None)

    @property
    def _count(self) -> int:
        return 1 if len(self.terms) < _SHARED else 2

    def _joined(self, solver: str) -> Polled | None:
        given = [self.parts.get(_name(solver, part), []) for part in range(self._count)]
        version = next((p.version for sent in given for p in sent), None)
        if version is None:
            return None
        joined = [Status.UNKNOWN] * len(self.terms)
        for place, sent in enumerate(given):
            told = [status for polled in sent for status in polled.answers]
            for index, status in zip(range(place, len(joined), self._count), told, strict=False):
                joined[index] = status
        return Polled(solver, version, tuple(joined))


def _name(solver: str, part: int) -> str:
    return f"{solver} {part}"


def _ask(name: str, terms: Sequence[Term], deadline: float, send: Callable[[object], None]) -> None:
    version = solver_version(name)
    send(Polled(name, version, ()))
    # What was answered counts, even if the rest comes too late.
    for status in answers(name, terms, deadline):
        send(Polled(name, version, (status,)))


class Poll:
    """Certificates of one system on their way to the solvers that check.

    What every solver accepted for ``earlier`` certificates is not asked again.
    """

    __slots__ = ("asked", "claims", "earlier")

    def __init__(self, made: tuple[Claim, ...], deadline: float, earlier: Poll | None = None) -> None:
        known = set() if earlier is None else earlier.accepted()
        self.claims = made
        self.earlier = earlier
        self.asked = Polling(CHECKERS, tuple(t for t in questions(made) if t not in known), deadline)

    def note(self, task: str, message: object) -> bool:
        """Keep what a task sent; tell whether it is one of these."""
        return self.asked.note(task, message)

    def polled(self) -> tuple[Polled, ...]:
        """Return the answers of each solver that gave any, to the terms that were asked about."""
        return self.asked.polled()

    def accepted(self) -> set[Term]:
        """Return the terms that every solver found unsatisfiable."""
        polled = self.polled()
        complete = {p.solver for p in polled} == set(CHECKERS)
        found = set.intersection(*(_unsat(self.asked.terms, p) for p in polled)) if complete else set()
        return found if self.earlier is None else found | self.earlier.accepted()

    def tasks(self) -> list[Task]:
        """Return the tasks that ask; none without certificates."""
        return self.asked.tasks() if self.claims else []

    def judged(self) -> Judged:
        """Return what the solvers' answers make of each certificate."""
        known = set() if self.earlier is None else self.earlier.accepted()
        judged = judge(self.claims, [self._full(p, known) for p in self.polled()])
        return {c.certificate.property: result for c, result in zip(self.claims, judged, strict=True)}

    def _full(self, polled: Polled, known: set[Term]) -> Polled:
        """Return the answers to all questions of the claims."""
        given = dict(zip(self.asked.terms, polled.answers, strict=True)) | dict.fromkeys(known, Status.UNSAT)
        return replace(polled, answers=tuple(given[term] for term in questions(self.claims)))


def _unsat(terms: Sequence[Term], polled: Polled) -> set[Term]:
    return {term for term, answer in zip(terms, polled.answers, strict=True) if answer is Status.UNSAT}


def make_poll(
    system: TransitionSystem,
    certificates: Sequence[Certificate],
    deadline: float,
    origin: Origin | None = None,
    earlier: Poll | None = None,
) -> Poll:
    """Derive the obligations of certificates. ``deadline`` is in seconds of ``time.monotonic``."""
    return Poll(claims(system, certificates, origin), deadline, earlier)


def certify(
    system: TransitionSystem,
    certificates: Sequence[Certificate],
    deadline: float,
    idle: Idle = lambda: None,
    origin: Origin | None = None,
    earlier: Poll | None = None,
) -> tuple[Judged, tuple[Polled, ...]]:
    """Ask every checking solver about all certificates of a system."""
    asked = make_poll(system, certificates, deadline, origin, earlier)

    def listen(task: str, message: object) -> bool:
        asked.note(task, message)
        return False

    run_tasks(asked.tasks(), deadline=deadline, on_message=listen, on_idle=idle)
    return asked.judged(), asked.polled()
