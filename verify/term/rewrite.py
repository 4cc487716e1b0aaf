"""Rewrite rules: one rule, one equation, one proved test.

A rule is given an operator and operands that are not all constant, with a constant operand of a
commutative operator on the right, and returns an equal term or None. ``RULES`` is what the tests
walk: each rule carries instances of its left-hand side, built without rewriting, that z3 proves
equal to the result at several widths. Rules of sums, extensions and logic have files of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from verify.term.rule import Apply, Instance, Rule, constant, is_constant
from verify.term.rules_extension import EXTENSION_RULES
from verify.term.rules_logic import LOGIC_RULES
from verify.term.rules_sum import SUM_RULES
from verify.term.semantics import mask
from verify.term.term import Op, Term, intern

_ROUNDS: Final = 8


def simplify(op: Op, width: int, args: tuple[Term, ...], number: int) -> Term | None:
    """Return the term after the rules that fit at its root, ``_ROUNDS`` at most; None when none fits."""
    result = _first(op, width, args, number)
    for _ in range(_ROUNDS - 1):
        again = None if result is None else _first(result.op, result.width, result.args, result.number)
        if again is None:
            break
        result = again
    return result


def _first(op: Op, width: int, args: tuple[Term, ...], number: int) -> Term | None:
    for rule in _BY_OP[op]:
        result = rule.apply(width, args, number)
        if result is not None:
            return result
    return None


def _x(width: int) -> Term:
    return intern(Op.SYMBOL, width, (), 0, "x")


def _c() -> Term:
    return intern(Op.SYMBOL, 1, (), 0, "c")


def _with_const(op: Op, value: int) -> Instance:
    width_of = (lambda w: 1) if op in {Op.EQ, Op.ULT, Op.ULE} else (lambda w: w)
    return lambda w: intern(op, width_of(w), (_x(w), constant(value, w)))


def _twice(op: Op) -> Instance:
    predicate = op in {Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE}
    return lambda w: intern(op, 1 if predicate else w, (_x(w), _x(w)))


def _left_if(value: int) -> Apply:
    return lambda w, args, n: args[0] if is_constant(args[1], value) else None


def _constant_if(value: int, result: int) -> Apply:
    return lambda w, args, n: constant(result, w) if is_constant(args[1], value) else None


def _constant_if_same(result: int) -> Apply:
    return lambda w, args, n: constant(result, w) if args[0] is args[1] else None


def _left_if_same(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    return args[0] if args[0] is args[1] else None


def _double(op: Op) -> Apply:
    return lambda w, args, n: args[0].args[0] if args[0].op is op else None


def _complement(width: int, args: tuple[Term, ...]) -> bool:
    a, b = args
    return (a.op is Op.NOT and a.args[0] is b) or (b.op is Op.NOT and b.args[0] is a)


def _and_complement(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    return constant(0, width) if _complement(width, args) else None


def _or_complement(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    return constant(-1, width) if _complement(width, args) else None


def _with_complement(op: Op) -> Instance:
    return lambda w: intern(op, w, (_x(w), intern(Op.NOT, w, (_x(w),))))


def _eq_one_bit_true(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    return args[0] if args[0].width == 1 and is_constant(args[1], 1) else None


def _eq_one_bit_false(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    if args[0].width != 1 or not is_constant(args[1], 0):
        return None
    inner = args[0]
    return inner.args[0] if inner.op is Op.NOT else intern(Op.NOT, 1, (inner,))


def _eq_extended_bit(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    a, b = args
    if a.op is not Op.ZEXT or b.op is not Op.CONST:
        return None
    inner = a.args[0]
    if b.number > mask(inner.width):
        return constant(0, 1)
    if inner.width == 1:
        return inner if b.number else intern(Op.NOT, 1, (inner,)) if inner.op is not Op.NOT else inner.args[0]
    return intern(Op.EQ, 1, (inner, constant(b.number, inner.width)))


def _eq_ite_constants(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    a, b = args
    if a.op is not Op.ITE or b.op is not Op.CONST:
        return None
    condition, then, otherwise = a.args
    if then.op is not Op.CONST or otherwise.op is not Op.CONST or then is otherwise:
        return None
    if then is b:
        return condition
    if otherwise is b:
        return condition.args[0] if condition.op is Op.NOT else intern(Op.NOT, 1, (condition,))
    return constant(0, 1)


def _ult_zero(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    return constant(0, 1) if is_constant(args[1], 0) else None


def _ule_max(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    return constant(1, 1) if is_constant(args[1], -1) else None


def _ule_zero(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    return constant(1, 1) if is_constant(args[0], 0) else None


def _ite_constant(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    if args[0].op is not Op.CONST:
        return None
    return args[1] if args[0].number else args[2]


def _ite_same(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    return args[1] if args[1] is args[2] else None


def _ite_bit(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    return args[0] if width == 1 and is_constant(args[1], 1) and is_constant(args[2], 0) else None


def _ite_not(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    if args[0].op is not Op.NOT:
        return None
    return intern(Op.ITE, width, (args[0].args[0], args[2], args[1]))


def _ite_nested_then(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    c, then, otherwise = args
    if then.op is Op.ITE and then.args[0] is c:
        inner = then.args[1]
        return inner if inner is otherwise else intern(Op.ITE, width, (c, inner, otherwise))
    return None


def _ite_nested_else(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    c, then, otherwise = args
    if otherwise.op is Op.ITE and otherwise.args[0] is c:
        inner = otherwise.args[2]
        return then if inner is then else intern(Op.ITE, width, (c, then, inner))
    return None


def _extract_all(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    return args[0] if width == args[0].width else None


def _extract_extract(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    inner = args[0]
    if inner.op is not Op.EXTRACT:
        return None
    low = inner.number + number
    if width == inner.args[0].width:
        return inner.args[0]
    return intern(Op.EXTRACT, width, inner.args, low)


def _extract_extended(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    outer = args[0]
    if outer.op not in {Op.ZEXT, Op.SEXT} or number:
        return None
    inner = outer.args[0]
    if width == inner.width:
        return inner
    if width < inner.width:
        return intern(Op.EXTRACT, width, (inner,), 0)
    return intern(outer.op, width, (inner,))


def _extract_concat(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    pair = args[0]
    if pair.op is not Op.CONCAT:
        return None
    high, low = pair.args
    if number + width <= low.width:
        return low if width == low.width else intern(Op.EXTRACT, width, (low,), number)
    if number >= low.width:
        shift = number - low.width
        return high if width == high.width else intern(Op.EXTRACT, width, (high,), shift)
    return None


def _extend_extend(op: Op) -> Apply:
    return lambda w, args, n: intern(op, w, args[0].args) if args[0].op is op else None


def _sub_constant(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    a, b = args
    if b.op is not Op.CONST:
        return None
    return a if b.number == 0 else intern(Op.ADD, width, (a, constant(-b.number, width)))


def _add_constants(width: int, args: tuple[Term, ...], number: int) -> Term | None:
    a, b = args
    if b.op is not Op.CONST or a.op is not Op.ADD or a.args[1].op is not Op.CONST:
        return None
    total = constant(a.args[1].number + b.number, width)
    return a.args[0] if total.number == 0 else intern(Op.ADD, width, (a.args[0], total))


def _ext(op: Op, by: int) -> Callable[[int], Term]:
    return lambda w: intern(op, w + by, (_x(w),))


def _ite(condition: Callable[[], Term], then: Instance, otherwise: Instance) -> Instance:
    return lambda w: intern(Op.ITE, then(w).width, (condition(), then(w), otherwise(w)))


def _k(value: int) -> Instance:
    return lambda w: constant(value, w)


def _y(width: int) -> Term:
    return intern(Op.SYMBOL, width, (), 0, "y")


def _true() -> Term:
    return constant(1, 1)


def _not_c() -> Term:
    return intern(Op.NOT, 1, (_c(),))


def _bit(value: int) -> Instance:
    return lambda w: intern(Op.EQ, 1, (_x(1), constant(value, 1)))


_CK = _ite(_c, _k(1), _k(0))
_PAIR: Instance = lambda w: intern(Op.CONCAT, 2 * w, (_x(w), _y(w)))  # noqa: E731

RULES: Final[tuple[Rule, ...]] = (
    Rule("~~x = x", Op.NOT, _double(Op.NOT), lambda w: intern(Op.NOT, w, (intern(Op.NOT, w, (_x(w),)),))),
    Rule("-(-x) = x", Op.NEG, _double(Op.NEG), lambda w: intern(Op.NEG, w, (intern(Op.NEG, w, (_x(w),)),))),
    Rule("x & 0 = 0", Op.AND, _constant_if(0, 0), _with_const(Op.AND, 0)),
    Rule("x & ~0 = x", Op.AND, _left_if(-1), _with_const(Op.AND, -1)),
    Rule("x & x = x", Op.AND, _left_if_same, _twice(Op.AND)),
    Rule("x & ~x = 0", Op.AND, _and_complement, _with_complement(Op.AND)),
    Rule("x | 0 = x", Op.OR, _left_if(0), _with_const(Op.OR, 0)),
    Rule("x | ~0 = ~0", Op.OR, _constant_if(-1, -1), _with_const(Op.OR, -1)),
    Rule("x | x = x", Op.OR, _left_if_same, _twice(Op.OR)),
    Rule("x | ~x = ~0", Op.OR, _or_complement, _with_complement(Op.OR)),
    Rule("x ^ 0 = x", Op.XOR, _left_if(0), _with_const(Op.XOR, 0)),
    Rule("x ^ x = 0", Op.XOR, _constant_if_same(0), _twice(Op.XOR)),
    Rule("x + 0 = x", Op.ADD, _left_if(0), _with_const(Op.ADD, 0)),
    Rule(
        "(x + c) + d = x + (c + d)",
        Op.ADD,
        _add_constants,
        lambda w: intern(Op.ADD, w, (intern(Op.ADD, w, (_x(w), constant(3, w))), constant(6, w))),
    ),
    Rule("x - c = x + (-c)", Op.SUB, _sub_constant, _with_const(Op.SUB, 1)),
    Rule("x - x = 0", Op.SUB, _constant_if_same(0), _twice(Op.SUB)),
    Rule("x * 0 = 0", Op.MUL, _constant_if(0, 0), _with_const(Op.MUL, 0)),
    Rule("x * 1 = x", Op.MUL, _left_if(1), _with_const(Op.MUL, 1)),
    Rule("x << 0 = x", Op.SHL, _left_if(0), _with_const(Op.SHL, 0)),
    Rule("x >> 0 = x", Op.LSHR, _left_if(0), _with_const(Op.LSHR, 0)),
    Rule("(x == x) = true", Op.EQ, _constant_if_same(1), _twice(Op.EQ)),
    Rule("(b == 1) = b for one bit", Op.EQ, _eq_one_bit_true, _bit(1)),
    Rule("(b == 0) = ~b for one bit", Op.EQ, _eq_one_bit_false, _bit(0)),
    Rule(
        "(zext(x) == c) = (x == c), or false when c does not fit",
        Op.EQ,
        _eq_extended_bit,
        lambda w: intern(Op.EQ, 1, (_ext(Op.ZEXT, 2)(w), constant(1 << w, w + 2))),
    ),
    Rule(
        "((c ? k : l) == m) = c, ~c or false for constants",
        Op.EQ,
        _eq_ite_constants,
        lambda w: intern(Op.EQ, 1, (_CK(w), constant(0, w))),
    ),
    Rule("(x < x) = false", Op.ULT, _constant_if_same(0), _twice(Op.ULT)),
    Rule("(x < 0) = false", Op.ULT, _ult_zero, _with_const(Op.ULT, 0)),
    Rule("(x <= x) = true", Op.ULE, _constant_if_same(1), _twice(Op.ULE)),
    Rule("(x <= ~0) = true", Op.ULE, _ule_max, _with_const(Op.ULE, -1)),
    Rule("(0 <= x) = true", Op.ULE, _ule_zero, lambda w: intern(Op.ULE, 1, (constant(0, w), _x(w)))),
    Rule("(x < x) = false, signed", Op.SLT, _constant_if_same(0), _twice(Op.SLT)),
    Rule("(x <= x) = true, signed", Op.SLE, _constant_if_same(1), _twice(Op.SLE)),
    Rule("(true ? x : y) = x", Op.ITE, _ite_constant, _ite(_true, _x, _y)),
    Rule("(c ? x : x) = x", Op.ITE, _ite_same, _ite(_c, _x, _x)),
    Rule("(c ? 1 : 0) = c for one bit", Op.ITE, _ite_bit, lambda w: _ite(_c, _k(1), _k(0))(1)),
    Rule("(~c ? x : y) = (c ? y : x)", Op.ITE, _ite_not, _ite(_not_c, _x, _y)),
    Rule("(c ? (c ? x : y) : z) = (c ? x : z)", Op.ITE, _ite_nested_then, _ite(_c, _ite(_c, _x, _y), _y)),
    Rule("(c ? x : (c ? y : z)) = (c ? x : z)", Op.ITE, _ite_nested_else, _ite(_c, _x, _ite(_c, _x, _y))),
    Rule("all bits of x = x", Op.EXTRACT, _extract_all, lambda w: intern(Op.EXTRACT, w, (_x(w),), 0)),
    Rule(
        "bits of bits of x = bits of x",
        Op.EXTRACT,
        _extract_extract,
        lambda w: intern(Op.EXTRACT, w, (intern(Op.EXTRACT, w + 1, (_x(w + 3),), 1),), 1),
    ),
    Rule(
        "low bits of an extension of x = x, its low bits or a shorter extension",
        Op.EXTRACT,
        _extract_extended,
        lambda w: intern(Op.EXTRACT, w + 1, (_ext(Op.SEXT, 3)(w),), 0),
    ),
    Rule(
        "bits of one side of a concatenation = bits of that side",
        Op.EXTRACT,
        _extract_concat,
        lambda w: intern(Op.EXTRACT, w, (_PAIR(w),), w),
    ),
    Rule(
        "zext(zext(x)) = zext(x)",
        Op.ZEXT,
        _extend_extend(Op.ZEXT),
        lambda w: intern(Op.ZEXT, w + 3, (_ext(Op.ZEXT, 1)(w),)),
    ),
    Rule(
        "sext(sext(x)) = sext(x)",
        Op.SEXT,
        _extend_extend(Op.SEXT),
        lambda w: intern(Op.SEXT, w + 3, (_ext(Op.SEXT, 1)(w),)),
    ),
    *SUM_RULES,
    *EXTENSION_RULES,
    *LOGIC_RULES,
)


def _group() -> Mapping[Op, tuple[Rule, ...]]:
    return {op: tuple(r for r in RULES if r.op is op) for op in Op}


_BY_OP: Final = _group()
