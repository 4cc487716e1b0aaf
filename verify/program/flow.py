"""Facts about a routine's control-flow graph: scheduling points, live locals, visiting order."""

from __future__ import annotations

from verify.program.program import (
    Access,
    Assign,
    AtomicBegin,
    Branch,
    Check,
    Draw,
    Fresh,
    GhostAssign,
    Guard,
    Node,
    Routine,
    Stop,
    successors,
)
from verify.term.term import Term, symbols


def is_scheduling_point(node: Node) -> bool:
    """Tell whether a CPU can be suspended just before this node."""
    return (isinstance(node, Access) and not node.inside_atomic) or isinstance(node, AtomicBegin)


def scheduling_points(routine: Routine) -> tuple[int, ...]:
    """Return the indices of the nodes before which a CPU can be suspended, ascending."""
    return tuple(i for i, node in enumerate(routine.nodes) if is_scheduling_point(node))


def _read_terms(node: Node) -> tuple[Term, ...]:
    match node:
        case Assign() | GhostAssign():
            return (node.value,)
        case Guard() | Check() | Branch():
            return (node.condition,)
        case Access():
            return (node.stores, node.new)
        case Draw() | Fresh() | AtomicBegin() | Stop():
            return ()


def _defined(node: Node) -> str | None:
    match node:
        case Assign() | Draw() | Fresh():
            return node.target
        case Access():
            return node.old
        case GhostAssign() | Guard() | Check() | AtomicBegin() | Branch() | Stop():
            return None


def read_locals(node: Node, names: frozenset[str]) -> frozenset[str]:
    """Return which of these locals the node reads before it sets any."""
    used = {s.name for s in symbols(_read_terms(node))} & names
    if isinstance(node, Access):
        used.discard(node.old)
    return frozenset(used)


def live_locals(routine: Routine) -> tuple[frozenset[str], ...]:
    """Return, per node, the names of the locals whose value just before it may still be read.

    The usual backward data-flow analysis (Kildall 1973), iterated to its least fixed point.
    """
    names = frozenset(local.name for local in routine.locals)
    used = [read_locals(node, names) for node in routine.nodes]
    killed = [frozenset({_defined(node)} - {None}) for node in routine.nodes]
    live: list[frozenset[str]] = [frozenset() for _ in routine.nodes]
    changed = True
    while changed:
        changed = False
        for i in reversed(range(len(routine.nodes))):
            out = frozenset[str]().union(*(live[j] for j in successors(routine.nodes[i])))
            new = used[i] | (out - killed[i])
            if new != live[i]:
                live[i], changed = new, True
    return tuple(live)


def visiting_order(routine: Routine) -> tuple[int, ...]:
    """Return the rank of each node in a reverse postorder that puts loop bodies before loop exits."""
    rank = [len(routine.nodes)] * len(routine.nodes)
    finished: list[int] = []
    seen: set[int] = set()
    stack: list[tuple[int, bool]] = [(0, False)]
    while stack:
        index, done = stack.pop()
        if done:
            finished.append(index)
        elif index not in seen:
            seen.add(index)
            stack.append((index, True))
            # The exit of a loop is its condition's second successor. Popped first, it finishes
            # first and so ranks after the body.
            stack.extend((j, False) for j in successors(routine.nodes[index]) if j not in seen)
    for position, index in enumerate(reversed(finished)):
        rank[index] = position
    return tuple(rank)
