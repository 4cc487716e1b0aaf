"""Checking evidence: every solver in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from verify.check.certify import Claim, Origin, Polled, claims, judge, poll, questions
from verify.check.checked import Discharged, Rejected, Undecided
from verify.smt.select import CHECKERS
from verify.stages.model import Idle
from verify.system.system import TransitionSystem
from verify.term.term import Term
from verify.verdict.answer import Certificate
from verify.worker.tasks import Task, run_tasks

Judged = Mapping[str, Discharged | Rejected | Undecided]
"""The judgement of each certificate, by property."""


@dataclass(slots=True)
class Poll:
    """Certificates of one system on their way to the solvers."""

    claims: tuple[Claim, ...]
    deadline: float
    polled: list[Polled] = field(default_factory=list)

    def tasks(self) -> list[Task]:
        """Return a task per solver; none when there is nothing to ask."""
        terms = questions(self.claims)
        if not self.claims:
            return []
        return [Task(name, partial(_ask, name, terms, self.deadline)) for name in CHECKERS]

    def judged(self) -> Judged:
        """Return what the solvers' answers make of each certificate."""
        judged = judge(self.claims, self.polled)
        return {c.certificate.property: result for c, result in zip(self.claims, judged, strict=True)}


def make_poll(
    system: TransitionSystem, certificates: Sequence[Certificate], deadline: float, origin: Origin | None = None
) -> Poll:
    """Derive the obligations of certificates. ``deadline`` is in seconds of ``time.monotonic``."""
    return Poll(claims(system, certificates, origin), deadline)


def _ask(name: str, terms: Sequence[Term], deadline: float, send: Callable[[object], None]) -> None:
    send(poll(name, terms, deadline))


def certify(
    system: TransitionSystem,
    certificates: Sequence[Certificate],
    deadline: float,
    idle: Idle = lambda: None,
    origin: Origin | None = None,
) -> tuple[Judged, tuple[Polled, ...]]:
    """Ask every checking solver about all certificates of a system."""
    asked = make_poll(system, certificates, deadline, origin)

    def listen(_solver: str, message: object) -> bool:
        if isinstance(message, Polled):
            asked.polled.append(message)
        return False

    if asked.claims:
        run_tasks(asked.tasks(), deadline=deadline, on_message=listen, on_idle=idle)
    return asked.judged(), tuple(asked.polled)
