"""From many inductive lemmas to a locally minimal set that answers given questions.

Strengthening, guided by counterexamples: while a question has a model in which all chosen lemmas
hold, choose a lemma that is false in it; every chosen lemma asks that each step preserves it. Then
every lemma is dropped in turn if all questions keep their answer without it, until no single lemma
can be dropped. Unsat cores tell which questions a lemma matters to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from verify.engines.houdini import symmetric_steps
from verify.engines.messages import Budget
from verify.smt.solver import Solver, Status
from verify.system.system import TransitionSystem
from verify.system.unroll import after_step
from verify.term.build import bvand, bvnot
from verify.term.semantics import evaluate
from verify.term.term import Term, symbols

Model = Callable[[Term], bool]
"""Tells whether a lemma holds in a counterexample."""

Answer = frozenset[Term] | Model | None
"""The lemmas that made a question unsatisfiable, a counterexample, or None: the solver gave up."""

Question = Callable[[Sequence[Term]], Answer]
"""Asks whether something bad is possible where these lemmas hold."""


def question(solver: Solver, bad: Term, budget: Budget) -> Question:
    """Return the question: is ``bad``, a term over state and inputs, possible where the lemmas hold?"""

    def ask(lemmas: Sequence[Term]) -> Answer:
        status = solver.check((bad, *lemmas), budget.left())
        if status is Status.UNKNOWN:
            return None
        if status is Status.UNSAT:
            return frozenset(solver.core()) - {bad}
        return lambda lemma: holds_in_model(solver, lemma)

    return ask


def holds_in_model(solver: Solver, lemma: Term) -> bool:
    """Tell whether a lemma holds in the solver's current model, by the reference evaluator."""
    needed = symbols((lemma,))
    values: Mapping[str, int] = dict(zip((s.name for s in needed), solver.values(needed), strict=True))
    return bool(evaluate(lemma, values))


@dataclass(slots=True)
class Minimiser:
    """Questions about one system, with the cores and failures that are known so far."""

    system: TransitionSystem
    solver: Solver
    budget: Budget
    preserved: dict[Term, tuple[Question, ...]] = field(default_factory=dict)
    cores: dict[Question, list[frozenset[Term]]] = field(default_factory=dict)
    failures: dict[Question, list[frozenset[Term]]] = field(default_factory=dict)

    def preservation(self, lemma: Term) -> tuple[Question, ...]:
        """Return for each step that can change the lemma: can it be broken?"""
        if lemma not in self.preserved:
            self.preserved[lemma] = tuple(self._broken(lemma))
        return self.preserved[lemma]

    def _broken(self, lemma: Term) -> Iterator[Question]:
        for step in symmetric_steps(self.system):
            after = after_step(step, (lemma,))[0]
            if after is not lemma:
                yield question(self.solver, bvand(step.guard, bvnot(after)), self.budget)

    def ask(self, asked: Question, lemmas: Sequence[Term]) -> Answer:
        """Ask, and keep the core."""
        answer = asked(lemmas)
        if isinstance(answer, frozenset):
            self.cores.setdefault(asked, []).append(answer)
        return answer

    def excluded(self, asked: Question, lemmas: frozenset[Term], ordered: Sequence[Term]) -> bool:
        """Tell whether the lemmas make the question unsatisfiable, from known answers where possible."""
        if any(core <= lemmas for core in self.cores.get(asked, ())):
            return True
        # Fewer lemmas cannot exclude what more could not.
        if any(lemmas <= failed for failed in self.failures.get(asked, ())):
            return False
        if isinstance(self.ask(asked, ordered), frozenset):
            return True
        self.failures.setdefault(asked, []).append(lemmas)
        return False


def minimise(minimiser: Minimiser, lemmas: Sequence[Term], questions: Iterable[Question]) -> tuple[Term, ...] | None:
    """Return a locally minimal inductive subset of inductive lemmas that answers every question.

    None when all lemmas together do not, or a solver gives up. The order is kept.
    """
    wanted = tuple(questions)
    chosen = strengthen(minimiser, lemmas, (), wanted)
    closed = None if chosen is None else close(minimiser, lemmas, chosen)
    return None if closed is None else prune(minimiser, closed, wanted)


def strengthen(
    minimiser: Minimiser, lemmas: Sequence[Term], chosen: tuple[Term, ...], questions: Iterable[Question]
) -> tuple[Term, ...] | None:
    """Return ``chosen`` with more of the lemmas, so that every question is answered; None when they do not suffice."""
    grown = list(chosen)
    for asked in questions:
        while True:
            answer = minimiser.ask(asked, grown)
            if isinstance(answer, frozenset):
                break
            lemma = None if answer is None else next((t for t in lemmas if not answer(t)), None)
            if lemma is None:
                return None
            grown.append(lemma)
    return tuple(grown)


def close(minimiser: Minimiser, lemmas: Sequence[Term], chosen: tuple[Term, ...]) -> tuple[Term, ...] | None:
    """Return ``chosen`` with more of the lemmas, so that it is inductive, in the order of ``lemmas``."""
    grown: tuple[Term, ...] | None = chosen
    done = 0
    while grown is not None and done < len(grown):
        grown = strengthen(minimiser, lemmas, grown, minimiser.preservation(grown[done]))
        done += 1
    if grown is None:
        return None
    kept = frozenset(grown)
    return tuple(t for t in lemmas if t in kept)


def prune(minimiser: Minimiser, lemmas: tuple[Term, ...], questions: Iterable[Question]) -> tuple[Term, ...]:
    """Drop lemmas from an inductive set that answers the questions, until none can be dropped alone."""
    wanted = tuple(questions)
    kept = lemmas
    while True:
        smaller = next((r for r in _one_less(kept) if _suffices(minimiser, r, wanted)), None)
        if smaller is None:
            return kept
        kept = smaller


def _one_less(lemmas: tuple[Term, ...]) -> Iterator[tuple[Term, ...]]:
    for lemma in reversed(lemmas):
        yield tuple(t for t in lemmas if t is not lemma)


def _suffices(minimiser: Minimiser, lemmas: tuple[Term, ...], questions: Sequence[Question]) -> bool:
    available = frozenset(lemmas)
    needed = [*questions, *(q for lemma in lemmas for q in minimiser.preservation(lemma))]
    return all(minimiser.excluded(q, available, lemmas) for q in needed)
