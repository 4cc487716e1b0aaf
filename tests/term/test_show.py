from __future__ import annotations

import pytest

from verify.term import build as b
from verify.term.show import show
from verify.term.term import Term

X, Y, NR = b.symbol("x", 32), b.symbol("y", 32), b.symbol("nr", 32)
P, Q = b.symbol("p", 1), b.symbol("q", 1)


def k(value: int) -> Term:
    return b.const(value, 32)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (b.bvadd(X, k(-1)), "x - 1"),
        (b.bvslt(X, Y), "(s32)x < (s32)y"),
        (b.bvslt(NR, k(-3)), "nr < -3"),
        (b.bvult(NR, k(5)), "(u32)nr < 5"),
        (b.bvult(X, k(1 << 31)), "x < 0x80000000"),
        (b.eq(X, k(-1)), "x == 0xffffffff"),
        (b.ne(X, k(4095)), "x != 4095"),
        (b.bvnot(b.bvule(X, k(4096))), "x > 0x1000"),
        (b.bvand(b.bvor(P, Q), b.bvnot(b.bvand(P, Q))), "(p || q) && !(p && q)"),
        (b.ite(P, X, b.bvadd(Y, X)), "p ? x : y + x"),
        (b.eq(b.bvand(X, Y), k(0)), "(x & y) == 0"),
        (b.bvsub(X, b.bvsub(Y, X)), "x - (y - x)"),
        (b.bvsub(b.bvsub(X, Y), Y), "x - y - y"),
        (b.zext(NR, 64), "(u64)(u32)nr"),
        (b.sext(X, 64), "(s64)(s32)x"),
        (b.extract(X, 15, 8), "(u8)(x >> 8)"),
        (b.concat(X, Y), "(u64)x << 32 | y"),
        (b.bvashr(X, k(31)), "(s32)x >> 31"),
        (b.bvlshr(NR, k(3)), "(u32)nr >> 3"),
        (b.TRUE, "true"),
    ],
)
def test_notation(term: Term, text: str) -> None:
    assert show(term, lambda name: name == "nr") == text


def test_shared_parts_of_a_huge_term_are_named_once() -> None:
    term = X
    for _ in range(60):
        term = b.bvadd(b.bvmul(term, term), Y)
    text = show(term)
    assert text.startswith("$59 * $59 + y\n    where $1 = x * x + y\n          $2 = $1 * $1 + y\n")
    assert len(text) < 3000


def test_a_deep_term_is_no_problem() -> None:
    term = X
    for i in range(5000):
        term = b.bvxor(b.bvadd(term, Y), b.symbol(f"v{i}", 32))
    assert show(term).endswith("^ v4999")
