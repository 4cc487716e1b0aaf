"""A solver that works another way answers in a process of its own: its "unsat" counts, and nothing else."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence

import pytest

from verify.check import ask
from verify.check.ask import Polled, poll
from verify.smt.solver import Status
from verify.term.build import bvand, bvor, symbol
from verify.term.cases import cases
from verify.term.term import Term
from verify.worker.tasks import Ending, Finished, Task, run_tasks

A, B, C, D = (symbol(name, 1) for name in "abcd")
SPLIT = bvand(A, bvor(B, C))


class _Other:
    """A solver that does as it is told when it is asked."""

    def __init__(self, act: Callable[[], Status]) -> None:
        self.act = act

    def check(self, _assumptions: Sequence[Term] = (), _seconds: float | None = None) -> Status:
        return self.act()


class _Bits:
    """A solver that leaves some terms open and finds every other one unsatisfiable."""

    def __init__(self, left_open: Sequence[Term]) -> None:
        self.left_open = left_open

    def add(self, term: Term) -> None:
        self.term = term

    def check(self, _assumptions: Sequence[Term], _seconds: float) -> Status:
        return Status.UNKNOWN if self.term in self.left_open else Status.UNSAT


def _killed() -> Status:
    os.kill(os.getpid(), signal.SIGSEGV)
    return Status.UNSAT


def _raises() -> Status:
    raise RuntimeError("a solver's own error")


def _endless() -> Status:
    time.sleep(60)
    return Status.UNSAT


def _polled(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], Status], *left_open: Term
) -> tuple[tuple[Status, ...] | None, Ending]:
    """Poll about two terms in a process of its own, so that a crash that is not kept apart fails a test and no more."""
    monkeypatch.setattr(ask, "solver_maker", lambda _name: lambda: _Bits((SPLIT, *left_open)))
    monkeypatch.setattr(ask, "other_way", lambda _name: lambda _term: _Other(act))
    monkeypatch.setattr(ask, "OTHERWISE", 0.2)
    found: list[object] = []

    def listen(_task: str, message: object) -> bool:
        found.append(message)
        return False

    until = time.monotonic() + 4
    asks = Task("poll", lambda send: send(poll("z3", (SPLIT, D), until)))
    ending = run_tasks([asks], deadline=until, on_message=listen)["poll"]
    return next((m.answers for m in found if isinstance(m, Polled)), None), ending


@pytest.mark.parametrize(
    "act",
    [
        _killed,
        _raises,
        pytest.param(_endless, marks=pytest.mark.slow),
        lambda: Status.UNKNOWN,
        lambda: Status.SAT,
    ],
)
def test_whatever_it_does_but_say_unsat_the_cases_are_asked(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], Status]
) -> None:
    assert _polled(monkeypatch, act) == ((Status.UNSAT, Status.UNSAT), Finished())
    assert _polled(monkeypatch, act, *cases(SPLIT)) == ((Status.UNKNOWN, Status.UNSAT), Finished())


def test_its_unsat_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _polled(monkeypatch, lambda: Status.UNSAT, *cases(SPLIT)) == ((Status.UNSAT, Status.UNSAT), Finished())
