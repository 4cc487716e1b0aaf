"""The pipeline: C text → program → transition system → engines → checked verdicts → outcome.

This process never loads a solver. Engines and solvers run in worker processes with time limits;
what they say is evidence to be checked, never a verdict.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version

from verify.check.certify import Polled, claims, judge, poll, questions
from verify.check.checked import (
    Bounded,
    Checked,
    Discharged,
    Proved,
    Reach,
    Refuted,
    Rejected,
    Replay,
    Undecided,
)
from verify.check.reach import sampled_goals, witnessed
from verify.check.replay import replay
from verify.check.stuck import Stuck, blocked, never_quiescent, open_sentence, stuck, stuck_sentence
from verify.check.vacuity import NO_RUN, init_may_fail, vacuous, weaken, without_runs
from verify.encode.explicit import encode, pc_values
from verify.encode.reach import INIT_GOAL, goals, reach_system
from verify.encode.steps import Compiled, ProgramStep, compile_program
from verify.encode.stuck import STEPS_AGAIN, blocked_goals, blocked_system, helpers, waiting_places
from verify.engines.messages import Answered, Budget, Lemmas, Report, Send
from verify.engines.reach import reach
from verify.engines.stuck import released
from verify.engines.tasks import Job, induct, search
from verify.frontend.load import Options, load
from verify.report.assumptions import assumptions, expected, memory_model
from verify.report.outcome import Outcome, Row
from verify.report.progress import Progress
from verify.report.system import show_system
from verify.smt.select import CHECKERS
from verify.system.system import TransitionSystem
from verify.term.show import show as show_term
from verify.term.term import Term
from verify.verdict.answer import Certificate, Safe, Trace, Unsafe
from verify.worker.tasks import Crashed, Ending, Finished, Task, run_tasks

SEARCH_SHARE = 0.7
"""The part of the time limit that engines may use; the rest is for checking their evidence."""

REACH_DEPTH = 6
"""How deep the search for unreached goals goes (or ``--depth``, if that is less)."""

Tell = Callable[[Progress], None]
Idle = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What to do: ``engine`` is bmc, k-induction or auto; ``seconds`` the time limit of one spec."""

    cpus: int
    engine: str
    depth: int
    seconds: float
    options: Options


@dataclass(frozen=True, slots=True)
class Model:
    """A spec made ready: the program, its steps and the exact system of ``cpus`` CPUs."""

    compiled: Compiled
    system: TransitionSystem
    cpus: int


@dataclass(slots=True)
class Found:
    """What the engines said so far."""

    safe: dict[str, Certificate] = field(default_factory=dict)
    unsafe: dict[str, Trace] = field(default_factory=dict)
    depth: int | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    lemmas: tuple[Term, ...] = ()

    def decided(self) -> int:
        return len(self.safe.keys() | self.unsafe.keys())


def check(spec: str, settings: Settings, tell: Tell) -> Outcome:
    """Decide every property of a spec and check the evidence.

    Raises InputError for bad input. Takes at most ``settings.seconds`` and what the front end needs.
    """
    model = prepare(spec, settings)
    begin = time.monotonic()
    goal_system = reach_system(model.compiled, model.system)
    no_run, polled = _no_run(model, goal_system, _half(begin + settings.seconds))
    if no_run is not None:
        nothing = (Reach(INIT_GOAL, reached=False, depth=0),)
        return _outcome(model, settings, without_runs(model.compiled.program, no_run), nothing, (), polled)
    names = tuple(sorted(p.id for p in model.compiled.program.properties))
    found = _search(model, names, settings, begin + SEARCH_SHARE * settings.seconds, tell)
    deadline = begin + settings.seconds
    idle = partial(tell, Progress("checking evidence", None, None, found.decided(), len(names)))
    proofs, polled = _certify(model.system, tuple(found.safe.values()), deadline, idle)
    reached, impossible = _reach(model, goal_system, found.lemmas, settings, deadline, idle)
    results = {name: _result(model, name, found, proofs, settings) for name in names}
    stuck_, open_ = _stuck(model, found.lemmas, settings, deadline)
    program = model.compiled.program
    for name, vacuity in {**never_quiescent(program, stuck_), **vacuous(program, impossible)}.items():
        results[name] = weaken(results[name], vacuity)
    sentences = (*map(stuck_sentence, stuck_), *open_)
    return _outcome(model, settings, results, reached, sentences, polled)


def prepare(spec: str, settings: Settings) -> Model:
    """Read a spec and encode it. Raises InputError for bad input."""
    compiled = compile_program(load(spec, settings.options))
    return Model(compiled, encode(compiled, settings.cpus), settings.cpus)


def show(spec: str, settings: Settings) -> str:
    """Return the transition system of a spec as text. Raises InputError for bad input."""
    return show_system(compile_program(load(spec, settings.options)))


def _search(model: Model, names: tuple[str, ...], settings: Settings, deadline: float, tell: Tell) -> Found:
    """Run the engines until every property has an answer, they end, or the deadline."""
    job = Job(model.compiled, model.system, model.cpus, names, settings.depth, Budget(deadline), prune=False)
    wanted = {"bmc": ("bmc",), "k-induction": ("k-induction",), "auto": ("bmc", "k-induction")}[settings.engine]
    run = {"bmc": partial(search, job), "k-induction": partial(induct, job)}
    found = Found()
    shown = Progress(settings.engine, None, None, 0, len(names))

    def listen(_task: str, message: object) -> bool:
        nonlocal shown
        match message:
            case Lemmas():
                found.lemmas = message.terms
            case Report():
                if message.engine == "bmc":
                    found.depth = message.depth
                shown = Progress(message.engine, message.depth, message.lemmas or None, found.decided(), len(names))
                tell(shown)
            case Answered():
                _note(found, message)
            case _:
                pass
        return found.decided() == len(names)

    tasks = [Task(e, run[e]) for e in wanted]
    endings = run_tasks(tasks, deadline=deadline, on_message=listen, on_idle=lambda: tell(shown))
    for engine, ending in endings.items():
        _note_ending(found, names, engine, ending)
    return found


def _note(found: Found, message: Answered) -> None:
    match message.answer:
        case Safe():
            found.safe[message.answer.property] = message.answer.certificate
        case Unsafe():
            found.unsafe[message.answer.property] = message.answer.trace
        case _:
            found.reasons[message.answer.property] = message.answer.reason


def _note_ending(found: Found, names: tuple[str, ...], engine: str, ending: Ending) -> None:
    for name in names:
        match ending:
            case Crashed():
                found.reasons[name] = f"{engine} crashed: {ending.detail.strip().splitlines()[-1]}"
            case Finished():
                pass
            case _:
                found.reasons.setdefault(name, "time limit")


def _certify(
    system: TransitionSystem, certificates: Sequence[Certificate], deadline: float, idle: Idle = lambda: None
) -> tuple[Mapping[str, Discharged | Rejected | Undecided], tuple[Polled, ...]]:
    """Ask every checking solver, each in its own process, about all certificates."""
    made = claims(system, certificates)
    terms = questions(made)
    polled: list[Polled] = []

    def ask(name: str, send: Callable[[object], None]) -> None:
        send(poll(name, terms, deadline))

    def listen(_solver: str, message: object) -> bool:
        if isinstance(message, Polled):
            polled.append(message)
        return False

    if made:
        tasks = [Task(name, partial(ask, name)) for name in CHECKERS]
        run_tasks(tasks, deadline=deadline, on_message=listen, on_idle=idle)
    judged = judge(made, polled)
    return {c.property: result for c, result in zip(certificates, judged, strict=True)}, tuple(polled)


def _reach(
    model: Model, system: TransitionSystem, lemmas: Sequence[Term], settings: Settings, deadline: float, idle: Idle
) -> tuple[tuple[Reach, ...], Mapping[str, Discharged]]:
    """Find out which goals are reached, and which are proved impossible."""
    wanted = goals(model.compiled)
    reached = set(sampled_goals(model.compiled, model.cpus, runs=80, length=40, seed=1))
    open_ = tuple(g for g in wanted if g not in reached)
    depth = min(settings.depth, REACH_DEPTH)
    job = Job(model.compiled, system, model.cpus, open_, depth, Budget(deadline), prune=False)
    certificates: list[Certificate] = []
    shown = 0

    def listen(_engine: str, message: object) -> bool:
        nonlocal shown
        match message:
            case Answered(answer=Safe(certificate=certificate)):
                certificates.append(certificate)
            case Answered(answer=Unsafe(trace=trace)):
                reached.update(witnessed(model.compiled, system, trace, model.cpus))
            case Report(engine="bmc"):
                shown = message.depth
            case _:
                pass
        return False

    if open_:
        tasks = [Task("reach", partial(reach, job, lemmas))]
        run_tasks(tasks, deadline=_half(deadline), on_message=listen, on_idle=idle)
    proofs, _ = _certify(system, certificates, deadline, idle)
    impossible = {name: e for name, e in proofs.items() if isinstance(e, Discharged) and name not in reached}
    listed = tuple(Reach(g, True if g in reached else False if g in impossible else None, shown) for g in wanted)
    return listed, impossible


def _result(
    model: Model,
    name: str,
    found: Found,
    proofs: Mapping[str, Discharged | Rejected | Undecided],
    settings: Settings,
) -> Checked | Rejected:
    """Return the verdict of one property from checked evidence only."""
    if name in found.safe and name in found.unsafe:
        return Rejected(name, "one engine proves the property, another refutes it")
    if name in found.unsafe:
        program = model.compiled.program
        ran = replay(program, model.system, found.unsafe[name], model.cpus, pc_values(model.compiled))
        return Refuted(name, ran) if isinstance(ran, Replay) else ran
    if name in found.safe:
        evidence = proofs[name]
        return Proved(name, model.cpus, evidence) if isinstance(evidence, Discharged) else evidence
    if found.depth is not None and found.depth >= settings.depth:
        return Bounded(name, settings.depth)
    return Undecided(name, found.reasons.get(name, "no answer"), found.depth)


def _no_run(model: Model, system: TransitionSystem, deadline: float) -> tuple[Discharged | None, tuple[Polled, ...]]:
    """Return the proof that INIT can never complete, if there is one."""
    if not init_may_fail(model.compiled):
        return None, ()
    proofs, polled = _certify(system, (NO_RUN,), deadline)
    proof = proofs[INIT_GOAL]
    return (proof, polled) if isinstance(proof, Discharged) else (None, ())


def _stuck(
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
    answers = _answers(partial(reach, job, lemmas), _half(deadline))
    certificates = [a.certificate for a in answers.values() if isinstance(a, Safe)]
    proofs, _ = _certify(system, certificates, deadline)
    found: list[Stuck] = []
    open_: list[str] = []
    for place in places:
        if isinstance(proofs.get(blocked_goals(place)[-1]), Discharged):
            continue
        traces = [a.trace for name in blocked_goals(place) if isinstance(a := answers.get(name), Unsafe)]
        here = _stuck_at(model, system, place, traces, settings, deadline)
        if here is None:
            open_.append(open_sentence(place, depth))
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
            job = Job(model.compiled, one.system, cpus, (STEPS_AGAIN,), depth, Budget(_half(deadline)))
            answers = _answers(partial(released, job), _half(deadline))
            certificates = [a.certificate for a in answers.values() if isinstance(a, Safe)]
            proofs, _ = _certify(one.system, certificates, deadline)
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


def _half(deadline: float) -> float:
    """Return the moment when half of the time that is left will have passed."""
    now = time.monotonic()
    return now + (deadline - now) / 2


def _outcome(
    model: Model,
    settings: Settings,
    results: Mapping[str, Checked | Rejected],
    reached: tuple[Reach, ...],
    stuck: tuple[str, ...],
    polled: Sequence[Polled],
) -> Outcome:
    program = model.compiled.program
    lemmas = {
        show_term(lemma): None
        for result in results.values()
        if isinstance(result, Proved)
        for lemma in result.evidence.certificate.lemmas
    }
    return Outcome(
        program=program,
        cpus=settings.cpus,
        rows=tuple(Row(p, results[p.id], expected(program, p, settings.cpus)) for p in program.properties),
        reach=reached,
        stuck=stuck,
        assumptions=assumptions(program, settings.cpus),
        memory_model=memory_model(program),
        lemmas=tuple(lemmas),
        versions=(("refproof", version("refproof")), *((p.solver, p.version) for p in polled)),
    )
