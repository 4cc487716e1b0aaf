from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from verify.smt.bitwuzla_solver import bitwuzla_solver, bitwuzla_solvers
from verify.smt.cvc5_solver import cvc5_solver
from verify.smt.solver import Solver, Status, solver_version
from verify.smt.z3_solver import z3_solver, z3_unrolling_solver
from verify.term.build import FALSE, TRUE, bvadd, bvmul, bvnot, bvult, conj, const, eq, symbol
from verify.term.term import Term

X, Y, P = symbol("x", 32), symbol("y", 32), symbol("p", 1)
Make = Callable[[], Solver]

pytestmark = pytest.mark.parametrize("make", [z3_solver, z3_unrolling_solver, bitwuzla_solver, cvc5_solver])

HARD = """
from verify.smt.{0} import {1}
from verify.term.build import bvmul, bvult, conj, const, eq, symbol
a, b = symbol("a", 64), symbol("b", 64)
solver = {1}()
solver.add(eq(bvmul(a, b), const(0xFFFFFFFFFFFFC5 * 0x1FFFFFFFFFFE3, 64)))
solver.add(conj([bvult(const(2, 64), v) for v in (a, b)] + [bvult(v, const(1 << 33, 64)) for v in (a, b)]))
print("ready", flush=True)
solver.check(seconds=30)
"""


def hard() -> Term:
    a, b = symbol("a", 64), symbol("b", 64)
    small = [bvult(v, const(1 << 33, 64)) for v in (a, b)]
    large = [bvult(const(2, 64), v) for v in (a, b)]
    return conj([eq(bvmul(a, b), const(0xFFFFFFFFFFFFC5 * 0x1FFFFFFFFFFE3, 64)), *small, *large])


def test_scopes_and_assumptions(make: Make) -> None:
    solver = make()
    solver.add(bvult(X, Y))
    solver.push()
    assert solver.check([eq(X, Y)]) is Status.UNSAT
    solver.add(eq(Y, const(1, 32)))
    assert solver.check([P]) is Status.SAT
    assert solver.values([X, Y, P, bvadd(X, Y)]) == (0, 1, 1, 1)
    solver.pop()
    # The literal that stood for x == y was defined in the scope that is gone.
    assert solver.check([eq(X, Y)]) is Status.UNSAT
    assert solver.check([bvult(const(1, 32), Y)]) is Status.SAT


def test_the_core_is_a_subset_in_the_given_order(make: Make) -> None:
    solver = make()
    given = [P, eq(Y, const(5, 32)), bvult(Y, X), bvult(X, const(3, 32)), bvult(Y, X)]
    assert solver.check(given) is Status.UNSAT
    core = solver.core()
    assert core == tuple(t for t in dict.fromkeys(given) if t in core)
    assert set(core) == set(given[1:])
    assert solver.check([TRUE, FALSE]) is Status.UNSAT
    assert solver.core() == (FALSE,)
    assert solver.check([P, bvnot(P)]) is Status.UNSAT
    assert solver.core() == (P, bvnot(P))


def test_an_open_symbol_is_zero(make: Make) -> None:
    solver = make()
    assert solver.check() is Status.SAT
    assert solver.values([X, P, symbol("wide", 70)]) == (0, 0, 0)


def test_answers_are_gone_after_a_change(make: Make) -> None:
    solver = make()
    assert solver.check([P]) is Status.SAT
    with pytest.raises(ValueError, match="core"):
        solver.core()
    solver.add(P)
    with pytest.raises(ValueError, match="model"):
        solver.values([P])
    with pytest.raises(ValueError, match="scope"):
        solver.pop()
    with pytest.raises(ValueError, match="width 1"):
        solver.add(X)
    with pytest.raises(ValueError, match="width 1"):
        solver.check([X])


def test_a_time_limit_gives_unknown_and_the_next_check_is_free_of_it(make: Make) -> None:
    solver = make()
    solver.push()
    solver.add(hard())
    start = time.monotonic()
    assert solver.check(seconds=0.3) is Status.UNKNOWN
    assert time.monotonic() - start < 5
    solver.pop()
    assert solver.check([P]) is Status.SAT


def test_ctrl_c_ends_a_check(make: Make) -> None:
    if make is cvc5_solver:
        pytest.skip("cvc5 cannot be interrupted from Python; it runs in workers, which are killed")
    module = make.__module__.rpartition(".")[2]
    script = HARD.format(module, make.__name__)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(2)
        start = time.monotonic()
        _, errors = process.communicate(timeout=20)
        assert time.monotonic() - start < 5
        assert b"KeyboardInterrupt" in errors


def test_a_solver_for_one_question_says_that_it_has_no_core(make: Make) -> None:
    solver = bitwuzla_solvers()() if make is bitwuzla_solver else make()
    assert solver.check([P, bvnot(P)]) is Status.UNSAT
    if make is bitwuzla_solver:
        with pytest.raises(ValueError, match="without assumptions"):
            solver.core()


def test_versions(make: Make) -> None:
    name = make.__name__.partition("_")[0]
    assert solver_version(name)[0].isdigit()
    with pytest.raises(ValueError, match="unknown"):
        solver_version("yices")
