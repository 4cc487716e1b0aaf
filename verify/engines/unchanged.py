"""Lemmas of the cheapest kind: this variable keeps its first value."""

from __future__ import annotations

from collections.abc import Iterable

from verify.engines.candidates import singles
from verify.engines.houdini import houdini
from verify.engines.messages import Budget
from verify.engines.sample import simulator
from verify.smt.solver import Solver
from verify.system.system import StateVar, TransitionSystem
from verify.term.build import eq
from verify.term.term import Op, Term


def unchanged(
    system: TransitionSystem, variables: Iterable[StateVar], solver: Solver, budget: Budget
) -> tuple[Term, ...]:
    """Return an inductive set of lemmas "this variable has its first value", for those that start with a constant.

    The variables treat all CPUs alike, or every step of the system is CPU 0's (``houdini``). Empty
    when the budget is spent.
    """
    start = dict(system.init)
    guesses = [eq(v.term, start[v.name]) for v in variables if start[v.name].op is Op.CONST]
    return houdini(system, simulator(system), singles(guesses), solver, budget) or ()
