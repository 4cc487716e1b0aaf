"""What solvers and runs make of certificates: every obligation is asked of every solver, and a run has to be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from verify.check.certify import Claim, judge, questions
from verify.check.checked import Discharged, Rejected, Undecided
from verify.encode.steps import Compiled
from verify.proofs.witness import unwitnessed
from verify.smt.select import RECHECKERS
from verify.stages.evidence import Polling
from verify.worker.tasks import Task, run_tasks


@dataclass(frozen=True, slots=True)
class Asked:
    """A certificate with its obligations, and the program that it is about, of ``cpus`` CPUs or (None) any number."""

    claim: Claim
    compiled: Compiled
    cpus: int | None


@dataclass(frozen=True, slots=True)
class Unseen:
    """Every obligation of the certificate holds, but no run shows that its property is ever checked."""

    property: str
    reason: str


Judgement = Discharged | Rejected | Undecided | Unseen


def judged(made: Sequence[Asked], deadline: float) -> tuple[Judgement, ...]:
    """Ask every solver about all obligations, each question once, and look for runs that check what is proved.

    ``deadline`` as in ``time.monotonic``. A proof of a property that no run was seen to check is Unseen.
    """
    if not made:
        return ()
    stated = [one.claim for one in made]
    asked = Polling(RECHECKERS, questions(stated), deadline)
    unseen: list[str] = []

    def listen(task: str, message: object) -> bool:
        if not asked.note(task, message) and isinstance(message, tuple):
            unseen.extend(map(str, message))
        return False

    tasks = [*asked.tasks(), Task("runs", partial(_see, made))]
    run_tasks(tasks, deadline=deadline + 1, on_message=listen)
    reasons: Sequence[str | None] = unseen or [None] * len(made)
    results = judge(stated, asked.polled(), RECHECKERS)
    return tuple(_seen(result, why) for result, why in zip(results, reasons, strict=True))


def _see(made: Sequence[Asked], send: Callable[[object], None]) -> None:
    """Send why each certificate may say nothing; empty where a run shows that it does. Runs in a worker."""
    groups: dict[tuple[int, int | None], list[Asked]] = {}
    for one in made:
        groups.setdefault((id(one.compiled), one.cpus), []).append(one)
    found: dict[int, str] = {}
    for group in groups.values():
        names = [one.claim.certificate.property for one in group]
        reasons = unwitnessed(group[0].compiled, group[0].cpus, names)
        found |= {id(one): reasons.get(name, "") for one, name in zip(group, names, strict=True)}
    send(tuple(found[id(one)] for one in made))


def _seen(result: Discharged | Rejected | Undecided, why: str | None) -> Judgement:
    """Return what counts, given why a proof may say nothing; empty where it says something, None where nobody knows."""
    match result:
        case Discharged(certificate=certificate) if why is None:
            late = "runs that check it were not looked for in time; raise --timeout"
            return Undecided(certificate.property, late, None)
        case Discharged(certificate=certificate) if why:
            return Unseen(certificate.property, why)
        case Discharged() | Rejected() | Undecided():
            return result
