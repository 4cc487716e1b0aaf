"""Operands that C leaves unsequenced: they are refused where their order could matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from verify.frontend.state import Lowering
from verify.frontend.values import Number, Value
from verify.program.errors import reject
from verify.program.flow import read_locals
from verify.program.program import Access, Assign, Draw, Fresh, GhostAssign, Node
from verify.term.build import FALSE
from verify.term.source import Span
from verify.term.term import Term, symbols


@dataclass(frozen=True, slots=True)
class Operand:
    """What lowering one operand emitted, nodes ``start`` to ``end`` - 1, and the value it has."""

    start: int
    end: int
    value: Value


def mark(low: Lowering) -> int:
    """Return the place in the graph where the next operand begins."""
    return len(low.graph.nodes)


def operand(low: Lowering, start: int, value: Value) -> Operand:
    """Return the operand that began at ``start`` and has just been lowered."""
    return Operand(start, len(low.graph.nodes), value)


def refuse_conflicts(low: Lowering, operands: Sequence[Operand], span: Span) -> None:
    """Raise InputError where the order of two operands could matter, which C leaves to the compiler.

    That is: one changes a variable that another reads or changes, or both make a shared access. Loads that run in one
    step commute.
    """
    if all(o.start == o.end for o in operands):
        return
    for a, b in combinations(operands, 2):
        common = sorted((_written(low, a) & _touched(low, b)) | (_written(low, b) & _touched(low, a)))
        if common:
            raise reject(
                span,
                f"'{common[0]}' is changed by one operand and used by another, and C does not say which is first",
                "write them as two statements",
            )
        if not _commute(low, _accesses(low, a), _accesses(low, b)):
            raise reject(
                span,
                "two shared accesses in operands of one expression, and C does not say which is first",
                "write them as two statements",
            )


def _nodes(low: Lowering, o: Operand) -> list[Node]:
    return low.graph.nodes[o.start : o.end]


def _written(low: Lowering, o: Operand) -> set[str]:
    return {n.target for n in _nodes(low, o) if isinstance(n, Assign | GhostAssign | Draw | Fresh)}


def _touched(low: Lowering, o: Operand) -> set[str]:
    names = frozenset(low.world.names)
    value: tuple[Term, ...] = (o.value.term,) if isinstance(o.value, Number) else ()
    read = {s.name for s in symbols(value)}
    for node in _nodes(low, o):
        read |= read_locals(node, names)
    return read | _written(low, o)


def _accesses(low: Lowering, o: Operand) -> list[Access]:
    return [n for n in _nodes(low, o) if isinstance(n, Access)]


def _commute(low: Lowering, a: list[Access], b: list[Access]) -> bool:
    if low.role.is_actor and not low.atomic:
        return not a or not b
    return all(x.stores is FALSE and y.stores is FALSE for x in a for y in b if x.cell == y.cell)
