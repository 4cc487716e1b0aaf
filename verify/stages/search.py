"""Deciding properties: the engines, at once, until every property has an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from verify.check.blocks import replay_blocks, settled
from verify.check.checked import BlockReplay, Rejected, Replay
from verify.check.reach import sampled_goals, witnessed_in_blocks
from verify.check.replay import replay
from verify.encode.explicit import pc_values
from verify.encode.reach import goals
from verify.engines.bmc import ENGINE as BMC
from verify.engines.messages import Answered, Budget, Candidate, Lemmas, Message, Reaching, Report, Searching
from verify.engines.reach import leap_to
from verify.engines.tasks import Job, induct, refine, search
from verify.report.progress import Progress
from verify.stages.model import Model, Settings
from verify.term.term import Term
from verify.verdict.answer import Abstraction, BlockTrace, Certificate, Gap, Safe, Trace, Unknown, Unsafe
from verify.worker.tasks import Crashed, Ending, Finished, Task, run_tasks

Tell = Callable[[Progress], None]


@dataclass(slots=True)
class Found:
    """What the engines said so far.

    ``unsafe`` is what the replay of a trace made of it; ``shown`` is the model that traces to come are about;
    ``blocks`` are runs in blocks, of an engine's candidates the first that was replayed; ``reached`` are the goals
    that sampled runs and runs in blocks reached; ``leaped`` tells that there are no more of the latter.
    """

    shown: Model
    safe: dict[str, Certificate] = field(default_factory=dict)
    unsafe: dict[str, Replay | Rejected] = field(default_factory=dict)
    blocks: dict[str, BlockReplay] = field(default_factory=dict)
    depth: int | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, Gap] = field(default_factory=dict)
    reached: frozenset[str] | None = None
    leaped: bool = False
    lemmas: tuple[Term, ...] = ()
    abstraction: Abstraction | None = None

    def decided(self) -> int:
        return len(self.safe.keys() | self.unsafe.keys() | self.blocks.keys())


def decide(model: Model, names: tuple[str, ...], settings: Settings, deadline: float, tell: Tell) -> Found:
    """Run the engines until every property has an answer, they end, or the deadline."""
    job = Job(model.compiled, model.system, model.cpus, names, settings.depth, Budget(deadline), prune=False)
    job = replace(job, any_number=model.any_number, kept=settings.kept)
    wanted = ("bmc", "k-induction") if settings.engine == "auto" else (settings.engine,)
    run = {"bmc": partial(_search, job), "k-induction": partial(induct, job), "ic3": partial(refine, job)}
    found = Found(model)
    shown = Progress(settings.engine, None, None, 0, len(names))

    def listen(_task: str, message: object) -> bool:
        nonlocal shown
        match message:
            case Lemmas():
                found.lemmas, found.abstraction = message.terms, message.abstraction
            case frozenset():
                found.reached = message
            case Reaching():
                _note_goal(model, found, message)
            case Searching():
                found.shown = model.of(message.cpus)
            case Report():
                if message.engine == "bmc" and not model.any_number:
                    found.depth = message.depth
                shown = Progress(message.engine, message.depth, message.lemmas or None, found.decided(), len(names))
                tell(shown)
            case Answered():
                _note(found, message)
            case Candidate():
                _try(model, found, message.trace)
            case _:
                pass
        return found.decided() == len(names)

    tasks = [Task(e, run[e]) for e in wanted]
    endings = run_tasks(tasks, deadline=deadline, on_message=listen, on_idle=lambda: tell(shown))
    for engine, ending in endings.items():
        _note_ending(found, names, engine, ending)
    found.safe = share_lemmas(found.safe)
    return found


def _search(job: Job, send: Callable[[object], None]) -> None:
    """Search for violations, and for runs that reach what should be reachable. Runs in a worker."""
    search(job, send, lambda: _reach(job, send))


def _reach(job: Job, send: Callable[[object], None]) -> None:
    """Send the goals that sampled runs reach and, for any number of CPUs, runs in blocks that may reach others."""
    reached = sampled_goals(job.compiled, job.cpus)
    send(reached)
    left = tuple(goal for goal in goals(job.compiled) if goal not in reached)
    if job.any_number and left:
        leap_to(replace(job, properties=left), lambda m: _to_goal(m, send))
        send(Reaching(None))


def _to_goal(message: Message, send: Callable[[object], None]) -> None:
    if isinstance(message, Candidate):
        send(Reaching(message.trace))


def share_lemmas(safe: Mapping[str, Certificate]) -> dict[str, Certificate]:
    """Give all certificates with k = 0 about one system the union of their lemmas: its obligations are asked once.

    Sets that are inductive by themselves are inductive together; the checkers see for themselves.
    """
    union: dict[Abstraction | None, dict[Term, None]] = {}
    for certificate in safe.values():
        if certificate.k == 0:
            union.setdefault(certificate.abstraction, {}).update(dict.fromkeys(certificate.lemmas))
    return {name: replace(c, lemmas=tuple(union[c.abstraction])) if c.k == 0 else c for name, c in sorted(safe.items())}


def _note_goal(model: Model, found: Found, message: Reaching) -> None:
    if message.trace is None:
        found.leaped = True
    elif found.reached is not None and message.trace.property not in found.reached:
        found.reached |= witnessed_in_blocks(model.compiled, message.trace)


def _try(model: Model, found: Found, trace: BlockTrace) -> None:
    """Keep a candidate that its replay accepts, if its property has no trace yet."""
    if trace.property not in found.unsafe.keys() | found.blocks.keys():
        program = model.compiled.program
        ran = replay_blocks(program, trace)
        if isinstance(ran, Rejected):
            ran = replay_blocks(program, settled(program, trace))
        if isinstance(ran, BlockReplay):
            found.blocks[trace.property] = ran


def _note(found: Found, message: Answered) -> None:
    match message.answer:
        case Safe():
            found.safe[message.answer.property] = message.answer.certificate
        case Unsafe():
            if message.answer.property not in found.blocks:
                found.unsafe[message.answer.property] = _replayed(found.shown, message.answer.trace)
        case Unknown(property=name, reason=reason, gap=gap):
            if name not in found.reasons or message.engine != BMC:
                # That a search ended says less than why there is no proof.
                found.reasons[name] = reason
                if gap is not None:
                    found.gaps[name] = gap


def _replayed(model: Model, trace: Trace) -> Replay | Rejected:
    return replay(model.compiled.program, model.system, trace, model.cpus, pc_values(model.compiled))


def _note_ending(found: Found, names: tuple[str, ...], engine: str, ending: Ending) -> None:
    for name in names:
        match ending:
            case Crashed():
                found.reasons[name] = f"{engine} crashed: {ending.detail.strip().splitlines()[-1]}"
            case Finished():
                pass
            case _:
                found.reasons.setdefault(name, "time limit")
