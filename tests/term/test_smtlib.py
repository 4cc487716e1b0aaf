from __future__ import annotations

import pytest
import z3

from verify.smt.smtlib import to_smtlib
from verify.smt.z3_solver import z3_solver
from verify.term.build import bvadd, bvand, bvnot, bvslt, bvult, concat, const, eq, extract, ite, sext, symbol, zext
from verify.term.term import Op, Term, intern

X, Y, WIDE = symbol("x", 32), symbol("a.y@1", 32), symbol("w", 33)
B, C = symbol("b", 1), symbol("c", 1)
SUM = bvadd(X, Y)


@pytest.mark.parametrize(
    "assertions",
    [
        (bvult(X, Y), bvult(Y, X)),
        (bvult(X, Y), bvslt(Y, X)),
        (eq(SUM, const(7, 32)), bvult(SUM, Y), B),
        (B, bvnot(B)),
        (intern(Op.ADD, 1, (B, C)), bvand(B, C)),
        (intern(Op.SLT, 1, (B, C)), C),
        (eq(concat(B, X), WIDE), eq(extract(WIDE, 32, 32), bvnot(B))),
        (eq(sext(B, 32), X), bvult(X, zext(B, 32))),
        (eq(ite(B, X, Y), const(1 << 31, 32)), bvslt(const(0, 32), X)),
    ],
)
def test_z3_reads_the_text_as_the_same_formula(assertions: tuple[Term, ...]) -> None:
    solver = z3_solver()
    for term in assertions:
        solver.add(term)
    parsed = z3.Solver()
    parsed.from_string(to_smtlib(assertions, ["a comment", "of two\nlines"]))
    assert str(parsed.check()) == solver.check().value


def test_shared_and_long_parts_are_defined_once() -> None:
    text = to_smtlib((eq(bvadd(SUM, SUM), X),))
    assert text == (
        "(set-logic QF_BV)\n"
        "(declare-const |a.y@1| (_ BitVec 32))\n"
        "(declare-const |x| (_ BitVec 32))\n"
        "(define-fun |=1| () (_ BitVec 32) (bvadd |x| |a.y@1|))\n"
        "(assert (= (bvadd |=1| |=1|) |x|))\n"
        "(check-sat)\n"
    )


def test_a_definition_never_takes_a_symbols_name() -> None:
    odd = symbol("=1", 32)
    assert "(define-fun |==1|" in to_smtlib((eq(bvadd(bvadd(odd, X), bvadd(odd, X)), X),))


@pytest.mark.parametrize("name", ["a|b", "a\\b", "a\nb"])
def test_an_unquotable_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot quote"):
        to_smtlib((symbol(name, 1),))


def test_one_name_of_two_widths_is_refused() -> None:
    with pytest.raises(ValueError, match="stands for"):
        to_smtlib((bvand(symbol("x", 1), eq(X, Y)),))
