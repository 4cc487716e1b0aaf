"""Splitting a question: a conjunction with a disjunction inside has a model exactly if one of its cases has.

Theorem: a & (x1 | ... | xn) = (a & x1) | ... | (a & xn). Nothing else is done here, so that a term is unsatisfiable
exactly if every one of its cases is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verify.term.build import bvnot, conj
from verify.term.term import Op, Term


@dataclass(frozen=True, slots=True)
class Split:
    """A term is the conjunction of ``always`` and of the disjunction of ``choices``, which is the largest in it."""

    always: tuple[Term, ...]
    choices: tuple[Term, ...]


def split(term: Term) -> Split:
    """Return the parts of a term of width 1; one choice where it has no disjunction to split."""
    parts = conjuncts(term)
    choices = [_choices(part) for part in parts]
    place = max(range(len(parts)), key=lambda index: len(choices[index]))
    return Split((*parts[:place], *parts[place + 1 :]), choices[place])


def cases(term: Term) -> tuple[Term, ...]:
    """Return terms of width 1 whose disjunction is the term: itself, where it has no disjunction to split."""
    parts = split(term)
    if len(parts.choices) == 1:
        return (term,)
    return tuple(conj((*parts.always, choice)) for choice in parts.choices)


def conjuncts(term: Term) -> tuple[Term, ...]:
    """Return terms whose conjunction is the term, none a conjunction and no two the same, from left to right."""
    return tuple(dict.fromkeys(_parts(term, Op.AND)))


def _choices(part: Term) -> tuple[Term, ...]:
    """Return the operands of a disjunction, however it is written."""
    if part.op is Op.NOT and part.args[0].op is Op.AND:
        return tuple(bvnot(inner) for inner in dict.fromkeys(_parts(part.args[0], Op.AND)))
    return tuple(dict.fromkeys(_parts(part, Op.OR)))


def _parts(term: Term, op: Op) -> Iterator[Term]:
    """Yield the operands of nested operators of one kind, from left to right; what is shared is looked into once."""
    stack = [term]
    seen: set[Term] = set()
    while stack:
        top = stack.pop()
        if top in seen:
            continue
        seen.add(top)
        if top.op is op:
            stack.extend(reversed(top.args))
        else:
            yield top
