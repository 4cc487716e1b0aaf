"""Which locals hold what was computed from a ghost integer: arithmetic on them is the ledger's arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.program.errors import reject
from verify.program.program import Kind
from verify.term.term import symbols

if TYPE_CHECKING:
    from verify.frontend.state import Lowering
    from verify.term.source import Span
    from verify.term.term import Term


def checked(low: Lowering, *terms: Term) -> bool:
    """Return whether arithmetic on these terms must not wrap.

    That is so where an assignment names a ghost, and where a value is computed from a ghost integer or from a local
    that may hold one.
    """
    if low.ledger:
        return True
    if not low.valued or low.role.is_predicate:
        return False
    if tainted(low, *terms):
        return True
    low.unchecked.update(s.name for s in symbols(terms))
    return False


def tainted(low: Lowering, *terms: Term) -> bool:
    """Return whether a term mentions a ghost integer or a local that may hold what came from one."""
    return any(s.name in low.tainted or _is_ghost_integer(low, s.name) for s in symbols(terms))


def _is_ghost_integer(low: Lowering, name: str) -> bool:
    ghost = low.world.ghosts.get(name)
    return ghost is not None and ghost.kind in (Kind.SIGNED, Kind.UNSIGNED)


def carry(low: Lowering, local: str, term: Term, span: Span) -> None:
    """Note that a local becomes a value.

    A local that was used as if no ghost could reach it, in a loop that now gives it a ghost's value, raises
    InputError: the next turn would compute with it unchecked.
    """
    if not tainted(low, term):
        low.unchecked.update(s.name for s in symbols((term,)))
    elif local not in low.tainted:
        low.tainted.add(local)
        if local in low.unchecked and _may_repeat(low):
            raise reject(
                span,
                f"'{local}' is used in a loop before it gets a value from a ghost",
                "give it a ghost's value before the loop, or use another variable",
            )


def _may_repeat(low: Lowering) -> bool:
    frame = low.frame
    while not frame.continues and not frame.labels:
        if frame.caller is None:
            return False
        frame = frame.caller
    return True
