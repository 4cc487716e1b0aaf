"""Read-side sections of RCU and grace periods, as ghosts, steps and waits of the finished graphs.

A CPU that enters a section counts itself in ``rcu.readers.E``, where E is the value of ``rcu.epoch`` then, and
remembers that in one of two locals: summed over the CPUs, they are what the counts must be. A grace period flips the
epoch at its start and waits until ``rcu.readers.E`` of the old epoch is 0. ``rcu.waiting`` says that one is in
progress; nothing depends on it, but lemmas may speak of it.

Theorem: while at most one CPU at a time is between the start and the end of synchronize_rcu(), it goes on exactly
when every CPU that was inside a section at its start has left it. At the start, nobody is counted for the epoch that
begins: whoever was counted there entered before the previous flip, and the previous wait has ended. So all CPUs
inside are counted for the old epoch. Nobody who enters later is, until the next start.

That at most one CPU waits is a condition on the specification's text, and every other one is refused: with two, the
later one would have to wait for readers that the earlier one need not wait for, and two counts cannot tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from verify.frontend.rcu import LOCK, SYNCHRONIZE, Mark, marker
from verify.frontend.state import built_in_property, unique
from verify.program.errors import reject
from verify.program.graph import from_entry, renumber
from verify.program.program import (
    LEDGER_FITS,
    Actor,
    Assign,
    AtomicBegin,
    Check,
    Ghost,
    GhostAssign,
    Guard,
    GuardKind,
    Kind,
    Local,
    Node,
    Routine,
    Stop,
    successors,
)
from verify.term.build import FALSE, TRUE, bvadd, bvnot, bvsub, bvule, const, eq, ite, symbol, zext
from verify.term.source import Span

if TYPE_CHECKING:
    from verify.frontend.state import World
    from verify.term.term import Term

_COUNT: Final = 32
"""Bits of a count of readers: CPUS(max) fits an int."""

_BALANCE: Final = "call rcu_read_lock() and rcu_read_unlock() in pairs, on every path"


@dataclass(frozen=True, slots=True)
class Sections:
    """The ghosts of a program with grace periods, and the locals that say for which epoch a CPU of one actor counts."""

    epoch: str
    waiting: str
    readers: tuple[str, str]
    mine: tuple[Local, Local]


def settle_sections(world: World, actors: Sequence[Actor]) -> list[Actor]:
    """Return the actors with their marks replaced; without any grace period sections mean nothing and vanish.

    Raises InputError where a section is entered or left on some paths only, and where two CPUs could wait at once.
    """
    waiting = [(a, span) for a in actors if (span := _first_wait(a)) is not None]
    if not waiting:
        return [replace(a, body=without_sections(a.name, a.body)) for a in actors]
    _refuse_second_waiter(waiting)
    span = waiting[0][1]
    names = ("rcu.epoch", "rcu.waiting", "rcu.readers.0", "rcu.readers.1")
    epoch, flag, *readers = (unique(world, name) for name in names)
    for name in (epoch, flag):
        world.ghosts[name] = Ghost(name, 1, Kind.BOOL, 0, span)
    for name in readers:
        world.ghosts[name] = Ghost(name, _COUNT, Kind.UNSIGNED, 0, span)
    built_in_property(world, LEDGER_FITS, span)
    settled: list[Actor] = []
    for actor in actors:
        mine = tuple(
            Local(unique(world, f"{actor.name}.rcu.inside.{e}"), 1, Kind.BOOL, f"rcu.inside.{e}") for e in (0, 1)
        )
        sections = Sections(epoch, flag, (readers[0], readers[1]), (mine[0], mine[1]))
        settled.append(replace(actor, body=_with_sections(actor, sections)))
    return settled


def _first_wait(actor: Actor) -> Span | None:
    nodes = actor.body.nodes
    return next((n.span for n in nodes if isinstance(n, AtomicBegin) and n.operation == SYNCHRONIZE), None)


def _refuse_second_waiter(waiting: Sequence[tuple[Actor, Span]]) -> None:
    for actor, span in waiting:
        if 1 not in (actor.limit, actor.max_entries):
            what = f"synchronize_rcu() in actor '{actor.name}', in which several CPUs can be at once"
            raise reject(span, what, f"one waiter at a time is modelled: write ACTOR_LIMIT(1, {actor.name})")
    if len(waiting) > 1:
        what = f"synchronize_rcu() in actor '{waiting[1][0].name}', and in '{waiting[0][0].name}' too"
        raise reject(waiting[1][1], what, "one waiter at a time is modelled: put both into one ACTOR_LIMIT(1, …)")


def without_sections(owner: str, body: Routine) -> Routine:
    """Return a routine in which read-side sections mean nothing. Raises InputError where they are not balanced."""
    depths = _depths(owner, body)
    if depths is None:
        return body

    def replaced(_index: int, node: Node) -> tuple[Node, ...]:
        gone = _mark_of(owner, node) is not None or (isinstance(node, AtomicBegin) and node.operation == LOCK)
        return () if gone else (node,)

    return _rewritten(body, owner, replaced)


def _with_sections(actor: Actor, sections: Sections) -> Routine:
    depths = _depths(actor.name, actor.body)
    if depths is None:
        return actor.body

    def replaced(index: int, node: Node) -> tuple[Node, ...]:
        mark, depth = _mark_of(actor.name, node), depths[index]
        outermost = (mark is Mark.LOCK and depth == 0) or (mark is Mark.UNLOCK and depth == 1)
        if isinstance(node, Stop) and depth:
            # A CPU that dies in a BUG_ON leaves its section, as the kernel's exit_rcu() does.
            return (*_counted(sections, node.span, enters=False), node)
        if isinstance(node, AtomicBegin) and node.operation == LOCK and depth:
            return ()
        if mark in (Mark.LOCK, Mark.UNLOCK) and not outermost:
            return ()
        match mark:
            case Mark.LOCK:
                epoch = symbol(sections.epoch, 1)
                first, second = (v.name for v in sections.mine)
                remembered = (Assign(first, bvnot(epoch), node.span, 0), Assign(second, epoch, node.span, 0))
                return (*remembered, *_counted(sections, node.span, enters=True))
            case Mark.UNLOCK:
                return _counted(sections, node.span, enters=False)
            case Mark.START:
                flipped = bvnot(symbol(sections.epoch, 1))
                return (_set(sections.epoch, flipped, node.span), _set(sections.waiting, TRUE, node.span))
            case Mark.WAIT:
                text = "synchronize_rcu(): every CPU that was inside a read-side section has left it"
                drained = Guard(GuardKind.WAIT, _drained(sections), text, node.span, 0)
                return (drained, _set(sections.waiting, FALSE, node.span))
            case None:
                return (node,)

    body = _rewritten(actor.body, actor.name, replaced)
    return replace(body, locals=(*body.locals, *sections.mine))


def _counted(sections: Sections, span: Span, *, enters: bool) -> tuple[Node, ...]:
    """Return the nodes that count this CPU in, or out, for the epoch in which it entered."""
    nodes: list[Node] = []
    for name, mine in zip(sections.readers, sections.mine, strict=True):
        readers, one = symbol(name, _COUNT), zext(symbol(mine.name, 1), _COUNT)
        new = bvadd(readers, one) if enters else bvsub(readers, one)
        fits = bvule(readers, new) if enters else bvule(new, readers)
        nodes += [Check(LEDGER_FITS, fits, span, 0), GhostAssign(name, new, span, 0)]
    return tuple(nodes)


def _set(ghost: str, value: Term, span: Span) -> Node:
    return GhostAssign(ghost, value, span, 0)


def _drained(sections: Sections) -> Term:
    zero = const(0, _COUNT)
    first, second = (eq(symbol(name, _COUNT), zero) for name in sections.readers)
    return ite(symbol(sections.epoch, 1), first, second)


def _mark_of(owner: str, node: Node) -> Mark | None:
    return Mark(node.value.number) if isinstance(node, Assign) and node.target == marker(owner) else None


def _depths(owner: str, body: Routine) -> dict[int, int] | None:
    """Return how many sections are open before each node that is reached, or None where there is no mark."""
    if all(v.name != marker(owner) for v in body.locals):
        return None
    depths = {0: 0}
    work = [0]
    while work:
        index = work.pop()
        node = body.nodes[index]
        after = depths[index] + _change(owner, node, depths[index])
        for target in successors(node):
            if target not in depths:
                depths[target] = after
                work.append(target)
            elif depths[target] != after:
                what = "a read-side section is open on some paths to this place, and not on others"
                raise reject(body.nodes[target].span, what, _BALANCE)
    return depths


def _change(owner: str, node: Node, depth: int) -> int:
    match _mark_of(owner, node):
        case Mark.LOCK:
            return 1
        case Mark.UNLOCK:
            if not depth:
                raise reject(node.span, "rcu_read_unlock() outside of a read-side section", _BALANCE)
            return -1
        case Mark.START | Mark.WAIT | None:
            if isinstance(node, Stop) and not node.bug and depth:
                raise reject(node.span, "the end of a routine inside a read-side section", _BALANCE)
            return 0


def _rewritten(body: Routine, owner: str, replaced: Callable[[int, Node], tuple[Node, ...]]) -> Routine:
    """Return the routine with each node replaced by a chain of nodes; where a chain is empty, the next one is."""
    nodes = list(body.nodes)
    passed_over: dict[int, int] = {}
    for index, old in enumerate(body.nodes):
        chain = replaced(index, old)
        if not chain:
            passed_over[index] = successors(old)[0]
            continue
        places = [index, *range(len(nodes), len(nodes) + len(chain) - 1)]
        nodes += chain[1:]
        for place, after, node in zip(places, (*places[1:], *successors(old)[:1]), chain, strict=False):
            nodes[place] = node if node is old else renumber(node, {0: after})
        nodes[places[-1]] = _last(chain[-1], old)
    number = {i: _landing(body, passed_over, i) for i in range(len(nodes))}
    kept = tuple(v for v in body.locals if v.name != marker(owner))
    return Routine(from_entry([renumber(node, number) for node in nodes], number[0]), kept)


def _last(node: Node, old: Node) -> Node:
    return node if node is old else renumber(node, {0: successors(old)[0]})


def _landing(body: Routine, passed_over: dict[int, int], index: int) -> int:
    """Return the first node from ``index`` on that stays."""
    start = index
    while index in passed_over:
        index = passed_over[index]
        if index == start:
            what = "an endless loop that only enters and leaves read-side sections"
            raise reject(body.nodes[start].span, what, "let the loop make an access, or use WAIT(cond)")
    return index
