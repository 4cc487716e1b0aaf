"""RCU while a routine is lowered: read-side sections and grace periods leave marks in the graph.

A mark is an assignment to a local of the routine that C text cannot name. Where sections begin and end on every path
is known only once the graph is finished; ``verify.frontend.grace_periods`` replaces the marks by what they mean.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from verify.frontend.graph import OPEN
from verify.frontend.state import add
from verify.frontend.values import Nothing, Value
from verify.program.errors import reject
from verify.program.program import Assign, AtomicBegin, Kind, Local
from verify.term.build import const

if TYPE_CHECKING:
    from verify.frontend.clang_unit import Cursor
    from verify.frontend.state import Lowering
    from verify.term.source import Span


class Mark(enum.IntEnum):
    """What happens at a mark: a section begins or ends, a CPU begins to wait for a grace period, or waits."""

    LOCK = 0
    UNLOCK = 1
    START = 2
    WAIT = 3


_WIDTH: Final = 2
LOCK: Final = "rcu_read_lock"
SYNCHRONIZE: Final = "synchronize_rcu"


def marker(owner: str) -> str:
    """Return the name of the local that carries the marks of a routine."""
    return f"{owner}.#rcu"


def _mark(low: Lowering, mark: Mark, span: Span) -> None:
    name = marker(low.owner)
    if all(v.name != name for v in low.graph.locals):
        low.graph.locals.append(Local(name, _WIDTH, Kind.UNSIGNED, LOCK))
    add(low, Assign(name, const(mark, _WIDTH), span, OPEN))


def read_lock(low: Lowering, _c: Cursor, span: Span) -> Value:
    """Lower rcu_read_lock(): a step of its own, for a grace period may begin between it and the access before it."""
    if low.role.is_actor and not low.atomic:
        add(low, AtomicBegin(LOCK, span, OPEN))
    _mark(low, Mark.LOCK, span)
    return Nothing()


def read_unlock(low: Lowering, _c: Cursor, span: Span) -> Value:
    """Lower rcu_read_unlock(): part of the step before it.

    Theorem: a run in which a section ends later is one in which it ends with its last access: nothing of the section
    is left to happen, and the only condition on sections, that of a waiting CPU, gets weaker when they end.
    """
    _mark(low, Mark.UNLOCK, span)
    return Nothing()


def synchronize(low: Lowering, _c: Cursor, span: Span) -> Value:
    """Lower synchronize_rcu(): it begins in one step, and goes on in another."""
    if low.role.is_predicate:
        raise reject(span, f"a synchronize_rcu() in {low.role.what}", "move it into an ACTOR")
    if low.atomic:
        raise reject(span, "a synchronize_rcu() in the middle of a step", "call it outside of ATOMICALLY and WAIT")
    if low.role.is_actor:
        for mark in (Mark.START, Mark.WAIT):
            add(low, AtomicBegin(SYNCHRONIZE, span, OPEN))
            _mark(low, mark, span)
    return Nothing()
