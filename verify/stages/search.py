"""Deciding properties: the engines, at once, until every property has an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from verify.check.blocks import replay_blocks
from verify.check.checked import BlockReplay
from verify.check.reach import sampled_goals
from verify.engines.bmc import ENGINE as BMC
from verify.engines.messages import Answered, Budget, Candidate, Lemmas, Report, Searching
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

    A trace stands with its number of CPUs, and ``cpus`` is that of traces to come; ``blocks`` are runs in blocks, of
    an engine's candidates the first that was replayed; ``reached`` are the goals that sampled runs reached.
    """

    safe: dict[str, Certificate] = field(default_factory=dict)
    unsafe: dict[str, tuple[Trace, int]] = field(default_factory=dict)
    blocks: dict[str, BlockReplay] = field(default_factory=dict)
    depth: int | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, Gap] = field(default_factory=dict)
    reached: frozenset[str] | None = None
    lemmas: tuple[Term, ...] = ()
    abstraction: Abstraction | None = None
    cpus: int = 0

    def decided(self) -> int:
        return len(self.safe.keys() | self.unsafe.keys() | self.blocks.keys())


def decide(model: Model, names: tuple[str, ...], settings: Settings, deadline: float, tell: Tell) -> Found:
    """Run the engines until every property has an answer, they end, or the deadline."""
    job = Job(model.compiled, model.system, model.cpus, names, settings.depth, Budget(deadline), prune=False)
    job = replace(job, any_number=model.any_number)
    wanted = ("bmc", "k-induction") if settings.engine == "auto" else (settings.engine,)
    run = {"bmc": partial(_search, job), "k-induction": partial(induct, job), "ic3": partial(refine, job)}
    found = Found(cpus=model.cpus)
    shown = Progress(settings.engine, None, None, 0, len(names))

    def listen(_task: str, message: object) -> bool:
        nonlocal shown
        match message:
            case Lemmas():
                found.lemmas, found.abstraction = message.terms, message.abstraction
            case frozenset():
                found.reached = message
            case Searching():
                found.cpus = message.cpus
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
    search(job, send, lambda: send(sampled_goals(job.compiled, job.cpus)))


def share_lemmas(safe: Mapping[str, Certificate]) -> dict[str, Certificate]:
    """Give all certificates with k = 0 about one system the union of their lemmas: its obligations are asked once.

    Sets that are inductive by themselves are inductive together; the checkers see for themselves.
    """
    union: dict[Abstraction | None, dict[Term, None]] = {}
    for certificate in safe.values():
        if certificate.k == 0:
            union.setdefault(certificate.abstraction, {}).update(dict.fromkeys(certificate.lemmas))
    return {name: replace(c, lemmas=tuple(union[c.abstraction])) if c.k == 0 else c for name, c in sorted(safe.items())}


def _try(model: Model, found: Found, trace: BlockTrace) -> None:
    """Keep a candidate that its replay accepts, if its property has no trace yet."""
    if trace.property not in found.unsafe.keys() | found.blocks.keys():
        ran = replay_blocks(model.compiled.program, trace)
        if isinstance(ran, BlockReplay):
            found.blocks[trace.property] = ran


def _note(found: Found, message: Answered) -> None:
    match message.answer:
        case Safe():
            found.safe[message.answer.property] = message.answer.certificate
        case Unsafe():
            if message.answer.property not in found.blocks:
                found.unsafe[message.answer.property] = message.answer.trace, found.cpus
        case Unknown(property=name, reason=reason, gap=gap):
            if name not in found.reasons or message.engine != BMC:
                # That a search ended says less than why there is no proof.
                found.reasons[name] = reason
                if gap is not None:
                    found.gaps[name] = gap


def _note_ending(found: Found, names: tuple[str, ...], engine: str, ending: Ending) -> None:
    for name in names:
        match ending:
            case Crashed():
                found.reasons[name] = f"{engine} crashed: {ending.detail.strip().splitlines()[-1]}"
            case Finished():
                pass
            case _:
                found.reasons.setdefault(name, "time limit")
