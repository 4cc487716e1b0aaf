"""Checked constructors. Each checks the widths, folds constants and applies the rewrite rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from verify.term import rewrite
from verify.term.semantics import apply, mask
from verify.term.term import Op, Term, intern, postorder


def const(value: int, width: int) -> Term:
    """Return the constant ``value`` modulo ``2**width``; negative values wrap."""
    return intern(Op.CONST, width, (), value & mask(width))


def symbol(name: str, width: int) -> Term:
    """Return a free variable of a width in bits."""
    return intern(Op.SYMBOL, width, (), 0, name)


TRUE = const(1, 1)
FALSE = const(0, 1)


def make(op: Op, width: int, args: tuple[Term, ...], number: int = 0) -> Term:
    """Return a term, folded when every operand is constant and rewritten when a rule fits."""
    if all(a.op is Op.CONST for a in args):
        values = tuple(a.number for a in args)
        return const(apply(op, width, number, tuple(a.width for a in args), values), width)
    rewritten = rewrite.simplify(op, width, args, number)
    return rewritten if rewritten is not None else intern(op, width, args, number)


def _same(op: Op, a: Term, b: Term) -> int:
    if a.width != b.width:
        raise ValueError(f"{op.value} needs equal widths, got {a.width} and {b.width}")
    return a.width


def _binary(op: Op, a: Term, b: Term) -> Term:
    return make(op, _same(op, a, b), (a, b))


def _commutative(op: Op, a: Term, b: Term) -> Term:
    width = _same(op, a, b)
    # A constant operand stands on the right; the rules rely on it.
    return make(op, width, (b, a) if a.op is Op.CONST else (a, b))


def _predicate(op: Op, a: Term, b: Term) -> Term:
    _same(op, a, b)
    return make(op, 1, (a, b))


def bvnot(a: Term) -> Term:
    return make(Op.NOT, a.width, (a,))


def bvneg(a: Term) -> Term:
    return make(Op.NEG, a.width, (a,))


def bvand(a: Term, b: Term) -> Term:
    return _commutative(Op.AND, a, b)


def bvor(a: Term, b: Term) -> Term:
    return _commutative(Op.OR, a, b)


def bvxor(a: Term, b: Term) -> Term:
    return _commutative(Op.XOR, a, b)


def bvadd(a: Term, b: Term) -> Term:
    return _commutative(Op.ADD, a, b)


def bvsub(a: Term, b: Term) -> Term:
    return _binary(Op.SUB, a, b)


def bvmul(a: Term, b: Term) -> Term:
    return _commutative(Op.MUL, a, b)


def bvudiv(a: Term, b: Term) -> Term:
    return _binary(Op.UDIV, a, b)


def bvurem(a: Term, b: Term) -> Term:
    return _binary(Op.UREM, a, b)


def bvsdiv(a: Term, b: Term) -> Term:
    return _binary(Op.SDIV, a, b)


def bvsrem(a: Term, b: Term) -> Term:
    return _binary(Op.SREM, a, b)


def bvshl(a: Term, b: Term) -> Term:
    return _binary(Op.SHL, a, b)


def bvlshr(a: Term, b: Term) -> Term:
    return _binary(Op.LSHR, a, b)


def bvashr(a: Term, b: Term) -> Term:
    return _binary(Op.ASHR, a, b)


def eq(a: Term, b: Term) -> Term:
    _same(Op.EQ, a, b)
    return make(Op.EQ, 1, (b, a) if a.op is Op.CONST else (a, b))


def ne(a: Term, b: Term) -> Term:
    return bvnot(eq(a, b))


def bvult(a: Term, b: Term) -> Term:
    return _predicate(Op.ULT, a, b)


def bvule(a: Term, b: Term) -> Term:
    return _predicate(Op.ULE, a, b)


def bvslt(a: Term, b: Term) -> Term:
    return _predicate(Op.SLT, a, b)


def bvsle(a: Term, b: Term) -> Term:
    return _predicate(Op.SLE, a, b)


def concat(high: Term, low: Term) -> Term:
    return make(Op.CONCAT, high.width + low.width, (high, low))


def extract(a: Term, high: int, low: int) -> Term:
    """Return bits ``high`` down to ``low`` (inclusive), width ``high - low + 1``."""
    if not 0 <= low <= high < a.width:
        raise ValueError(f"bits {high}..{low} are outside a value of {a.width} bits")
    return make(Op.EXTRACT, high - low + 1, (a,), low)


def zext(a: Term, width: int) -> Term:
    """Zero-extend to ``width`` bits (not by)."""
    if width < a.width:
        raise ValueError(f"cannot extend {a.width} bits to {width}")
    return a if width == a.width else make(Op.ZEXT, width, (a,))


def sext(a: Term, width: int) -> Term:
    """Sign-extend to ``width`` bits (not by)."""
    if width < a.width:
        raise ValueError(f"cannot extend {a.width} bits to {width}")
    return a if width == a.width else make(Op.SEXT, width, (a,))


def ite(condition: Term, then: Term, otherwise: Term) -> Term:
    if condition.width != 1:
        raise ValueError(f"a condition has width 1, not {condition.width}")
    return make(Op.ITE, _same(Op.ITE, then, otherwise), (condition, then, otherwise))


def conj(terms: Iterable[Term]) -> Term:
    """Return the conjunction of width-1 terms; TRUE when there are none."""
    result = TRUE
    for term in terms:
        result = bvand(result, term)
    return result


def disj(terms: Iterable[Term]) -> Term:
    """Return the disjunction of width-1 terms; FALSE when there are none."""
    result = FALSE
    for term in terms:
        result = bvor(result, term)
    return result


def implies(a: Term, b: Term) -> Term:
    return bvor(bvnot(a), b)


def resize(a: Term, width: int, *, signed: bool) -> Term:
    """Convert to ``width`` bits as C does from an operand of the given signedness."""
    if width <= a.width:
        return a if width == a.width else extract(a, width - 1, 0)
    return sext(a, width) if signed else zext(a, width)


def substitute_all(roots: Iterable[Term], mapping: Mapping[Term, Term]) -> tuple[Term, ...]:
    """Replace terms simultaneously; replacements are not visited again.

    Raises ValueError when a replacement has another width.
    """
    for old, new in mapping.items():
        if old.width != new.width:
            raise ValueError(f"cannot replace {old.width} bits by {new.width}")
    wanted = tuple(roots)
    done: dict[Term, Term] = dict(mapping)
    for term in postorder(wanted):
        if term in done:
            continue
        done[term] = with_args(term, tuple(done[a] for a in term.args))
    return tuple(done[t] for t in wanted)


def with_args(term: Term, args: tuple[Term, ...]) -> Term:
    """Return a term with the operator of the given one and other operands: itself, where they are the same."""
    return term if args == term.args else make(term.op, term.width, _ordered(term.op, args), term.number)


def rebuilt(term: Term) -> Term:
    """Return a term as the constructors make it from its leaves. Rules count on operands that were made so."""
    done: dict[Term, Term] = {}
    for old in postorder((term,)):
        args = _ordered(old.op, tuple(done[a] for a in old.args))
        done[old] = make(old.op, old.width, args, old.number) if args else old
    return done[term]


_COMMUTATIVE = frozenset({Op.AND, Op.OR, Op.XOR, Op.ADD, Op.MUL, Op.EQ})


def _ordered(op: Op, args: tuple[Term, ...]) -> tuple[Term, ...]:
    if op in _COMMUTATIVE and args[0].op is Op.CONST:
        return (args[1], args[0])
    return args


def substitute(term: Term, mapping: Mapping[Term, Term]) -> Term:
    """Replace terms simultaneously in one term; see ``substitute_all``."""
    return substitute_all((term,), mapping)[0]
