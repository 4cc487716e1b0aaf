"""What is shown of a term is equal to it, and shorter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.random_terms import environments, terms
from verify.report.display import readable
from verify.term import build as b
from verify.term.semantics import evaluate
from verify.term.show import show

P, Q, R = (b.symbol(name, 1) for name in "pqr")
X, Y = b.symbol("x", 32), b.symbol("y", 32)
ZERO, ONE = b.const(0, 32), b.const(1, 32)


@given(st.data())
def test_what_is_shown_is_equal(data):
    term = data.draw(terms(data.draw(st.sampled_from((1, 1, 4)))))
    short = readable(term)
    env = data.draw(environments(term, short))
    assert evaluate(short, env) == evaluate(term, env)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (b.ite(P, P, Q), "p || q"),
        (b.ite(P, Q, P), "p && q"),
        (b.ite(b.bvor(P, Q), b.bvor(P, Q), R), "p || q || r"),
        (b.ite(P, b.bvnot(P), Q), "!p && q"),
        (b.ite(P, b.ite(b.bvand(P, Q), X, Y), b.bvadd(X, Y)), "p ? (q ? x : y) : x + y"),
        (b.ite(P, X, b.ite(P, Y, X)), "x"),
        (b.eq(b.sext(b.zext(P, 32), 64), b.const(0, 64)), "!p"),
        (b.eq(b.bvsub(X, ONE), ZERO), "x == 1"),
        (b.bvor(b.bvand(P, Q), b.bvand(Q, P)), "p && q"),
    ],
)
def test_what_becomes_of_detours(term, text):
    assert show(readable(term)) == text


def test_a_huge_term_is_left_alone():
    term = X
    for _ in range(1500):
        term = b.bvadd(b.bvmul(term, term), Y)
    assert readable(term) is term
