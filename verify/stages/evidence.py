"""Checking evidence: every solver in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from verify.check.certify import Claim, Origin, Polled, claims, judge, poll, questions
from verify.check.checked import Discharged, Rejected, Undecided
from verify.smt.select import CHECKERS
from verify.smt.solver import Status
from verify.stages.model import Idle
from verify.system.system import TransitionSystem
from verify.term.term import Term
from verify.verdict.answer import Certificate
from verify.worker.tasks import Task, run_tasks

Judged = Mapping[str, Discharged | Rejected | Undecided]
"""The judgement of each certificate, by property."""


@dataclass(slots=True)
class Poll:
    """Certificates of one system on their way to the solvers, which are asked about ``terms``.

    What every solver accepted for ``earlier`` certificates is not asked again.
    """

    claims: tuple[Claim, ...]
    deadline: float
    earlier: Poll | None = None
    terms: tuple[Term, ...] = ()
    polled: list[Polled] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = set() if self.earlier is None else self.earlier.accepted()
        self.terms = tuple(term for term in questions(self.claims) if term not in known)

    def accepted(self) -> set[Term]:
        """Return the terms that every solver found unsatisfiable."""
        found = set.intersection(*(_unsat(self.terms, p) for p in self.polled)) if self._complete() else set()
        return found if self.earlier is None else found | self.earlier.accepted()

    def _complete(self) -> bool:
        return {p.solver for p in self.polled} == set(CHECKERS)

    def tasks(self) -> list[Task]:
        """Return a task per solver; none when there is nothing to ask."""
        if not self.claims:
            return []
        return [Task(name, partial(_ask, name, self.terms, self.deadline)) for name in CHECKERS]

    def judged(self) -> Judged:
        """Return what the solvers' answers make of each certificate."""
        known = set() if self.earlier is None else self.earlier.accepted()
        judged = judge(self.claims, [self._full(p, known) for p in self.polled])
        return {c.certificate.property: result for c, result in zip(self.claims, judged, strict=True)}

    def _full(self, polled: Polled, known: set[Term]) -> Polled:
        """Return the answers to all questions of the claims."""
        given = dict(zip(self.terms, polled.answers, strict=True)) | dict.fromkeys(known, Status.UNSAT)
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


def _ask(name: str, terms: Sequence[Term], deadline: float, send: Callable[[object], None]) -> None:
    send(poll(name, terms, deadline))


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

    def listen(_solver: str, message: object) -> bool:
        if isinstance(message, Polled):
            asked.polled.append(message)
        return False

    if asked.claims:
        run_tasks(asked.tasks(), deadline=deadline, on_message=listen, on_idle=idle)
    return asked.judged(), tuple(asked.polled)
