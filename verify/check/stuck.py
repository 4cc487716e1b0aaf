"""A CPU that is stuck for ever inside an actor: a replayed run to there, and a proof that it never steps again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verify.check.checked import Discharged, Rejected, Replay, Undecided, Vacuous
from verify.check.replay import follow
from verify.encode.explicit import pc_values
from verify.encode.steps import Compiled, ProgramStep
from verify.encode.stuck import blocked_cpus, helpers, place_name, waiting_system
from verify.program.program import Program, PropertyKind
from verify.program.run import Inside
from verify.system.system import TransitionSystem
from verify.verdict.answer import Trace


@dataclass(frozen=True, slots=True)
class Blocked:
    """A CPU that a replayed run leaves at a place, and the system that starts right there."""

    place: ProgramStep
    cpu: int
    run: Replay
    system: TransitionSystem


@dataclass(frozen=True, slots=True)
class Stuck:
    """A CPU at a place that, by an accepted proof, never steps again: the run to there and the proof.

    ``cpus`` counts the CPUs of the run, ``more`` those that the proof adds, all outside at its start.
    """

    place: ProgramStep
    cpu: int
    cpus: int
    more: int
    run: Replay
    proof: Discharged


def blocked(
    compiled: Compiled, system: TransitionSystem, cpus: int, place: ProgramStep, trace: Trace
) -> tuple[Blocked, ...]:
    """Replay a trace of a system of blocked goals; return the CPUs it leaves at the place (none if it fails)."""
    run = follow(compiled.program, system, trace, cpus, pc_values(compiled))
    if isinstance(run, Rejected):
        return ()
    last = run.machines[-1] if run.machines else run.start
    state = dict(zip((v.name for v in system.state), trace.states[-1], strict=True))
    return tuple(
        Blocked(place, cpu, run, waiting_system(compiled, cpus, state, cpu))
        for cpu in blocked_cpus(compiled, place, cpus, state)
        if _is_at(compiled.program, last.cpus[cpu], place)
    )


def _is_at(program: Program, here: Inside | None, place: ProgramStep) -> bool:
    source = place.source
    return (
        here is not None
        and source is not None
        and (program.actors[here.actor].name, here.node) == (source.actor, source.node)
    )


def stuck(compiled: Compiled, found: Blocked, proof: Discharged) -> Stuck:
    """Return the finding; ``proof`` is of ``found.system``'s property."""
    cpus = len(found.run.start.cpus)
    return Stuck(found.place, found.cpu, cpus, helpers(compiled, cpus), found.run, proof)


def stuck_sentence(found: Stuck) -> str:
    """Return the finding in one sentence, with the run to there in short."""
    run = ", ".join(f"CPU {s.cpu} {'enters' if s.entered else 'goes on in'} {s.actor}" for s in found.run.steps)
    more = " and with one more" if found.more else ""
    return (
        f"{place_name(found.place)}: CPU {found.cpu} can never step again after: {run} "
        f"(proved for {found.cpus} CPU{'s' if found.cpus != 1 else ''}{more})"
    )


def open_sentence(place: ProgramStep) -> str:
    """Return the sentence for a place where neither was shown: that a CPU can be stuck, or that none can."""
    return f"{place_name(place)}: stuck: not shown"


def unsettled(program: Program, places: Sequence[ProgramStep]) -> Mapping[str, Undecided]:
    """Return what places at which CPUs may wait make of the QUIESCENT properties, for any number of CPUs.

    Stuck CPUs are looked for with few CPUs only, so it stays open whether some number of them gets stuck for ever.
    """
    if not places:
        return {}
    reason = f"a CPU may be stuck for ever at {place_name(places[0])}: not known for any number; ask for --cpus n"
    return {p.id: Undecided(p.id, reason, None) for p in program.properties if p.kind is PropertyKind.QUIESCENT}


def never_quiescent(program: Program, found: Sequence[Stuck]) -> Mapping[str, Vacuous]:
    """Return what stuck CPUs make of the QUIESCENT properties: states without CPUs inside may be missing."""
    if not found:
        return {}
    reason = f"a CPU can be stuck for ever at {place_name(found[0].place)}"
    return {p.id: Vacuous(p.id, reason, found[0].run) for p in program.properties if p.kind is PropertyKind.QUIESCENT}
