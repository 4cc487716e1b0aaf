"""A run of one program, tried on another that differs a little: the same CPUs at the same actors with the same choices.

What comes out is a claim like an engine's, and counts only once its replay on the other program accepted it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verify.system.system import Input, Step, TransitionSystem, state_violation, step_violation
from verify.term.semantics import evaluate, mask
from verify.verdict.answer import Trace, TraceStep

_Given = Sequence[tuple[str, int]]


def transferred(trace: Trace, known: TransitionSystem, other: TransitionSystem, property_id: str) -> Trace | None:
    """Return a trace of ``other`` that takes the steps of a trace of ``known`` until ``property_id`` is violated.

    Both systems have the same number of CPUs. None where the steps are not possible there, or violate nothing.
    """
    initial = _inputs(other.init_inputs, trace.initial_inputs)
    env = {name: evaluate(term, dict(initial)) for name, term in other.init}
    states = [tuple(env[v.name] for v in other.state)]
    taken: list[TraceStep] = []
    if evaluate(state_violation(other, property_id), env):
        return Trace(property_id, initial, (), tuple(states), at_state=True)
    for claimed in trace.steps:
        wanted = known.steps[claimed.index]
        found = _possible(other, wanted, claimed.inputs, env, property_id)
        if found is None:
            return None
        index, inputs = found
        taken.append(TraceStep(index, inputs))
        here = env | dict(inputs)
        if evaluate(step_violation(other.steps[index], property_id), here):
            return Trace(property_id, initial, tuple(taken), tuple(states), at_state=False)
        env = env | {name: evaluate(term, here) for name, term in other.steps[index].updates}
        states.append(tuple(env[v.name] for v in other.state))
        if evaluate(state_violation(other, property_id), env):
            return Trace(property_id, initial, tuple(taken), tuple(states), at_state=True)
    return None


def _possible(
    system: TransitionSystem, wanted: Step, given: _Given, env: Mapping[str, int], property_id: str
) -> tuple[int, tuple[tuple[str, int], ...]] | None:
    """Return the step of the same CPU in the same actor that can be taken, or that violates, with its inputs."""
    for index, step in enumerate(system.steps):
        if (step.cpu, step.actor) == (wanted.cpu, wanted.actor):
            inputs = _inputs(step.inputs, given)
            here = {**env, **dict(inputs)}
            if evaluate(step.guard, here) or evaluate(step_violation(step, property_id), here):
                return index, inputs
    return None


def _inputs(declared: Sequence[Input], given: _Given) -> tuple[tuple[str, int], ...]:
    """Return a value for each declared input: the one given for the same variable in the same turn, else its least."""
    values: dict[str, list[int]] = {}
    for name, value in sorted(given, key=lambda g: _turn(g[0])):
        values.setdefault(_turn(name)[0], []).append(value)
    found: list[tuple[str, int]] = []
    for one in sorted(declared, key=lambda i: _turn(i.name)):
        queue = values.get(_turn(one.name)[0], [])
        found.append((one.name, (queue.pop(0) if queue else one.low) & mask(one.width)))
    return tuple(sorted(found))


def _turn(name: str) -> tuple[str, int, int]:
    """Return the variable, the node and the visit that an input's name says (``verify.program.run.input_name``)."""
    variable, _, place = name.rpartition("!")
    node, _, visit = place.partition(".")
    return variable, int(node), int(visit)
