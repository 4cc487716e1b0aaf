"""In which order a checking solver is asked; and a "sat" of z3 without a model."""

from __future__ import annotations

import time

import pytest
import z3

from verify.check import ask
from verify.smt.solver import Status
from verify.smt.z3_solver import Z3Solver
from verify.term.build import bvadd, bvult, conj, const, symbol, zext
from verify.term.term import Term


def with_equations(many: int) -> Term:
    """Return a question in which ``many`` sums are extended."""
    sums = (bvadd(symbol(f"x{i}", 8), const(1, 8)) for i in range(many))
    return conj(bvult(zext(symbol(f"y{i}", 12), 16), zext(one, 16)) for i, one in enumerate(sums))


@pytest.mark.parametrize(("status", "first"), [(Status.UNKNOWN, "cut"), (Status.SAT, "whole")])
def test_questions_are_cut_first_once_asking_as_a_whole_fails(
    status: Status, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def whole(_on: object, _term: Term, _most: float) -> Status:
        told.append("whole")
        return status

    def cut(_on: object, _question: object, _most: float) -> bool:
        told.append("cut")
        return True

    monkeypatch.setattr(ask._Asker, "ask", whole)
    monkeypatch.setattr(ask, "_unsat_by_carries", cut)
    list(ask.answers("z3", [with_equations(ask.MANY)] * (ask.TRIED + 1), time.monotonic() + 60))
    expected = ["whole", "cut"] if status is Status.UNKNOWN else ["whole"]
    assert told == [*expected * ask.TRIED, first]


class Forgetful(z3.Solver):
    """Seen under a time limit: "sat", and then no model."""

    def model(self) -> z3.ModelRef:
        raise z3.Z3Exception("model is not available")


def test_a_sat_without_a_model_is_no_answer() -> None:
    solver = Z3Solver(lambda context: Forgetful(ctx=context))
    solver.add(bvult(symbol("a", 4), const(3, 4)))
    assert solver.check((), 10) is Status.UNKNOWN
    with pytest.raises(ValueError, match="there is no model"):
        solver.values([symbol("a", 4)])
