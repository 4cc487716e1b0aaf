"""Rules of sums and of equations between sums. All arithmetic is modulo two to the width."""

from __future__ import annotations

from typing import Final

from verify.term.rule import Instance, Rule, binary, constant, named, pair, plus
from verify.term.term import Op, Term, intern


def _offset(term: Term) -> tuple[Term, int]:
    """Return (x, c) such that the term is x + c, c being its outermost constant summand."""
    if term.op is Op.ADD and term.args[1].op is Op.CONST:
        return term.args[0], term.args[1].number
    return term, 0


def _difference(a: Term, b: Term) -> Term | None:
    """Return a - b where a part of one operand cancels against the other."""
    if a.op is Op.ADD and b in a.args:
        return a.args[1] if a.args[0] is b else a.args[0]
    if a.op is Op.SUB and a.args[0] is b:
        return intern(Op.NEG, a.width, (a.args[1],))
    if b.op is Op.SUB and b.args[0] is a:
        return b.args[1]
    if b.op is Op.ADD and a in b.args:
        return intern(Op.NEG, a.width, (b.args[1] if b.args[0] is a else b.args[0],))
    return None


def _add_back(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    a, b = args
    if a.op is Op.SUB and a.args[1] is b:
        return a.args[0]
    return b.args[0] if b.op is Op.SUB and b.args[1] is a else None


def _add_offsets(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    (a, c), (b, d) = _offset(args[0]), _offset(args[1])
    if args[1].op is Op.CONST or (c == 0 and d == 0):
        return None
    return plus(_added(a, b), c + d)


def _added(a: Term, b: Term) -> Term:
    back = _add_back(a.width, (a, b), 0)
    return binary(Op.ADD, a, b) if back is None else back


def _add_to_difference(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    a, b = args
    if b.op is not Op.CONST or a.op is not Op.SUB or a.args[0].op is not Op.CONST:
        return None
    return binary(Op.SUB, constant(a.args[0].number + b.number, b.width), a.args[1])


def _subtract_part(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    return _difference(*args)


def _subtract_offsets(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    (a, c), (b, d) = _offset(args[0]), _offset(args[1])
    if c == 0 and d == 0:
        return None
    if a.op is Op.CONST:
        return binary(Op.SUB, plus(a, -d), b)
    if a is b:
        return constant(c - d, a.width)
    cancelled = _difference(a, b)
    return plus(binary(Op.SUB, a, b) if cancelled is None else cancelled, c - d)


def _equal_constant(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    a, b = args
    if b.op is not Op.CONST:
        return None
    x, c = _offset(a)
    if c:
        return binary(Op.EQ, x, constant(b.number - c, b.width))
    if a.op is not Op.SUB:
        return None
    if a.args[0].op is Op.CONST:
        return binary(Op.EQ, a.args[1], constant(a.args[0].number - b.number, b.width))
    return binary(Op.EQ, *a.args) if b.number == 0 else None


def _equal_sums(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    a, b = args
    if a.op is Op.ADD and b.op is Op.ADD:
        for i in (0, 1):
            for j in (0, 1):
                if a.args[i] is b.args[j]:
                    return binary(Op.EQ, a.args[1 - i], b.args[1 - j])
    if a.op is Op.SUB and b.op is Op.SUB:
        for i in (0, 1):
            if a.args[i] is b.args[i]:
                return binary(Op.EQ, a.args[1 - i], b.args[1 - i])
    return None


def _equal_part(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    for a, b in (args, args[::-1]):
        if a.op is Op.ADD and b in a.args:
            other = a.args[1] if a.args[0] is b else a.args[0]
            return binary(Op.EQ, other, constant(0, b.width))
        if a.op is Op.SUB and a.args[0] is b:
            return binary(Op.EQ, a.args[1], constant(0, b.width))
    return None


def _difference_below(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    a, b = args
    return binary(Op.ULE, a.args[1], b) if a.op is Op.SUB and a.args[0] is b else None


def _k(value: int) -> Instance:
    return lambda w: constant(value, w)


_X, _Y, _Z = (named(n) for n in "xyz")
_SUM: Final = pair(Op.ADD, _X, _Y)
_LESS: Final = pair(Op.SUB, _X, _Y)
_NEXT: Final = pair(Op.ADD, _X, _k(3))

SUM_RULES: Final[tuple[Rule, ...]] = (
    Rule("(x - y) + y = x", Op.ADD, _add_back, pair(Op.ADD, _Y, _LESS)),
    Rule("(c - x) + d = (c + d) - x", Op.ADD, _add_to_difference, pair(Op.ADD, pair(Op.SUB, _k(2), _X), _k(5))),
    Rule("(x + c) + (y + d) = (x + y) + (c + d)", Op.ADD, _add_offsets, pair(Op.ADD, _NEXT, _Y)),
    Rule("(x + y) - y = x", Op.SUB, _subtract_part, pair(Op.SUB, _SUM, _X)),
    Rule("(x + c) - (y + d) = (x - y) + (c - d)", Op.SUB, _subtract_offsets, pair(Op.SUB, _Y, _NEXT)),
    Rule("(x + c == d) = (x == d - c)", Op.EQ, _equal_constant, pair(Op.EQ, _NEXT, _k(1))),
    Rule("(x + y == x + z) = (y == z)", Op.EQ, _equal_sums, pair(Op.EQ, _SUM, pair(Op.ADD, _Z, _X))),
    Rule("(x + y == x) = (y == 0)", Op.EQ, _equal_part, pair(Op.EQ, _SUM, _Y)),
    Rule("(x - y <= x) = (y <= x)", Op.ULE, _difference_below, pair(Op.ULE, _LESS, _X)),
)
