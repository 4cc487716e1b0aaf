"""Rules over the finished graphs: what an ASSUME may mention, and that no plain access races."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from verify.frontend.cells import accesses
from verify.program.errors import reject
from verify.program.program import (
    Access,
    Actor,
    Assign,
    AtomicBegin,
    Draw,
    Fresh,
    Guard,
    GuardKind,
    Marking,
    Node,
    Routine,
    successors,
)
from verify.term.semantics import evaluate, mask, to_signed
from verify.term.term import Op, Term, postorder, symbols

_SAMPLES = 4096


def refuse_races(actors: Sequence[Actor], written: Sequence[str]) -> None:
    """Raise InputError for a plain access in an actor to a cell that some actor writes."""
    for access in accesses(a.body for a in actors):
        if access.marking is Marking.PLAIN and access.cell in written:
            raise reject(
                access.span,
                f"data race: a plain {access.operation} of '{access.cell}', which other CPUs may write",
                "use READ_ONCE, WRITE_ONCE or an atomic operation",
            )


def refuse_hindsight(actors: Iterable[Actor]) -> None:
    """Raise InputError for an ASSUME that could undo an access that has happened.

    Before an actor's first access an ASSUME guards the actor's first step. Later it may mention only values drawn by
    ANY since the last access, so that some choice always goes on.
    """
    for actor in actors:
        for index, drawn in _drawn_since_access(actor.body).items():
            node = actor.body.nodes[index]
            if isinstance(node, Guard) and node.kind is GuardKind.ASSUME and drawn is not None:
                _check_guard(node, drawn)


_Drawn = dict[str, Draw] | None
"""The locals drawn since the last scheduling point on every path here; None where no path has passed one."""


def _check_guard(guard: Guard, drawn: dict[str, Draw]) -> None:
    mentioned = [s.name for s in symbols((guard.condition,))]
    late = [n for n in mentioned if n not in drawn]
    if late:
        raise reject(
            guard.span,
            f"an ASSUME after an access that mentions '{late[0]}': an assumption must not undo an access",
            "assume before the first access, or branch on the condition",
        )
    if not _has_witness(guard.condition, [drawn[n] for n in mentioned]):
        raise reject(
            guard.span,
            "an ASSUME after an access that no value found satisfies: an assumption must not undo an access",
            "widen the range of ANY",
        )


def _has_witness(condition: Term, draws: list[Draw]) -> bool:
    """Return whether some choice of the drawn values satisfies a condition; tries the constants in it."""
    widths = {s.name: s.width for s in symbols((condition,))}
    constants = {t.number + d for t in postorder((condition,)) if t.op is Op.CONST for d in (-1, 0, 1)}
    choices: list[dict[str, int]] = [{}]
    for d in draws:
        width = widths[d.target]
        near = {c for n in constants for c in (n, to_signed(n & mask(width), width)) if d.low <= c <= d.high}
        values = sorted({d.low, d.high} | near)
        choices = [{**c, d.target: v & mask(width)} for c in choices for v in values][:_SAMPLES]
    return any(evaluate(condition, c) for c in choices)


def _drawn_since_access(routine: Routine) -> dict[int, _Drawn]:
    """Return, for each node, what has been drawn before it (see ``_Drawn``); a forward analysis over all paths."""
    before: dict[int, _Drawn] = {0: None}
    work = [0]
    while work:
        index = work.pop()
        node = routine.nodes[index]
        after = _after(node, before[index])
        for target in successors(node):
            joined = _join(before[target], after) if target in before else after
            if target not in before or joined != before[target]:
                before[target] = joined
                work.append(target)
    return before


def _after(node: Node, drawn: _Drawn) -> _Drawn:
    if (isinstance(node, Access) and not node.inside_atomic) or isinstance(node, AtomicBegin):
        return {}
    if drawn is None:
        return None
    if isinstance(node, Draw):
        return {**drawn, node.target: node}
    if isinstance(node, Assign | Fresh):
        return {k: v for k, v in drawn.items() if k != node.target}
    return drawn


def _join(a: _Drawn, b: _Drawn) -> _Drawn:
    """Where some path has passed an access, only what every such path has drawn counts.

    A path that has passed none constrains nothing there: a local that it mentions is refused because of the others.
    """
    if a is None or b is None:
        return b if a is None else a
    return {k: v for k, v in a.items() if b.get(k) == v}
