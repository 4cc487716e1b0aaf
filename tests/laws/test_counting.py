"""Law 4 for the counting encoding: it never proves what an exhaustive search refutes for 1 to 4 CPUs."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from tests import programs
from tests.explicit_search import explore
from tests.laws.counting_answers import counting_certificates, judged
from tests.laws.depth import examples
from tests.random_programs import small_programs
from verify.check.checked import Rejected, Undecided
from verify.encode.steps import compile_program
from verify.program.program import Program

SLOW: Final = list(HealthCheck)
STATES: Final = 1500
"""Machines that the search looks at for each number of CPUs; what it found until then is a violation all the same."""


def violated(program: Program, cpus: int) -> dict[str, int]:
    """Return violated properties with the least number of CPUs that violates them."""
    found: dict[str, int] = {}
    for count in range(1, cpus + 1):
        for name in explore(program, count, limit=STATES, depth=7, partial=True).depths:
            found.setdefault(name, count)
    return found


def wrongly_proved(program: Program, cpus: int) -> list[str]:
    """Return what is proved and violated, and the certificates that no checker should have seen."""
    compiled = compile_program(program)
    certificates = counting_certificates(compiled)
    broken = violated(program, min(cpus, program.cpus_max or cpus)) if certificates else {}
    told = []
    for result in judged(compiled, certificates):
        if isinstance(result, Rejected):
            told.append(f"{result}")
        elif isinstance(result, Undecided):
            event("a solver gave no answer")
        elif result.certificate.property in broken:
            told.append(f"{result.certificate.property} is violated by {broken[result.certificate.property]} CPUs")
    event(f"{len(certificates)} proved, {len(broken)} violated")
    return told


@example(programs.counter(2), None)
@example(programs.counter(2, broken=True), None)
@example(programs.lock(broken=True), None)
@example(programs.founding_race(3), None)
@example(programs.generations(), None)
@example(programs.generations(stale=True), None)
@example(programs.waiting(), None)
@example(programs.batches(), None)
@given(small_programs(), st.sampled_from((2, 3, 4, None)))
@settings(max_examples=examples(6), suppress_health_check=SLOW)
def test_counting_proves_nothing_that_the_search_refutes(program: Program, most: int | None) -> None:
    assert wrongly_proved(replace(program, cpus_max=most), 3) == []


@pytest.mark.slow
@given(small_programs(actors=4), st.sampled_from((2, 3, 4, None)))
@settings(max_examples=examples(150), suppress_health_check=SLOW)
def test_counting_proves_nothing_that_the_search_refutes_with_more_actors(program: Program, most: int | None) -> None:
    assert wrongly_proved(replace(program, cpus_max=most), 4) == []
