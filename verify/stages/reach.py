"""Reach, at the same time as the certificates of the properties are checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from verify.check.certify import Origin
from verify.check.checked import Discharged, Reach
from verify.check.reach import sampled_goals, witnessed, witnessed_in_blocks
from verify.encode.counting import encode_counting
from verify.encode.reach import goals, reach_system
from verify.engines.messages import Answered, Budget, Candidate, Report
from verify.engines.reach import reach
from verify.engines.tasks import Job
from verify.stages.evidence import Poll, certify
from verify.stages.model import Idle, Model, Settings, half
from verify.stages.search import Found
from verify.system.system import TransitionSystem
from verify.term.term import Term
from verify.verdict.answer import Certificate, Safe, Unsafe
from verify.worker.tasks import Task, run_tasks

REACH_DEPTH = 3
"""How deep the search for unreached goals goes (or ``--depth``, if that is less)."""


@dataclass(slots=True)
class _Seen:
    """What is known of the goals so far; ``depth`` is how deep the search went."""

    reached: set[str] = field(default_factory=set)
    certificates: list[Certificate] = field(default_factory=list)
    depth: int = 0


def certify_and_reach(
    model: Model,
    goal_system: TransitionSystem,
    asked: Poll,
    found: Found,
    settings: Settings,
    deadline: float,
    idle: Idle,
) -> tuple[tuple[Reach, ...], Mapping[str, Discharged]]:
    """Let ``asked`` be answered, and find out which goals are reached and which are proved impossible."""
    wanted = goals(model.compiled)
    depth = min(settings.depth, REACH_DEPTH)
    job = Job(model.compiled, goal_system, model.cpus, wanted, depth, Budget(half(deadline)), prune=False)
    job = replace(job, any_number=model.any_number)
    base = _proving(model, goal_system, found)
    seen = _Seen()

    def listen(task: str, message: object) -> bool:
        if not asked.note(task, message):
            _note(model, goal_system, seen, message)
        return False

    tasks = [*asked.tasks(), Task("reach", partial(_search, job, base, found))]
    run_tasks(tasks, deadline=deadline, on_message=listen, on_idle=idle)
    origin = Origin(model.compiled, partial(reach_system, model.compiled))
    proofs, _ = certify(goal_system, seen.certificates, deadline, idle, origin, asked)
    impossible = {name: e for name, e in proofs.items() if isinstance(e, Discharged) and name not in seen.reached}
    known = {**dict.fromkeys(impossible, False), **dict.fromkeys(seen.reached, True)}
    return tuple(Reach(goal, known.get(goal), seen.depth) for goal in wanted), impossible


def _proving(model: Model, goal_system: TransitionSystem, found: Found) -> TransitionSystem:
    """Return the system of goals about which the lemmas speak."""
    if found.abstraction is None:
        return goal_system
    counting = encode_counting(model.compiled, found.abstraction.facts, found.abstraction.focus)
    return reach_system(model.compiled, counting.system)


def _search(job: Job, base: TransitionSystem, found: Found, send: Callable[[object], None]) -> None:
    """Sample, then search for the goals that this did not reach. Runs in a worker."""
    reached = sampled_goals(job.compiled, job.cpus) if found.reached is None else found.reached
    send(reached)
    left = tuple(goal for goal in job.properties if goal not in reached)
    if left:
        reach(replace(job, properties=left), base, _known(found), found.abstraction, send, leaped=found.leaped)


def _known(found: Found) -> tuple[Term, ...]:
    """Return lemmas of the system of ``found.abstraction``: those of proofs, which are few, else those found first."""
    alike = (c.lemmas for c in found.safe.values() if c.k == 0 and c.abstraction == found.abstraction)
    return found.lemmas if found.abstraction is None else next(alike, found.lemmas)


def _note(model: Model, goal_system: TransitionSystem, seen: _Seen, message: object) -> None:
    match message:
        case frozenset():
            seen.reached |= message
        case Answered(answer=Safe(certificate=certificate)):
            # That few CPUs cannot reach a goal says nothing of any number.
            if certificate.abstraction is not None or not model.any_number:
                seen.certificates.append(certificate)
        case Answered(answer=Unsafe(trace=trace)):
            seen.reached |= witnessed(model.compiled, goal_system, trace, model.cpus)
        case Candidate():
            seen.reached |= witnessed_in_blocks(model.compiled, message.trace)
        case Report(engine="bmc"):
            seen.depth = message.depth
        case _:
            pass
