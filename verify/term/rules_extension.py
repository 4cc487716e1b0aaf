"""Rules that compare extended values in the width they came from."""

from __future__ import annotations

from typing import Final

from verify.term.rule import Apply, Instance, Rule, binary, constant, named, pair
from verify.term.semantics import mask, to_signed
from verify.term.term import Op, Term, intern

_UNSIGNED: Final = {Op.SLT: Op.ULT, Op.SLE: Op.ULE}
_EXTENSIONS: Final = frozenset({Op.ZEXT, Op.SEXT})


def _sext_zext(width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    # A zero extension has a zero sign bit.
    return intern(Op.ZEXT, width, args[0].args) if args[0].op is Op.ZEXT else None


def _narrow(term: Term, outer: Op, width: int) -> Term | None:
    """Return x of ``width`` bits where the term is ``outer(x)``, for constants too."""
    if term.op is outer:
        return term.args[0] if term.args[0].width == width else None
    if term.op is not Op.CONST:
        return None
    low = constant(term.number, width)
    back = low.number if outer is Op.ZEXT else to_signed(low.number, width) & mask(term.width)
    return low if back == term.number else None


def _extension(a: Term, b: Term) -> Term | None:
    """Return the operand that is an extension, the wider origin first."""
    found = [t for t in (a, b) if t.op in _EXTENSIONS]
    return max(found, key=lambda t: t.args[0].width) if found else None


def _narrowed(op: Op) -> Apply:
    def apply(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
        extended = _extension(*args)
        if extended is None:
            return None
        width = extended.args[0].width
        a, b = (_narrow(t, extended.op, width) for t in args)
        if a is None or b is None:
            return None
        # Both extensions keep the unsigned order; zero extensions have no sign.
        return binary(_UNSIGNED.get(op, op) if extended.op is Op.ZEXT else op, a, b)

    return apply


def _outside(op: Op) -> Apply:
    """Return the rule for a constant that no extended value equals and that is beyond all of them."""

    def apply(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
        a, b = args
        if b.op is Op.CONST and a.op in _EXTENSIONS:
            return _compared_outside(op, a, b, left=True)
        if a.op is Op.CONST and b.op in _EXTENSIONS:
            return _compared_outside(op, b, a, left=False)
        return None

    return apply


def _compared_outside(op: Op, extended: Term, bound: Term, *, left: bool) -> Term | None:
    width = extended.args[0].width
    if _narrow(bound, extended.op, width) is not None:
        return None
    if op is Op.EQ:
        return constant(0, 1)
    signed = op in _UNSIGNED
    if extended.op is Op.SEXT and not signed:
        return None
    value = to_signed(bound.number, bound.width) if signed else bound.number
    # The bound is outside the values of the extension, so it is above all of them or below.
    return constant(int((value > 0) is left), 1)


def _no_carry(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    for wide, narrow in (args, args[::-1]):
        if narrow.op is not Op.ZEXT or wide.op is not narrow.args[0].op:
            continue
        inner = narrow.args[0]
        if inner.op not in {Op.ADD, Op.SUB}:
            continue
        a, b = inner.args
        if wide.args[0].op is not Op.ZEXT or wide.args[0].args[0] is not a:
            continue
        if _narrow(wide.args[1], Op.ZEXT, a.width) is b:
            return binary(Op.ULE, a, inner) if inner.op is Op.ADD else binary(Op.ULE, b, a)
    return None


def _no_borrow(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    for wide, narrow in (args, args[::-1]):
        if narrow.op is not Op.ZEXT or wide.op is not Op.ADD or wide.args[1].op is not Op.CONST:
            continue
        inner, a = narrow.args[0], wide.args[0]
        less = -to_signed(wide.args[1].number, wide.width)
        if inner.op is not Op.ADD or a.op is not Op.ZEXT or inner.args[0] is not a.args[0]:
            continue
        if 0 < less <= mask(inner.width) and inner.args[1] is constant(-less, inner.width):
            return binary(Op.ULT, constant(less - 1, inner.width), inner.args[0])
    return None


def _not_negative(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    for a, b in (args, args[::-1]):
        if a.op is Op.SEXT and b.op is Op.ZEXT and a.args[0] is b.args[0]:
            return binary(Op.SLE, constant(0, a.args[0].width), a.args[0])
    return None


def _wider(op: Op, inner: Instance) -> Instance:
    return lambda w: intern(op, w + 1, (inner(w),))


def _fixed(value: int) -> Instance:
    return lambda w: constant(value, w + 1)


def _top(w: int) -> Term:
    return constant(1 << (w - 1), w + 1)


_X, _Y = named("x"), named("y")
_ZX, _ZY, _SX, _SY = (_wider(op, t) for op in (Op.ZEXT, Op.SEXT) for t in (_X, _Y))
_ONE_LESS: Final[Instance] = lambda w: intern(Op.ADD, w, (_X(w), constant(-1, w)))  # noqa: E731
_ORDERS: Final = (Op.ULT, Op.ULE, Op.SLT, Op.SLE)

EXTENSION_RULES: Final[tuple[Rule, ...]] = (
    Rule("sext(zext(x)) = zext(x)", Op.SEXT, _sext_zext, lambda w: intern(Op.SEXT, w + 3, (_ZX(w),))),
    Rule("(sext(x) == c) = (x == c)", Op.EQ, _narrowed(Op.EQ), pair(Op.EQ, _SX, _fixed(-1))),
    Rule("(sext(x) == c) = false when c does not fit", Op.EQ, _outside(Op.EQ), pair(Op.EQ, _SX, _top)),
    *(
        Rule(f"({op.value} of extensions) = ({op.value} of what is extended)", op, _narrowed(op), instance)
        for op, instance in zip(
            _ORDERS,
            (pair(Op.ULT, _ZX, _ZY), pair(Op.ULE, _SX, _SY), pair(Op.SLT, _fixed(0), _SX), pair(Op.SLE, _ZX, _ZY)),
            strict=True,
        )
    ),
    *(
        Rule(f"({op.value} of an extension and a constant beyond it) is constant", op, _outside(op), instance)
        for op, instance in zip(
            _ORDERS,
            (
                pair(Op.ULT, lambda w: constant(1 << w, w + 1), _ZX),
                pair(Op.ULE, _ZX, lambda w: constant(1 << w, w + 1)),
                pair(Op.SLT, _SX, _top),
                pair(Op.SLE, _fixed(-1), _ZX),
            ),
            strict=True,
        )
    ),
    Rule(
        "(zext(x) + zext(y) == zext(x + y)) = (x <= x + y), and of - = (y <= x)",
        Op.EQ,
        _no_carry,
        pair(Op.EQ, pair(Op.SUB, _ZX, _ZY), _wider(Op.ZEXT, pair(Op.SUB, _X, _Y))),
    ),
    Rule(
        "(zext(x) - c == zext(x - c)) = (c - 1 < x)",
        Op.EQ,
        _no_borrow,
        pair(Op.EQ, pair(Op.ADD, _ZX, _fixed(-1)), _wider(Op.ZEXT, _ONE_LESS)),
    ),
    Rule("(sext(x) == zext(x)) = (0 <= x), signed", Op.EQ, _not_negative, pair(Op.EQ, _SX, _ZX)),
)
