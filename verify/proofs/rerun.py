"""Replaying a kept run on the program as it is now: no solver takes part.

The states of a run step by step are computed from the terms of the transition system; the replay then compares
each with what the interpreter makes of the C text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from verify.check.blocks import replay_blocks
from verify.check.checked import BlockReplay, Rejected, Replay
from verify.check.replay import replay
from verify.encode.explicit import encode, pc_values
from verify.encode.steps import Compiled
from verify.encode.tally import contexts
from verify.program.program import Program
from verify.proofs.kept_run import KeptRun, Steps, Taken
from verify.system.system import TransitionSystem, step_violation
from verify.term.semantics import evaluate
from verify.verdict.answer import BlockTrace, Trace, TraceStep

State = tuple[int, ...]


class _Mismatch(Exception):  # noqa: N818  (never leaves this module)
    """Why the run does not take place."""


@dataclass(slots=True)
class Reruns:
    """The systems of one program that kept runs speak of, by the number of their CPUs; each is made once."""

    compiled: Compiled
    cpus: int | None
    made: dict[int, TransitionSystem] = field(default_factory=dict)

    def system(self, cpus: int) -> TransitionSystem:
        """Return the system of exactly so many CPUs."""
        if cpus not in self.made:
            self.made[cpus] = encode(self.compiled, cpus)
        return self.made[cpus]


def rerun(on: Reruns, kept: KeptRun) -> Replay | BlockReplay | Rejected:
    """Return the run as it was replayed, or why it is not evidence.

    Raises InputError where a local loop does not end.
    """
    name, program = kept.claimed.property, on.compiled.program
    match kept.run:
        case BlockTrace() if on.cpus is not None:
            return Rejected(name, f"a run in blocks is no evidence about exactly {on.cpus} CPUs")
        case BlockTrace():
            return replay_blocks(program, kept.run)
        case Steps():
            most = contexts(program) if on.cpus is None else on.cpus
            if kept.run.cpus > most:
                return Rejected(name, f"this is a run of {kept.run.cpus} CPUs, more than {most}")
            return _steps(on, program, name, kept.run)


def _steps(on: Reruns, program: Program, name: str, run: Steps) -> Replay | Rejected:
    system = on.system(run.cpus)
    try:
        trace = _trace(system, name, run)
    except (_Mismatch, ValueError) as mismatch:  # ValueError: a value does not fit its width
        return Rejected(name, str(mismatch))
    return replay(program, system, trace, run.cpus, pc_values(on.compiled))


def _trace(system: TransitionSystem, name: str, run: Steps) -> Trace:
    """Return the run with the states that follow from the system, and each step by its index."""
    _require_inputs("INIT", [i.name for i in system.init_inputs], run.initial_inputs)
    first = dict(run.initial_inputs)
    initial = dict(system.init)
    state = tuple(evaluate(initial[v.name], first) for v in system.state)
    states, steps = [state], list[TraceStep]()
    for number, taken in enumerate(run.steps, 1):
        middle = number == len(run.steps) and not run.at_state
        index = _index(system, state, taken, number, name if middle else None)
        steps.append(TraceStep(index, taken.inputs))
        if not middle:
            state = _after(system, index, state, taken)
            states.append(state)
    return Trace(name, run.initial_inputs, tuple(steps), tuple(states), run.at_state)


def _require_inputs(where: str, declared: list[str], given: tuple[tuple[str, int], ...]) -> None:
    if sorted(declared) != sorted(name for name, _ in given):
        raise _Mismatch(f"{where}: it draws {', '.join(sorted(declared)) or 'nothing'}")


def _index(system: TransitionSystem, state: State, taken: Taken, number: int, violated: str | None) -> int:
    """Return the one step that this CPU can take in this actor, and that violates the property if one is named."""
    before = _values(system, state)
    for index, step in enumerate(system.steps):
        if (step.cpu, step.actor) == (taken.cpu, taken.actor):
            names = [i.name for i in step.inputs]
            if sorted(names) == sorted(name for name, _ in taken.inputs):
                wanted = step.guard if violated is None else step_violation(step, violated)
                if evaluate(wanted, before | dict(taken.inputs)):
                    return index
    doing = "take a step in" if violated is None else f"violate {violated} in"
    raise _Mismatch(f"step {number}: CPU {taken.cpu} cannot {doing} {taken.actor} with these inputs")


def _after(system: TransitionSystem, index: int, state: State, taken: Taken) -> State:
    before = _values(system, state) | dict(taken.inputs)
    updated = {name: evaluate(term, before) for name, term in system.steps[index].updates}
    return tuple(updated.get(v.name, value) for v, value in zip(system.state, state, strict=True))


def _values(system: TransitionSystem, state: State) -> dict[str, int]:
    return {v.name: value for v, value in zip(system.state, state, strict=True)}
