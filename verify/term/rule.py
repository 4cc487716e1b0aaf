"""What a rewrite rule is, and the small constructors that rules build their results with.

The constructors fold constants and put a constant operand on the right, and do no more: a rule's
result is met by the rules again at its root only, so rewriting stays local.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from verify.term.semantics import apply, mask
from verify.term.term import Op, Term, intern

Apply = Callable[[int, tuple[Term, ...], int], Term | None]
Instance = Callable[[int], Term]

PREDICATES: Final = frozenset({Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE})
_COMMUTATIVE: Final = frozenset({Op.AND, Op.OR, Op.XOR, Op.ADD, Op.MUL, Op.EQ})


@dataclass(frozen=True, slots=True)
class Rule:
    """An equation between terms.

    Attributes:
        name: the equation, in words.
        op: the operator at the root of its left-hand side.
        apply: (result width, operands, number) -> equal term, or None when it does not fit.
        instance: a left-hand side of a given operand width, for the proof of the rule.
    """

    name: str
    op: Op
    apply: Apply
    instance: Instance


def constant(value: int, width: int) -> Term:
    """Return the constant ``value`` modulo ``2**width``."""
    return intern(Op.CONST, width, (), value & mask(width))


def is_constant(term: Term, value: int) -> bool:
    """Tell whether a term is the constant ``value`` modulo ``2**width``."""
    return term.op is Op.CONST and term.number == value & mask(term.width)


def binary(op: Op, a: Term, b: Term) -> Term:
    """Return ``a op b`` for operands of one width, folded when both are constant."""
    width = 1 if op in PREDICATES else a.width
    if a.op is Op.CONST:
        if b.op is Op.CONST:
            return constant(apply(op, width, 0, (a.width, b.width), (a.number, b.number)), width)
        if op in _COMMUTATIVE:
            a, b = b, a
    return intern(op, width, (a, b))


def negated(a: Term) -> Term:
    """Return ``~a`` without a double or foldable negation."""
    if a.op is Op.NOT:
        return a.args[0]
    return constant(~a.number, a.width) if a.op is Op.CONST else intern(Op.NOT, a.width, (a,))


def plus(a: Term, value: int) -> Term:
    """Return ``a + value``, with at most one constant summand at the root."""
    if a.op is Op.ADD and a.args[1].op is Op.CONST:
        a, value = a.args[0], a.args[1].number + value
    total = constant(value, a.width)
    return a if total.number == 0 else binary(Op.ADD, a, total)


def named(name: str) -> Instance:
    """Return the symbol of a name at each width, for instances of rules."""
    return lambda width: intern(Op.SYMBOL, width, (), 0, name)


def pair(op: Op, a: Instance, b: Instance) -> Instance:
    """Return ``a op b`` at each width, not rewritten, for instances of rules."""

    def instance(width: int) -> Term:
        left, right = a(width), b(width)
        return intern(op, 1 if op in PREDICATES else left.width, (left, right))

    return instance
