"""Law 1 for z3 on words as integers: it never contradicts bitwuzla nor the evaluator on questions that fit."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from verify.smt.bitwuzla_solver import bitwuzla_solver
from verify.smt.solver import Status
from verify.smt.z3_int import fits, z3_int_solver
from verify.term.build import bvadd, bvnot, bvult, conj, const, eq, symbol
from verify.term.semantics import evaluate, mask
from verify.term.term import Op, Term, intern, symbols

PREDICATES = (Op.EQ, Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE)
WIDTHS = (8, 16, 32, 64)


def number(chance: random.Random, width: int) -> Term:
    return const(chance.choice([0, 1, 2, 3, mask(width), 1 << (width - 1), chance.randrange(1 << width)]), width)


def word(chance: random.Random, width: int, depth: int) -> Term:
    """Return a random term of ``width`` bits that fits."""
    if depth == 0 or chance.random() < 0.1:
        named = chance.random() < 0.75
        return symbol(f"v{width}_{chance.randrange(3)}", width) if named else number(chance, width)
    kind = chance.choice(["extend", "extract", "unary", "concat", "ite", "constant", "shift", "add", "add", "add"])
    inner = depth - 1
    if kind == "extend" and width > WIDTHS[0]:
        return intern(chance.choice([Op.ZEXT, Op.SEXT]), width, (word(chance, width // 2, inner),))
    if kind == "concat" and width > WIDTHS[0]:
        half = width // 2
        return intern(Op.CONCAT, width, (word(chance, half, inner), word(chance, half, inner)))
    if kind == "extract" and width < WIDTHS[-1]:
        return intern(Op.EXTRACT, width, (word(chance, 2 * width, inner),), chance.choice([0, 3, width]))
    if kind == "unary":
        return intern(chance.choice([Op.NEG, Op.NOT]), width, (word(chance, width, inner),))
    if kind == "ite":
        return intern(Op.ITE, width, (truth(chance, inner), word(chance, width, inner), word(chance, width, inner)))
    if kind == "constant":
        op = chance.choice([Op.AND, Op.OR, Op.XOR, Op.MUL])
        return intern(op, width, (word(chance, width, inner), number(chance, width)))
    if kind == "shift":
        by = const(chance.randrange(width + 3), width)
        return intern(chance.choice([Op.SHL, Op.LSHR]), width, (word(chance, width, inner), by))
    return intern(chance.choice([Op.ADD, Op.ADD, Op.SUB]), width, tuple(word(chance, width, inner) for _ in range(2)))


def truth(chance: random.Random, depth: int) -> Term:
    """Return a random term of width 1 that fits."""
    if depth > 0 and chance.random() < 0.4:
        op = chance.choice([Op.AND, Op.OR, Op.XOR, Op.NOT])
        return intern(op, 1, tuple(truth(chance, depth - 1) for _ in range(1 if op is Op.NOT else 2)))
    width = chance.choice(WIDTHS)
    return intern(chance.choice(PREDICATES), 1, tuple(word(chance, width, max(depth - 1, 0)) for _ in range(2)))


@settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), print_blob=True)
@given(chance=st.randoms(use_true_random=False))
def test_law_1_words_as_integers_and_words_as_bits_give_one_answer(chance: random.Random) -> None:
    question = conj(truth(chance, chance.choice([1, 2, 3])) for _ in range(chance.randrange(1, 5)))
    solver = z3_int_solver(question)
    assert solver is not None
    by_bits = bitwuzla_solver()
    by_bits.add(question)
    found, expected = solver.check((), 2.0), by_bits.check((), 20.0)
    assert {found, expected} != {Status.SAT, Status.UNSAT}
    if found is Status.SAT:
        names = symbols((question,))
        env = dict(zip((s.name for s in names), solver.values(names), strict=True))
        assert evaluate(question, env) == 1


X, Y = symbol("x", 32), symbol("y", 32)


@pytest.mark.parametrize(
    "term",
    [
        intern(Op.MUL, 32, (X, Y)),
        intern(Op.UDIV, 32, (X, const(3, 32))),
        intern(Op.SREM, 32, (X, const(3, 32))),
        intern(Op.AND, 32, (X, Y)),
        intern(Op.SHL, 32, (const(1, 32), X)),
        intern(Op.ASHR, 32, (X, const(1, 32))),
    ],
)
def test_what_does_not_fit_is_not_asked(term: Term) -> None:
    question = intern(Op.EQ, 1, (term, Y))
    assert not fits(question)
    assert z3_int_solver(question) is None


def test_sums_of_words_are_decided() -> None:
    """What the other way is there for; also with a carry that a sum of integers would not lose."""
    a, b, c = (symbol(name, 32) for name in "abc")
    for terms, status in (
        ((eq(a, bvadd(b, c)), bvnot(eq(bvadd(a, b), bvadd(bvadd(b, b), c)))), Status.UNSAT),
        ((bvult(bvadd(a, b), a), bvult(bvadd(a, b), b)), Status.SAT),
    ):
        solver = z3_int_solver(conj(terms))
        assert solver is not None
        assert solver.check((), 60.0) is status
