"""Law 4 for the exact encoding: an exhaustive search and every engine agree on random small programs.

The search runs on the interpreter, which shares nothing with the encoding, the engines or a solver.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import pytest
from hypothesis import HealthCheck, assume, event, example, given, settings
from hypothesis import strategies as st

from tests import programs
from tests.explicit_search import Found, SearchLimitError, explore
from tests.laws.depth import examples
from tests.random_programs import small_programs
from tests.systems import induct as induct_bare
from tests.systems import search as search_bounded
from tests.systems import soon
from verify.check.certify import certify
from verify.check.checked import Discharged, Replay
from verify.check.replay import replay
from verify.encode.explicit import encode, pc_values
from verify.encode.steps import compile_program
from verify.engines.ic3 import Task, ic3
from verify.engines.messages import Answered, Message
from verify.engines.tasks import Job, induct
from verify.program.program import Program
from verify.smt.select import engine_solvers
from verify.system.system import TransitionSystem
from verify.verdict.answer import Answer, Safe, Unknown, Unsafe

BMC_DEPTH: Final = 4
SEARCH_DEPTH: Final = 6
SEARCH_LIMIT: Final = 2500

SLOW: Final = list(HealthCheck)

KNOWN: Final = (
    programs.counter(2),
    programs.counter(2, broken=True),
    programs.lock(),
    programs.lock(broken=True),
    programs.founding_race(3),
    programs.founding_race(3, enter_with=4),
    programs.generations(),
    programs.generations(stale=True),
    programs.waiting(),
)


Law = Callable[[Program, int], None]


def on_known_programs(test: Law) -> Law:
    for known in KNOWN:
        test = example(known, 2)(test)
    return test


def searched(program: Program, cpus: int) -> Found:
    try:
        return explore(program, cpus, limit=SEARCH_LIMIT, depth=SEARCH_DEPTH)
    except SearchLimitError:
        assume(False)
        raise


def wrong(program: Program, cpus: int, system: TransitionSystem, answers: Sequence[Answer], found: Found) -> list[str]:
    """Return the answers that the search denies, and the evidence that is not accepted."""
    safe = [a for a in answers if isinstance(a, Safe)]
    told = [f"{a.property} is proved" for a in safe if a.property in found.depths]
    results = certify(system, [a.certificate for a in safe], time.monotonic() + 60)
    told += [f"{result}" for result in results if not isinstance(result, Discharged)]
    for answer in answers:
        if isinstance(answer, Unsafe):
            if len(answer.trace.steps) != found.depths.get(answer.property):
                told.append(f"{answer.property} is refuted at depth {len(answer.trace.steps)}")
            ran = replay(program, system, answer.trace, cpus, pc_values(compile_program(program)))
            if not isinstance(ran, Replay):
                told.append(f"{ran}")
    return told


@on_known_programs
@given(small_programs(), st.integers(1, 3))
@settings(max_examples=examples(18), suppress_health_check=SLOW)
def test_bmc_finds_each_violation_at_its_depth(program: Program, cpus: int) -> None:
    found, system = searched(program, cpus), encode(compile_program(program), cpus)
    answers = search_bounded(system, BMC_DEPTH)
    assert wrong(program, cpus, system, tuple(answers.values()), found) == [], found.depths
    for name, answer in answers.items():
        event(f"{name} {type(answer).__name__} {found.depths.get(name)}")
        if isinstance(answer, Unknown):
            assert answer.depth == BMC_DEPTH
            assert found.depths.get(name, BMC_DEPTH + 1) > BMC_DEPTH, name
    violated = {name for name, depth in found.depths.items() if depth <= BMC_DEPTH}
    assert violated <= answers.keys()


@on_known_programs
@given(small_programs(), st.integers(1, 3))
@settings(max_examples=examples(14), suppress_health_check=SLOW)
def test_k_induction_proves_nothing_that_the_search_refutes(program: Program, cpus: int) -> None:
    found, system = searched(program, cpus), encode(compile_program(program), cpus)
    answers = induct_bare(system, 3)
    for name, answer in answers.items():
        event(f"{name} {type(answer).__name__} {found.depths.get(name)}")
    assert wrong(program, cpus, system, tuple(answers.values()), found) == [], found.depths


@pytest.mark.slow
@on_known_programs
@given(small_programs(), st.integers(1, 3))
@settings(max_examples=examples(14), suppress_health_check=SLOW)
def test_ic3_proves_nothing_that_the_search_refutes(program: Program, cpus: int) -> None:
    found, system = searched(program, cpus), encode(compile_program(program), cpus)
    told: list[Message] = []
    ic3(Task(system, (), (), engine_solvers(), soon(8), queries=500), system.properties(), told.append)
    answers = tuple(m.answer for m in told if isinstance(m, Answered))
    for answer in answers:
        event(f"{answer.property} {type(answer).__name__} {found.depths.get(answer.property)}")
    assert wrong(program, cpus, system, answers, found) == [], found.depths


@pytest.mark.slow
@example(KNOWN[1], 2)
@example(KNOWN[4], 2)
@given(small_programs(actors=2), st.integers(1, 2))
@settings(max_examples=examples(10), suppress_health_check=SLOW)
def test_inferred_lemmas_prove_nothing_that_the_search_refutes(program: Program, cpus: int) -> None:
    found = searched(program, cpus)
    compiled = compile_program(program)
    system = encode(compiled, cpus)
    told: list[Message] = []
    induct(Job(compiled, system, cpus, system.properties(), 2, soon(30)), told.append)
    answers = tuple(m.answer for m in told if isinstance(m, Answered))
    for answer in answers:
        event(f"{answer.property} {type(answer).__name__} {found.depths.get(answer.property)}")
    assert wrong(program, cpus, system, answers, found) == [], found.depths


def test_the_right_versions_are_proved_and_the_broken_ones_refuted() -> None:
    """What the law lets pass as Unknown is decided on these."""
    for program, name in ((programs.counter(2), "agree"), (programs.lock(), "exclusive")):
        compiled = compile_program(program)
        system = encode(compiled, 2)
        told: list[Message] = []
        induct(Job(compiled, system, 2, system.properties(), 2, soon(30)), told.append)
        (answer,) = (m.answer for m in told if isinstance(m, Answered))
        assert isinstance(answer, Safe), name
    for program in (programs.counter(2, broken=True), programs.lock(broken=True), programs.founding_race(3)):
        (answer,) = search_bounded(encode(compile_program(program), 2), 8).values()
        assert isinstance(answer, Unsafe)
