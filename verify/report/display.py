"""Terms as people would write them. Only for reading: an equal term, never the evidence itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from verify.term.build import FALSE, TRUE, bvand, bvnot, bvor, conj, const, disj, eq, ite, make, substitute
from verify.term.semantics import mask, to_signed
from verify.term.term import Op, Term, postorder

_TOO_MANY: Final = 2000
"""Nodes from which a term is left as it is: the rewriting below takes time quadratic in them."""

_COMMUTATIVE: Final = frozenset({Op.AND, Op.OR, Op.XOR, Op.ADD, Op.MUL, Op.EQ})


def readable(term: Term) -> Term:
    """Return an equal term with fewer detours: ``x ? x : y`` is ``x || y``, ``n - 1 == 0`` is ``n == 1``."""
    nodes = tuple(postorder((term,)))
    if len(nodes) > _TOO_MANY:
        return term
    done: dict[Term, Term] = {}
    for node in nodes:
        done[node] = _shorter(_rebuilt(node, tuple(done[a] for a in node.args)))
    return done[term]


def parts(term: Term, op: Op) -> Iterator[Term]:
    """Yield the operands of nested conjunctions (AND) or disjunctions (OR) of truth values, from left to right."""
    if term.op is op and term.width == 1:
        for argument in term.args:
            yield from parts(argument, op)
    else:
        yield term


def _rebuilt(term: Term, args: tuple[Term, ...]) -> Term:
    if args == term.args:
        return term
    constant_first = term.op in _COMMUTATIVE and args[0].op is Op.CONST
    return make(term.op, term.width, args[::-1] if constant_first else args, term.number)


def _shorter(term: Term) -> Term:
    if term.op is Op.ITE:
        return _choice(*term.args)
    if term.op is Op.EQ:
        return _equality(*term.args)
    if term.width == 1 and term.op in {Op.AND, Op.OR}:
        return _each_once(term)
    return term


def _choice(condition: Term, then: Term, otherwise: Term) -> Term:
    then = substitute(then, _known(condition, TRUE))
    otherwise = substitute(otherwise, _known(condition, FALSE))
    if then.width > 1:
        return ite(condition, then, otherwise)
    if then is TRUE:
        return bvor(condition, otherwise)
    if then is FALSE:
        return bvand(bvnot(condition), otherwise)
    if otherwise is FALSE:
        return bvand(condition, then)
    if otherwise is TRUE:
        return bvor(bvnot(condition), then)
    return ite(condition, then, otherwise)


def _known(condition: Term, value: Term) -> Mapping[Term, Term]:
    """Return what may be replaced where a condition has this truth value."""
    if condition.op is Op.CONST:
        return {}
    found = {condition: value}
    if condition.op is Op.NOT:
        found |= _known(condition.args[0], bvnot(value))
    if condition.op is (Op.AND if value is TRUE else Op.OR):
        for part in parts(condition, condition.op):
            found |= _known(part, value)
    return found


def _equality(a: Term, b: Term) -> Term:
    if b.op is not Op.CONST:
        return eq(a, b)
    if a.op is Op.SEXT:
        inner = a.args[0]
        fits = to_signed(b.number & mask(inner.width), inner.width) == to_signed(b.number, b.width)
        return _equality(inner, const(b.number, inner.width)) if fits else FALSE
    if a.op is Op.ZEXT:
        inner = a.args[0]
        return _equality(inner, const(b.number, inner.width)) if b.number <= mask(inner.width) else FALSE
    if a.op is Op.ADD and a.args[1].op is Op.CONST:
        return _equality(a.args[0], const(b.number - a.args[1].number, a.width))
    return eq(a, b)


def _each_once(term: Term) -> Term:
    """Drop a part that says the same as an earlier one, its own parts in another order."""
    inner = Op.OR if term.op is Op.AND else Op.AND
    seen: dict[frozenset[Term], Term] = {}
    for part in parts(term, term.op):
        seen.setdefault(frozenset(parts(part, inner)), part)
    return conj(seen.values()) if term.op is Op.AND else disj(seen.values())
