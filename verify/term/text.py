"""Canonical text of terms: one line in the notation of SMT-LIB 2, and a strict parser that gives the same term back.

A term of width 1 is written as a Bool, all others as bit-vectors. Where an operator of bit-vectors has an operand of
width 1, that is written ``(ite b #b1 #b0)``; its result of width 1 is written ``(= e #b1)``. A term that would be
long has its shared parts named by ``let``. Every term has exactly one text, and no other text is accepted for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from verify.term.term import Op, Term, intern, postorder

_PLAIN_LIMIT: Final = 200
_LONGEST_TEXT: Final = 1 << 16
_WIDEST: Final = 1 << 12
"""Bits of the widest term: a few dozen are needed, and a text of 3000 characters can join constants to 2^39."""

_BOOLEAN: Final = {Op.AND: "and", Op.OR: "or", Op.XOR: "xor", Op.EQ: "=", Op.NOT: "not", Op.ITE: "ite"}
_PREDICATES: Final = frozenset({Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE})
_BY_BOOLEAN: Final = {text: op for op, text in _BOOLEAN.items()}
_BY_NAME: Final = {op.value: op for op in Op if op.value.startswith("bv") or op is Op.CONCAT}
_UNARY: Final = frozenset({Op.NOT, Op.NEG})
_TOKEN: Final = re.compile(r"[()]|\|[^|\\]*\||#b[01]+|#x[0-9a-f]+|[a-z_=][a-z_0-9=]*|\?[0-9]+|[0-9]+| ")


class TextError(ValueError):
    """The text is not the canonical text of a term."""


def to_text(term: Term) -> str:
    """Return the canonical text of a term. Raises ValueError for a symbol name that SMT-LIB cannot quote."""
    nodes = tuple(postorder((term,)))
    named = _shared(nodes, term) if _tree_size(nodes, term) > _PLAIN_LIMIT else frozenset()
    text: dict[Term, str] = {}
    opened: list[str] = []
    for node in nodes:
        text[node] = _text(node, text)
        if node in named:
            name = f"?{len(opened) + 1}"
            opened.append(f"(let (({name} {text[node]})) ")
            text[node] = name
    return "".join(opened) + text[term] + ")" * len(opened)


def _tree_size(nodes: Sequence[Term], root: Term) -> int:
    size: dict[Term, int] = {}
    for node in nodes:
        size[node] = 1 + sum(size[a] for a in node.args)
    return size[root]


def _shared(nodes: Sequence[Term], root: Term) -> frozenset[Term]:
    uses = Counter(a for node in nodes for a in node.args)
    return frozenset(node for node in nodes if node.args and uses[node] > 1 and node is not root)


def quoted(name: str) -> str:
    """Return a symbol's name as SMT-LIB quotes it. Raises ValueError for a name that it cannot quote."""
    if "|" in name or "\\" in name or not name.isprintable():
        raise ValueError(f"SMT-LIB cannot quote the name {name!r}")
    return f"|{name}|"


def _text(term: Term, text: Mapping[Term, str]) -> str:
    if term.op is Op.SYMBOL:
        return quoted(term.name)
    if term.op is Op.CONST:
        return _number(term)
    if _is_boolean(term):
        return f"({_BOOLEAN[term.op]} {' '.join(text[a] for a in term.args)})"
    if term.op is Op.ITE:
        return f"(ite {text[term.args[0]]} {text[term.args[1]]} {text[term.args[2]]})"
    operands = " ".join(f"(ite {text[a]} #b1 #b0)" if a.width == 1 else text[a] for a in term.args)
    applied = f"({_operator(term)} {operands})"
    return f"(= {applied} #b1)" if term.width == 1 and term.op not in _PREDICATES else applied


def _is_boolean(term: Term) -> bool:
    return term.op in _BOOLEAN and all(a.width == 1 for a in term.args)


def _number(term: Term) -> str:
    if term.width == 1:
        return "true" if term.number else "false"
    return f"#b{term.number:0{term.width}b}" if term.width % 4 else f"#x{term.number:0{term.width // 4}x}"


def _operator(term: Term) -> str:
    if term.op is Op.EXTRACT:
        return f"(_ extract {term.number + term.width - 1} {term.number})"
    if term.op in {Op.ZEXT, Op.SEXT}:
        return f"(_ {term.op.value} {term.width - term.args[0].width})"
    return str(term.op.value)


def from_text(text: str, widths: Mapping[str, int]) -> Term:
    """Return the term with this canonical text; ``widths`` says which symbols there are.

    Raises TextError for a text that is not canonical, an unknown symbol, or operands that do not fit.
    """
    if len(text) > _LONGEST_TEXT:
        raise TextError(f"a term of {len(text)} characters is too long")
    try:
        root = _Parser(widths).parse(text)
        same = to_text(root) == text
    except (IndexError, KeyError, RecursionError) as error:
        raise TextError("this is not the canonical text of a term") from error
    if not same:
        raise TextError("this is not the canonical text of the term that it means")
    return root


@dataclass(frozen=True, slots=True)
class _Bit:
    """A bit-vector of width 1 as it stands in the text: a literal, or an operation to be compared with ``#b1``."""

    term: Term
    literal: bool


@dataclass(frozen=True, slots=True)
class _Index:
    """An operator with numbers, such as ``(_ extract 7 0)``."""

    name: str
    numbers: tuple[int, ...]


_Binding = tuple[str, Term]
_Item = Term | _Bit | _Index | str | _Binding | tuple[_Binding]


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise TextError(f"unexpected {text[place : place + 12]!r}")
        place = found.end()
        if found[0] != " ":
            yield found[0]


class _Parser:
    """A stack of open parentheses, each with what was read inside it. No recursion, whatever the text."""

    __slots__ = ("_names", "_widths")

    def __init__(self, widths: Mapping[str, int]) -> None:
        self._widths = widths
        self._names: dict[str, Term] = {}

    def parse(self, text: str) -> Term:
        stack: list[list[_Item]] = [[]]
        for word in _tokens(text):
            if word == "(":
                stack.append([])
            elif word == ")":
                inside = stack.pop()
                stack[-1].append(self._close(inside))
            else:
                stack[-1].append(self._atom(word))
        match stack:
            case [[Term() as term]]:
                return term
            case _:
                raise TextError("this is not one term")

    def _atom(self, word: str) -> _Item:
        if word.startswith("|"):
            name = word[1:-1]
            if name not in self._widths:
                raise TextError(f"there is no '{name}' here")
            return intern(Op.SYMBOL, self._widths[name], (), 0, name)
        if word in {"true", "false"}:
            return intern(Op.CONST, 1, (), int(word == "true"))
        if word.startswith("#"):
            return _constant(word)
        return self._names.get(word, word)

    def _close(self, inside: list[_Item]) -> _Item:
        match inside:
            case ["_", str() as name, *numbers]:
                return _Index(name, tuple(_index(n) for n in numbers))
            case [str() as name, Term() as value] if name.startswith("?"):
                if name in self._names:
                    raise TextError(f"{name} is defined twice")
                self._names[name] = value
                return (name, value)
            case [(str(), Term()) as binding]:
                return (binding,)
            case ["let", ((str(), Term()),), Term() as body]:
                return body
            case [str() as name, *operands]:
                return _applied(name, operands)
            case [_Index() as index, *operands]:
                return _indexed(index.name, index.numbers, operands)
            case _:
                raise TextError("an operator was expected")


def _constant(word: str) -> _Item:
    width = len(word) - 2 if word[1] == "b" else 4 * (len(word) - 2)
    _require(width <= _WIDEST)
    value = int(word[2:], 2 if word[1] == "b" else 16)
    term = intern(Op.CONST, width, (), value)
    return _Bit(term, literal=True) if width == 1 else term


def _index(item: _Item) -> int:
    if not isinstance(item, str) or not re.fullmatch("[0-9]{1,6}", item) or int(item) > _WIDEST:
        raise TextError("a small number was expected")
    return int(item)


def _applied(name: str, operands: Sequence[_Item]) -> _Item:
    match name, operands:
        case "ite", [Term() as bit, _Bit(literal=True) as one, _Bit(literal=True) as zero] if bit.width == 1:
            if (one.term.number, zero.term.number) != (1, 0):
                raise TextError("a bit is (ite b #b1 #b0)")
            return _Bit(bit, literal=False)
        case "=", [_Bit(literal=False) as made, _Bit(literal=True) as one] if one.term.number == 1:
            return made.term
        case "ite", [Term() as condition, Term() as then, Term() as otherwise]:
            _require(condition.width == 1 and then.width == otherwise.width)
            return intern(Op.ITE, then.width, (condition, then, otherwise))
        case _:
            pass
    if name in _BY_BOOLEAN and all(isinstance(o, Term) and o.width == 1 for o in operands):
        op, args = _BY_BOOLEAN[name], _vectors(operands)
        _require(op is not Op.ITE and len(args) == (1 if op is Op.NOT else 2))
        return intern(op, 1, args)
    if name == "=":
        return _operation(Op.EQ, _vectors(operands))
    if name not in _BY_NAME:
        raise TextError(f"there is no operator '{name}'")
    return _operation(_BY_NAME[name], _vectors(operands))


def _require(holds: bool) -> None:  # noqa: FBT001 - the condition is all there is to say
    if not holds:
        raise TextError("the operands do not fit the operator")


def _vectors(operands: Sequence[_Item]) -> tuple[Term, ...]:
    found = tuple(o.term if isinstance(o, _Bit) else o for o in operands)
    if not all(isinstance(o, Term) for o in found):
        raise TextError("an operand is missing or is no term")
    return tuple(o for o in found if isinstance(o, Term))


def _operation(op: Op, args: tuple[Term, ...]) -> _Item:
    _require(len(args) == (1 if op in _UNARY else 2))
    if op is Op.CONCAT:
        _require(args[0].width + args[1].width <= _WIDEST)
        return intern(op, args[0].width + args[1].width, args)
    _require(all(a.width == args[0].width for a in args))
    if op in _PREDICATES:
        return intern(op, 1, args)
    term = intern(op, args[0].width, args)
    return _Bit(term, literal=False) if term.width == 1 else term


def _indexed(name: str, numbers: Sequence[int], operands: Sequence[_Item]) -> _Item:
    (arg,) = _vectors(operands) if len(operands) == 1 else (None,)
    if arg is None:
        raise TextError("one operand was expected")
    # Hazard: rules count on an extension being wider; a lemma with another would mean two things. Seen: a false PROVED.
    _require(name == "extract" or all(0 < number <= _WIDEST - arg.width for number in numbers))
    by: Mapping[tuple[str, int], Callable[[], Term]] = {
        ("extract", 2): lambda: _extracted(arg, numbers),
        ("zero_extend", 1): lambda: intern(Op.ZEXT, arg.width + numbers[0], (arg,)),
        ("sign_extend", 1): lambda: intern(Op.SEXT, arg.width + numbers[0], (arg,)),
    }
    if (name, len(numbers)) not in by:
        raise TextError(f"there is no operator '{name}'")
    term = by[name, len(numbers)]()
    return _Bit(term, literal=False) if term.width == 1 else term


def _extracted(arg: Term, numbers: Sequence[int]) -> Term:
    high, low = numbers
    _require(low <= high < arg.width)
    return intern(Op.EXTRACT, high - low + 1, (arg,), low)
