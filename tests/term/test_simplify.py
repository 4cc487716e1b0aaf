"""What the constructors make of terms as compiled C writes them, and that it is equal to what was written."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from verify.smt.solver import Status
from verify.smt.z3_solver import z3_solver
from verify.term.build import FALSE, TRUE, bvadd, const, make, symbol
from verify.term.compiled import compiled
from verify.term.rewrite import simplify
from verify.term.semantics import evaluate_all
from verify.term.show import show
from verify.term.term import Op, Term, intern, postorder

W = 8
X, Y, Z = (symbol(n, W) for n in "xyz")
A, B, C, D, P, Q = (symbol(n, 1) for n in "abcdpq")
_PREDICATES = frozenset({Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE})


def raw(op: Op, *args: Term) -> Term:
    """Return ``op`` of the operands as it stands, without rewriting."""
    width = 1 if op in _PREDICATES else args[-1].width
    return intern(op, width, args)


def raw_chain(op: Op, terms: Iterable[Term]) -> Term:
    first, *rest = terms
    for term in rest:
        first = raw(op, first, term)
    return first


def both(*terms: Term) -> Term:
    return raw_chain(Op.AND, terms)


def either(*terms: Term) -> Term:
    return raw_chain(Op.OR, terms)


def no(term: Term) -> Term:
    return raw(Op.NOT, term)


def extended(op: Op, term: Term, by: int = 3) -> Term:
    return intern(op, term.width + by, (term,))


def choice(c: Term, then: Term, otherwise: Term) -> Term:
    return raw(Op.ITE, c, then, otherwise)


def n(value: int, width: int = W) -> Term:
    return const(value, width)


def normal(term: Term) -> Term:
    """Return what the constructors make of a raw term, built from its leaves up."""
    done: dict[Term, Term] = {}
    for node in postorder((term,)):
        args = tuple(done[a] for a in node.args)
        if node.op in {Op.AND, Op.OR, Op.ADD, Op.EQ} and args[0].op is Op.CONST:
            args = (args[1], args[0])
        done[node] = make(node.op, node.width, args, node.number) if args else node
    return done[term]


ZX, ZY, SX, SY = (extended(op, t) for op in (Op.ZEXT, Op.SEXT) for t in (X, Y))
FLAG = extended(Op.SEXT, extended(Op.ZEXT, A, 31), 32)
X_LESS, X_MORE = raw(Op.ADD, X, n(-1)), raw(Op.ADD, X, n(3))

CASES = [
    # Extensions against constants and each other.
    (raw(Op.EQ, FLAG, n(0, 64)), "!a"),
    (raw(Op.EQ, FLAG, n(2, 64)), "false"),
    (raw(Op.EQ, SX, n(-1, 11)), "x == 0xff"),
    (raw(Op.EQ, SX, n(200, 11)), "false"),
    (raw(Op.EQ, SX, SY), "x == y"),
    (raw(Op.EQ, SX, ZX), "0 <= (s8)x"),
    (raw(Op.ULT, ZX, n(7, 11)), "x < 7"),
    (raw(Op.ULT, ZX, n(256, 11)), "true"),
    (raw(Op.ULE, n(256, 11), ZX), "false"),
    (raw(Op.SLE, n(-1, 11), ZX), "true"),
    (raw(Op.SLT, n(3, 11), ZX), "3 < x"),
    (raw(Op.SLE, SX, n(-5, 11)), "(s8)x <= -5"),
    (raw(Op.SLT, SX, n(128, 11)), "true"),
    (raw(Op.SLT, SX, n(-129, 11)), "false"),
    (raw(Op.ULE, SX, n(300, 11)), "(u11)(s11)(s8)x <= 300"),
    (raw(Op.EQ, raw(Op.ADD, ZX, ZY), extended(Op.ZEXT, raw(Op.ADD, X, Y))), "x <= x + y"),
    (raw(Op.EQ, raw(Op.SUB, ZX, ZY), extended(Op.ZEXT, raw(Op.SUB, X, Y))), "y <= x"),
    (raw(Op.EQ, raw(Op.ADD, ZX, n(-1, 11)), extended(Op.ZEXT, X_LESS)), "0 < x"),
    (both(raw(Op.ULT, n(0), X), no(raw(Op.EQ, raw(Op.ADD, ZX, n(-1, 11)), extended(Op.ZEXT, X_LESS)))), "false"),
    # Conjunctions, disjunctions and conditionals.
    (either(both(A, P, Q), both(A, no(P)), both(A, P, no(Q))), "a"),
    (either(both(P, Q), no(P), both(P, no(Q))), "true"),
    (either(both(A, B), both(no(B), A)), "a"),
    (either(both(A, B), A), "a"),
    (both(either(A, B), either(A, no(B))), "a"),
    (both(either(A, B), either(A, C)), "(a || b) && (a || c)"),
    (either(both(A, raw(Op.EQ, X, Y)), both(A, no(raw(Op.EQ, X, Y)))), "a"),
    (both(A, raw(Op.ULT, X, Y), raw(Op.ULE, Y, X)), "false"),
    (both(A, B, no(both(A, C))), "a && b && !c"),
    (choice(A, choice(both(A, B), X, Y), Z), "a ? (b ? x : y) : z"),
    (choice(A, X, choice(both(A, B), Y, Z)), "a ? x : z"),
    (choice(both(A, B), choice(both(A, B, C), X, Y), X), "a && b && !c ? y : x"),
    (choice(A, choice(both(A, B), choice(both(A, B), X, Y), X), X), "x"),
    (choice(A, X, choice(no(B), X, Y)), "a || !b ? x : y"),
    # Sums.
    (raw(Op.ADD, raw(Op.ADD, X_LESS, Y), n(1)), "x + y"),
    (raw(Op.ADD, X_LESS, raw(Op.ADD, Y, n(3))), "x + y + 2"),
    (raw(Op.ADD, raw(Op.SUB, X, Y), Y), "x"),
    (raw(Op.SUB, raw(Op.ADD, X, Y), X), "y"),
    (raw(Op.SUB, X_MORE, raw(Op.ADD, Y, n(4))), "x - y - 1"),
    (raw(Op.SUB, n(9), X_MORE), "6 - x"),
    (raw(Op.EQ, X_LESS, n(255)), "x == 0"),
    (raw(Op.EQ, raw(Op.SUB, X, Y), n(0)), "x == y"),
    (raw(Op.EQ, raw(Op.SUB, n(9), X), n(4)), "x == 5"),
    (raw(Op.EQ, raw(Op.ADD, X, Y), raw(Op.ADD, Z, X)), "y == z"),
    (raw(Op.EQ, Y, raw(Op.ADD, X, Y)), "x == 0"),
    (raw(Op.ULE, raw(Op.SUB, X, Y), X), "y <= x"),
]


@pytest.mark.parametrize(("written", "text"), CASES, ids=[text for _, text in CASES])
def test_a_term_becomes_smaller_and_stays_equal(written: Term, text: str) -> None:
    made = normal(written)
    assert show(made) == text
    solver = z3_solver()
    solver.add(no(raw(Op.EQ, written, made)))
    assert solver.check(seconds=20) is Status.UNSAT


def test_logic_is_exact_on_every_small_formula() -> None:
    """Conjunctions, disjunctions and conditionals of all formulas of two levels, over all values."""
    atoms = (A, B, C, no(A))
    level = [make(op, 1, (a, b)) for op in (Op.AND, Op.OR) for a, b in itertools.product(atoms, atoms) if a is not b]
    formulas = tuple(dict.fromkeys((*atoms, *level)))
    written = [raw(op, f, g) for op in (Op.AND, Op.OR) for f, g in itertools.product(formulas, formulas)]
    written += [choice(f, choice(g, P, Q), r) for f, g in itertools.product(formulas, formulas) for r in (P, Q, D)]
    written += [choice(f, r, choice(g, P, Q)) for f, g in itertools.product(formulas, formulas) for r in (P, Q, D)]
    pairs = [(w, made) for w in written if (made := simplify(w.op, 1, w.args, 0)) is not None]
    left, right = zip(*pairs, strict=True)
    slots = {name: slot for slot, name in enumerate("abcdpq")}
    functions = tuple(zip(compiled(left, slots), compiled(right, slots), pairs, strict=True))
    for values in itertools.product((0, 1), repeat=6):
        for before, after, pair in functions:
            assert before(values) == after(values), (pair, values)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_extensions_are_exact_for_every_constant(width: int) -> None:
    x = symbol("x", width)
    for ext, by, op in itertools.product((Op.ZEXT, Op.SEXT), (1, 2), _PREDICATES):
        wide = extended(ext, x, by)
        for value in range(1 << wide.width):
            for args in ((wide, n(value, wide.width)), (n(value, wide.width), wide)):
                made = make(op, 1, args)
                for given in range(1 << width):
                    assert len(set(evaluate_all((raw(op, *args), made), {"x": given}))) == 1, (ext, op, value, given)


@pytest.mark.parametrize("width", [1, 2])
def test_sums_are_exact_for_every_constant(width: int) -> None:
    x, y = symbol("x", width), symbol("y", width)
    constants = [n(v, width) for v in range(min(4, 1 << width))]
    leaves = [x, y, *constants]
    sums = [raw(op, a, b) for op in (Op.ADD, Op.SUB) for a, b in itertools.product(leaves, leaves)]
    tops = (Op.ADD, Op.SUB, Op.EQ, Op.ULE)
    written = [raw(op, a, b) for op in tops for a, b in itertools.product(sums, leaves)]
    made = [normal(w) for w in written]
    for given in itertools.product(range(1 << width), repeat=2):
        env = dict(zip("xy", given, strict=True))
        assert evaluate_all(written, env) == evaluate_all(made, env)


def test_a_long_conjunction_is_built_quickly_and_exactly() -> None:
    bits = [symbol(f"b{i}", 1) for i in range(40)]
    whole = TRUE
    for bit in bits:
        whole = make(Op.AND, 1, (bit, whole)) if whole is TRUE else make(Op.AND, 1, (whole, bit))
    assert make(Op.AND, 1, (whole, bits[39])) is whole
    assert make(Op.AND, 1, (whole, no(bits[39]))) is FALSE
    assert show(bvadd(X, n(-1))) == "x - 1"
