"""CPUs that can be stuck inside an actor for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from verify.check.checked import Discharged
from verify.check.stuck import Stuck, blocked, open_sentence, stuck
from verify.encode.steps import ProgramStep
from verify.encode.stuck import STEPS_AGAIN, blocked_goals, blocked_system, helpers, waiting_places
from verify.engines.messages import Answered, Budget, Send
from verify.engines.stuck import blocked_runs, released
from verify.engines.tasks import Job
from verify.stages.evidence import certify
from verify.stages.model import Model, Settings, half
from verify.stages.reach import REACH_DEPTH
from verify.system.system import TransitionSystem
from verify.term.term import Term
from verify.verdict.answer import Safe, Trace, Unsafe
from verify.worker.tasks import Task, run_tasks


def find_stuck(
    model: Model, lemmas: Sequence[Term], settings: Settings, deadline: float
) -> tuple[tuple[Stuck, ...], tuple[str, ...]]:
    """Find CPUs that can be stuck inside an actor; sentences for the places where nothing was shown."""
    places = waiting_places(model.compiled)
    if not places:
        return (), ()
    system = blocked_system(model.compiled, model.system, model.cpus)
    names = tuple(name for place in places for name in blocked_goals(place))
    depth = min(settings.depth, REACH_DEPTH)
    job = Job(model.compiled, system, model.cpus, names, depth, Budget(deadline))
    answers = _answers(partial(blocked_runs, job, lemmas, settings.depth), half(deadline))
    certificates = [a.certificate for a in answers.values() if isinstance(a, Safe)]
    proofs, _ = certify(system, certificates, deadline)
    found: list[Stuck] = []
    open_: list[str] = []
    for place in places:
        if isinstance(proofs.get(blocked_goals(place)[-1]), Discharged):
            continue
        traces = [a.trace for name in blocked_goals(place) if isinstance(a := answers.get(name), Unsafe)]
        here = _stuck_at(model, system, place, traces, settings, deadline)
        if here is None:
            open_.append(open_sentence(place))
        else:
            found.append(here)
    return tuple(found), tuple(open_)


def _stuck_at(
    model: Model,
    system: TransitionSystem,
    place: ProgramStep,
    traces: Sequence[Trace],
    settings: Settings,
    deadline: float,
) -> Stuck | None:
    """Return a CPU that one of the traces leaves at the place for ever, with the proof."""
    for trace in traces:
        for one in blocked(model.compiled, system, model.cpus, place, trace):
            cpus = model.cpus + helpers(model.compiled, model.cpus)
            depth = min(settings.depth, REACH_DEPTH)
            job = Job(model.compiled, one.system, cpus, (STEPS_AGAIN,), depth, Budget(half(deadline)))
            answers = _answers(partial(released, job), half(deadline))
            certificates = [a.certificate for a in answers.values() if isinstance(a, Safe)]
            proofs, _ = certify(one.system, certificates, deadline)
            proof = proofs.get(STEPS_AGAIN)
            if isinstance(proof, Discharged):
                return stuck(model.compiled, one, proof)
    return None


def _answers(run: Callable[[Send], None], deadline: float) -> Mapping[str, Safe | Unsafe]:
    """Run one engine in a worker and return its answers by property."""
    found: dict[str, Safe | Unsafe] = {}

    def listen(_engine: str, message: object) -> bool:
        if isinstance(message, Answered) and isinstance(message.answer, Safe | Unsafe):
            found[message.answer.property] = message.answer
        return False

    run_tasks([Task("stuck", run)], deadline=deadline, on_message=listen)
    return found
