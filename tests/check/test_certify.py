"""What a solver that is asked another way may do to the answers of the others: nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from verify.check import ask
from verify.smt.select import make_solver
from verify.smt.solver import Solver, Status
from verify.term.build import bvadd, bvult, conj, const, eq, symbol
from verify.term.term import Term

X, Y = symbol("x", 8), symbol("y", 8)
CONTRADICTION = conj((bvult(X, Y), bvult(Y, X)))
SATISFIABLE = eq(bvadd(X, Y), const(7, 8))


def killed(_term: Term) -> Solver | None:
    os.kill(os.getpid(), signal.SIGSEGV)
    return None


def refused(_term: Term) -> Solver | None:
    return None


def hanging(_term: Term) -> Solver | None:
    time.sleep(60)
    return None


def answering(term: Term) -> Solver | None:
    solver = make_solver("z3")
    solver.add(term)
    return solver


@pytest.mark.parametrize("other", [killed, refused, answering])
def test_another_way_that_dies_costs_no_answer(
    other: Callable[[Term], Solver | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: z3 on integers ended by a segmentation fault, and all other answers of its process were lost."""
    monkeypatch.setattr(ask, "other_way", lambda _name: other)
    monkeypatch.setattr(ask, "FIRST", 0.0)
    monkeypatch.setattr(ask, "WHOLE", 0.0)
    made = ask.poll("z3", (CONTRADICTION, SATISFIABLE), time.monotonic() + 60)
    assert made.answers == (Status.UNSAT, Status.SAT)


def test_another_way_has_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "other_way", lambda _name: hanging)
    monkeypatch.setattr(ask, "FIRST", 0.0)
    monkeypatch.setattr(ask, "WHOLE", 0.0)
    monkeypatch.setattr(ask, "OTHERWISE", 0.1)
    begun = time.monotonic()
    assert ask.poll("z3", (CONTRADICTION,), begun + 60).answers == (Status.UNSAT,)
    assert time.monotonic() - begun < 20
