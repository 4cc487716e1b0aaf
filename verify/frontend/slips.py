"""Slips that are good C and would make a condition or an id of a specification mean something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from verify.frontend.analysis import is_assignment
from verify.frontend.clang_unit import Cursor, Kind, TypeKind, children
from verify.program.errors import reject

if TYPE_CHECKING:
    from verify.frontend.state import Lowering
    from verify.term.source import Span

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./+-]*\Z")
_BUILT_IN: Final = re.compile(r"ledger-fits\Z|defined-behaviour\Z|no-(?:bug|warn)/")
_POINTERS: Final = (
    TypeKind.POINTER,
    TypeKind.CONSTANTARRAY,
    TypeKind.INCOMPLETEARRAY,
    TypeKind.FUNCTIONPROTO,
    TypeKind.FUNCTIONNOPROTO,
)


def refuse_strange_id(property_id: str, span: Span) -> None:
    """Raise InputError for an id that a report or another solver could not name, or that is one of the tool's own."""
    if not property_id:
        raise reject(span, "a property without an id", "give it a name")
    if not _ID.match(property_id):
        raise reject(
            span, f"the id {property_id!r}", "use letters, digits, '-', '_', '.', '+' and '/', a letter or digit first"
        )
    if _BUILT_IN.match(property_id):
        raise reject(span, f"the id '{property_id}', which is that of a built-in property", "use another one")


def refuse_hidden_effects(low: Lowering, word: str, condition: Cursor) -> None:
    """Raise InputError for a condition that assigns (``=`` for ``==``), or that is a pointer and so always true.

    What a macro computes in a statement expression of its own, and functions that are called, are not looked at.
    """
    for c in _written(condition):
        if is_assignment(c, c.kind):
            what = f"the condition of this {word} changes a variable"
            raise reject(low.world.unit.span(c), what, "compare with ==; assign before it")
    bare = condition
    while bare.kind in (Kind.PAREN_EXPR, Kind.UNEXPOSED_EXPR, Kind.CSTYLE_CAST_EXPR) and (inner := children(bare)):
        bare = inner[-1]
    if bare.type.get_canonical().kind in _POINTERS:
        what = f"the condition of this {word} is no truth value: a text, an address or a function"
        raise reject(low.world.unit.span(bare), what, "compare it, or call it")


def _written(condition: Cursor) -> Iterator[Cursor]:
    stack = [condition]
    while stack:
        c = stack.pop()
        if c.kind != Kind.StmtExpr:
            yield c
            stack.extend(reversed(children(c)))
