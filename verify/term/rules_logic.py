"""Rules of conjunction, disjunction and the conditional.

Conjunctions are built left to right, so the parts of one are the right operands down its left
side. A rule looks at the first ``_LIMIT`` parts; what is left of a longer chain counts as one part.
"""

from __future__ import annotations

from typing import Final

from verify.term.rule import Apply, Instance, Rule, binary, constant, named, negated, pair
from verify.term.term import Op, Term, intern

_LIMIT: Final = 16
_DUAL: Final = {Op.AND: Op.OR, Op.OR: Op.AND}
# ~(a < b) = (b <= a)
_OPPOSITE: Final = {Op.ULT: Op.ULE, Op.ULE: Op.ULT, Op.SLT: Op.SLE, Op.SLE: Op.SLT}


def _parts(term: Term, op: Op) -> tuple[Term, ...]:
    """Return terms whose ``op`` is the term, the leftmost first."""
    found: list[Term] = []
    while term.op is op and len(found) < _LIMIT:
        found.append(term.args[1])
        term = term.args[0]
    found.append(term)
    found.reverse()
    return tuple(found)


def _joined(op: Op, parts: tuple[Term, ...], width: int) -> Term:
    """Return the ``op`` of the parts, built left to right; all ones or zero when there are none."""
    if not parts:
        return constant(-1 if op is Op.AND else 0, width)
    result = parts[0]
    for part in parts[1:]:
        result = binary(op, result, part)
    return result


def _opposed(a: Term, b: Term) -> bool:
    """Tell whether two comparisons are each other's negation."""
    return a.op is _OPPOSITE[b.op] and a.args[0] is b.args[1] and a.args[1] is b.args[0]


def _complements(term: Term, parts: tuple[Term, ...]) -> bool:
    """Tell whether the negation of a term is among the parts."""
    if term.op is Op.NOT and term.args[0] in parts:
        return True
    if term.op in _OPPOSITE:
        return any(p.args[0] is term if p.op is Op.NOT else p.op in _OPPOSITE and _opposed(p, term) for p in parts)
    return any(p.op is Op.NOT and p.args[0] is term for p in parts)


def _known(parts: tuple[Term, ...], value: int, term: Term) -> int | None:
    """Return the value (0 or -1) of a term where every part has ``value``, or None when open."""
    if term in parts:
        return value
    return ~value if _complements(term, parts) else None


def _given(parts: tuple[Term, ...], value: int, term: Term) -> Term:
    """Return a term equal to ``term`` in the bits where every part is ``value`` (0 or -1)."""
    known = _known(parts, value, term)
    if known is not None:
        return constant(known, term.width)
    if term.op is Op.NOT and term.args[0].op in _DUAL:
        inner = _given(parts, value, term.args[0])
        return term if inner is term.args[0] else negated(inner)
    if term.op not in _DUAL:
        return term
    own = _parts(term, term.op)
    values = tuple(_known(parts, value, p) for p in own)
    absorbing = 0 if term.op is Op.AND else -1
    if absorbing in values:
        return constant(absorbing, term.width)
    rest = tuple(p for p, v in zip(own, values, strict=True) if v is None)
    return term if len(rest) == len(own) else _joined(term.op, rest, term.width)


def _operands_given(op: Op, a: Term, b: Term) -> tuple[Term, Term]:
    """Return the operands of ``op``, each simplified where the other does not decide the result."""
    value = -1 if op is Op.AND else 0
    right = _given(_parts(a, op), value, b)
    if right is not b:
        return a, right
    return _given(_parts(b, op), value, a), b


def _in_context(op: Op) -> Apply:
    def apply(_width: int, args: tuple[Term, ...], _number: int) -> Term | None:
        a, b = _operands_given(op, *args)
        return None if a is args[0] and b is args[1] else binary(op, a, b)

    return apply


def _settled(op: Op, a: Term, b: Term) -> Term:
    """Return ``a op b`` with each operand simplified under the other and constants gone."""
    a, b = _operands_given(op, a, b)
    neutral = constant(-1 if op is Op.AND else 0, a.width)
    absorbing = negated(neutral)
    if a is absorbing or b is absorbing:
        return absorbing
    return b if a is neutral else a if b is neutral else binary(op, a, b)


def _factored(op: Op) -> Apply:
    """Return the rule that takes out common parts; of a conjunction only where the rest is constant."""
    inner = _DUAL[op]

    def apply(width: int, args: tuple[Term, ...], _number: int) -> Term | None:
        a, b = args
        if width != 1 or a.op is not inner or b.op is not inner:
            return None
        left, right = _parts(a, inner), _parts(b, inner)
        common = tuple(p for p in left if p in right)
        if not common:
            return None
        rest = (_joined(inner, tuple(p for p in own if p not in common), 1) for own in (left, right))
        remaining = _settled(op, *rest)
        if op is Op.AND and remaining.op is not Op.CONST:
            return None
        return binary(inner, _joined(inner, common, 1), remaining)

    return apply


def _then_given(width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    c, then, otherwise = args
    known = _branch_given(_parts(c, Op.AND), -1, then)
    return None if known is then else intern(Op.ITE, width, (c, known, otherwise))


def _else_given(width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    c, then, otherwise = args
    if otherwise.op is Op.ITE and c.op is Op.AND:
        # Where c does not hold, no conjunction that contains all of c's parts does.
        inner = _parts(otherwise.args[0], Op.AND)
        if all(p in inner for p in _parts(c, Op.AND)):
            return intern(Op.ITE, width, (c, then, otherwise.args[2]))
    known = _branch_given(_parts(c, Op.OR), 0, otherwise)
    return None if known is otherwise else intern(Op.ITE, width, (c, then, known))


def _branch_given(parts: tuple[Term, ...], value: int, branch: Term) -> Term:
    if branch.width == 1 and branch.op is not Op.ITE:
        return _given(parts, value, branch)
    if branch.op is not Op.ITE:
        return branch
    d, then, otherwise = branch.args
    known = _given(parts, value, d)
    if known is d:
        return branch
    if known.op is Op.CONST:
        return then if known.number else otherwise
    return intern(Op.ITE, branch.width, (known, then, otherwise))


def _then_merged(width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    c, then, otherwise = args
    if then.op is not Op.ITE:
        return None
    d, x, y = then.args
    if y is otherwise:
        return intern(Op.ITE, width, (_settled(Op.AND, c, d), x, y))
    if x is otherwise:
        return intern(Op.ITE, width, (_settled(Op.AND, c, negated(d)), y, x))
    return None


def _else_merged(width: int, args: tuple[Term, ...], _number: int) -> Term | None:
    c, then, otherwise = args
    if otherwise.op is not Op.ITE:
        return None
    d, x, y = otherwise.args
    if x is then:
        return intern(Op.ITE, width, (_settled(Op.OR, c, d), x, y))
    if y is then:
        return intern(Op.ITE, width, (_settled(Op.OR, c, negated(d)), y, x))
    return None


def _one(instance: Instance) -> Instance:
    return lambda _width: instance(1)


def _conditional(c: Instance, then: Instance, otherwise: Instance) -> Instance:
    return lambda w: intern(Op.ITE, w, (c(1), then(w), otherwise(w)))


_X, _Y, _Z, _C, _D = (named(n) for n in "xyzcd")
_NOT_D: Final[Instance] = lambda w: intern(Op.NOT, w, (_D(w),))  # noqa: E731
_BOTH: Final = pair(Op.AND, _C, _D)

LOGIC_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "x & y = x & y', y' simplified where x's parts hold",
        Op.AND,
        _in_context(Op.AND),
        pair(Op.AND, pair(Op.AND, _X, _Y), pair(Op.OR, _Z, _Y)),
    ),
    Rule(
        "x | y = x | y', y' simplified where x's parts do not hold",
        Op.OR,
        _in_context(Op.OR),
        pair(Op.OR, pair(Op.OR, _X, _D), pair(Op.AND, _Z, _NOT_D)),
    ),
    Rule(
        "(x && c) || (x && d) = x && (c || d)",
        Op.OR,
        _factored(Op.OR),
        _one(pair(Op.OR, pair(Op.AND, pair(Op.AND, _X, _D), _C), pair(Op.AND, _X, _NOT_D))),
    ),
    Rule(
        "(x || d) && (x || ~d) = x",
        Op.AND,
        _factored(Op.AND),
        _one(pair(Op.AND, pair(Op.OR, _X, _D), pair(Op.OR, _X, _NOT_D))),
    ),
    Rule(
        "(c ? x : y) = (c ? x' : y), x' simplified where c's parts hold",
        Op.ITE,
        _then_given,
        _conditional(_C, _conditional(_BOTH, _X, _Y), _Z),
    ),
    Rule(
        "(c ? x : y) = (c ? x : y'), y' simplified where c does not hold",
        Op.ITE,
        _else_given,
        _conditional(_BOTH, _X, _conditional(pair(Op.AND, _BOTH, _Z), _Y, _Z)),
    ),
    Rule(
        "(c ? (d ? x : y) : y) = (c && d ? x : y)",
        Op.ITE,
        _then_merged,
        _conditional(_C, _conditional(_D, _X, _Y), _X),
    ),
    Rule(
        "(c ? x : (d ? x : y)) = (c || d ? x : y)",
        Op.ITE,
        _else_merged,
        _conditional(_C, _X, _conditional(_D, _Y, _X)),
    ),
)
