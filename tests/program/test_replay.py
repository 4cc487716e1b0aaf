"""Replay: runs of the encoded system replay, and damaged ones are rejected with the reason."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests import programs
from verify.check.checked import Rejected, Replay
from verify.check.replay import replay
from verify.encode.explicit import encode, pc_values
from verify.encode.steps import compile_program
from verify.program.interpret import interpreter, start, step, violated_states
from verify.program.program import Program
from verify.program.run import Finished, Machine
from verify.system.system import Input, TransitionSystem
from verify.term.semantics import evaluate, mask
from verify.verdict.answer import Trace, TraceStep

Values = dict[str, int]
Inputs = tuple[tuple[str, int], ...]

MODELS = (
    programs.counter(2, broken=True),
    programs.lock(broken=True),
    programs.founding_race(3),
    programs.generations(stale=True),
    programs.waiting(),
    programs.batches(),
)


def chosen(rng: random.Random, inputs: tuple[Input, ...]) -> Inputs:
    """Return values in range, small ones for TOKENs so that they collide."""
    return tuple(sorted((i.name, rng.randint(i.low, min(i.high, 3)) & mask(i.width)) for i in inputs))


def initial(system: TransitionSystem, inputs: Inputs) -> Values:
    return {name: evaluate(term, dict(inputs)) for name, term in system.init}


def after(system: TransitionSystem, index: int, state: Values, inputs: Inputs) -> Values:
    env = {**state, **dict(inputs)}
    return {**state, **{name: evaluate(term, env) for name, term in system.steps[index].updates}}


def broken_states(system: TransitionSystem, state: Values) -> set[str]:
    return {c.property for c in system.state_checks if evaluate(c.violated, state)}


def violations(model: Program, cpus: int, seed: int, length: int = 60) -> list[Trace]:
    """Return a trace for the violations that one random run of the encoded system meets."""
    rng = random.Random(seed)
    system = encode(compile_program(model), cpus)
    begun = chosen(rng, system.init_inputs)
    state = initial(system, begun)
    steps: list[TraceStep] = []
    states = [tuple(state[v.name] for v in system.state)]
    found: list[Trace] = []
    for _ in range(length * 10):
        index = rng.randrange(len(system.steps))
        taken = TraceStep(index, chosen(rng, system.steps[index].inputs))
        env = {**state, **dict(taken.inputs)}
        failed = sorted({c.property for c in system.steps[index].checks if evaluate(c.violated, env)})
        found += [Trace(p, begun, (*steps, taken), tuple(states), at_state=False) for p in failed]
        if not evaluate(system.steps[index].guard, env):
            continue
        state = after(system, index, state, taken.inputs)
        steps.append(taken)
        states.append(tuple(state[v.name] for v in system.state))
        found += [
            Trace(p, begun, tuple(steps), tuple(states), at_state=True) for p in sorted(broken_states(system, state))
        ]
    return found


def replayed(model: Program, trace: Trace, cpus: int = 2) -> Replay | Rejected:
    compiled = compile_program(model)
    return replay(model, encode(compiled, cpus), trace, cpus, pc_values(compiled))


@pytest.mark.parametrize("model", MODELS)
def test_every_violation_that_the_encoded_system_meets_replays(model: Program) -> None:
    found = [trace for seed in range(5) for trace in violations(model, 2, seed)[:3]]
    for trace in found:
        result = replayed(model, trace)
        assert isinstance(result, Replay), result
        assert result.trace is trace
        assert len(result.steps) == len(trace.steps)
        assert trace.property not in result.also
    assert bool(found) == (model.actors[0].name != "reader")


def same(system: TransitionSystem, state: Mapping[str, int], machine: Machine, model: Program) -> bool:
    names = [*(c.name for c in model.cells), *(g.name for g in model.ghosts)]
    return [state[n] for n in names] == [*machine.cells, *machine.ghosts]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("cpus", [1, 3])
def test_the_interpreter_takes_a_step_exactly_where_the_encoding_does(model: Program, cpus: int) -> None:
    rng = random.Random(cpus)
    compiled = compile_program(model)
    system, on = encode(compiled, cpus), interpreter(model)
    locations = {value: where for where, value in pc_values(compiled).items()}
    begun = chosen(rng, system.init_inputs)
    machine, _ = start(on, cpus, lambda name, *_: dict(begun)[name])
    state = initial(system, begun)
    for _ in range(400):
        index = rng.randrange(len(system.steps))
        named = system.steps[index]
        inputs = chosen(rng, named.inputs)
        env = {**state, **dict(inputs)}
        here = machine.cpus[named.cpu]
        pc = locations.get(state[f"cpu{named.cpu}.pc"])
        assert pc == (None if here is None else (model.actors[here.actor].name, here.node))
        if not any(evaluate(term, env) for term in (named.guard, *(c.reached for c in named.checks))):
            continue
        enter = named.actor if here is None else None
        result = step(on, machine, named.cpu, enter, lambda name, *_, given=inputs: dict(given)[name])
        assert result.violated == tuple(sorted({c.property for c in named.checks if evaluate(c.violated, env)}))
        assert (result.machine is not None) == bool(evaluate(named.guard, env))
        if result.machine is not None:
            machine, state = result.machine, after(system, index, state, inputs)
            finished = any(isinstance(e, Finished) for e in result.run.events)
            assert finished == any(evaluate(o.when, env) for o in named.outcomes if o.finishes)
            assert same(system, state, machine, model)
            assert set(violated_states(on, machine)) == broken_states(system, state)


def rejected(trace: Trace, model: Program = MODELS[0]) -> str:
    result = replayed(model, trace)
    assert isinstance(result, Rejected)
    assert result.property == trace.property
    return result.reason


@pytest.fixture(scope="module")
def batch() -> Trace:
    """A violation in the middle of a step, of a program with inputs."""
    return next(t for seed in range(9) for t in violations(MODELS[5], 2, seed) if len(t.steps) > 2 and not t.at_state)


@pytest.fixture(scope="module")
def quiet() -> Trace:
    """A violation in a state."""
    return next(t for seed in range(9) for t in violations(MODELS[0], 2, seed) if t.at_state and len(t.steps) > 2)


def test_another_property_is_rejected(batch: Trace, quiet: Trace) -> None:
    assert rejected(replace(quiet, property="other")) == "the last state does not violate other"
    assert rejected(replace(batch, property="same"), MODELS[5]) == "the last step does not violate same"


def test_a_violation_in_the_wrong_place_is_rejected(batch: Trace, quiet: Trace) -> None:
    moved = replace(quiet, at_state=False, states=quiet.states[:-1])
    assert rejected(moved) == "the last step does not violate agree"
    assert "states for" in rejected(replace(batch, at_state=True), MODELS[5])


def test_every_flipped_value_of_a_state_is_rejected(quiet: Trace) -> None:
    system = encode(compile_program(MODELS[0]), 2)
    shared = [i for i, v in enumerate(system.state) if v.cpu is None or v.name.endswith(".pc")]
    for number, values in enumerate(quiet.states):
        for position in shared:
            wrong = (*values[:position], values[position] ^ 1, *values[position + 1 :])
            states = (*quiet.states[:number], wrong, *quiet.states[number + 1 :])
            reason = rejected(replace(quiet, states=states))
            assert f"{system.state[position].name} is {values[position]}" in reason


def test_a_flipped_live_local_is_rejected_and_a_dead_one_is_not_looked_at() -> None:
    model = MODELS[0]
    system = encode(compile_program(model), 2)
    at = [v.name for v in system.state].index("cpu0.put.seen")
    pc = [v.name for v in system.state].index("cpu0.pc")
    verdicts = set()
    for trace in violations(model, 2, 1)[:4]:
        for number, values in enumerate(trace.states):
            wrong = (*values[:at], values[at] ^ 1, *values[at + 1 :])
            states = (*trace.states[:number], wrong, *trace.states[number + 1 :])
            result = replayed(model, replace(trace, states=states))
            assert isinstance(result, Rejected) == (values[pc] != 0)
            verdicts.add(type(result))
    assert verdicts == {Rejected, Replay}


def test_dropped_repeated_and_swapped_steps_are_rejected(quiet: Trace) -> None:
    assert "states for" in rejected(replace(quiet, steps=quiet.steps[1:]))
    assert "states for" in rejected(replace(quiet, states=quiet.states[1:]))
    shorter = replace(quiet, steps=quiet.steps[1:], states=(quiet.states[0], *quiet.states[2:]))
    assert rejected(shorter)
    assert rejected(replace(quiet, steps=(), states=quiet.states[:1])) == "the last state does not violate agree"
    assert "which the system lacks" in rejected(replace(quiet, steps=(TraceStep(99, ()), *quiet.steps[1:])))


def test_missing_extra_and_impossible_inputs_are_rejected(batch: Trace) -> None:
    index = next(i for i, s in enumerate(batch.steps) if s.inputs)

    def damaged(inputs: Inputs) -> str:
        steps = (*batch.steps[:index], replace(batch.steps[index], inputs=inputs), *batch.steps[index + 1 :])
        return rejected(replace(batch, steps=steps), MODELS[5])

    name = batch.steps[index].inputs[0][0]
    assert damaged(()).endswith(f"inputs: {name}")
    assert damaged(((name, 1), ("other", 1))).endswith("inputs: other")
    assert damaged(((name, 1), (name, 1))).endswith(f"inputs: {name}")
    assert damaged(((name, 8),)).endswith("does not fit 3 bits")
    assert damaged(((name, 4),)).endswith("is not in [-1, 2]")
    assert "does not happen: blocked at" in damaged(((name, 0),))
    assert "INIT: missing" in rejected(replace(batch, initial_inputs=(("x", 1),)), MODELS[5])


def test_a_step_of_a_cpu_in_another_actor_is_rejected(quiet: Trace) -> None:
    system = encode(compile_program(MODELS[0]), 2)
    locations = pc_values(compile_program(MODELS[0]))
    inside = {index for index, s in enumerate(system.steps) if " in put" in s.label}
    assert inside & {s.index for s in quiet.steps}
    for steps, message in (
        ([replace(s, actor="nobody") for s in system.steps], "the program has no actor nobody"),
        ([replace(s, cpu=7) for s in system.steps], "there is no CPU 7"),
        ([replace(s, actor="get") if i in inside else s for i, s in enumerate(system.steps)], "in put, not in get"),
    ):
        result = replay(MODELS[0], replace(system, steps=tuple(steps)), quiet, 2, locations)
        assert isinstance(result, Rejected)
        assert result.reason.endswith(message)
    result = replay(MODELS[0], system, quiet, 2, {})
    assert isinstance(result, Rejected)
    assert "the encoding has no location" in result.reason
