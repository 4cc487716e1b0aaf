"""The automatic source of lemmas: guess, sample, Houdini; cheap guesses first."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from verify.encode.steps import Compiled
from verify.engines.candidates import cheap, surviving, weighted
from verify.engines.houdini import houdini, symmetric_steps
from verify.engines.messages import Budget
from verify.engines.sample import Plan, sample, simulator
from verify.engines.vocabulary import vocabulary
from verify.smt.solver import Solver, Status
from verify.system.system import TransitionSystem, violation
from verify.term.term import Term


def infer(
    compiled: Compiled,
    system: TransitionSystem,
    cpus: int,
    properties: Iterable[str],
    make: Callable[[], Solver],
    budget: Budget,
) -> tuple[Term, ...]:
    """Return lemmas that are inductive together, symmetric in the CPUs.

    The second, larger set of guesses is tried only when the first does not exclude every
    violation of ``properties``. An empty result means that no lemma was found in time.
    """
    on = simulator(system)
    states = sample(system, on, Plan(), budget)
    words = vocabulary(compiled, system, cpus)
    guesses = surviving(system, states, cheap(words, system, states))
    lemmas = houdini(system, on, guesses, make(), budget)
    if lemmas is None:
        return ()
    if _sufficient(system, lemmas, properties, make(), budget):
        return lemmas
    more = surviving(system, states, weighted(words, system, states, lemmas))
    return houdini(system, on, (*guesses, *more), make(), budget) or lemmas


def _sufficient(
    system: TransitionSystem, lemmas: tuple[Term, ...], properties: Iterable[str], solver: Solver, budget: Budget
) -> bool:
    for lemma in lemmas:
        solver.add(lemma)
    first = TransitionSystem(
        system.state, system.init_inputs, system.init, system.init_guard, symmetric_steps(system), system.state_checks
    )
    return solver.check((violation(first, properties),), budget.left()) is Status.UNSAT
