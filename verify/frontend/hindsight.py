"""Assumptions after an access: what an ASSUME may mention, and that some choice of ANY always goes on.

An assumption must never undo an access in hindsight, and no CPU may get stuck at one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from verify.frontend.witness import Range, find_witness
from verify.program.errors import InputError, reject
from verify.program.flow import is_scheduling_point, read_locals
from verify.program.graph import renumber
from verify.program.knobs import knob_of
from verify.program.program import (
    Access,
    Actor,
    Assign,
    AtomicBegin,
    Branch,
    Check,
    Draw,
    Fresh,
    GhostAssign,
    Guard,
    GuardKind,
    Node,
    Routine,
    Stop,
    successors,
)
from verify.term.term import symbols

_BEFORE, _BEGUN, _AFTER = range(3)
_ADVICE: Final = "assume before the first access, or branch on the condition"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A local that holds what ANY drew: its range, whether no access came since, and whether anything read it."""

    low: int
    high: int
    recent: bool
    read: bool


@dataclass(frozen=True, slots=True)
class _Here:
    """What holds at a node on every path: the phase of the actor, and which locals hold drawn values.

    The phase is _BEFORE the actor's first scheduling point, _BEGUN in an ATOMICALLY or WAIT that is its first one and
    has made no access yet, else _AFTER.
    """

    phase: int
    drawn: dict[str, _Drawn]


def settle_assumptions(actor: Actor) -> Actor:
    """Return the actor with every assumption a guard of its first step or one that some choice of ANY satisfies.

    A value that was drawn before the last access and read by nothing since is drawn again right before the ASSUME
    that mentions it; as nothing depended on the old value, the behaviours are the same.

    Raises InputError for an ASSUME after an access that mentions anything else, and where no joint choice for all
    assumptions of a segment (the code from one scheduling point to the next) is found.
    """
    body = actor.body
    before = _forward(body)
    for index, node in enumerate(actor.body.nodes):
        if isinstance(node, Guard) and _is_late(node, before.get(index)):
            stale = _stale(node, before[index])
            if stale:
                body = _with_draws(body, index, stale)
                before = _forward(body)
    for start, node in enumerate(body.nodes):
        if start in before and is_scheduling_point(node):
            _require_choice(body, start, before)
    return replace(actor, body=body)


def _is_late(node: Node, here: _Here | None) -> bool:
    return isinstance(node, Guard) and node.kind is GuardKind.ASSUME and here is not None and here.phase == _AFTER


def _stale(guard: Guard, here: _Here) -> list[tuple[str, _Drawn]]:
    """Return the values to draw again before a late guard. Raises InputError for what it may not mention."""
    result: list[tuple[str, _Drawn]] = []
    for name in sorted({s.name for s in symbols((guard.condition,))}):
        if (knob := knob_of(name)) is not None:
            raise _hindsight(guard, f'mentions KNOB("{knob}")', "branch on the KNOB, and assume in each branch")
        drawn = here.drawn.get(name)
        if drawn is None or (drawn.read and not drawn.recent):
            raise _hindsight(guard, f"mentions '{name}'", _ADVICE)
        if not drawn.recent:
            result.append((name, drawn))
    return result


def _hindsight(guard: Guard, what: str, advice: str) -> InputError:
    message = f"an ASSUME after an access that {what}: an assumption must not undo an access"
    return reject(guard.span, message, advice)


def _with_draws(routine: Routine, index: int, values: list[tuple[str, _Drawn]]) -> Routine:
    """Return a routine that draws values before node ``index``, on every way to it."""
    nodes = list(routine.nodes)
    span, target = nodes[index].span, index
    for name, drawn in values:
        nodes.append(Draw(name, drawn.low, drawn.high, span, target))
        target = len(nodes) - 1
    number = {n: n for n in range(len(nodes))} | {index: target}
    moved = [renumber(node, number) for node in nodes[: len(routine.nodes)]]
    return replace(routine, nodes=(*moved, *nodes[len(routine.nodes) :]))


def _forward(routine: Routine) -> dict[int, _Here]:
    """Return what holds before each node that is reached; a forward analysis over all paths."""
    before: dict[int, _Here] = {0: _Here(_BEFORE, {})}
    work = [0]
    while work:
        index = work.pop()
        after = _after(routine.nodes[index], before[index])
        for target in successors(routine.nodes[index]):
            joined = _join(before[target], after) if target in before else after
            if target not in before or joined != before[target]:
                before[target] = joined
                work.append(target)
    return before


def _after(node: Node, here: _Here) -> _Here:
    used = read_locals(node, frozenset(here.drawn))
    drawn = {k: replace(v, read=True) if k in used else v for k, v in here.drawn.items()}
    match node:
        case Draw():
            return _Here(here.phase, {**drawn, node.target: _Drawn(node.low, node.high, recent=True, read=False)})
        case Assign() | Fresh():
            drawn.pop(node.target, None)
            return _Here(here.phase, drawn)
        case Access() | AtomicBegin():
            first = here.phase == _BEFORE and isinstance(node, AtomicBegin)
            return _Here(_BEGUN if first else _AFTER, {k: replace(v, recent=False) for k, v in drawn.items()})
        case GhostAssign() | Guard() | Check() | Branch() | Stop():
            return _Here(here.phase, drawn)


def _join(a: _Here, b: _Here) -> _Here:
    drawn: dict[str, _Drawn] = {}
    for name, one in a.drawn.items():
        two = b.drawn.get(name)
        if two is not None and (one.low, one.high) == (two.low, two.high):
            drawn[name] = _Drawn(one.low, one.high, one.recent and two.recent, one.read or two.read)
    return _Here(max(a.phase, b.phase), drawn)


def _segment(routine: Routine, start: int) -> Iterator[Node]:
    """Yield the nodes that run behind a scheduling point in the same step, in the order of their numbers."""
    reached: set[int] = set()
    work = list(successors(routine.nodes[start]))
    while work:
        index = work.pop()
        if index in reached or is_scheduling_point(routine.nodes[index]):
            continue
        reached.add(index)
        work.extend(successors(routine.nodes[index]))
    return (routine.nodes[index] for index in sorted(reached))


def _require_choice(routine: Routine, start: int, before: dict[int, _Here]) -> None:
    """Raise InputError unless one choice of the drawn values satisfies all late assumptions of a segment.

    Theorem: let every ANY of a local draw the same value, one in the range of each, such that every late guard of the
    segment holds. Then no late guard blocks, whatever the branches taken and everything else hold.
    """
    nodes = list(_segment(routine, start))
    late_at = {id(routine.nodes[i]) for i, here in before.items() if _is_late(routine.nodes[i], here)}
    guards = [n for n in nodes if isinstance(n, Guard) and id(n) in late_at]
    if not guards:
        return
    mentioned = {s.name: s.width for s in symbols(g.condition for g in guards)}
    for node in nodes:
        waits = isinstance(node, Guard) and node.kind is GuardKind.WAIT
        if waits and read_locals(node, frozenset(mentioned)):
            raise _hindsight(guards[0], "mentions what a WAIT of the same step reads", _ADVICE)
    ranges = {name: _common_range(nodes, name, width) for name, width in mentioned.items()}
    if not find_witness([g.condition for g in guards], ranges):
        raise _hindsight(
            guards[-1],
            "no value found satisfies, together with the other assumptions of its step",
            "widen the range of ANY, use another variable for each ANY, or give ANY the range that is meant",
        )


def _common_range(nodes: list[Node], name: str, width: int) -> Range:
    draws = [n for n in nodes if isinstance(n, Draw) and n.target == name]
    return Range(max(d.low for d in draws), min(d.high for d in draws), width)
