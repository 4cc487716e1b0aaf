"""Control-flow graphs with other numbers: which nodes are reached, and in which order they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

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
    Stop,
    successors,
)


def reached_from(nodes: Sequence[Node], entry: int) -> set[int]:
    """Return the indices that control reaches, those of jumps that lead nowhere (negative ones) among them."""
    reached: set[int] = set()
    stack = [entry]
    while stack:
        index = stack.pop()
        if index not in reached:
            reached.add(index)
            stack.extend(successors(nodes[index]) if index >= 0 else ())
    return reached


def from_entry(nodes: Sequence[Node], entry: int) -> tuple[Node, ...]:
    """Return the nodes that are reached from ``entry``: that one first, the others in their order."""
    reached = reached_from(nodes, entry)
    order = [entry, *sorted(reached - {entry})]
    number = {old: new for new, old in enumerate(order)}
    return tuple(renumber(nodes[i], number) for i in order)


def renumber(node: Node, number: Mapping[int, int]) -> Node:
    """Return a node whose successors are renamed."""
    match node:
        case Branch():
            return replace(node, then=number[node.then], otherwise=number[node.otherwise])
        case Stop():
            return node
        case Assign() | GhostAssign() | Draw() | Fresh() | Guard() | Check() | Access() | AtomicBegin():
            return replace(node, next=number[node.next])
