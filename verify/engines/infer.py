"""The automatic source of lemmas: guess, sample, Houdini; cheap guesses first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from verify.encode.steps import Compiled
from verify.engines.candidates import basic, phased, surviving, weighted, weighted_by_phase
from verify.engines.houdini import houdini
from verify.engines.messages import Budget
from verify.engines.sample import Plan, sample, simulator
from verify.engines.vocabulary import vocabulary
from verify.smt.solver import Solver
from verify.system.system import TransitionSystem
from verify.term.term import Term


def infer(
    compiled: Compiled, system: TransitionSystem, cpus: int, make: Callable[[], Solver], budget: Budget
) -> Iterator[tuple[Term, ...]]:
    """Yield ever larger sets of lemmas; each set is inductive, and symmetric in the CPUs.

    Each set costs more than the one before, so the caller stops when it has enough. The sequence
    ends when there is nothing more to guess or the budget is spent.
    """
    on = simulator(system)
    states = sample(system, on, Plan(), budget)
    words = vocabulary(compiled, system, cpus)
    guesses = surviving(system, states, basic(words, system))
    lemmas = houdini(system, on, guesses, make(), budget)
    for more in (phased, weighted, weighted_by_phase):
        if lemmas is None:
            return
        yield lemmas
        guesses = (*guesses, *surviving(system, states, more(words, system, states)))
        lemmas = houdini(system, on, guesses, make(), budget)
    if lemmas is not None:
        yield lemmas
