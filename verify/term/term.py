"""Interned bit-vector terms.

Every term is a bit-vector of a positive width; a truth value is a bit-vector of width 1, as in
BTOR2. Terms are interned, so structural equality is identity (``is``) and hashing is constant
time. The intern table is the one piece of module state in the package: it is a cache, and no
result depends on what it holds.

Operator names and meanings are those of SMT-LIB 2.7, theory FixedSizeBitVectors, with predicates
returning width 1. Signedness is in the operator's name and never in the term.
"""

from __future__ import annotations

import enum
import weakref
from collections.abc import Iterable, Iterator
from typing import Final


class Op(enum.Enum):
    """Operators. The value is the SMT-LIB spelling."""

    CONST = "const"
    SYMBOL = "symbol"
    NOT = "bvnot"
    NEG = "bvneg"
    AND = "bvand"
    OR = "bvor"
    XOR = "bvxor"
    ADD = "bvadd"
    SUB = "bvsub"
    MUL = "bvmul"
    UDIV = "bvudiv"
    UREM = "bvurem"
    SDIV = "bvsdiv"
    SREM = "bvsrem"
    SHL = "bvshl"
    LSHR = "bvlshr"
    ASHR = "bvashr"
    EQ = "="
    ULT = "bvult"
    ULE = "bvule"
    SLT = "bvslt"
    SLE = "bvsle"
    CONCAT = "concat"
    EXTRACT = "extract"
    ZEXT = "zero_extend"
    SEXT = "sign_extend"
    ITE = "ite"

    # An enumeration's own hash is computed in Python, and every look-up of a rule asks for it.
    __hash__ = object.__hash__


class Term:
    """One node of a term graph.

    Attributes:
        op: the operator.
        width: the width of the value in bits, at least 1.
        args: operand terms.
        number: the unsigned value of a CONST; the lowest bit of an EXTRACT; else 0.
        name: the name of a SYMBOL; else "".
    """

    __slots__ = ("__weakref__", "args", "name", "number", "op", "width")

    op: Op
    width: int
    args: tuple[Term, ...]
    number: int
    name: str

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return _unflatten, (_flatten(self),)

    def __repr__(self) -> str:
        if self.op is Op.CONST:
            return f"{self.number}:{self.width}"
        if self.op is Op.SYMBOL:
            return f"{self.name}:{self.width}"
        return f"({self.op.value}:{self.width}/{len(self.args)})"


_Key = tuple[Op, int, tuple[Term, ...], int, str]
_TABLE: Final[weakref.WeakValueDictionary[_Key, Term]] = weakref.WeakValueDictionary()


def intern(op: Op, width: int, args: tuple[Term, ...] = (), number: int = 0, name: str = "") -> Term:
    """Return the one term with these parts, without rewriting.

    Use the constructors of ``verify.term.build``; this is for them and for tests of the rewrite
    rules. Raises ValueError when the width is not positive, or an extension is not wider than what it extends: rules
    count on that.
    """
    if width <= 0:
        raise ValueError(f"a term needs a positive width, not {width}")
    key = (op, width, args, number, name)
    found = _TABLE.get(key)
    if found is not None:
        return found
    if (op is Op.ZEXT or op is Op.SEXT) and width <= args[0].width:
        raise ValueError(f"an extension of {args[0].width} bits has more of them, not {width}")
    term = Term()
    term.op, term.width, term.args, term.number, term.name = op, width, args, number, name
    _TABLE[key] = term
    return term


def postorder(roots: Iterable[Term]) -> Iterator[Term]:
    """Yield every term reachable from the roots once, operands before users."""
    seen: set[Term] = set()
    stack: list[tuple[Term, bool]] = [(root, False) for root in reversed(list(roots))]
    while stack:
        term, ready = stack.pop()
        if ready:
            yield term
        elif term not in seen:
            seen.add(term)
            stack.append((term, True))
            stack.extend((arg, False) for arg in reversed(term.args) if arg not in seen)


def symbols(roots: Iterable[Term]) -> tuple[Term, ...]:
    """Return the SYMBOL terms reachable from the roots, sorted by name."""
    return tuple(sorted((t for t in postorder(roots) if t.op is Op.SYMBOL), key=lambda t: t.name))


_Row = tuple[str, int, tuple[int, ...], int, str]


def _flatten(root: Term) -> tuple[_Row, ...]:
    index: dict[Term, int] = {}
    rows: list[_Row] = []
    for term in postorder((root,)):
        index[term] = len(rows)
        rows.append((term.op.value, term.width, tuple(index[a] for a in term.args), term.number, term.name))
    return tuple(rows)


def _unflatten(rows: tuple[_Row, ...]) -> Term:
    built: list[Term] = []
    for op, width, args, number, name in rows:
        built.append(intern(Op(op), width, tuple(built[i] for i in args), number, name))
    return built[-1]
