"""Equations as guesses that learn from states in which several are false; samples that meet what a guard asks for."""

from __future__ import annotations

from fractions import Fraction
from operator import mul

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.systems import soon, step, system, var
from verify.engines.columns import Columns, Equation, columns_of
from verify.engines.family import Family
from verify.engines.hull import combined, equation_families, weaken
from verify.engines.sample import Plan, sample, simulator
from verify.system.system import Input, TransitionSystem
from verify.term.build import TRUE, bvsub, bvult, const, eq, ne, symbol

WIDTH = 8
NAMES = ("ledger", "here", "there", "flag")
SLOTS = {name: place for place, name in enumerate(NAMES)}
LEDGER, HERE, THERE, FLAG = (symbol(name, WIDTH) for name in NAMES)
HELD = (0, 1, -1, 0, 0)
NOBODY = (0, 0, 0, 1, 0)
UP = ne(FLAG, const(0, WIDTH))


def columns() -> Columns:
    return columns_of((const(1, WIDTH), LEDGER, HERE, THERE, FLAG), SLOTS)


def pool(*found: Equation) -> list[Family]:
    return list(equation_families(found, SLOTS, ()))


def vectors(families: list[Family]) -> list[tuple[int, ...] | None]:
    return [None if f.gone or f.equation is None else f.equation.vector for f in families]


def test_the_equation_of_a_ledger_learns_of_a_place_that_no_sample_visited() -> None:
    on = columns()
    families = pool(Equation(TRUE, on, HELD), Equation(TRUE, on, NOBODY))
    weaken(families, [(5, 3, 2, 0)])
    assert vectors(families)[1] is None
    (held, _) = families
    for row, truth in (((5, 3, 2, 0), True), ((7, 3, 4, 1), True), ((0, 0, 0, 0), True), ((5, 3, 1, 0), False)):
        assert held.holds(row) is truth
    assert vectors(families)[0] in {(0, 1, -1, -1, 0), (0, -1, 1, 1, 0)}


def test_the_equation_of_a_context_learns_from_one_of_all_states_and_not_the_other_way_round() -> None:
    on = columns()
    wide, inside = Equation(TRUE, on, NOBODY), Equation(UP, on, HELD)
    families = pool(inside, wide)
    weaken(families, [(2, 1, 1, 1)])
    assert vectors(families)[1] is None
    assert families[0].holds((9, 4, 5, 1))
    assert not families[0].holds((9, 4, 4, 1))
    assert families[0].holds((9, 4, 4, 0)), "the flag is down: it says nothing"
    families = pool(Equation(UP, on, NOBODY), Equation(TRUE, on, HELD))
    weaken(families, [(2, 1, 1, 1)])
    assert vectors(families)[1] is None, "what holds in a context only cannot mend what is said of all states"


def test_an_equation_that_falls_alone_is_gone() -> None:
    on = columns()
    families = pool(Equation(TRUE, on, HELD), Equation(TRUE, on, NOBODY))
    weaken(families, [(1, 0, 0, 0)])
    assert vectors(families) == [None, NOBODY]


def test_columns_of_another_width_are_not_mixed() -> None:
    families = pool(Equation(TRUE, columns(), HELD), Equation(TRUE, columns(), NOBODY))
    weaken(families, [(5, 3, 2, 0)])
    assert vectors(families) == [None, None]


def test_a_context_learns_from_equations_of_the_same_columns_only() -> None:
    families = pool(Equation(UP, columns(), HELD), Equation(TRUE, columns(), NOBODY))
    weaken(families, [(2, 1, 1, 1)])
    assert vectors(families) == [None, None]


def test_a_combination_with_odd_large_coefficients_is_no_guess() -> None:
    """A power of two may be what a marker bit adds, 99999 is chance."""
    on = columns_of((const(1, 32), *(symbol(name, 32) for name in NAMES)), SLOTS)
    for value, kept in ((99999, False), (1 << 31, True), (7, True)):
        families = list(equation_families([Equation(TRUE, on, HELD), Equation(TRUE, on, NOBODY)], SLOTS, ()))
        weaken(families, [(value, 0, 1, 0)])
        assert (not families[0].gone) is kept


def test_a_mended_equation_says_of_rows_what_its_term_says() -> None:
    on = columns()
    families = pool(Equation(UP, on, HELD), Equation(TRUE, on, NOBODY))
    weaken(families, [(2, 1, 1, 1)])
    mended = [f.equation for f in families if not f.gone and f.equation is not None]
    (again,) = equation_families(mended, SLOTS, ())
    assert again.term is families[0].term
    assert len(list(equation_families(mended, SLOTS, [(9, 4, 5, 1)]))) == 1
    none = list(equation_families(mended, SLOTS, [(9, 4, 4, 1)]))
    assert none == []


@given(st.lists(st.lists(st.integers(-9, 9), min_size=4, max_size=4), min_size=1, max_size=5), st.data())
def test_combinations_are_all_those_that_cancel(drawn: list[list[int]], data: st.DataObject) -> None:
    """Each cancels; and they generate all: a vector that the row and they are orthogonal to has one dimension less."""
    row = data.draw(st.lists(st.integers(-9, 9), min_size=4, max_size=4))
    products = [sum(map(mul, vector, row)) for vector in drawn]
    assume(all(products))
    found = combined(products, drawn)
    left = [vector for vector in found if vector is not None]
    assert len(left) == len(drawn) - 1
    assert all(sum(map(mul, vector, row)) == 0 for vector in left)
    assert _rank(left) >= _rank(drawn) - 1


def _rank(rows: list[tuple[int, ...]] | list[list[int]]) -> int:
    left = [[Fraction(x) for x in row] for row in rows]
    rank = 0
    for column in range(4):
        pivot = next((row for row in left if row[column]), None)
        if pivot is not None:
            left = [row for row in left if row is not pivot]
            left = [[x - row[column] / pivot[column] * y for x, y in zip(row, pivot, strict=True)] for row in left]
            rank += 1
    return rank


def _bias(width: int) -> TransitionSystem:
    """A bias is given away one by one; who puts back exactly what is left is done."""
    bias, rest = symbol("bias", width), Input("rest", width, False, 1, 30000, "rest")
    given_away = step("give", bvult(const(1, width), bias), {"bias": bvsub(bias, const(1, width))})
    put_back = step("put", eq(bias, rest.term), {"done": TRUE}, inputs=[rest])
    return system((var("bias", width), var("done", 1)), {"bias": 20000, "done": 0}, (given_away, put_back))


def test_samples_meet_a_guard_that_asks_for_the_value_of_a_variable() -> None:
    """Among 30000 values a draw does not find what is left of the bias: no sample of page_frag.c took its last step."""
    system = _bias(16)
    states = sample(system, simulator(system), Plan(), soon(20))
    assert any(done for _, done in states)
