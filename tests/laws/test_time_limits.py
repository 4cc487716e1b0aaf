"""A time limit that is not reached has no say in an answer; one that is reached ends the question.

And where z3's effort does not suffice, bitwuzla answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count, repeat

import pytest

from tests.shipped import ROOT
from verify.encode.steps import compile_program
from verify.engines.counted import counted, exclude
from verify.engines.messages import Budget
from verify.frontend.load import Options, load
from verify.smt import z3_solver
from verify.smt.hybrid import hybrid_solvers
from verify.smt.select import engine_solvers
from verify.smt.solver import Status
from verify.smt.z3_solver import z3_unrolling_solver
from verify.term.build import bvand, bvmul, bvult, const, eq, symbol
from verify.term.show import show
from verify.term.term import Term

WORDS = tuple(symbol(f"w{n}", 32) for n in range(2))
FACTORS = tuple(symbol(f"f{n}", 32) for n in range(2))


def lemmas(monkeypatch: pytest.MonkeyPatch, left: Iterator[float]) -> tuple[str, ...]:
    """Return what the search for lemmas about counts finds for a spec, where questions are given these times."""
    program = load(str(ROOT / "specs/lockref/lockref_broken.c"), Options())
    monkeypatch.setattr(Budget, "left", lambda _self: next(left))
    on = counted(compile_program(program), engine_solvers(), Budget(time.monotonic() + 1000.0))
    exclude(on, ("dead-while-free", "ledger-fits", "no-leak"))
    return tuple(show(lemma) for lemma in on.lemmas)


@pytest.mark.slow
def test_limits_that_are_not_reached_have_no_say_in_what_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """z3 with another value of its parameter ``timeout`` for some questions found other models here."""
    found = lemmas(monkeypatch, repeat(900.0))
    assert found == lemmas(monkeypatch, (900.0 + n // 3 for n in count()))
    assert found == lemmas(monkeypatch, (900.0 + n for n in count()))


def factors(prime: int) -> tuple[Term, ...]:
    """Return a question that takes long: two numbers of 31 bits whose product is a prime of 61 bits."""
    a, b = symbol("a", 64), symbol("b", 64)
    bounds = [bvult(const(1, 64), f) for f in (a, b)] + [bvult(f, const(1 << 31, 64)) for f in (a, b)]
    return (eq(bvmul(a, b), const(prime, 64)), bvult(a, b), *bounds)


def test_a_limit_that_is_reached_ends_the_question_and_the_solver_answers_the_next_one() -> None:
    solver = z3_unrolling_solver()
    begin = time.monotonic()
    assert solver.check(factors(2**61 - 1), 0.3) is Status.UNKNOWN
    assert time.monotonic() - begin < 10
    assert solver.check((bvult(WORDS[0], WORDS[1]),), 30.0) is Status.SAT
    assert solver.check((bvult(WORDS[0], WORDS[1]), bvult(WORDS[1], WORDS[0])), 30.0) is Status.UNSAT


def test_without_time_nothing_is_asked() -> None:
    for solver in (z3_unrolling_solver(), hybrid_solvers()()):
        assert solver.check((eq(WORDS[0], WORDS[1]),), 0.001) is Status.UNKNOWN
        assert solver.check((eq(WORDS[0], WORDS[1]),), 30.0) is Status.SAT


def test_what_z3_leaves_open_is_asked_of_bitwuzla(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(z3_solver, "EFFORT", 1)
    monkeypatch.setattr(z3_solver, "MUCH_EFFORT", 1)
    solver = hybrid_solvers()()
    a, b = FACTORS
    solver.add(bvult(bvmul(a, b), const(9, 32)))
    solver.push()
    solver.add(bvult(const(7, 32), bvmul(a, b)))
    odd = bvand(a, const(1, 32))
    assert solver.attempt((eq(odd, const(1, 32)),), None) is Status.UNKNOWN
    assert solver.check((eq(odd, const(1, 32)),), 60.0) is Status.SAT
    left, right = solver.values(FACTORS)
    assert (left * right) % 2**32 == 8
    assert left % 2 == 1
    impossible = bvult(bvmul(a, b), const(7, 32))
    assert solver.check((impossible,), 60.0) is Status.UNSAT
    assert solver.core() == (impossible,)
    solver.pop()
    assert solver.check((impossible,), 60.0) is Status.SAT
