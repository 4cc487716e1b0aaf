"""C-like text of terms, for people. What a reader must not mistake (signedness, widths) stands in casts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from verify.term.semantics import mask, to_signed
from verify.term.term import Op, Term, postorder

Signed = Callable[[str], bool]

_PRIMARY: Final = 15
_UNARY: Final = 14
_RELATION: Final = 10
_EQUALITY: Final = 9
_BITAND: Final = 8
_BITOR: Final = 6
_CONDITIONAL: Final = 3

# Operator and C precedence of what is the same for signed and unsigned operands.
_NEUTRAL: Final = {
    Op.MUL: ("*", 13),
    Op.ADD: ("+", 12),
    Op.SUB: ("-", 12),
    Op.SHL: ("<<", 11),
    Op.AND: ("&", _BITAND),
    Op.XOR: ("^", 7),
    Op.OR: ("|", _BITOR),
}
_UNSIGNED: Final = {
    Op.UDIV: ("/", 13),
    Op.UREM: ("%", 13),
    Op.LSHR: (">>", 11),
    Op.ULT: ("<", _RELATION),
    Op.ULE: ("<=", _RELATION),
}
_SIGNED: Final = {
    Op.SDIV: ("/", 13),
    Op.SREM: ("%", 13),
    Op.ASHR: (">>", 11),
    Op.SLT: ("<", _RELATION),
    Op.SLE: ("<=", _RELATION),
}
_TRUTH: Final = {Op.AND: ("&&", 5), Op.OR: ("||", 4), Op.XOR: ("!=", _EQUALITY), Op.EQ: ("==", _EQUALITY)}
_ASSOCIATIVE: Final = frozenset({"&&", "||", "&", "|", "^", "*", "+"})
_PLAIN_LIMIT: Final = 400


class _Text(NamedTuple):
    """Text, the C precedence of its outermost operator, and whether C would read it as signed."""

    text: str
    level: int
    signed: bool


def show(term: Term, signed: Signed | None = None) -> str:
    """Return the term in the notation of C.

    ``signed`` says of a symbol's name whether its C type is signed; without it all are unsigned. A
    comparison, division or right shift shows casts where its operands are of the other signedness,
    so ``(s32)a < (s32)b`` compares signed. Width 1 is bool. Constants are decimal below 0x1000,
    hexadecimal from there on and when all bits are set. A term that would be too long has its
    shared parts named: ``$1 + $1 where $1 = x * y``, one definition a line.
    """
    nodes = tuple(postorder((term,)))
    named = _shared(nodes, term) if _tree_size(nodes, term) > _PLAIN_LIMIT else frozenset()
    definitions: list[str] = []
    done: dict[Term, _Text] = {}
    for node in nodes:
        text = _node(node, done, signed)
        if node in named:
            name = f"${len(definitions) + 1}"
            definitions.append(f"{name} = {text.text}")
            text = _Text(name, _PRIMARY, text.signed)
        done[node] = text
    where = "\n    where " + "\n          ".join(definitions) if definitions else ""
    return done[term].text + where


def _tree_size(nodes: tuple[Term, ...], root: Term) -> int:
    size: dict[Term, int] = {}
    for node in nodes:
        size[node] = 1 + sum(size[a] for a in node.args)
    return size[root]


def _shared(nodes: tuple[Term, ...], root: Term) -> frozenset[Term]:
    uses = Counter(a for node in nodes for a in node.args)
    return frozenset(node for node in nodes if node.args and uses[node] > 1 and node is not root)


def _node(term: Term, done: Mapping[Term, _Text], signed: Signed | None) -> _Text:
    args = tuple(done[a] for a in term.args)
    match term.op:
        case Op.SYMBOL:
            return _Text(term.name, _PRIMARY, signed is not None and term.width > 1 and signed(term.name))
        case Op.CONST:
            return _Text(_number(term.number, term.width), _PRIMARY, signed=False)
        case Op.NOT:
            return _negation(term, args[0], done) if term.width == 1 else _prefix("~", args[0])
        case Op.NEG:
            return _prefix("-", args[0])
        case Op.ITE:
            return _conditional(term, args)
        case Op.EXTRACT:
            return _bits(term, args[0])
        case Op.ZEXT:
            return _cast(term.width, _as(args[0], term.args[0], want=False), signed=False)
        case Op.SEXT:
            return _sign_extension(term, args[0])
        case Op.CONCAT:
            high = _cast(term.width, _as(args[0], term.args[0], want=False), signed=False)
            shifted = _infix("<<", 11, high, _Text(str(term.args[1].width), _PRIMARY, signed=False), signed=False)
            return _infix("|", _BITOR, shifted, _as(args[1], term.args[1], want=False), signed=False)
        case _:
            return _binary(term, done)


def _number(value: int, width: int, *, signed: bool = False) -> str:
    if width == 1:
        return "true" if value else "false"
    number = to_signed(value, width) if signed else value
    if abs(number) >= 0x1000 or (value == mask(width) and not signed and width > 2):
        return hex(number)
    return str(number)


def _wrapped(text: _Text, level: int) -> str:
    return text.text if text.level >= level else f"({text.text})"


def _prefix(operator: str, a: _Text) -> _Text:
    operand = _wrapped(a, _UNARY)
    # "--x" is another operator in C.
    return _Text(f"{operator}({operand})" if operand.startswith(operator) else operator + operand, _UNARY, a.signed)


def _infix(operator: str, level: int, a: _Text, b: _Text, *, signed: bool) -> _Text:
    right = level if operator in _ASSOCIATIVE and f" {operator} " in b.text else level + 1
    return _Text(f"{_wrapped(a, level)} {operator} {_wrapped(b, right)}", level, signed)


def _cast(width: int, a: _Text, *, signed: bool) -> _Text:
    return _Text(f"({'s' if signed else 'u'}{width}){_wrapped(a, _UNARY)}", _UNARY, signed)


def _as(text: _Text, term: Term, *, want: bool) -> _Text:
    """Return an operand as signed (``want``) or unsigned, with a cast where C would read it otherwise."""
    if term.op is Op.CONST:
        return _Text(_number(term.number, term.width, signed=want), _PRIMARY, want)
    if text.signed is want or (term.width == 1 and not want):
        return text
    return _cast(term.width, text, signed=want)


def _of_one_kind(terms: tuple[Term, ...], texts: tuple[_Text, ...]) -> bool:
    variable = [text.signed for term, text in zip(terms, texts, strict=True) if term.op is not Op.CONST]
    return bool(variable) and all(variable)


def _operands(terms: tuple[Term, ...], texts: tuple[_Text, ...]) -> tuple[tuple[_Text, ...], bool]:
    """Return operands whose signedness does not matter: constants follow the others."""
    signed = _of_one_kind(terms, texts)
    pairs = zip(terms, texts, strict=True)
    return tuple(_as(x, t, want=signed) if t.op is Op.CONST else x for t, x in pairs), signed


def _binary(term: Term, done: Mapping[Term, _Text]) -> _Text:
    texts = tuple(done[a] for a in term.args)
    if all(a.width == 1 for a in term.args) and term.op in _TRUTH:
        operator, level = _TRUTH[term.op]
        return _infix(operator, level, *texts, signed=False)
    if term.op in _UNSIGNED or term.op in _SIGNED:
        want = term.op in _SIGNED
        operator, level = (_SIGNED if want else _UNSIGNED)[term.op]
        a = _as(texts[0], term.args[0], want=want)
        b = texts[1] if operator == ">>" else _as(texts[1], term.args[1], want=want)
        return _infix(operator, level, a, b, signed=want and term.width > 1)
    operands, signed = _operands(term.args, texts)
    if term.op is Op.EQ:
        return _infix("==", _EQUALITY, *operands, signed=False)
    less = _subtrahend(term)
    if less is not None:
        return _infix("-", 12, operands[0], _Text(_number(less, term.width), _PRIMARY, signed), signed=signed)
    operator, level = _NEUTRAL[term.op]
    return _infix(operator, level, *operands, signed=signed)


def _subtrahend(term: Term) -> int | None:
    """Return c where the term is x + (-c) for a positive c that is not the smallest value."""
    constant = term.args[1]
    if term.op is not Op.ADD or constant.op is not Op.CONST or term.width == 1:
        return None
    value = to_signed(constant.number, term.width)
    return -value if -(1 << (term.width - 1)) < value < 0 else None


_OPPOSITE: Final = {Op.EQ: "!=", Op.ULT: ">=", Op.SLT: ">=", Op.ULE: ">", Op.SLE: ">"}


def _negation(term: Term, a: _Text, done: Mapping[Term, _Text]) -> _Text:
    inner = term.args[0]
    # A part that has been given a name is negated by that name.
    if inner.op not in _OPPOSITE or a.level == _PRIMARY:
        return _prefix("!", a)
    texts = tuple(done[x] for x in inner.args)
    if inner.op is Op.EQ:
        operands, level = _operands(inner.args, texts)[0], _EQUALITY
    else:
        want, level = inner.op in _SIGNED, _RELATION
        operands = tuple(_as(x, t, want=want) for t, x in zip(inner.args, texts, strict=True))
    return _infix(_OPPOSITE[inner.op], level, *operands, signed=False)


def _conditional(term: Term, args: tuple[_Text, ...]) -> _Text:
    (then, otherwise), signed = _operands(term.args[1:], args[1:])
    condition = _wrapped(args[0], _CONDITIONAL + 1)
    text = f"{condition} ? {_wrapped(then, _CONDITIONAL + 1)} : {_wrapped(otherwise, _CONDITIONAL)}"
    return _Text(text, _CONDITIONAL, signed)


def _bits(term: Term, a: _Text) -> _Text:
    low = _Text(str(term.number), _PRIMARY, signed=False)
    moved = _infix(">>", 11, a, low, signed=a.signed) if term.number else a
    if term.width == 1:
        return _infix("&", _BITAND, moved, _Text("1", _PRIMARY, signed=False), signed=False)
    return _cast(term.width, moved, signed=False)


def _sign_extension(term: Term, a: _Text) -> _Text:
    inner = term.args[0]
    if inner.width == 1:
        return _prefix("-", _cast(term.width, a, signed=True))
    return _cast(term.width, _as(a, inner, want=True), signed=True)
