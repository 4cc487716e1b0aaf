"""From all inductive lemmas to a locally minimal set for one property.

Every obligation keeps an unsat core. The lemmas that a property's cores mention, closed under the
cores of their own preservation, are enough; then each lemma is dropped in turn if every obligation
that used it can be discharged without it, until no single lemma can be dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from verify.engines.houdini import symmetric_steps
from verify.engines.messages import Budget
from verify.smt.solver import Solver, Status
from verify.system.system import Step, TransitionSystem
from verify.system.unroll import after_step
from verify.term.build import bvand, bvnot
from verify.term.term import Term

Exclude = Callable[[Sequence[Term]], frozenset[Term] | None]
"""Given lemmas: those that were used to exclude a violation, or None when they do not suffice."""


@dataclass(slots=True)
class Preservation:
    """Cores of the claims "this step preserves this lemma", kept over the properties of a run."""

    system: TransitionSystem
    solver: Solver
    budget: Budget
    steps: tuple[Step, ...] = ()
    after: dict[Term, tuple[tuple[int, Term], ...]] = field(default_factory=dict)
    cores: dict[tuple[int, Term], list[frozenset[Term]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.steps = symmetric_steps(self.system)

    def used(self, lemma: Term, lemmas: Sequence[Term]) -> frozenset[Term] | None:
        """Return lemmas that suffice for every step to preserve one lemma, or None when they do not."""
        if lemma not in self.after:
            changed = ((i, after_step(s, (lemma,))[0]) for i, s in enumerate(self.steps))
            self.after[lemma] = tuple((i, after) for i, after in changed if after is not lemma)
        needed: frozenset[Term] = frozenset()
        for index, after in self.after[lemma]:
            core = self._core(index, lemma, after, lemmas)
            if core is None:
                return None
            needed |= core
        return needed

    def _core(self, index: int, lemma: Term, after: Term, lemmas: Sequence[Term]) -> frozenset[Term] | None:
        available = frozenset(lemmas)
        known = self.cores.setdefault((index, lemma), [])
        for core in known:
            if core <= available:
                return core
        broken = bvand(self.steps[index].guard, bvnot(after))
        # The lemma itself first: most lemmas are preserved with little else.
        ordered = [lemma, *(t for t in lemmas if t is not lemma)]
        if self.solver.check((broken, *ordered), self.budget.left()) is not Status.UNSAT:
            return None
        core = frozenset(self.solver.core()) - {broken}
        known.append(core)
        return core


def minimise(preservation: Preservation, lemmas: Sequence[Term], exclude: Exclude) -> tuple[Term, ...] | None:
    """Return a locally minimal subset of inductive lemmas that excludes a violation.

    None when the given lemmas do not exclude it, or a solver gives up. The order is kept.
    """
    wanted = exclude(lemmas)
    if wanted is None:
        return None
    kept = _closed(preservation, lemmas, wanted)
    if kept is None:
        return None
    while True:
        smaller = _without_one(preservation, kept, exclude)
        if smaller is None:
            return kept
        kept = smaller


def _closed(preservation: Preservation, lemmas: Sequence[Term], wanted: Iterable[Term]) -> tuple[Term, ...] | None:
    """Close a set of lemmas under what their preservation uses."""
    needed: set[Term] = set()
    open_ = [t for t in lemmas if t in frozenset(wanted)]
    while open_:
        lemma = open_.pop()
        if lemma in needed:
            continue
        needed.add(lemma)
        used = preservation.used(lemma, lemmas)
        if used is None:
            return None
        open_ += [t for t in lemmas if t in used and t not in needed]
    return tuple(t for t in lemmas if t in needed)


def _without_one(preservation: Preservation, lemmas: tuple[Term, ...], exclude: Exclude) -> tuple[Term, ...] | None:
    """Return an inductive, sufficient set that lacks at least one of the lemmas, or None."""
    for lemma in reversed(lemmas):
        rest = tuple(t for t in lemmas if t is not lemma)
        wanted = exclude(rest)
        if wanted is not None and all(preservation.used(t, rest) is not None for t in rest):
            return rest
    return None
