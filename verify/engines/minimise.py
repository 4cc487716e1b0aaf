"""From many inductive lemmas to a locally minimal set that answers given questions.

Strengthening, guided by counterexamples: while a question has a model in which all chosen lemmas
hold, choose a lemma that is false in it; every chosen lemma asks that each step preserves it. Then
every lemma is dropped in turn if all questions keep their answer without it, until no single lemma
can be dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from verify.engines.houdini import symmetric_steps
from verify.engines.messages import Budget
from verify.smt.solver import AttemptingSolver, Solver, Status
from verify.system.system import Step, TransitionSystem
from verify.system.unroll import after_step
from verify.term.build import FALSE, bvand, bvnot, disj
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


def apart(whole: Question, parts: Sequence[Question]) -> Question:
    """Return the question whether any of ``parts`` is possible: ``whole`` asks about all at once, if it can answer."""

    def ask(lemmas: Sequence[Term]) -> Answer:
        answer = whole(lemmas)
        if answer is not None:
            return answer
        used: frozenset[Term] = frozenset()
        for part in parts:
            answer = part(lemmas)
            if not isinstance(answer, frozenset):
                return answer
            used |= answer
        return used

    return ask


@dataclass(slots=True)
class Minimiser:
    """Questions about the steps of one system. ``after`` keeps each lemma as read after each step.

    What ``solver`` does not answer about a step is asked of ``last``, of each lemma alone.
    """

    system: TransitionSystem
    solver: Solver
    budget: Budget
    last: Solver
    steps: tuple[Step, ...] = ()
    after: dict[Term, tuple[Term, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.steps = self.steps or symmetric_steps(self.system)

    def preservation(self, index: int, lemmas: Iterable[Term]) -> Question | None:
        """Return the question whether the step of this index can break a lemma; None: it changes none."""
        guard = self.steps[index].guard
        changed = ((lemma, self._after(lemma)[index]) for lemma in lemmas)
        broken = [bvand(guard, bvnot(after)) for lemma, after in changed if after is not lemma]
        broken = [term for term in broken if term is not FALSE]
        if not broken:
            return None
        alone = [question(self.last, term, self.budget) for term in broken]
        if len(broken) == 1:
            return alone[0]
        return apart(question(self.solver, disj(broken), self.budget), alone)

    def _after(self, lemma: Term) -> tuple[Term, ...]:
        if lemma not in self.after:
            self.after[lemma] = tuple(after_step(step, (lemma,))[0] for step in self.steps)
        return self.after[lemma]


def minimise(minimiser: Minimiser, lemmas: Sequence[Term], questions: Iterable[Question]) -> tuple[Term, ...] | None:
    """Return a locally minimal inductive subset of inductive lemmas that answers every question.

    None when all lemmas together do not, or a solver gives up. The order is kept.
    """
    wanted = tuple(questions)
    closed = enough(minimiser, lemmas, wanted)
    return None if closed is None else prune(minimiser, closed, wanted)


def enough(minimiser: Minimiser, lemmas: Sequence[Term], questions: Sequence[Question]) -> tuple[Term, ...] | None:
    """Return an inductive subset of inductive lemmas that answers every question, as ``minimise`` does; prune it."""
    chosen = strengthen(lemmas, (), questions)
    return None if chosen is None else close(minimiser, lemmas, chosen)


def strengthen(
    lemmas: Sequence[Term], chosen: tuple[Term, ...], questions: Iterable[Question]
) -> tuple[Term, ...] | None:
    """Return ``chosen`` with more of the lemmas, so that every question is answered; None when they do not suffice.

    Each lemma that is added is false in a counterexample to those before.
    """
    for asked in questions:
        while not isinstance(answer := asked(chosen), frozenset):
            lemma = None if answer is None else next((t for t in lemmas if not answer(t)), None)
            if lemma is None:
                return None
            chosen = (*chosen, lemma)
    return chosen


def close(minimiser: Minimiser, lemmas: Sequence[Term], chosen: tuple[Term, ...]) -> tuple[Term, ...] | None:
    """Return ``chosen`` with more of the lemmas, so that it is inductive, in the order of ``lemmas``."""
    asked_for = [0] * len(minimiser.steps)
    while any(done < len(chosen) for done in asked_for):
        for index, done in enumerate(asked_for):
            asked = minimiser.preservation(index, chosen[done:])
            asked_for[index] = len(chosen)
            more = strengthen(lemmas, chosen, (asked,) if asked else ())
            if more is None:
                return None
            chosen = more
    kept = frozenset(chosen)
    return tuple(t for t in lemmas if t in kept)


def without_implied(
    lemmas: Sequence[Term], known: Sequence[Term], solver: AttemptingSolver, budget: Budget
) -> tuple[Term, ...]:
    """Return the lemmas without those that ``known`` and the other lemmas imply, the first dropped first.

    The same states satisfy ``known`` and what is left, so whatever was inductive or excluded still is, and no step is
    asked about. Each lemma is asked about once with a fixed effort; one that is hard stays.
    """
    kept = tuple(t for t in lemmas if t not in known)
    for lemma in kept:
        rest = tuple(t for t in kept if t is not lemma)
        if solver.attempt((*known, *rest, bvnot(lemma)), budget.left()) is Status.UNSAT:
            kept = rest
    return kept


def prune(minimiser: Minimiser, lemmas: tuple[Term, ...], questions: Iterable[Question]) -> tuple[Term, ...]:
    """Drop lemmas from an inductive set that answers the questions, until none can be dropped alone.

    Where the solver gives up, the lemma stays.
    """
    state = _Pruning(minimiser, tuple(questions), {})
    kept = lemmas
    while True:
        before = kept
        for lemma in reversed(before):
            rest = tuple(t for t in kept if t is not lemma)
            if state.suffices(rest, lemma):
                kept = rest
        # A lemma that had to be preserved may have been all that another one was kept for.
        if kept == before:
            return kept


@dataclass(slots=True)
class _Pruning:
    """The core of each question, by its number or by the index of the step that it is about.

    A core for more lemmas to preserve serves for fewer, as long as its own lemmas are all there.
    """

    minimiser: Minimiser
    questions: tuple[Question, ...]
    cores: dict[tuple[str, int], frozenset[Term]]

    def suffices(self, lemmas: tuple[Term, ...], dropped: Term) -> bool:
        """Tell whether the lemmas are inductive and answer the questions without the dropped one."""
        asked: list[tuple[tuple[str, int], Question | None]]
        asked = [(("question", i), q) for i, q in enumerate(self.questions)]
        stale = [i for i in range(len(self.minimiser.steps)) if self._stale(("step", i), dropped)]
        asked += [(("step", i), self.minimiser.preservation(i, lemmas)) for i in stale]
        found: dict[tuple[str, int], frozenset[Term]] = {}
        for key, ask in asked:
            if ask is not None and self._stale(key, dropped):
                answer = ask(lemmas)
                if not isinstance(answer, frozenset):
                    return False
                found[key] = answer
        self.cores |= found
        return True

    def _stale(self, key: tuple[str, int], dropped: Term) -> bool:
        return key not in self.cores or dropped in self.cores[key]
