"""k-induction (Sheeran, Singh, Stålmarck 2000) relative to inductive lemmas, incremental over k.

No simple-path constraint is used: a certificate could not express it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from verify.engines.messages import Answered, Budget, Report, Send
from verify.engines.minimise import Exclude, Preservation, minimise
from verify.smt.solver import Solver, Status
from verify.system.system import TransitionSystem, state_violation, step_violation, violation
from verify.system.unroll import at_time, initial, transition, unviolated
from verify.term.build import FALSE, bvnot, conj
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
    preservation: Preservation = field(init=False)
    local: Solver = field(init=False)
    base: _Path = field(init=False)
    window: _Path = field(init=False)

    def __post_init__(self) -> None:
        self.local = self.make()
        self.preservation = Preservation(self.system, self.local, self.budget)
        self.base = _Path(self.make())
        self.base.solver.add(initial(self.system))
        self.window = _Path(self.make())


def prove(prover: Prover, properties: Iterable[str], max_k: int, send: Send) -> None:
    """Send one answer per property: Safe with a minimised certificate, or Unknown.

    k = 0 … ``max_k`` are tried in turn, every property at each k before the next k.
    """
    opened = sorted(properties)
    hopeless: set[str] = set()
    for k in range(max_k + 1):
        for name in tuple(opened):
            if prover.budget.spent():
                break
            certificate = _attempt(prover, name, k, hopeless)
            if certificate is not None:
                send(Answered(ENGINE, Safe(name, certificate)))
                opened.remove(name)
        send(Report(ENGINE, k, len(prover.lemmas)))
        if prover.budget.spent() or not set(opened) - hopeless:
            break
    for name in opened:
        reason = "not inductive" if not prover.budget.spent() else "time limit"
        send(Answered(ENGINE, Unknown(name, f"{reason} (k-induction, {len(prover.lemmas)} lemmas)", None)))


def _attempt(prover: Prover, name: str, k: int, hopeless: set[str]) -> Certificate | None:
    if name in hopeless or (k > 0 and not _base_holds(prover, name, k, hopeless)):
        return None
    exclude = _excluder(prover, name) if k == 0 else _window(prover, name, k)
    kept = minimise(prover.preservation, prover.lemmas, exclude)
    return None if kept is None else Certificate(name, k, kept)


def _base_holds(prover: Prover, name: str, k: int, hopeless: set[str]) -> bool:
    """Tell whether no violation exists at positions 0 … k - 1; the earlier ones are known."""
    prover.base.extend(prover.system, k - 1)
    bad = at_time((violation(prover.system, (name,)),), k - 1)[0]
    status = prover.base.solver.check((bad,), prover.budget.left())
    if status is not Status.UNSAT:
        hopeless.add(name)
    return status is Status.UNSAT


def _excluder(prover: Prover, name: str) -> Exclude:
    """K = 0: each violation is excluded by the lemmas."""
    bad = [step_violation(s, name) for s in prover.system.steps if s.cpu == 0]
    bad.append(state_violation(prover.system, name))

    def exclude(lemmas: Sequence[Term]) -> frozenset[Term] | None:
        used: frozenset[Term] = frozenset()
        for term in bad:
            if term is FALSE:
                continue
            if prover.local.check((term, *lemmas), prover.budget.left()) is not Status.UNSAT:
                return None
            used |= frozenset(prover.local.core()) - {term}
        return used

    return exclude


def _window(prover: Prover, name: str, k: int) -> Exclude:
    """K >= 1: after k unviolated steps through states of the lemmas, the violation is excluded."""
    prover.window.extend(prover.system, k)
    system = prover.system
    fixed = [at_time((violation(system, (name,)),), k)[0]]
    for time in range(k):
        fixed.append(bvnot(at_time((state_violation(system, name),), time)[0]))
        fixed.append(conj(unviolated(system, name, time)))

    def exclude(lemmas: Sequence[Term]) -> frozenset[Term] | None:
        copies = {conj(at_time((lemma,), t)[0] for t in range(k + 1)): lemma for lemma in lemmas}
        status = prover.window.solver.check((*fixed, *copies), prover.budget.left())
        if status is not Status.UNSAT:
            return None
        return frozenset(copies[t] for t in prover.window.solver.core() if t in copies)

    return exclude
