"""Law of what a conjunction says of its own parts: settling it changes no value, and nothing is left to be said."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.depth import examples
from verify.term.build import (
    FALSE,
    bvadd,
    bvnot,
    bvor,
    bvult,
    bvxor,
    conj,
    const,
    disj,
    eq,
    ite,
    symbol,
    zext,
)
from verify.term.cases import conjuncts
from verify.term.facts import settled
from verify.term.semantics import evaluate
from verify.term.term import Op, Term, intern, postorder

X, Y = symbol("x", 2), symbol("y", 2)
ONE = eq(X, const(1, 2))
P, Q = symbol("p", 1), symbol("q", 1)
LATE = 10
ROWS = tuple(
    {"x": x, "y": y, "p": p, "q": q} for x, y, p, q in itertools.product(range(4), range(4), range(2), range(2))
)


@st.composite
def truths(draw: st.DrawFn, depth: int) -> Term:
    """Draw a term of width 1 from so few parts that one is often inside another."""
    kind = draw(st.integers(0, 6 if depth else 1))
    if kind == 0:
        return draw(st.sampled_from((P, Q)))
    if kind == 1:
        return eq(draw(words(depth - 1)), const(draw(st.integers(0, 3)), 2))
    a, b = draw(truths(depth - 1)), draw(truths(depth - 1))
    if kind == 2:
        return bvult(draw(words(depth - 1)), draw(words(depth - 1)))
    return draw(st.sampled_from((bvnot(a), bvor(a, b), conj((a, b)), bvxor(a, b), eq(a, b), ite(a, b, Q))))


@st.composite
def words(draw: st.DrawFn, depth: int) -> Term:
    kind = draw(st.integers(0, 3)) if depth > 0 else 0
    if kind == 0:
        return draw(st.sampled_from((X, Y)))
    if kind == 1:
        return bvadd(draw(words(depth - 1)), draw(words(depth - 1)))
    return ite(draw(truths(depth - 1)), draw(words(depth - 1)), draw(st.sampled_from((Y, const(1, 2)))))


@pytest.mark.slow
@given(st.data())
@settings(max_examples=examples(300), deadline=None)
def test_settling_changes_no_value(data: st.DataObject) -> None:
    small = data.draw(st.lists(truths(2), min_size=1, max_size=3))
    inside = [part if data.draw(st.booleans()) else bvnot(part) for part in small]
    large = [data.draw(st.sampled_from(_around(part, data.draw(truths(2))))) for part in inside]
    term = conj(data.draw(st.permutations([*small, *large])))
    found = settled(term)
    assert settled(found) is found
    for row in ROWS:
        assert evaluate(found, row) == evaluate(term, row)


def _around(part: Term, other: Term) -> tuple[Term, ...]:
    return bvor(part, other), eq(part, other), bvnot(conj((part, other))), ite(part, other, P)


@given(st.lists(truths(3), min_size=1, max_size=5))
@settings(max_examples=examples(200), deadline=None)
def test_no_part_has_another_inside(parts: list[Term]) -> None:
    found = conjuncts(settled(conj(parts)))
    for part, other in itertools.permutations(found, 2):
        assert all(t is not other for t in postorder((part,)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((P, bvor(P, Q)), P),
        ((P, bvor(bvnot(P), Q)), conj((P, Q))),
        ((bvult(X, Y), Q, ite(conj((Q, bvult(X, Y))), P, bvnot(P))), conj((bvult(X, Y), Q, P))),
        (
            (ONE, eq(bvadd(X, Y), const(3, 2))),
            conj((ONE, eq(bvadd(Y, const(1, 2)), const(3, 2)))),
        ),
        ((ONE, eq(X, const(2, 2))), FALSE),
        ((P, disj((Q, bvnot(P))), bvnot(Q)), FALSE),
        ((ONE, eq(zext(X, 4), const(2, 4))), FALSE),
    ],
)
def test_what_is_said_is_not_said_again(given: tuple[Term, ...], expected: Term) -> None:
    assert set(conjuncts(settled(conj(given)))) == set(conjuncts(expected))


def implied(length: int) -> tuple[list[Term], Term]:
    """Return names, and that the first holds and each implies the next, the last ones first."""
    names = [symbol(f"v{number}", 1) for number in range(length)]
    chain = [bvor(bvnot(a), b) for a, b in itertools.pairwise(names)]
    return names, conj((*reversed(chain), names[0]))


def test_conclusions_are_drawn_from_conclusions() -> None:
    names, term = implied(20)
    assert set(conjuncts(settled(term))) == set(names)


@pytest.mark.slow
def test_a_long_chain_of_conclusions_takes_no_time() -> None:
    """Seen: more than 100 s for 2000, a round for each."""
    names, term = implied(2000)
    start = time.process_time()
    found = set(conjuncts(settled(term)))
    assert time.process_time() - start < LATE
    assert set(names[:20]) <= found
    assert len(found) == len(names)


def test_raw_terms_keep_their_value() -> None:
    """What no constructor makes: a constant on the left, a comparison of bits with a constant."""
    raw = intern(Op.EQ, 1, (P, const(0, 1)))
    for term in (conj((raw, bvor(P, Q))), conj((P, raw)), conj((raw, bvnot(P), bvor(raw, Q)))):
        found = settled(term)
        assert all(evaluate(found, row) == evaluate(term, row) for row in ROWS)
