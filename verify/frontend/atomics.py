"""The atomic operations that are understood: one row per name, and what each does to the word.

The kernel's names are declared as functions in the stand-in ``linux/atomic.h``; type-generic macros, ``__atomic_*``,
``__sync_*`` and C11 expand to ``__refproof_access("name", target, size, …)``. The values are tested against the
kernel's own generic fallbacks and the system compiler's builtins (``tests/laws/test_atomics_oracle.py``), which are
also where the list of names comes from. A name without a row, or whose row is ``refused``, is an error for the user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from verify.frontend.atomic_builtin_rows import builtin_rows
from verify.frontend.atomic_kernel_rows import kernel_rows
from verify.frontend.atomic_row import Operation, Result, Returns, Role, Row
from verify.program.program import Ordering
from verify.term.build import (
    FALSE,
    TRUE,
    bvadd,
    bvand,
    bvnot,
    bvor,
    bvsle,
    bvslt,
    bvsub,
    bvxor,
    concat,
    const,
    eq,
    ite,
    ne,
)
from verify.term.term import Term

__all__ = ["Effect", "Operation", "Result", "Returns", "Role", "Row", "effect", "lookup", "ordering_of", "rows"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an operation does.

    Attributes:
        stores: width 1; whether the word is written.
        new: the value written where ``stores`` holds; the width of the word.
        result: what the call returns, the width of the word or 1 for BOOL; None for VOID.
        expected: what the object behind EXPECTED holds afterwards; None without EXPECTED.
    """

    stores: Term
    new: Term
    result: Term | None
    expected: Term | None


def _table() -> Mapping[str, Row]:
    table: dict[str, Row] = {}
    for row in (*kernel_rows(), *builtin_rows()):
        if row.name in table:
            raise ValueError(f"two rows are named {row.name}")
        table[row.name] = row
    return MappingProxyType(dict(sorted(table.items())))


_TABLE: Final = _table()


def lookup(name: str) -> Row | None:
    """Return the row of a name, or None."""
    return _TABLE.get(name)


def rows() -> tuple[Row, ...]:
    """Return all rows, sorted by name."""
    return tuple(_TABLE.values())


def effect(row: Row, old: Term, operands: tuple[Term, ...]) -> Effect:
    """Return what an operation does to a word that holds ``old``.

    Args:
        row: a row with a TARGET.
        old: the value found; ``row.words`` words wide.
        operands: VALUE arguments and the current values of *EXPECTED in parameter order, each one word wide (for
            ``words == 2``: old1, old2, new1, new2).

    Signed comparisons are made on the two's complement reading of the word, and arithmetic wraps, as the kernel
    compiles it. Raises ValueError when there is no TARGET or when number or widths of the operands do not fit.
    """
    wanted = sum(role in (Role.VALUE, Role.EXPECTED) for role in row.roles)
    width, rest = divmod(old.width, row.words)
    if Role.TARGET not in row.roles or rest or row.width not in (None, width):
        raise ValueError(f"{row.name} does not access a word of {old.width} bits")
    if len(operands) != wanted or any(o.width != width for o in operands):
        raise ValueError(f"{row.name} needs {wanted} operands of {width} bits")
    values = operands + tuple(const(c, width) for c in row.constants)
    if row.words == 2:
        values = (concat(values[1], values[0]), concat(values[3], values[2]))
    stores, new = _transition(row.operation, old, values)
    expected = ite(stores, values[0], old) if Role.EXPECTED in row.roles else None
    return Effect(stores, new, _result(row.result, old, stores, new), expected)


def _andnot(old: Term, value: Term) -> Term:
    return bvand(old, bvnot(value))


def _nand(old: Term, value: Term) -> Term:
    return bvnot(bvand(old, value))


_COMBINE: Final[Mapping[Operation, Callable[[Term, Term], Term]]] = MappingProxyType(
    {
        Operation.ADD: bvadd,
        Operation.SUB: bvsub,
        Operation.AND: bvand,
        Operation.ANDNOT: _andnot,
        Operation.OR: bvor,
        Operation.XOR: bvxor,
        Operation.NAND: _nand,
    }
)


def _transition(operation: Operation, old: Term, values: tuple[Term, ...]) -> tuple[Term, Term]:
    """Return whether the word is written, and with what."""
    zero, one = const(0, old.width), const(1, old.width)
    match operation:
        case Operation.NOTHING | Operation.LOAD:
            return FALSE, old
        case Operation.STORE | Operation.EXCHANGE:
            return TRUE, values[0]
        case Operation.ADD | Operation.SUB | Operation.AND | Operation.ANDNOT:
            return TRUE, _COMBINE[operation](old, values[0])
        case Operation.OR | Operation.XOR | Operation.NAND:
            return TRUE, _COMBINE[operation](old, values[0])
        case Operation.COMPARE_EXCHANGE:
            return eq(old, values[0]), values[1]
        case Operation.ADD_UNLESS:
            return ne(old, values[1]), bvadd(old, values[0])
        case Operation.INC_UNLESS_NEGATIVE:
            return bvsle(zero, old), bvadd(old, one)
        case Operation.DEC_UNLESS_POSITIVE:
            return bvsle(old, zero), bvsub(old, one)
        case Operation.DEC_IF_POSITIVE:
            # The sign of the decremented value decides, so the smallest value wraps to the largest and is stored.
            return bvsle(zero, bvsub(old, one)), bvsub(old, one)


def _result(result: Result, old: Term, stores: Term, new: Term) -> Term | None:
    zero = const(0, old.width)
    match result:
        case Result.NOTHING:
            return None
        case Result.OLD:
            return old
        case Result.NEW:
            return new
        case Result.NEW_IS_ZERO:
            return eq(new, zero)
        case Result.NEW_IS_NEGATIVE:
            return bvslt(new, zero)
        case Result.OLD_IS_NONZERO:
            return ne(old, zero)
        case Result.STORED:
            return stores


_ORDERS: Final = (
    Ordering.RELAXED,
    Ordering.ACQUIRE,  # consume: every compiler treats it as acquire
    Ordering.ACQUIRE,
    Ordering.RELEASE,
    Ordering.FULL,  # acq_rel
    Ordering.FULL,  # seq_cst
)
_RELEASING: Final = (3, 4)
_ACQUIRING: Final = (1, 2, 4)


def ordering_of(row: Row, order_arguments: tuple[int, ...]) -> Ordering:
    """Return the ordering of a call: the row's own, or that of its first ORDER argument (the one for success).

    ``acq_rel`` and ``seq_cst`` are both FULL, the only word of ours that holds acquire and release. An analysis that
    draws more than acquire and release from FULL must not do so for a row whose ordering is None.

    Raises ValueError when an order is not an ``__ATOMIC_*`` constant, or not allowed (C11 7.17.7): releasing on a
    load or on failure, acquiring on a store.
    """
    if len(order_arguments) != row.roles.count(Role.ORDER):
        raise ValueError(f"{row.name} has {row.roles.count(Role.ORDER)} memory orders")
    for order in order_arguments:
        if not 0 <= order < len(_ORDERS):
            raise ValueError(f"{order} is not a memory order of {row.name}; use the __ATOMIC_* or memory_order_* names")
    loading = order_arguments if row.operation is Operation.LOAD else order_arguments[1:]
    storing = order_arguments if row.operation is Operation.STORE else ()
    if any(o in _RELEASING for o in loading) or any(o in _ACQUIRING for o in storing):
        raise ValueError(f"{row.name} does not allow this memory order; see C11 7.17.7")
    return _ORDERS[order_arguments[0]] if row.ordering is None else row.ordering
