"""IC3 on tiny systems with known answers: what no k proves it proves, and nothing that is violated."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import systems
from tests.laws.depth import examples
from tests.systems import counting, number, soon, spent, step, system, var
from verify.check.certify import certify
from verify.check.checked import Discharged
from verify.engines.ic3 import Task, ic3
from verify.engines.ic3_frames import Effort, Frames, Into, add_frame, block, clause, initial_core, into, push
from verify.engines.ic3_generalise import generalise, unreachable
from verify.engines.messages import Answered, Budget, Message
from verify.smt.select import engine_solvers
from verify.system.system import TransitionSystem
from verify.term.build import TRUE, bvadd, bvnot, bvule, const, eq, extract, symbol
from verify.term.term import Term
from verify.verdict.answer import Certificate, Safe

X = symbol("x", 4)


def certificates(
    on: TransitionSystem, lemmas: Sequence[Term] = (), budget: Budget | None = None, queries: int = 5000
) -> tuple[Certificate, ...]:
    """Return what IC3 proves; everything else it must return as open."""
    told: list[Message] = []
    task = Task(on, tuple(lemmas), (), engine_solvers(), budget or soon(), queries=queries)
    opened = ic3(task, on.properties(), told.append)
    found = tuple(m.answer.certificate for m in told if isinstance(m, Answered) and isinstance(m.answer, Safe))
    assert sorted([*opened, *(c.property for c in found)]) == sorted(on.properties())
    return found


def frames(on: TransitionSystem) -> Frames:
    return Frames(on, (), engine_solvers(), Effort(1000, soon()))


SAFE = {
    "no model at all": systems.excluded_by_the_guard(),
    "1-inductive": systems.needs_k1(),
    "2-inductive": systems.needs_k2(),
    "inductive for no k": systems.never_inductive(),
    "a long way off": counting((0, 1), (1, 2), (2, 0), (9, 10), (10, 11), (11, 9), (11, 12), bad=12),
}


@pytest.mark.parametrize("name", SAFE)
def test_what_is_safe_is_proved_without_lemmas(name: str) -> None:
    (certificate,) = certificates(SAFE[name])
    (result,) = certify(SAFE[name], (certificate,), time.monotonic() + 20)
    assert isinstance(result, Discharged)
    assert certificate.k == 0


@pytest.mark.parametrize("depth", [0, 1, 2, 7, 15])
def test_what_is_violated_is_not_proved(depth: int) -> None:
    assert certificates(systems.violated_in_state(depth)) == ()
    if depth:
        assert certificates(systems.violated_in_middle(depth)) == ()


@given(
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), min_size=1, max_size=9, unique=True),
    st.integers(0, 15),
)
@settings(max_examples=examples(60), deadline=None)
def test_exactly_the_unreachable_states_are_excluded(moves: list[tuple[int, int]], bad: int) -> None:
    """Theorem: a property of a system of 16 states is proved if and only if no path leads to the bad state."""
    reached = {0}
    for _ in range(16):
        reached |= {b for a, b in moves if a in reached}
    on = counting(*moves, bad=bad)
    found = certificates(on)
    assert bool(found) is (bad not in reached)
    assert all(isinstance(r, Discharged) for r in certify(on, found, time.monotonic() + 20))


def test_what_was_proved_serves_the_next_and_lemmas_are_kept() -> None:
    (certificate,) = certificates(systems.never_inductive(), [systems.LEMMA])
    assert certificate.lemmas == (systems.LEMMA,)


def test_without_time_or_queries_nothing_is_proved() -> None:
    assert certificates(systems.never_inductive(), budget=spent()) == ()
    assert certificates(systems.never_inductive(), queries=2) == ()


def test_a_cube_with_an_initial_state_is_never_unreachable() -> None:
    on = frames(counting((0, 1), (1, 0), bad=5))
    assert initial_core(on, (eq(X, number(0)),)) is None
    assert unreachable(on, (bvule(X, number(3)),), 1) is None
    assert initial_core(on, (eq(X, number(5)),)) is not None


def test_a_step_into_a_cube_starts_outside_of_it_and_in_the_frame_before() -> None:
    on = frames(counting((3, 4), (4, 4), bad=4))
    found = into(on, (eq(X, number(4)),), 2)
    assert isinstance(found, Into)
    assert found.values["x"] == 3
    assert isinstance(into(on, (eq(X, number(4)),), 1), frozenset), "the only initial state is 0"
    block(on, (eq(X, number(3)),), 1)
    assert isinstance(into(on, (eq(X, number(4)),), 2), frozenset)


def test_a_clause_of_a_low_frame_says_nothing_of_a_higher_one() -> None:
    on = frames(counting((3, 4), bad=4))
    add_frame(on)
    block(on, (eq(X, number(3)),), 1)
    assert isinstance(into(on, (eq(X, number(4)),), 2), frozenset)
    assert isinstance(into(on, (eq(X, number(4)),), 3), Into)


def test_generalising_keeps_what_is_needed() -> None:
    """0 and 1 are reachable, 2 and 3 differ from them in one bit only."""
    on = frames(counting((0, 1), (1, 0), bad=3))
    bits = tuple(extract(X, b, b) for b in range(4))
    cube = (bits[0], bits[1], bvnot(bits[2]), bvnot(bits[3]))
    kept = generalise(on, cube, 1)
    assert kept == (bits[1],)
    assert clause(kept) is bvnot(bits[1])


def test_a_frame_that_becomes_empty_is_inductive() -> None:
    on = frames(counting((0, 1), (1, 0), (4, 5), bad=5))
    add_frame(on)
    for value in (4, 5):
        block(on, (eq(X, number(value)),), 1)
    assert push(on) == 1
    assert {t for level in on.levels[2:] for t in level} == {(eq(X, number(v)),) for v in (4, 5)}


def test_a_counter_beyond_single_steps() -> None:
    """A word of 16 bits that only grows by two never gets odd: bits tell it, no predicate does."""
    y = symbol("y", 16)
    on = system([var("y", 16)], {"y": 0}, [step("two", TRUE, {"y": bvadd(y, const(2, 16))})], bad=eq(y, const(9, 16)))
    (certificate,) = certificates(on)
    assert isinstance(certify(on, (certificate,), time.monotonic() + 20)[0], Discharged)


def test_answers_are_the_same_each_time() -> None:
    pairs = pairwise([certificates(SAFE["a long way off"]) for _ in range(3)])
    assert all(a == b for a, b in pairs)
