"""The cases of a question are together the question, and no answer to one of them is an answer to all."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.random_terms import environments, terms
from verify.check import ask
from verify.check.ask import poll
from verify.smt.solver import Status
from verify.term.build import bvand, bvnot, bvor, conj, disj, symbol
from verify.term.cases import cases, conjuncts
from verify.term.semantics import evaluate
from verify.term.term import Op, Term, intern

A, B, C, D, E = (symbol(name, 1) for name in "abcde")
SPLIT = conj((A, bvor(B, C), disj((C, D, E))))


@given(st.data())
def test_a_term_holds_exactly_where_one_of_its_cases_does(data: st.DataObject) -> None:
    parts = [data.draw(terms(1, depth=2)) for _ in range(4)]
    for term in (parts[0], conj((parts[0], disj(parts[1:]))), conj((bvnot(bvand(parts[0], parts[1])), *parts[2:]))):
        values = data.draw(environments(term, *parts))
        found = cases(term)
        assert evaluate(term, values) == any(evaluate(case, values) for case in found)


def test_the_widest_disjunction_is_split() -> None:
    assert cases(SPLIT) == tuple(conj((A, bvor(B, C), choice)) for choice in (C, D, E))
    assert cases(bvnot(conj((A, B, C)))) == (bvnot(A), bvnot(B), bvnot(C))
    assert cases(conj((A, B))) == (conj((A, B)),)


class _Scripted:
    """A solver that knows some answers and gives UNKNOWN else; it is asked about one term."""

    def __init__(self, known: dict[Term, Status]) -> None:
        self.known = known
        self.term: Term | None = None

    def add(self, term: Term) -> None:
        self.term = term

    def check(self, _assumptions: Sequence[Term], _seconds: float) -> Status:
        assert self.term is not None
        return self.known.get(self.term, Status.UNKNOWN)


@pytest.mark.parametrize("last", list(Status))
@pytest.mark.parametrize("place", [0, 1, 2])
def test_every_case_must_be_unsatisfiable(monkeypatch: pytest.MonkeyPatch, last: Status, place: int) -> None:
    known = dict.fromkeys(cases(SPLIT), Status.UNSAT)
    known[cases(SPLIT)[place]] = last
    monkeypatch.setattr(ask, "solver_maker", lambda _name: lambda: _Scripted(known))
    assert poll("z3", (SPLIT,), time.monotonic() + 60).answers == (last,)
    assert poll("z3", (SPLIT,), time.monotonic() - 1).answers == (Status.UNKNOWN,)


@pytest.mark.parametrize("whole", [Status.SAT, Status.UNSAT])
def test_an_answer_to_the_whole_counts(monkeypatch: pytest.MonkeyPatch, whole: Status) -> None:
    monkeypatch.setattr(ask, "solver_maker", lambda _name: lambda: _Scripted({SPLIT: whole}))
    assert poll("z3", (SPLIT,), time.monotonic() + 60).answers == (whole,)


def test_what_is_shared_many_times_over_is_looked_into_once() -> None:
    """Seen: twice the time for each level more."""
    shared = A
    for _ in range(60):
        shared = bvand(bvand(A, shared), bvand(B, bvand(C, shared)))
        shared = intern(Op.AND, 1, (shared, intern(Op.AND, 1, (D, shared))))
    assert set(conjuncts(shared)) == {A, B, C, D}
