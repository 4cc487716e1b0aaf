"""The abstraction map: every run of a few concrete CPUs, counted and summed, is a run of the counting system.

The runs are the interpreter's. Nothing of ``verify.check.simulation`` is used: this law is that argument, by running.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from tests import programs
from tests.laws.depth import examples
from tests.laws.test_runs import any_value, first_machine, valuation
from tests.random_programs import small_programs
from tests.systems import soon
from verify.encode.concrete import concretised
from verify.encode.counting import Counting, encode_counting, frame_lemmas
from verify.encode.explicit import encode
from verify.encode.steps import Compiled, compile_program
from verify.engines.facts import infer_facts
from verify.program.interpret import Interpreter, StepResult, enabled, interpreter, step, violated_states
from verify.program.program import Program
from verify.program.run import CheckRan, Machine
from verify.smt.select import engine_solver
from verify.system.system import Step, TransitionSystem, state_violation, step_violation
from verify.term.build import conj
from verify.term.semantics import evaluate, evaluate_all, mask
from verify.term.term import Term

SLOW: Final = list(HealthCheck)
RUNS: Final = 4
LENGTH: Final = 10
KNOWN: Final = (
    programs.counter(2, broken=True),
    programs.lock(broken=True),
    programs.founding_race(3),
    programs.generations(),
    programs.generations(stale=True),
    programs.waiting(),
    programs.batches(),
)

Values = Mapping[str, int]


@dataclass(frozen=True)
class Mapped:
    """A program with its counting system, and the explicit system of a few CPUs that is mapped to it."""

    compiled: Compiled
    counting: Counting
    explicit: TransitionSystem
    cpus: int
    meaning: tuple[Term, ...]

    def seen(self, machine: Machine) -> Values:
        """Return the counting state that a machine is."""
        values = valuation(self.compiled, self.explicit, machine)
        names = (v.name for v in self.counting.system.state)
        return dict(zip(names, evaluate_all(self.meaning, values), strict=True))

    def taken(self, machine: Machine, cpu: int, actor: str | None) -> tuple[int, Step]:
        """Return the program's step that this CPU takes next, by index, and the counting step for it."""
        here = machine.cpus[cpu]
        names = [a.name for a in self.compiled.program.actors]
        wanted = (actor, None) if here is None else (names[here.actor], here.node)
        steps = self.compiled.steps
        index = next(i for i, s in enumerate(steps) if wanted == (s.actor, s.source.node if s.source else None))
        return index, self.counting.system.steps[min(cpu, self.counting.focus) * len(steps) + index]


def mapped(program: Program, cpus: int, focus: int) -> Mapped:
    compiled = compile_program(program)
    facts = infer_facts(compiled, engine_solver(), soon(20))
    counting = encode_counting(compiled, facts, focus)
    counted = concretised(counting, cpus)
    meaning = tuple(counted.get(v.term, v.term) for v in counting.system.state)
    return Mapped(compiled, counting, encode(compiled, cpus), cpus, meaning)


def inputs(on: Mapped, machine: Machine, cpu: int, index: int, taken: Step, chosen: Values) -> Values:
    """Return the inputs of the counting step: what the run drew, and the locals of a CPU that is only counted.

    Of a draw that the run did not come to the lowest value is taken.
    """
    own = on.compiled.steps[index]
    held = valuation(on.compiled, on.explicit, machine)
    found = {i.name: i.low & mask(i.width) for i in taken.inputs}
    if own.source is not None and cpu >= on.counting.focus:
        found |= {v.name: held[f"cpu{cpu}.{v.name}"] for v in own.source.live}
    return {**found, **chosen}


def told(
    on: Mapped, machine: Machine, cpu: int, actor: str | None, result: StepResult, chosen: Values
) -> Iterator[str]:
    """Yield what the counting system does not do as this concrete step does.

    A step that is blocked may be so by a drawn TOKEN that is not fresh: its checks are those of another draw.
    """
    index, taken = on.taken(machine, cpu, actor)
    seen = on.seen(machine)
    before = {**seen, **inputs(on, machine, cpu, index, taken, chosen)}
    stale = result.machine is None and on.compiled.steps[index].fresh
    if not stale and (cpu < on.counting.focus or not on.counting.focus):
        for name in result.violated:
            if not evaluate(step_violation(taken, name), before):
                yield f"{taken.label}: the violation of {name} is not seen"
        for ran in (e for e in result.run.events if isinstance(e, CheckRan)):
            if not any(evaluate(c.reached, before) for c in taken.checks if c.property == ran.property):
                yield f"{taken.label}: the check of {ran.property} is not seen"
    if result.machine is None:
        return
    if not evaluate(taken.guard, before):
        yield f"{taken.label}: not possible"
    if sum(evaluate(o.when, before) for o in taken.outcomes) != 1:
        yield f"{taken.label}: ends in several ways or none"
    names, values = zip(*taken.updates, strict=True) if taken.updates else ((), ())
    after = {**seen, **dict(zip(names, evaluate_all(values, before), strict=True))}
    wanted = on.seen(result.machine)
    yield from (f"{taken.label}: {n} is {after[n]}, not {wanted[n]}" for n in wanted if after[n] != wanted[n])


def told_of_state(on: Mapped, interpreted: Interpreter, machine: Machine) -> Iterator[str]:
    seen = on.seen(machine)
    for name in violated_states(interpreted, machine):
        if not evaluate(state_violation(on.counting.system, name), seen):
            yield f"the state that violates {name} is not seen"
    if not evaluate(conj(frame_lemmas(on.counting)), seen):
        yield "the frame does not hold"


def of_run(on: Mapped, seed: int) -> Iterator[str]:
    """Yield what one random run does and the counting system does not."""
    chance = random.Random(seed)
    interpreted = interpreter(on.compiled.program)
    first = first_machine(interpreted, on.cpus, chance)
    if first is None:
        return
    machine, chosen = first
    system = on.counting.system
    starting = {**{i.name: i.low & mask(i.width) for i in system.init_inputs}, **chosen}
    if not evaluate(system.init_guard, starting) or on.seen(machine) != {
        name: evaluate(value, starting) for name, value in system.init
    }:
        yield "starts elsewhere"
    for _ in range(LENGTH):
        yield from told_of_state(on, interpreted, machine)
        after = None
        for cpu, actor in chance.sample(moves := list(enabled(interpreted, machine)), len(moves)):
            drawn: dict[str, int] = {}
            result = step(interpreted, machine, cpu, actor, any_value(chance, drawn))
            yield from told(on, machine, cpu, actor, result, drawn)
            after = after or result.machine
        if after is None:
            return
        machine = after


def differences(program: Program, cpus: int, focus: int) -> list[str]:
    on = mapped(program, cpus, focus)
    return [line for seed in range(RUNS) for line in of_run(on, seed)]


@example(KNOWN[0], 3, 0, 0)
@example(KNOWN[1], 3, 0, 1)
@example(KNOWN[2], 3, 0, 0)
@example(KNOWN[3], 3, 0, 1)
@example(KNOWN[4], 3, 0, 2)
@example(KNOWN[5], 3, 0, 0)
@example(KNOWN[6], 3, 0, 1)
@given(small_programs(), st.integers(2, 4), st.integers(0, 3), st.sampled_from((0, 0, 1, 2)))
@settings(max_examples=examples(8), suppress_health_check=SLOW)
def test_every_concrete_run_is_a_run_of_the_counting_system(
    program: Program, cpus: int, spare: int, focus: int
) -> None:
    event(f"{cpus} CPUs, {focus} focus CPUs")
    assert differences(replace(program, cpus_max=cpus + spare), cpus, focus) == []


@pytest.mark.slow
@given(small_programs(actors=4), st.integers(2, 5), st.sampled_from((0, 4, 1 << 19)), st.sampled_from((0, 1, 2)))
@settings(max_examples=examples(150), suppress_health_check=SLOW)
def test_concrete_runs_with_more_actors_are_runs_of_the_counting_system(
    program: Program, cpus: int, spare: int, focus: int
) -> None:
    assert differences(replace(program, cpus_max=cpus + spare), cpus, focus) == []
