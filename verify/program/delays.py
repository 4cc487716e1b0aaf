"""A program whose CPUs may be delayed wherever a call or a return of the code under proof may be.

A step takes ghost code along with a shared access, so that a call happens in the moment of its first access and a
return in that of its last one. For properties nothing is lost by that. A history of calls and returns is another
matter: what another program did with an access in between, this one can only do if its CPUs may be late, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verify.program.flow import is_scheduling_point
from verify.program.program import Access, AtomicBegin, Draw, Guard, Program, Routine, Stop, successors


def with_delays(program: Program) -> Program:
    """Return the program with a scheduling point where actors begin and end, after accesses, and before each ANY.

    Its runs include those of the program. Other ghost code stays in one piece. Before the end, there is no new point
    in what follows an ATOMICALLY block or a WAIT, and none between an access and a guard behind it: the access happens
    only if that holds.
    """
    actors = tuple(replace(actor, body=_delayed(actor.body)) for actor in program.actors)
    return replace(program, actors=actors)


def _delayed(body: Routine) -> Routine:
    ends = {index for index, node in enumerate(body.nodes) if isinstance(node, Stop)}
    at = sorted({0, *ends, *(index for index in _wanted(body) if _allowed(body, index))})
    nodes = list(body.nodes)
    for index in at:
        # The point at which an actor begins is passed by the step that enters it, so that one more is needed there.
        if index == 0 or not is_scheduling_point(body.nodes[index]):
            # Every edge to the node now meets the new point first.
            nodes.append(body.nodes[index])
            nodes[index] = AtomicBegin("delay", body.nodes[index].span, len(nodes) - 1)
    return Routine(tuple(nodes), body.locals)


def _wanted(body: Routine) -> frozenset[int]:
    found = {index for index, node in enumerate(body.nodes) if isinstance(node, Draw)}
    for node in body.nodes:
        if isinstance(node, Access) and not node.inside_atomic:
            found.add(node.next)
    return frozenset(found)


def _allowed(body: Routine, index: int) -> bool:
    begins = (node.next for node in body.nodes if isinstance(node, AtomicBegin))
    if any(index in _until_point(body, begin) for begin in begins):
        return False
    return not any(isinstance(body.nodes[node], Guard) for node in _until_point(body, index))


def _until_point(body: Routine, start: int) -> Iterator[int]:
    """Yield the nodes that may run from ``start`` on before the next scheduling point."""
    seen: set[int] = set()
    left = [start]
    while left:
        index = left.pop()
        if index not in seen and not is_scheduling_point(body.nodes[index]):
            seen.add(index)
            yield index
            left += successors(body.nodes[index])
