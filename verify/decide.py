"""From a model to checked verdicts: engines, then the check of their evidence, reach and vacuity.

This process never runs a parser or a solver. They run in worker processes with time limits; what
they say is evidence to be checked, never a verdict.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version

from verify.check.ask import Polled
from verify.check.certify import Origin
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
    Vacuous,
)
from verify.check.stuck import never_quiescent, stuck_sentence, unsettled
from verify.check.vacuity import NO_RUN, init_may_fail, vacuous, weaken, without_runs
from verify.encode.reach import INIT_GOAL, reach_system
from verify.encode.stuck import waiting_places
from verify.report.assumptions import assumptions, expected, memory_model
from verify.report.outcome import Outcome, Row
from verify.report.progress import Progress
from verify.stages.evidence import Judged, certify, make_poll
from verify.stages.model import Model, Settings, half
from verify.stages.reach import certify_and_reach
from verify.stages.search import Found, Tell, decide
from verify.stages.stuck import find_stuck
from verify.system.system import TransitionSystem
from verify.term.show import show as show_term

SEARCH_SHARE = 0.7
"""The part of the time limit that engines may use; the rest is for checking their evidence."""


def check_model(model: Model, names: tuple[str, ...], settings: Settings, tell: Tell) -> Outcome:
    """Decide the properties ``names`` (sorted) of a spec that was made ready, and check the evidence.

    Takes at most ``settings.seconds``.
    """
    begin = time.monotonic()
    goal_system = reach_system(model.compiled, model.system)
    no_run, polled = _no_run(model, goal_system, half(begin + settings.seconds))
    if no_run is not None:
        nothing = (Reach(INIT_GOAL, reached=False, depth=0),)
        silenced = {n: r for n, r in without_runs(model.compiled.program, no_run).items() if n in names}
        return _outcome(model, settings, silenced, nothing, (), polled)
    found = decide(model, names, settings, begin + SEARCH_SHARE * settings.seconds, tell)
    deadline = begin + settings.seconds
    idle = partial(tell, Progress("checking evidence", None, None, found.decided(), len(names)))
    origin = Origin(model.compiled, lambda system: system)
    asked = make_poll(model.system, tuple(found.safe.values()), deadline, origin)
    reached, impossible = certify_and_reach(model, goal_system, asked, found, settings, deadline, idle)
    proofs = asked.judged()
    results = {name: _result(model, name, found, proofs, settings) for name in names}
    stuck_, open_ = find_stuck(model, () if model.any_number else found.lemmas, settings, deadline)
    program = model.compiled.program
    silent: Mapping[str, Vacuous | Undecided] = (
        unsettled(program, waiting_places(model.compiled)) if model.any_number else never_quiescent(program, stuck_)
    )
    for name, vacuity in {**silent, **vacuous(program, impossible)}.items():
        if name in results:
            results[name] = weaken(results[name], vacuity)
    sentences = (*map(stuck_sentence, stuck_), *open_)
    return _outcome(model, settings, results, reached, sentences, asked.polled())


def nothing_asked(model: Model, settings: Settings) -> Outcome:
    """Return the outcome for a spec that has none of the properties that were asked about."""
    return _outcome(model, settings, {}, (), (), ())


def _result(
    model: Model,
    name: str,
    found: Found,
    proofs: Judged,
    settings: Settings,
) -> Checked | Rejected:
    """Return the verdict of one property from checked evidence only."""
    if name in found.safe and name in found.unsafe.keys() | found.blocks.keys():
        return Rejected(name, "one engine proves the property, another refutes it")
    if name in found.unsafe:
        ran = found.unsafe[name]
        return Refuted(name, ran) if isinstance(ran, Replay) else ran
    if name in found.blocks:
        return Refuted(name, found.blocks[name])
    if name in found.safe:
        evidence = proofs[name]
        if model.any_number and found.safe[name].abstraction is None:
            return Rejected(name, "the certificate is about few CPUs, not about any number")
        return Proved(name, settings.cpus, evidence) if isinstance(evidence, Discharged) else evidence
    if found.depth is not None and found.depth >= settings.depth:
        return Bounded(name, settings.depth)
    return Undecided(name, found.reasons.get(name, "no answer"), found.depth, found.gaps.get(name))


def _no_run(model: Model, system: TransitionSystem, deadline: float) -> tuple[Discharged | None, tuple[Polled, ...]]:
    """Return the proof that INIT can never complete, if there is one."""
    if not init_may_fail(model.compiled):
        return None, ()
    proofs, polled = certify(system, (NO_RUN,), deadline)
    proof = proofs[INIT_GOAL]
    return (proof, polled) if isinstance(proof, Discharged) else (None, ())


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
        rows=tuple(
            Row(p, results[p.id], expected(program, p, settings.cpus)) for p in program.properties if p.id in results
        ),
        reach=reached,
        stuck=stuck,
        assumptions=assumptions(program, settings.cpus),
        memory_model=memory_model(program),
        lemmas=tuple(lemmas),
        versions=(("refproof", version("refproof")), *sorted((p.solver, p.version) for p in polled)),
    )
