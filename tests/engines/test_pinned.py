"""Words that are pinned far from what they count: which are found, what is guessed of them, and what that proves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.explicit_search import explore
from tests.shipped import SPECS, narrow
from tests.systems import soon
from verify.encode.counting import Counting, encode_counting
from verify.encode.steps import compile_program
from verify.engines.accelerate import accelerate
from verify.engines.counted import PINNED, counted, exclude, pinned
from verify.engines.facts import infer_facts
from verify.engines.leap import Limits, far
from verify.engines.pinned import near, pinned_guesses, pins
from verify.engines.templates import words_of
from verify.frontend.load import Options, load
from verify.program.program import Program
from verify.smt.select import engine_solver, engine_solvers
from verify.term.semantics import evaluate, mask, to_signed

SATURATED = "refcount/saturated.c"
AT_MIN = "refcount/saturated_at_min.c"
DYING = "rcuref/rcuref.c"
COUNT = "object.refcount.refs"


def counting_of(program: Program) -> Counting:
    compiled = compile_program(program)
    return encode_counting(compiled, infer_facts(compiled, engine_solver(), soon(20)))


def wide(name: str) -> Program:
    return load(str(SPECS / name), Options())


@pytest.mark.parametrize(
    ("program", "value", "reach"), [(wide(SATURATED), 0xC0000000, 1 << 29), (narrow(SATURATED), 0b11000, 4)]
)
def test_a_saturated_counter_is_pinned_by_those_that_warned(program: Program, value: int, reach: int) -> None:
    (pin,) = pins(words_of(counting_of(program)))
    assert (pin.word.name, pin.value) == (COUNT, value)
    assert sorted(tally.location.actor for tally in pin.setters) == ["get", "lookup", "put"]
    assert {tally.location.operation for tally in pin.setters} == {"atomic_set"}
    inside = {n: bool(evaluate(pin.zone, {COUNT: n})) for n in (value - reach, value, value + reach - 1)}
    outside = (value - reach - 1, value + reach, 0, 1 << (pin.word.width - 1))
    assert all(inside.values())
    assert not any(evaluate(pin.zone, {COUNT: n}) for n in outside)


def test_who_looks_again_before_it_pins_comes_to_it_and_who_may_fail_does_not_pin() -> None:
    """rcuref.c: a get that finds a dead word reads it once more; the last put marks it by a compare-and-swap."""
    dead, saturated = sorted(pins(words_of(counting_of(wide(DYING)))), key=lambda pin: pin.value, reverse=True)
    assert (dead.value, saturated.value) == (0xE0000000, 0xA0000000)
    for pin in (dead, saturated):
        assert {tally.location.operation for tally in pin.setters} == {"atomic_set"}
        assert sorted(tally.location.actor for tally in pin.setters) == ["get", "lookup", "put"]
        assert [(t.location.actor, t.location.operation) for t in pin.coming] == [
            ("lookup", "atomic_read"),
            ("get", "atomic_read"),
        ]


@pytest.mark.parametrize("name", ["page_ref/mainline.c", "page_ref/locked_bit.c", "lockref/lockref.c", AT_MIN])
def test_a_constant_at_an_end_or_near_zero_is_no_pin(name: str) -> None:
    assert pins(words_of(counting_of(wide(name)))) == ()


(PIN,) = pins(words_of(counting_of(narrow(SATURATED))))


@given(
    word=st.integers(0, 31), counts=st.lists(st.integers(0, 1 << 19), min_size=3, max_size=3), factor=st.integers(1, 9)
)
@example(word=24, counts=[1 << 19, 1 << 19, 1 << 19], factor=9)
@example(word=20, counts=[1, 1, 1], factor=1)
@example(word=20, counts=[4, 0, 0], factor=1)
def test_what_is_guessed_of_the_zone_means_what_it_says(word: int, counts: list[int], factor: int) -> None:
    """Whatever the numbers of CPUs are, nothing wraps."""
    row = {COUNT: word} | {t.count.name: n for t, n in zip(PIN.setters, counts, strict=True)}
    away = to_signed((word - PIN.value) & mask(5), 5)
    zone = -4 <= away < 4
    above, below = near(PIN, PIN.setters, factor)
    assert bool(evaluate(above, row)) == (not zone or away <= factor * sum(counts))
    assert bool(evaluate(below, row)) == (not zone or -away <= factor * sum(counts))


@pytest.mark.parametrize("name", [SATURATED, DYING, "rcuref/reads_again.c", "rcuref/plain_kill.c"])
def test_lemmas_about_pins_exclude_all_that_an_exhaustive_search_does_not_find(name: str) -> None:
    program = replace(narrow(name), cpus_max=2)
    on = counted(compile_program(program), engine_solvers(), soon(60))
    search = pinned(on, engine_solvers(), soon(60))
    assert search is not None
    found = explore(program, 2).depths.keys()
    left = [p.id for p in program.properties if p.id not in search.violated]
    assert search.violated <= found
    excluded = exclude(search, left)
    assert excluded is not None
    assert set(excluded) | found == {p.id for p in program.properties}
    assert not set(excluded) & found


def test_without_pins_or_where_nobody_pins_there_are_no_guesses() -> None:
    for name in ("page_ref/mainline.c", "refcount/refcount.c"):
        on = counted(compile_program(wide(name)), engine_solvers(), soon(30))
        assert pinned(on, engine_solvers(), soon(30)) is None
    words = words_of(counting_of(wide(SATURATED)))
    assert pinned_guesses(words, [(0,) * len(words.counting.system.state)]) == []


@pytest.mark.parametrize("name", [SATURATED, pytest.param(AT_MIN, marks=pytest.mark.slow)])
def test_what_is_said_to_be_violated_is(name: str) -> None:
    """With 2^31 references and few CPUs, by the search of the narrow text."""
    program = wide(name)
    faster = accelerate(counting_of(program))
    violated = far(faster, faster.system.properties(), PINNED, soon(30)).violated
    assert {"never-saturated", "no-leak"} <= violated
    assert violated <= explore(narrow(name), 2).depths.keys()
    assert far(faster, (), Limits(2, 10), soon(30)).violated == frozenset()
