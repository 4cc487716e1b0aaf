"""Predicates for IC3 on a counting system, beside those that its own text suggests: what the templates speak of."""

from __future__ import annotations

from collections.abc import Iterator

from verify.engines.counted import Counted
from verify.term.build import bvule, const
from verify.term.term import Op, Term

MOST_EQUATIONS = 40
"""Ledger equations that become predicates: those of the most general conditions come first."""


def predicates_of(on: Counted) -> tuple[Term, ...]:
    """Return hints and state properties of the spec, "at most one CPU is there", and sampled ledger equations."""
    compiled = on.counting.compiled
    few = (bvule(t.count, const(1, t.count.width)) for t in on.counting.tallies)
    stated = (p.holds for p in compiled.state_properties)
    equations = tuple(dict.fromkeys(_equations(on)))[:MOST_EQUATIONS]
    return tuple(dict.fromkeys((*compiled.lemmas, *stated, *few, *equations)))


def _equations(on: Counted) -> Iterator[Term]:
    """Yield the equations of guesses, without the conditions under which samples satisfy them."""
    for guess in on.guessed:
        for part in guess.args if guess.op is Op.OR else (guess,):
            if part.op is Op.EQ and part.args[0].width > 1:
                yield part
