"""k-induction (Sheeran, Singh, Stålmarck 2000) relative to inductive lemmas, incremental over k.

No simple-path constraint is used: a certificate could not express it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from verify.engines.houdini import symmetric_steps
from verify.engines.messages import Answered, Budget, Report, Send
from verify.engines.minimise import (
    Answer,
    Minimiser,
    Question,
    close,
    holds_in_model,
    minimise,
    prune,
    question,
    strengthen,
)
from verify.smt.solver import Solver, Status
from verify.system.system import TransitionSystem, state_violation, step_violation, violation
from verify.system.unroll import at_time, initial, transition, unviolated
from verify.term.build import FALSE, bvnot, conj, disj
from verify.term.term import Term
from verify.verdict.answer import Certificate, Safe, Unknown

ENGINE = "k-induction"


@dataclass(slots=True)
class _Path:
    """A solver that holds the transitions of times 0 … ``length`` - 1."""

    solver: Solver
    length: int = 0

    def extend(self, system: TransitionSystem, length: int) -> None:
        while self.length < length:
            self.solver.add(transition(system, self.length))
            self.length += 1


@dataclass(slots=True)
class Prover:
    """One run of the engine: a solver per kind of question, all for the same system and lemmas."""

    system: TransitionSystem
    lemmas: tuple[Term, ...]
    make: Callable[[], Solver]
    budget: Budget
    prune: bool = True
    minimiser: Minimiser = field(init=False)
    local: Solver = field(init=False)
    base: _Path = field(init=False)
    window: _Path = field(init=False)

    def __post_init__(self) -> None:
        self.local = self.make()
        self.minimiser = Minimiser(self.system, self.local, self.budget, self.local)
        self.base = _Path(self.make())
        self.base.solver.add(initial(self.system))
        self.window = _Path(self.make())


def prove(prover: Prover, properties: Iterable[str], max_k: int, send: Send) -> None:
    """Send one answer per property: Safe with a certificate, or Unknown; k = 0 … ``max_k`` in turn."""
    prove_deeper(prover, prove_together(prover, sorted(properties), send), max_k, send)


def prove_deeper(prover: Prover, properties: Iterable[str], max_k: int, send: Send) -> list[str]:
    """Send one answer per property, by k-induction with k = 1 … ``max_k``; every property at each k first.

    Return the properties that were not proved.
    """
    opened = sorted(properties)
    hopeless: set[str] = set()
    for k in range(1, max_k + 1):
        if prover.budget.spent() or not set(opened) - hopeless:
            break
        for name in tuple(opened):
            certificate = _attempt(prover, name, k, hopeless)
            if certificate is not None:
                send(Answered(ENGINE, Safe(name, certificate)))
                opened.remove(name)
        send(Report(ENGINE, k, len(prover.lemmas)))
    for name in opened:
        reason = "not inductive" if not prover.budget.spent() else "time limit"
        send(Answered(ENGINE, Unknown(name, f"{reason} (k-induction, {len(prover.lemmas)} lemmas)", None)))
    return opened


def prove_together(prover: Prover, names: Sequence[str], send: Send) -> list[str]:
    """Send Safe for every property that the lemmas exclude by themselves (k = 0); return the others.

    These share one minimised set of lemmas, so that checking it once serves them all.
    """
    chosen: tuple[Term, ...] = ()
    alone: list[str] = []
    for name in names:
        grown = strengthen(prover.lemmas, chosen, _exclusion(prover, name))
        if grown is not None:
            chosen = grown
            alone.append(name)
    closed = close(prover.minimiser, prover.lemmas, chosen) if alone else None
    send(Report(ENGINE, 0, len(prover.lemmas)))
    if closed is None:
        return list(names)
    kept = _pruned(prover, closed, alone) if prover.prune else closed
    for name in alone:
        send(Answered(ENGINE, Safe(name, Certificate(name, 0, kept))))
    return [name for name in names if name not in alone]


def _pruned(prover: Prover, lemmas: tuple[Term, ...], names: Sequence[str]) -> tuple[Term, ...]:
    bad = disj(term for name in names for term in _violations(prover.system, name))
    asked = () if bad is FALSE else (question(prover.local, bad, prover.budget),)
    return prune(prover.minimiser, lemmas, asked)


def _attempt(prover: Prover, name: str, k: int, hopeless: set[str]) -> Certificate | None:
    if name in hopeless or not _base_holds(prover, name, k, hopeless):
        return None
    kept = minimise(prover.minimiser, prover.lemmas, (_window(prover, name, k),))
    return None if kept is None else Certificate(name, k, kept)


def _base_holds(prover: Prover, name: str, k: int, hopeless: set[str]) -> bool:
    """Tell whether no violation exists at positions 0 … k - 1; the earlier ones are known."""
    prover.base.extend(prover.system, k - 1)
    bad = at_time((violation(prover.system, (name,)),), k - 1)[0]
    status = prover.base.solver.check((bad,), prover.budget.left())
    if status is not Status.UNSAT:
        hopeless.add(name)
    return status is Status.UNSAT


def _violations(system: TransitionSystem, name: str) -> list[Term]:
    """Return where the steps of the first CPU, and where states, violate a property."""
    bad = [*(step_violation(step, name) for step in symmetric_steps(system)), state_violation(system, name)]
    return [term for term in bad if term is not FALSE]


def _exclusion(prover: Prover, name: str) -> tuple[Question, ...]:
    """Return the questions of k = 0: can a step, or a state, violate the property where the lemmas hold?"""
    return tuple(question(prover.local, term, prover.budget) for term in _violations(prover.system, name))


def _window(prover: Prover, name: str, k: int) -> Question:
    """Return the question of k >= 1: is a violation possible after k unviolated steps through lemmas?"""
    prover.window.extend(prover.system, k)
    solver, system = prover.window.solver, prover.system
    fixed = [at_time((violation(system, (name,)),), k)[0]]
    for time in range(k):
        fixed.append(bvnot(at_time((state_violation(system, name),), time)[0]))
        fixed.append(conj(unviolated(system, name, time)))

    def everywhere(lemma: Term) -> Term:
        return conj(at_time((lemma,), time)[0] for time in range(k + 1))

    def ask(lemmas: Sequence[Term]) -> Answer:
        copies = {everywhere(lemma): lemma for lemma in lemmas}
        status = solver.check((*fixed, *copies), prover.budget.left())
        if status is Status.UNKNOWN:
            return None
        if status is Status.UNSAT:
            return frozenset(copies[t] for t in solver.core() if t in copies)
        return lambda lemma: holds_in_model(solver, everywhere(lemma))

    return ask
