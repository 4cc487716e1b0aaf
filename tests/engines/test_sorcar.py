"""Sorcar on systems with known answers."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests import systems
from tests.systems import BAD, LEMMA, X, inductive, number, soon, spent, verdict
from verify.check.checked import Discharged
from verify.engines.family import single_families
from verify.engines.messages import Budget
from verify.engines.sample import simulator
from verify.engines.sorcar import Sorcar, decide
from verify.smt.select import engine_solvers
from verify.system.system import TransitionSystem
from verify.term.build import bvult, eq, ne
from verify.term.term import Term
from verify.verdict.answer import Certificate


def search(on: TransitionSystem, guesses: Iterable[Term], budget: Budget | None = None) -> Sorcar:
    runs = simulator(on)
    pool = list(single_families(guesses, runs.slots, ()))
    return Sorcar(on, runs, (), engine_solvers(), budget or soon(), pool)


def test_a_guess_that_excludes_the_property_and_is_not_inductive_proves_nothing() -> None:
    """0 -> 1 -> 5: "x is not 5" is chosen to exclude 5 and then dropped, so the lemmas end as they began, with none."""
    on = search(systems.counting((0, 1), (1, 5), bad=5), (ne(X, number(5)),))
    assert decide(on, (BAD,)) == ()
    assert not on.lemmas


def test_it_proves_nothing_when_other_lemmas_stay() -> None:
    """The inductive guess was a lemma before the other was chosen and dropped."""
    on = search(systems.counting((0, 1), (1, 5), (9, 9), bad=5), (ne(X, number(9)), ne(X, number(5))))
    on.lemmas[on.pool[0].term] = on.pool[0]
    assert decide(on, (BAD,)) == ()
    assert tuple(on.lemmas) == (ne(X, number(9)),)


def test_only_what_a_counterexample_asks_for_becomes_a_lemma() -> None:
    system = systems.never_inductive()
    on = search(system, (bvult(X, number(9)), eq(X, number(0)), ne(X, number(7)), LEMMA))
    assert decide(on, (BAD,)) == (BAD,)
    lemmas = tuple(on.lemmas)
    assert inductive(system, lemmas) == lemmas
    assert ne(X, number(7)) not in lemmas
    assert isinstance(verdict(system, Certificate(BAD, 0, lemmas)), Discharged)


def test_a_guess_that_is_false_at_the_start_is_no_lemma() -> None:
    on = search(systems.never_inductive(), (eq(X, number(1)), LEMMA))
    assert decide(on, (BAD,)) == (BAD,)
    assert tuple(on.lemmas) == (LEMMA,)


def test_without_time_there_is_no_answer() -> None:
    on = search(systems.never_inductive(), (LEMMA,), spent())
    assert decide(on, (BAD,)) in {None, (BAD,)}


@pytest.mark.parametrize("patience", [1, 2, 3, 5, 8])
def test_a_search_that_pauses_goes_on_to_the_same_answer(patience: int) -> None:
    """Each turn is a question longer than the one before, so that one of them suffices at last."""
    for make in (systems.never_inductive, lambda: systems.counting((0, 1), (1, 5), (9, 9), bad=5)):
        system = make()
        guesses = (bvult(X, number(9)), eq(X, number(0)), ne(X, number(7)), ne(X, number(5)), LEMMA)
        straight, paused = search(system, guesses), search(system, guesses)
        wanted = decide(straight, (BAD,))
        turns = (decide(paused, (BAD,), patience + turn) for turn in range(40))
        found = next(answer for answer in turns if answer is not None)
        assert found == wanted
        lemmas = tuple(paused.lemmas)
        assert inductive(system, lemmas) == lemmas
        assert all(isinstance(verdict(system, Certificate(name, 0, lemmas)), Discharged) for name in found)


def test_a_search_without_patience_asks_nothing() -> None:
    on = search(systems.never_inductive(), (LEMMA,))
    assert decide(on, (BAD,), 0) is None
    assert not on.lemmas
