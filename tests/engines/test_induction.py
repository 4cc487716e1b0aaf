"""k-induction, Houdini, minimisation and inference on systems with known answers."""

from __future__ import annotations

from itertools import product
from operator import mul

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import programs, systems
from tests.systems import BAD, LEMMA, X, exact, induct, inductive, number, soon, verdict
from verify.check.checked import Discharged
from verify.encode.steps import compile_program
from verify.engines.affine import LARGEST, equations, modular_equations
from verify.engines.infer import infer
from verify.smt.select import engine_solver
from verify.system.system import TransitionSystem
from verify.term.build import FALSE, TRUE, bvule, bvult, eq, ne
from verify.verdict.answer import Certificate, Safe, Unknown


@pytest.mark.parametrize(
    ("on", "k"),
    [(systems.excluded_by_the_guard(), 0), (systems.needs_k1(), 1), (systems.needs_k2(), 2)],
)
def test_the_least_k_is_found_and_its_certificate_accepted(on: TransitionSystem, k: int) -> None:
    answer = induct(on, 5)[BAD]
    assert answer == Safe(BAD, Certificate(BAD, k, ()))
    assert isinstance(answer, Safe)
    assert isinstance(verdict(on, answer.certificate), Discharged)
    assert k == 0 or isinstance(induct(on, k - 1)[BAD], Unknown)


def test_no_k_is_enough_without_a_lemma_and_0_is_with_one() -> None:
    on = systems.never_inductive()
    assert isinstance(induct(on, 6)[BAD], Unknown)
    assert induct(on, 6, (LEMMA,))[BAD] == Safe(BAD, Certificate(BAD, 0, (LEMMA,)))


def test_k_and_lemmas_work_together() -> None:
    """4 leads to itself, so no k helps; the lemma excludes 4 but not its successor 3, which needs k = 1."""
    on = systems.counting((0, 1), (1, 0), (4, 4), (4, 3), (3, 5), bad=5)
    weak = ne(X, number(4))
    answer = induct(on, 4, (weak,))[BAD]
    assert isinstance(answer, Safe)
    assert answer.certificate.k == 2
    assert isinstance(verdict(on, answer.certificate), Discharged)


def test_houdini_keeps_the_largest_inductive_set_in_order() -> None:
    on = systems.needs_k2()
    wrong_at_init, wrong_later, alone = eq(X, number(1)), eq(X, number(0)), bvule(X, number(3))
    assert inductive(on, (wrong_at_init, LEMMA, wrong_later, alone)) == (LEMMA, alone)
    assert inductive(on, ()) == ()
    assert inductive(on, (FALSE,)) == ()
    assert inductive(on, (TRUE,)) == (TRUE,)


def test_houdini_drops_what_only_a_dropped_candidate_supported() -> None:
    """x != 5 needs x != 4, and x != 4 needs x != 2, which does not hold."""
    on = systems.counting((0, 2), (2, 4), (4, 5), bad=9)
    chain = tuple(ne(X, number(n)) for n in (5, 4, 2, 7))
    assert inductive(on, chain) == (chain[3],)


def test_minimisation_drops_what_is_not_needed() -> None:
    on = systems.never_inductive()
    spare = (bvult(X, number(9)), bvule(X, number(3)), LEMMA, bvule(X, number(2)))
    answer = induct(on, 3, spare)[BAD]
    assert isinstance(answer, Safe)
    assert len(answer.certificate.lemmas) == 1


@pytest.mark.parametrize(("program", "cpus"), [(programs.counter(3), 2), (programs.lock(), 3)])
def test_inferred_lemmas_are_inductive_and_the_same_every_time(program: programs.Program, cpus: int) -> None:
    compiled, on = compile_program(program), exact(program, cpus)
    first, again = (next(infer(compiled, on, cpus, engine_solver, soon(60))) for _ in range(2))
    assert first == again
    assert inductive(on, first) == first


def test_affine_equations_are_those_of_the_rows() -> None:
    """Columns 1, a, b with a = b + 2."""
    rows = [(1, 2, 0), (1, 3, 1), (1, 7, 5)]
    (found,) = equations(rows)
    assert [sum(c * x for c, x in zip(found, row, strict=True)) for row in rows] == [0, 0, 0]
    assert any(found)
    assert equations([]) == ()
    assert equations([(1, 0), (0, 1)]) == ()


def test_a_row_that_is_not_among_the_first_counts() -> None:
    """Columns 1, a, b, c with c = a + b; where b is always 0 but once, neither b = 0 nor c = a holds."""
    rows = [(1, a, 0, a) for a in range(500)]
    rows[7] = (1, 7, 3, 10)
    assert equations(rows) == ((0, -1, -1, 1),)
    assert set(modular_equations(rows, 8)) <= {(0, -1, -1, 1), (0, 1, 1, -1)}
    assert modular_equations(rows, 8)


@pytest.mark.parametrize("bias", [1 << 30, (1 << 61) - 1, 1 << 61, 1 << 62, (1 << 63) - 1])
def test_a_bias_of_a_word_of_64_bits_is_no_other_number(bias: int) -> None:
    """Small numbers are not congruent to it."""
    rows = [(1, refs, refs + bias) for refs in (0, 3, 5, 700)]
    (vector,) = equations(rows)
    assert vector == (-bias, -1, 1)
    assert equations([*rows, (1, 2, 2)]) == ()


def test_an_equation_with_a_large_coefficient_is_not_proposed() -> None:
    assert equations([(1, 1, 0), (1, 0, LARGEST + 1)]) == ()
    assert equations([(1, 1, 0), (1, 0, LARGEST)]) == ((-LARGEST, LARGEST, 1),)


def test_the_constant_of_an_equation_is_small_or_near_a_bit() -> None:
    """A counter with a marker bit is that bit and a few more; other large constants are accidents of the runs."""
    assert equations([(1, 6 * LARGEST)]) == ()
    assert equations([(1, (1 << 30) + 5)]) == ((-(1 << 30) - 5, 1),)


@given(
    st.integers(1, 6).flatmap(
        lambda width: st.tuples(
            st.just(width), st.lists(st.tuples(*[st.integers(-(1 << width), 1 << width)] * 3), min_size=1, max_size=5)
        )
    )
)
def test_modular_equations_are_all_those_of_the_rows(drawn: tuple[int, list[tuple[int, int, int]]]) -> None:
    """What the vectors generate is, by enumeration, what is orthogonal to every row."""
    width, rows = drawn
    modulus = 1 << width
    found = modular_equations(rows, width)
    assert all(sum(c * x for c, x in zip(v, row, strict=True)) % modulus == 0 for v in found for row in rows)
    if width <= 3:
        spanned = {(0, 0, 0)}
        for vector in found:
            multiples = [tuple(k * c % modulus for c in vector) for k in range(modulus)]
            spanned = {tuple((a + b) % modulus for a, b in zip(s, m, strict=True)) for s in spanned for m in multiples}
        wanted = (v for v in product(range(modulus), repeat=3))
        assert spanned == {v for v in wanted if not any(sum(map(mul, v, row)) % modulus for row in rows)}


def test_a_word_that_wraps_has_an_equation_modulo_its_width() -> None:
    """Columns 1, n, w with w = 16 n modulo 2**6, as a signed number."""
    rows = [(1, n, (16 * n + 32) % 64 - 32) for n in range(5)]
    assert equations(rows) == ()
    assert (0, -16, 1) in modular_equations(rows, 6)
