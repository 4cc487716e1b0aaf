"""Lemmas that the others imply are left out: the same states are left, and none that is left is implied."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.random_terms import terms
from tests.systems import X, number, soon
from verify.engines.minimise import without_implied
from verify.smt.select import engine_solvers
from verify.smt.solver import Status
from verify.smt.z3_solver import z3_solver
from verify.term.build import bvnot, bvule, bvult, conj, eq
from verify.term.term import Term


def implied(some: Sequence[Term], lemma: Term) -> bool:
    solver = z3_solver()
    solver.add(conj((*some, bvnot(lemma))))
    status = solver.check((), 20.0)
    assert status is not Status.UNKNOWN
    return status is Status.UNSAT


@pytest.mark.slow
@settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), max_examples=60)
@given(st.lists(terms(1, depth=2), max_size=6, unique=True), st.lists(terms(1, depth=1), max_size=2))
def test_the_same_states_satisfy_what_is_left(lemmas: list[Term], known: list[Term]) -> None:
    left = without_implied(lemmas, known, engine_solvers()(), soon())
    assert [t for t in lemmas if t in left] == list(left)
    assert all(implied((*known, *left), lemma) for lemma in lemmas)
    assert not any(implied((*known, *(t for t in left if t is not lemma)), lemma) for lemma in left)


def test_of_two_that_say_the_same_the_later_is_left() -> None:
    weak, below, again = bvule(X, number(9)), bvult(X, number(5)), bvule(X, number(4))
    assert without_implied((weak, below, again), (), engine_solvers()(), soon()) == (again,)
    assert without_implied((weak, below, again), (eq(X, number(3)),), engine_solvers()(), soon()) == ()
    assert without_implied((weak,), (weak,), engine_solvers()(), soon()) == ()


class _Unsure:
    """A solver whose effort never suffices."""

    def attempt(self, _assumptions: Sequence[Term], _seconds: float | None) -> Status:
        return Status.UNKNOWN


def test_what_is_hard_stays() -> None:
    lemmas = (bvule(X, number(9)), bvult(X, number(5)))
    assert without_implied(lemmas, (), _Unsure(), soon()) == lemmas  # type: ignore[arg-type]
