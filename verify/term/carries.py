"""Cutting a question at carries: where a sum is known to stay within its width, its extension is a sum of extensions.

Lemmas compare sums in more bits than the words have; after a step such a lemma speaks of ext(x + n), in which its
own ext(x) is hidden behind a carry. Theorem: let a question be H & C, let H & (s != e) have no model, and let
the question with e for s have none. Then it has none itself: in a model H holds, so s = e, so that replacing s by e
changes no value, and it would be a model of what was replaced. The converse does not hold, so only "no model" counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verify.term.build import bvadd, bvmul, bvnot, bvsub, conj, const, disj, eq
from verify.term.cases import split
from verify.term.sums import EXTENSIONS, SUMS, Named, aligned, as_sum, extended, lifted, named, replaced
from verify.term.term import Term, postorder


@dataclass(frozen=True, slots=True)
class Carries:
    """A question, and what would make it easier: ``equations`` (s, e), which may or may not follow from ``held``.

    The question is the conjunction of ``held`` and of ``rest``.
    """

    held: tuple[Term, ...]
    rest: tuple[Term, ...]
    equations: tuple[tuple[Term, Term], ...]

    def wrong(self) -> tuple[Term, ...]:
        """Return s != e for each equation: with ``held`` it has no model exactly if the equation follows."""
        return tuple(bvnot(eq(s, e)) for s, e in self.equations)

    def cut(self, known: Sequence[bool]) -> Named:
        """Return as many terms as ``held`` and ``rest`` have, which take their places, given the ``known`` equations.

        If they have no common model together with the equations of their names, then the question has none.
        """
        equal = {s: e for (s, e), holds in zip(self.equations, known, strict=True) if holds}
        return named(*aligned(*lifted(*replaced((*self.held, *self.rest), equal))))


def carries(term: Term) -> Carries | None:
    """Return a question as one that can be cut, its largest disjunction as the rest; None without an extended sum."""
    parts = split(term)
    if len(parts.choices) == 1:
        return carries_of((*parts.always, *parts.choices))
    return carries_of(parts.always, (disj(parts.choices),))


def carries_of(held: tuple[Term, ...], rest: tuple[Term, ...] = ()) -> Carries | None:
    """Return a conjunction as one that can be cut, or None for one without an extended sum."""
    terms = lifted(*held, *rest)
    # In one bit a factor of 1 is one of -1: the equation of ext(x * y) would have itself in it.
    extensions = (t for t in postorder(terms) if t.op in EXTENSIONS and t.args[0].width > 1)
    equations = tuple((t, _wide(t)) for t in extensions if t.args[0].op in SUMS)
    return Carries(terms[: len(held)], terms[len(held) :], equations) if equations else None


def whole(made: Named) -> Term:
    """Return the conjunction of what was cut."""
    return conj((*made.terms, *made.equations))


def _wide(term: Term) -> Term:
    """Return for ext(x + y) the sum ext(x) + ext(y), with factors and constants as signed."""
    inner = as_sum(term.args[0])
    found = const(inner.constant, term.width)
    for part, factor in inner.factors.items():
        wide = extended(term.op, part, term.width)
        product = wide if abs(factor) == 1 else bvmul(wide, const(abs(factor), term.width))
        found = (bvadd if factor > 0 else bvsub)(found, product)
    return found
