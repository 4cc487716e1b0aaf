"""Bytes of shared memory that are read as a _Bool.

One that holds neither 0 nor 1 has no value in C (C11 6.2.6.1): the compiler may take it for both. So whatever is stored
to such a byte, as a _Bool or through another type that overlaps it, must be 0 or 1 by its form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from verify.program.errors import reject
from verify.program.program import Access
from verify.term.build import FALSE
from verify.term.term import Op, Term

if TYPE_CHECKING:
    from verify.frontend.state import World

_BYTE: Final = 8


def refuse_strange_bools(world: World, found: Sequence[Access]) -> None:
    """Raise InputError for an access that may leave something else than 0 or 1 where a _Bool is read."""
    for (name, first), (path, read) in sorted(world.bools.items(), key=lambda item: item[0]):
        for access in found:
            meets = access.cell == name and access.offset < first + _BYTE and first < access.offset + access.width
            if meets and access.stores is not FALSE and not _is_truth(access, first):
                raise reject(
                    access.span,
                    f"a store to '{path}', which is read as a bool at {read}, of what may be neither 0 nor 1",
                    "store a bool, or read it through an integer type",
                )


def _is_truth(access: Access, first: int) -> bool:
    """Return whether all of the byte from bit ``first`` on is stored, and its upper bits are zero by their form."""
    low, high = first - access.offset, first - access.offset + _BYTE - 1
    if low < 0 or high >= access.width:
        return False
    return _zero(access.new, high, low + 1)


def _zero(term: Term, high: int, low: int) -> bool:
    """Return True only where the bits ``high`` to ``low`` of a term are zero whatever its symbols are."""
    match term.op:
        case Op.CONST:
            return not (term.number >> low) & ((1 << (high - low + 1)) - 1)
        case Op.ZEXT:
            inner = term.args[0]
            return low >= inner.width or _zero(inner, min(high, inner.width - 1), low)
        case Op.ITE:
            return all(_zero(branch, high, low) for branch in term.args[1:])
        case _:
            return False
