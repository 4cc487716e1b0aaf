"""What a conjunction says outright, made use of inside its other parts.

Theorem: let a1 = v1 and ... and an = vn be given, where the v are constants and no two a are the same term, and let ai'
be ai with every aj that is strictly inside it replaced by vj. Then that is equal to a1' = v1 and ... and an' = vn: by
induction on the size of ai, either of the two says that what is replaced inside ai has its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from verify.term.build import bvnot, conj, const, eq, substitute_all, with_args
from verify.term.cases import conjuncts
from verify.term.term import Op, Term

_ROUNDS: Final = 30
"""A chain of conclusions as long as a conjunction takes time in the square of its length."""


def settled(term: Term) -> Term:
    """Return a term that is equal to a term of width 1, whose parts do not say what others say already.

    What follows from what follows, and so on, is found up to ``_ROUNDS`` times.
    """
    facts = _facts(conjuncts(term))
    for left in reversed(range(_ROUNDS)):
        if facts is None:
            break
        inner = iter(substitute_all((a for atom in facts for a in atom.args), facts))
        atoms = [with_args(atom, tuple(next(inner) for _ in atom.args)) for atom in facts]
        parts = [_says(atom, value) for atom, value in zip(atoms, facts.values(), strict=True)]
        again = _facts(conjuncts(conj(parts)))
        if again == facts or not left:
            return conj(parts)
        facts = again
    return const(0, 1)


def _facts(parts: tuple[Term, ...]) -> Mapping[Term, Term] | None:
    """Return the values that parts of a conjunction give to terms that are no constants; None if they contradict."""
    facts: dict[Term, Term] = {}
    for part in parts:
        atom, value = _fact(part)
        if atom.op is Op.CONST:
            if atom is not value:
                return None
        elif facts.setdefault(atom, value) is not value:
            return None
    return facts


def _fact(part: Term) -> tuple[Term, Term]:
    if part.op is Op.NOT:
        return part.args[0], const(0, 1)
    if part.op is Op.EQ and part.args[1].op is Op.CONST:
        return part.args[0], part.args[1]
    return part, const(1, 1)


def _says(atom: Term, value: Term) -> Term:
    if atom.width > 1:
        return eq(atom, value)
    return atom if value.number else bvnot(atom)
