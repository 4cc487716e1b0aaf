"""Splitting a question: a conjunction with a disjunction inside has a model exactly if one of its cases has.

Theorem: a & (x1 | ... | xn) = (a & x1) | ... | (a & xn). Nothing else is done here, so that a term is unsatisfiable
exactly if every one of its cases is.
"""

from __future__ import annotations

from collections.abc import Iterator

from verify.term.build import bvnot, conj
from verify.term.term import Op, Term


def cases(term: Term) -> tuple[Term, ...]:
    """Return terms of width 1 whose disjunction is the term: itself, where it has no disjunction to split."""
    parts = tuple(dict.fromkeys(_parts(term, Op.AND)))
    choices = [_choices(part) for part in parts]
    place = max(range(len(parts)), key=lambda index: len(choices[index]))
    if len(choices[place]) == 1:
        return (term,)
    rest = (*parts[:place], *parts[place + 1 :])
    return tuple(conj((*rest, choice)) for choice in choices[place])


def _choices(part: Term) -> tuple[Term, ...]:
    """Return the operands of a disjunction, however it is written."""
    if part.op is Op.NOT and part.args[0].op is Op.AND:
        return tuple(bvnot(inner) for inner in dict.fromkeys(_parts(part.args[0], Op.AND)))
    return tuple(dict.fromkeys(_parts(part, Op.OR)))


def _parts(term: Term, op: Op) -> Iterator[Term]:
    """Yield the operands of nested operators of one kind, from left to right."""
    stack = [term]
    while stack:
        top = stack.pop()
        if top.op is op:
            stack.extend(reversed(top.args))
        else:
            yield top
