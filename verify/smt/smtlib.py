"""SMT-LIB 2 text of terms, for evidence that any solver can read."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from verify.smt.solver import require_truth
from verify.term.term import Op, Term, postorder, symbols

_LONGEST_UNNAMED: Final = 160
_BOOLEAN: Final = {Op.AND: "and", Op.OR: "or", Op.XOR: "xor", Op.EQ: "=", Op.NOT: "not", Op.ITE: "ite"}
_PREDICATES: Final = frozenset({Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE})


def to_smtlib(assertions: Sequence[Term], comment: Iterable[str] = ()) -> str:
    """Return an SMT-LIB 2 script (QF_BV) that asserts terms of width 1 and asks for their satisfiability.

    Symbols of width 1 are declared Bool, all others as bit-vectors, sorted by name. A subterm that
    is used more than once, or is long, becomes a ``define-fun``. The same terms give the same text.
    ``comment`` is written in front, line by line. Raises ValueError for an assertion of another
    width, for a symbol name that SMT-LIB cannot quote, and for one name with two widths.
    """
    for term in assertions:
        require_truth(term)
    lines = comment_lines(comment)
    lines.append("(set-logic QF_BV)")
    declared = declared_symbols(assertions)
    lines += [f"(declare-const {quoted(s.name)} {sort(s.width)})" for s in declared]
    definitions, texts = shared_parts(assertions, declared)
    lines += [f"(define-fun {name} () {sort(width)} {body})" for name, width, body in definitions]
    lines += [f"(assert {text})" for text in texts]
    lines.append("(check-sat)")
    return "\n".join(lines) + "\n"


def comment_lines(comment: Iterable[str]) -> list[str]:
    """Return text as lines of SMT-LIB comments."""
    return [f"; {part}" for line in comment for part in line.splitlines() or [""]]


def declared_symbols(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Return the symbols of terms, sorted by name. Raises ValueError for one name with two widths."""
    declared = symbols(terms)
    for first, second in itertools.pairwise(declared):
        if first.name == second.name:
            raise ValueError(f"{first.name} stands for {first.width} and for {second.width} bits")
    return declared


def shared_parts(terms: Sequence[Term], taken: Iterable[Term]) -> tuple[list[tuple[str, int, str]], list[str]]:
    """Return definitions (name, width, text), each over those before it, and each term's text over them.

    A part that is used more than once, or is long, is defined; no name is that of a symbol in ``taken``.
    """
    prefix = _prefix(taken)
    parts = tuple(postorder(terms))
    uses = Counter(arg for term in parts for arg in term.args)
    definitions: list[tuple[str, int, str]] = []
    text: dict[Term, str] = {}
    for term in parts:
        body = _text(term, text)
        if term.args and (uses[term] > 1 or len(body) > _LONGEST_UNNAMED):
            name = quoted(f"{prefix}{len(definitions) + 1}")
            definitions.append((name, term.width, body))
            body = name
        text[term] = body
    return definitions, [text[t] for t in terms]


def _prefix(declared: Iterable[Term]) -> str:
    prefix = "="
    names = [s.name for s in declared]
    while any(name.startswith(prefix) for name in names):
        prefix += "="
    return prefix


def quoted(name: str) -> str:
    """Return a name as an SMT-LIB symbol. Raises ValueError where it cannot be quoted."""
    if "|" in name or "\\" in name or not name.isprintable():
        raise ValueError(f"SMT-LIB cannot quote the name {name!r}")
    return f"|{name}|"


def sort(width: int) -> str:
    """Return the sort of values of a width: Bool for width 1."""
    return "Bool" if width == 1 else f"(_ BitVec {width})"


def _text(term: Term, text: dict[Term, str]) -> str:
    if term.op is Op.SYMBOL:
        return quoted(term.name)
    if term.op is Op.CONST:
        if term.width == 1:
            return "true" if term.number else "false"
        return f"#b{term.number:0{term.width}b}" if term.width % 4 else f"#x{term.number:0{term.width // 4}x}"
    if term.op is Op.ITE or (term.op in _BOOLEAN and all(a.width == 1 for a in term.args)):
        return f"({_BOOLEAN[term.op]} {' '.join(text[a] for a in term.args)})"
    operands = " ".join(f"(ite {text[a]} #b1 #b0)" if a.width == 1 else text[a] for a in term.args)
    applied = f"({_operator(term)} {operands})"
    return f"(= {applied} #b1)" if term.width == 1 and term.op not in _PREDICATES else applied


def _operator(term: Term) -> str:
    if term.op is Op.EXTRACT:
        return f"(_ extract {term.number + term.width - 1} {term.number})"
    if term.op in {Op.ZEXT, Op.SEXT}:
        return f"(_ {term.op.value} {term.width - term.args[0].width})"
    return str(term.op.value)
