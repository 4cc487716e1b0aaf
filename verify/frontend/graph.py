"""Building one control-flow graph: nodes are emitted in order, labels join and split the flow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from verify.program.errors import reject
from verify.program.graph import from_entry, reached_from
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
    Local,
    Node,
    Routine,
    Stop,
)
from verify.term.build import FALSE, TRUE
from verify.term.source import Span
from verify.term.term import Op, Term

_ENTRY = -1
OPEN = -1
"""The successor of a node whose successor is not known yet."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The successor field ``slot`` of node ``node``; node -1 stands for the entry."""

    node: int
    slot: str


@dataclass(slots=True, eq=False)
class Label:
    """A place that control goes to. ``index`` is known once a node stands there."""

    index: int | None = None
    waiting: list[Edge] = field(default_factory=list)


@dataclass(slots=True)
class Graph:
    """A graph under construction. ``dangling`` are the edges to whatever is emitted next; none: not reached."""

    nodes: list[Node] = field(default_factory=list)
    locals: list[Local] = field(default_factory=list)
    dangling: list[Edge] = field(default_factory=lambda: [Edge(_ENTRY, "next")])
    open: list[Label] = field(default_factory=list)
    entry: int = _ENTRY


def alive(graph: Graph) -> bool:
    """Return whether anything emitted now could run."""
    return bool(graph.dangling)


def emit(graph: Graph, node: Node) -> None:
    """Append a node behind the dangling edges. A Branch leaves nothing dangling; use ``branch``."""
    index = len(graph.nodes)
    graph.nodes.append(node)
    for edge in graph.dangling:
        _patch(graph, edge, index)
    for label in graph.open:
        label.index = index
    graph.open.clear()
    graph.dangling = [Edge(index, "next")] if not isinstance(node, Branch | Stop) else []


def _patch(graph: Graph, edge: Edge, index: int) -> None:
    if edge.node == _ENTRY:
        graph.entry = index
        return
    node = graph.nodes[edge.node]
    match node:
        case Branch():
            graph.nodes[edge.node] = (
                replace(node, then=index) if edge.slot == "then" else replace(node, otherwise=index)
            )
        case Stop():
            raise AssertionError("a Stop has no successor")
        case Assign() | GhostAssign() | Draw() | Fresh() | Guard() | Check() | Access() | AtomicBegin():
            graph.nodes[edge.node] = replace(node, next=index)


def jump(graph: Graph, label: Label, span: Span) -> None:
    """Send the dangling edges to a label."""
    if label.index is not None:
        for edge in graph.dangling:
            _patch(graph, edge, label.index)
    elif label in graph.open and graph.dangling:
        raise reject(span, "an endless loop that does nothing", "let the loop make an access, or use WAIT(cond)")
    else:
        label.waiting.extend(graph.dangling)
    graph.dangling = []


def place(graph: Graph, label: Label) -> None:
    """Let a label stand before the next node."""
    graph.dangling.extend(label.waiting)
    label.waiting = []
    graph.open.append(label)


def revive(graph: Graph, span: Span) -> None:
    """Let the next node be one that only a later jump backwards can reach, if nothing reaches it now."""
    if not graph.dangling:
        emit(graph, Branch(TRUE, span, OPEN, OPEN))
        index = len(graph.nodes) - 1
        graph.dangling = [Edge(index, "then"), Edge(index, "otherwise")]


def branch(graph: Graph, condition: Term, then: Label, otherwise: Label, span: Span) -> None:
    """Go to one of two labels; no node is made for a constant condition."""
    if condition is TRUE or condition is FALSE:
        jump(graph, then if condition is TRUE else otherwise, span)
        return
    if condition.op is Op.NOT:
        condition, then, otherwise = condition.args[0], otherwise, then
    emit(graph, Branch(condition, span, OPEN, OPEN))
    index = len(graph.nodes) - 1
    for label, slot in ((then, "then"), (otherwise, "otherwise")):
        graph.dangling = [Edge(index, slot)]
        jump(graph, label, span)


def finish(graph: Graph, span: Span) -> Routine:
    """Return the routine: entry first, nodes that no path reaches dropped, the rest in the order of emission."""
    if graph.dangling or graph.open:
        emit(graph, Stop(bug=False, span=span))
    if any(index < 0 for index in reached_from(graph.nodes, graph.entry)):
        raise reject(span, "a jump that leads nowhere", "give the label a statement that is reached")
    return Routine(from_entry(graph.nodes, graph.entry), tuple(graph.locals))
