"""Laws of sums and of cuts at carries: what is equal stays equal, and only what has no model is said to have none."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_terms import environments, terms

from tests.laws.depth import examples
from verify.check import ask
from verify.smt.bitwuzla_solver import MUCH, bitwuzla_limited_solvers
from verify.smt.cut import CutSolver
from verify.smt.select import RECHECKERS
from verify.smt.solver import Status
from verify.smt.z3_solver import z3_solvers
from verify.term.build import (
    TRUE,
    bvadd,
    bvmul,
    bvneg,
    bvnot,
    bvsle,
    bvslt,
    bvsub,
    bvule,
    bvult,
    conj,
    const,
    disj,
    eq,
    ite,
    make,
    sext,
    substitute,
    symbol,
    zext,
)
from verify.term.carries import carries, carries_of, whole
from verify.term.cases import split
from verify.term.semantics import evaluate
from verify.term.sums import EXTENSIONS, aligned, as_sum, from_sum, lifted, named
from verify.term.term import Op, Term, intern, postorder, symbols

NARROW, WIDE = 2, 4
NAMES = ("x", "y", "z")


@st.composite
def sums(draw: st.DrawFn, width: int, depth: int = 3) -> Term:
    """Draw a term of sums, conditionals and extensions, over three narrow variables."""
    kind = draw(st.integers(0, 6 if depth else 1))
    if kind == 0 and width == NARROW:
        return symbol(draw(st.sampled_from(NAMES)), width)
    if kind <= 1:
        return const(draw(st.integers(0, 2**width - 1)), width)
    a = draw(sums(width, depth - 1))
    if kind == 2:
        return ite(draw(comparisons(depth - 1)), a, draw(sums(width, depth - 1)))
    if kind == 3 and width == WIDE:
        return draw(st.sampled_from((zext, sext)))(draw(sums(NARROW, depth - 1)), WIDE)
    if kind == 4:
        return draw(st.sampled_from((bvneg(a), bvmul(a, const(draw(st.integers(0, 2**width - 1)), width)))))
    return draw(st.sampled_from((bvadd, bvsub)))(a, draw(sums(width, depth - 1)))


@st.composite
def comparisons(draw: st.DrawFn, depth: int = 3) -> Term:
    width = draw(st.sampled_from((NARROW, WIDE, WIDE)))
    made = draw(st.sampled_from((eq, bvult, bvule, bvslt)))(draw(sums(width, depth)), draw(sums(width, depth)))
    return bvnot(made) if draw(st.booleans()) else made


@st.composite
def questions(draw: st.DrawFn) -> Term:
    """Draw a conjunction with a disjunction in it, as obligations are."""
    held = draw(st.lists(comparisons(), min_size=1, max_size=4))
    return conj((*held, disj(draw(st.lists(comparisons(), min_size=1, max_size=3)))))


@st.composite
def moves(draw: st.DrawFn) -> Term:
    """Draw a bound of a sum of extensions, and that a step breaks it which moves a part from one to the other.

    Whether that can be depends on carries, which the guard excludes, or not.
    """
    x, y, z = (symbol(name, NARROW) for name in NAMES)
    extend, below = draw(st.sampled_from((zext, sext))), draw(st.sampled_from((bvule, bvult, bvsle)))
    limit = st.integers(0, 6).map(lambda value: const(value, WIDE))

    def bound(a: Term, b: Term) -> Term:
        return below(bvadd(extend(a, WIDE), extend(b, WIDE)), draw(limit))

    guards = (bvule(z, x), bvule(y, const(1, NARROW)), bvule(x, const(1, NARROW)), bvult(z, const(2, NARROW)))
    held = [bound(x, y), *draw(st.lists(st.sampled_from(guards), max_size=4, unique=True))]
    broken = [bvnot(bound(bvsub(x, z), bvadd(y, z))), *draw(st.lists(comparisons(1), max_size=1))]
    return conj((*held, disj(draw(st.permutations(broken)))))


def values() -> Iterator[dict[str, int]]:
    for row in itertools.product(range(2**NARROW), repeat=len(NAMES)):
        yield dict(zip(NAMES, row, strict=True))


def has_model(term: Term) -> bool:
    """Tell it by trying all values; no solver has a say."""
    return any(evaluate(term, row) for row in values())


one_context = functools.cache(z3_solvers)


def satisfiable(term: Term) -> bool:
    solver = one_context()()
    solver.add(term)
    answer = solver.check(seconds=20)
    assert answer is not Status.UNKNOWN
    return answer is Status.SAT


@pytest.mark.slow
@given(st.data(), st.sampled_from((NARROW, WIDE)))
@settings(max_examples=examples(200), deadline=None)
def test_sums_in_one_form_are_equal(data: st.DataObject, width: int) -> None:
    term = data.draw(sums(width, 4))
    (lift,), (align,) = lifted(term), aligned(term)
    assert all(not (t.op in EXTENSIONS and t.args[0].op is Op.ITE) for t in postorder((lift,)))
    for row in values():
        assert evaluate(lift, row) == evaluate(align, row) == evaluate(term, row)
    made = as_sum(term)
    again = from_sum(made, {t: place for place, t in enumerate(made.factors)})
    assert all(evaluate(again, row) == evaluate(term, row) for row in values())


@pytest.mark.slow
@given(st.data())
@settings(max_examples=examples(200), deadline=None)
def test_any_term_keeps_its_value(data: st.DataObject) -> None:
    term = made_anew(data.draw(terms(data.draw(st.sampled_from((1, 2, 8, 32, 64))))))
    row = data.draw(environments(term))
    assert evaluate(*lifted(term), row) == evaluate(*aligned(term), row) == evaluate(term, row)


def made_anew(term: Term) -> Term:
    """Return a raw term as the constructors make it: rules count on operands that are no foldable constants."""
    done: dict[Term, Term] = {}
    for old in postorder((term,)):
        args = tuple(done[a] for a in old.args)
        done[old] = old if not args else make(old.op, old.width, ordered(old.op, args), old.number)
    return done[term]


def ordered(op: Op, args: tuple[Term, ...]) -> tuple[Term, ...]:
    swapped = op in {Op.AND, Op.OR, Op.XOR, Op.ADD, Op.MUL, Op.EQ} and args[0].op is Op.CONST
    return args[::-1] if swapped else args


def test_operands_that_are_shared_many_times_over_take_no_time() -> None:
    """Seen: 2.4 s for 22 doublings, and 1.8 times as much for each one more."""
    a = doubled = symbol("a", 8)
    for _ in range(200):
        doubled = intern(Op.ADD, 8, (doubled, doubled))
    made = as_sum(doubled)
    again = from_sum(made, {t: place for place, t in enumerate(made.factors)})
    assert evaluate(again, {"a": 3}) == evaluate(doubled, {"a": 3})
    question = carries(bvule(bvadd(zext(doubled, 40), zext(a, 40)), const(5, 40)))
    assert question is not None
    assert question.cut((True,) * len(question.equations)).terms


@given(st.lists(sums(NARROW, 1), min_size=2, max_size=5), st.randoms(use_true_random=False))
@settings(max_examples=examples(100), deadline=None)
def test_the_same_summands_make_the_same_term(parts: list[Term], chance: object) -> None:
    other = list(parts)
    chance.shuffle(other)  # type: ignore[attr-defined]
    left, right = (_total(p) for p in (parts, other))
    assert aligned(eq(bvsub(left, right), const(0, NARROW))) == (TRUE,)
    assert aligned(eq(left, right)) == (TRUE,)


def _total(parts: list[Term]) -> Term:
    found = const(0, NARROW)
    for part in parts:
        found = bvadd(found, part)
    return found


@pytest.mark.slow
@given(questions())
@settings(max_examples=examples(100), deadline=None)
def test_names_of_sums_add_and_take_no_model(term: Term) -> None:
    with_names = whole(named(term))
    for row in itertools.islice(values(), 0, None, 7):
        fixed = substitute(with_names, {symbol(n, NARROW): const(v, NARROW) for n, v in row.items()})
        assert satisfiable(fixed) == bool(evaluate(term, row))


def test_names_are_new() -> None:
    x, y = symbol("x", 8), symbol("sum!0", 8)
    shared = bvadd(x, y)
    term = conj((bvult(shared, const(9, 8)), bvult(y, bvmul(shared, const(3, 8)))))
    assert {s.name for s in symbols((whole(named(term)),))} == {"x", "sum!0", "sum!1"}
    assert satisfiable(whole(named(term))) == satisfiable(term)


@given(st.one_of(questions(), moves()))
@settings(max_examples=examples(150), deadline=None)
def test_what_a_cut_refutes_has_no_model(term: Term) -> None:
    question = carries(term)
    if question is None:
        return
    known = tuple(not has_model(conj((*question.held, wrong))) for wrong in question.wrong())
    cut = whole(question.cut(known))
    for row in values():
        if evaluate(term, row):
            fixed = substitute(cut, {symbol(n, NARROW): const(v, NARROW) for n, v in row.items()})
            assert satisfiable(fixed), "a model was lost"
            return
    assert not has_model(conj((*question.held, *question.rest)))


@pytest.mark.parametrize("solver", RECHECKERS)
@given(term=st.one_of(questions(), moves()))
@settings(max_examples=examples(50), deadline=None)
def test_every_way_of_asking_agrees_with_trying_all_values(solver: str, term: Term) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ask, "FIRST", 0.0)
        (answer,) = ask.poll(solver, (term,), time.monotonic() + 60).answers
    assert answer is (Status.SAT if has_model(term) else Status.UNSAT)


def test_a_cut_makes_sums_cancel() -> None:
    """The bound of a sum of extended words, after a step that moves a part from one to another."""
    a, b, n = (symbol(name, 32) for name in ("a", "b", "n"))
    bound = bvule(bvadd(zext(a, 34), zext(b, 34)), const(2**31, 34))
    moved = bvule(bvadd(zext(bvsub(a, n), 34), zext(bvadd(b, n), 34)), const(2**31, 34))
    question = carries(conj((bound, bvule(n, a), bvnot(moved))))
    assert question is not None
    assert not any(satisfiable(conj((*question.held, wrong))) for wrong in question.wrong())
    cut = whole(question.cut((True,) * len(question.equations)))
    assert cut.op is Op.CONST
    assert cut.number == 0


@pytest.mark.slow
@given(st.one_of(questions(), moves()))
@settings(max_examples=examples(150), deadline=None)
def test_what_engines_hear_of_a_cut_is_so(term: Term) -> None:
    parts = split(term)
    solver = CutSolver(bitwuzla_limited_solvers(MUCH))
    solver.add(disj(parts.choices))
    answer = solver.check(parts.always, 20)
    if answer is not Status.UNKNOWN:
        assert answer is Status.UNSAT
        assert set(solver.core()) <= set(parts.always)
        assert not has_model(conj((*solver.core(), disj(parts.choices))))


@pytest.mark.parametrize("extend", [zext, sext])
def test_an_extended_product_of_bits_is_no_sum_of_itself(extend: Callable[[Term, int], Term]) -> None:
    """In one bit 1 is -1, so that x * y had an equation with itself in it, and was replaced for ever."""
    b, c, x = symbol("b", 1), symbol("c", 1), symbol("x", 4)
    held = bvule(bvadd(extend(bvmul(b, c), 4), x), const(3, 4))
    question = carries_of((bvnot(b), held, bvule(bvadd(zext(bvadd(x, x), 5), zext(x, 5)), const(9, 5))))
    assert question is not None
    assert all(s not in postorder((e,)) for s, e in question.equations if s is not e)
    assert satisfiable(whole(question.cut((True,) * len(question.equations))))
