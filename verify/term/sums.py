"""Sums in one form: equal sums become the same term, and sums that share summands share a term.

A solver that works with bits finds it hard to see that (a + b) + (c - x) + (d + x) is a + b + c + d. Theorems used,
all modulo two to the width: addition is associative and commutative, multiplication by a constant distributes, and
ite(p, x, y) = y + ite(p, x - y, 0); for extensions, ext(ite(p, x, y)) = ite(p, ext(x), ext(y)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final

from verify.term.build import bvadd, bvmul, bvsub, const, eq, ite, sext, substitute_all, symbol, with_args, zext
from verify.term.semantics import mask, to_signed
from verify.term.term import Op, Term, postorder

EXTENSIONS: Final = frozenset({Op.ZEXT, Op.SEXT})
SUMS: Final = frozenset({Op.ADD, Op.SUB, Op.NEG, Op.MUL})

_MOST: Final = 300
"""Parts of a sum that are looked into: operands that are shared many times over have exponentially many."""

_SIMPLE: Final = 2
"""Summands up to which the difference of two branches is taken out of a conditional."""


@dataclass(frozen=True, slots=True)
class Sum:
    """constant + the sum of factor * summand, modulo two to ``width``; factors are signed and not 0."""

    width: int
    factors: Mapping[Term, int]
    constant: int


def as_sum(term: Term) -> Sum:
    """Return a term as a sum of terms that are no sums themselves, up to ``_MOST``. It is equal to the term."""
    factors: dict[Term, int] = {}
    constant = 0
    stack = [(term, 1)]
    seen = 0
    while stack:
        top, factor = stack.pop()
        seen += 1
        if top.op is Op.CONST:
            constant += factor * top.number
        elif seen > _MOST:
            factors[top] = factors.get(top, 0) + factor
        elif top.op is Op.ADD:
            stack += [(top.args[1], factor), (top.args[0], factor)]
        elif top.op is Op.SUB:
            stack += [(top.args[1], -factor), (top.args[0], factor)]
        elif top.op is Op.NEG:
            stack.append((top.args[0], -factor))
        elif top.op is Op.MUL and top.args[1].op is Op.CONST:
            stack.append((top.args[0], factor * top.args[1].number))
        else:
            factors[top] = factors.get(top, 0) + factor
    signed = {t: to_signed(f & mask(term.width), term.width) for t, f in factors.items()}
    return Sum(term.width, {t: f for t, f in signed.items() if f}, to_signed(constant & mask(term.width), term.width))


def from_sum(made: Sum, rank: Mapping[Term, int]) -> Term:
    """Return the term of a sum, its summands in the order of ``rank``, which must know each of them."""
    found: Term | None = None
    for term in sorted(made.factors, key=rank.__getitem__):
        factor = made.factors[term]
        product = term if abs(factor) == 1 else bvmul(term, const(abs(factor), made.width))
        if found is None and factor > 0:
            found = product
        else:
            found = (bvadd if factor > 0 else bvsub)(const(0, made.width) if found is None else found, product)
    return const(made.constant, made.width) if found is None else bvadd(found, const(made.constant, made.width))


def lifted(*roots: Term) -> tuple[Term, ...]:
    """Return equal terms in which no conditional is extended: the branches are."""
    done: dict[Term, Term] = {}
    for old in postorder(roots):
        new = with_args(old, tuple(done[a] for a in old.args))
        done[old] = extended(new.op, new.args[0], new.width) if new.op in EXTENSIONS else new
    return tuple(done[root] for root in roots)


def extended(op: Op, term: Term, width: int) -> Term:
    """Return the ZEXT or SEXT of a term, that of a conditional in its branches."""
    done: dict[Term, Term] = {}
    stack = [term]
    while stack:
        top = stack[-1]
        if top.op is not Op.ITE:
            done[stack.pop()] = (zext if op is Op.ZEXT else sext)(top, width)
        elif left := [a for a in top.args[1:] if a not in done]:
            stack += left
        else:
            done[stack.pop()] = ite(top.args[0], done[top.args[1]], done[top.args[2]])
    return done[term]


def aligned(*roots: Term) -> tuple[Term, ...]:
    """Return equal terms in which sums are in one form: summands in the order in which the terms first have them."""
    done: dict[Term, Term] = {}
    rank: dict[Term, int] = {}
    for old in postorder(roots):
        new = with_args(old, tuple(done[a] for a in old.args))
        if new.width > 1 and new.op in SUMS:
            new = _ordered(as_sum(new), rank)
        elif new.width > 1 and new.op is Op.ITE:
            new = _apart(new, rank)
        done[old] = new
    return tuple(done[root] for root in roots)


def _ordered(made: Sum, rank: dict[Term, int]) -> Term:
    for term in made.factors:
        rank.setdefault(term, len(rank))
    return from_sum(made, rank)


def _apart(conditional: Term, rank: dict[Term, int]) -> Term:
    """Return y + ite(p, x - y, 0) for ite(p, x, y), where x - y is simple."""
    condition, x, y = conditional.args
    difference = as_sum(bvsub(x, y))
    if (y.op is Op.CONST and y.number == 0) or len(difference.factors) + (difference.constant != 0) > _SIMPLE:
        return conditional
    more = ite(condition, _ordered(difference, rank), const(0, y.width))
    return _ordered(as_sum(bvadd(y, more)), rank)


def replaced(roots: tuple[Term, ...], equal: Mapping[Term, Term]) -> tuple[Term, ...]:
    """Replace terms by others, also inside the replacements; none may be inside its own replacement."""
    while True:
        new = substitute_all(roots, equal)
        if new == roots:
            return roots
        roots = new


@dataclass(frozen=True, slots=True)
class Named:
    """Terms in which sums that are used twice have names; ``equations`` say of each name which sum it is."""

    terms: tuple[Term, ...]
    equations: tuple[Term, ...]


def named(*roots: Term) -> Named:
    """Name the shared sums of terms. A name is a symbol that the terms do not have: each model goes on in one way."""
    users: dict[Term, int] = {}
    for user in postorder(roots):
        for part in dict.fromkeys(user.args):
            users[part] = users.get(part, 0) + 1
    taken = {t.name for t in postorder(roots) if t.op is Op.SYMBOL}
    free = (name for number in count() if (name := f"sum!{number}") not in taken)
    shared = [t for t in users if t.width > 1 and t.op in SUMS and users[t] > 1]
    names = {t: symbol(name, t.width) for t, name in zip(shared, free, strict=False)}
    equations = tuple(eq(names[t], with_args(t, substitute_all(t.args, names))) for t in shared)
    return Named(substitute_all(roots, names), equations)
