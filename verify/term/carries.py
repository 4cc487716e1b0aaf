"""Cutting a question at carries: where a sum is known to stay within its width, its extension is a sum of extensions.

Lemmas compare sums in more bits than the words have; after a step such a lemma speaks of ext(x + n), in which its
own ext(x) is hidden behind a carry. Theorem: let a question be H & C, let H & (s != e) have no model, and let
the question with e for s have none. Then it has none itself: in a model H holds, so s = e, so that replacing s by e
changes no value, and it would be a model of what was replaced. The converse does not hold, so only "no model" counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from verify.term.build import TRUE, bvadd, bvmul, bvnot, bvsub, conj, const, disj, eq
from verify.term.cases import split
from verify.term.sums import EXTENSIONS, SUMS, aligned, as_sum, extended, lifted, named, replaced
from verify.term.term import Term, postorder


@dataclass(frozen=True, slots=True)
class Carries:
    """A question, and what would make it easier: ``equations`` (s, e), which may or may not follow from ``always``.

    The question is the conjunction of ``always`` and of the disjunction of ``choices``.
    """

    always: tuple[Term, ...]
    choices: tuple[Term, ...]
    equations: tuple[tuple[Term, Term], ...]

    def sides(self) -> tuple[Term, ...]:
        """Return for each equation the term that has no model exactly if it follows from ``always``."""
        return tuple(conj((*self.always, bvnot(eq(s, e)))) for s, e in self.equations)

    def cut(self, known: tuple[bool, ...]) -> Term:
        """Return a term: the question has no model if it has none, given the equations that are ``known``."""
        equal = {s: e for (s, e), holds in zip(self.equations, known, strict=True) if holds}
        whole = conj((*self.always, disj(self.choices)))
        return named(aligned(lifted(replaced(whole, equal))))


def carries(term: Term) -> Carries | None:
    """Return a question as one that can be cut, or None for one without an extended sum."""
    parts = split(lifted(term))
    whole = conj((*parts.always, disj(parts.choices)))
    equations = tuple((t, _wide(t)) for t in postorder((whole,)) if t.op in EXTENSIONS and t.args[0].op in SUMS)
    if not equations:
        return None
    if len(parts.choices) == 1:
        return Carries((*parts.always, *parts.choices), (TRUE,), equations)
    return Carries(parts.always, parts.choices, equations)


def _wide(term: Term) -> Term:
    """Return for ext(x + y) the sum ext(x) + ext(y), with factors and constants as signed."""
    inner = as_sum(term.args[0])
    found = const(inner.constant, term.width)
    for part, factor in inner.factors.items():
        wide = extended(term.op, part, term.width)
        product = wide if abs(factor) == 1 else bvmul(wide, const(abs(factor), term.width))
        found = (bvadd if factor > 0 else bvsub)(found, product)
    return found
