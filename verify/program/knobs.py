"""KNOB: programs in which the values of the knobs are open, and what they are with values.

An open program mentions each knob as a symbol of width 1. Giving values replaces the symbols by constants and drops
the nodes that control can then no longer reach, so that what follows never sees the knob.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from verify.program.errors import reject
from verify.program.graph import from_entry, renumber
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
    Predicate,
    Program,
    Routine,
    Stop,
)
from verify.term.build import FALSE, TRUE, substitute, symbol
from verify.term.term import Term

_SYMBOL: Final = "knob:"


def knob_symbol(knob: str) -> Term:
    """Return the symbol (width 1) that stands for a knob whose value is open. No variable of C has its name."""
    return symbol(f"{_SYMBOL}{knob}", 1)


def knob_of(name: str) -> str | None:
    """Return the id of the knob that a symbol of this name stands for; None for any other symbol."""
    return name.removeprefix(_SYMBOL) if name.startswith(_SYMBOL) else None


def open_knobs(program: Program) -> tuple[str, ...]:
    """Return the ids of the knobs whose values are open, sorted."""
    return tuple(knob.id for knob in program.knobs if knob.on is None)


def with_knobs(program: Program, on: Collection[str]) -> Program:
    """Return an open program with the knobs ``on`` switched on, all others off.

    Raises InputError for an id that the program has no KNOB of.
    """
    names = [knob.id for knob in program.knobs]
    for name in sorted(on):
        if name not in names:
            raise reject(None, f"{program.name} has no KNOB '{name}'", _advice(name, names))
    if not names:
        return program
    values = {knob_symbol(name): TRUE if name in on else FALSE for name in names}
    actors = tuple(replace(a, body=_settled(a.body, values)) for a in program.actors)
    stores = {n.cell for a in actors for n in a.body.nodes if isinstance(n, Access) and n.stores is not FALSE}
    return replace(
        program,
        init=_settled(program.init, values),
        actors=actors,
        properties=tuple(
            p if p.predicate is None else replace(p, predicate=_predicate(p.predicate, values))
            for p in program.properties
        ),
        lemmas=tuple(replace(x, predicate=_predicate(x.predicate, values)) for x in program.lemmas),
        written=tuple(sorted(stores)),
        knobs=tuple(replace(knob, on=knob.id in on) for knob in program.knobs),
    )


def _advice(name: str, names: Sequence[str]) -> str:
    if not names:
        return 'it has none; write KNOB("id") in a condition'
    near = difflib.get_close_matches(name, names, 1)
    listed = ", ".join(names)
    return f"did you mean {near[0]}? there are: {listed}" if near else f"there are: {listed}"


def _predicate(predicate: Predicate, values: Mapping[Term, Term]) -> Predicate:
    return replace(predicate, body=_settled(predicate.body, values))


def _settled(routine: Routine, values: Mapping[Term, Term]) -> Routine:
    """Return a routine with values for knobs: no branch on a constant is left, nor what only it led to."""
    nodes = tuple(_with_values(node, values) for node in routine.nodes)
    number = {index: _landing(nodes, index) for index in range(len(nodes))}
    return replace(routine, nodes=from_entry([renumber(node, number) for node in nodes], number[0]))


def _landing(nodes: Sequence[Node], index: int) -> int:
    """Return where control goes on from ``index``: behind every branch on a constant, unless they go in a circle."""
    seen: set[int] = set()
    while index not in seen:
        seen.add(index)
        node = nodes[index]
        if not isinstance(node, Branch) or (node.condition is not TRUE and node.condition is not FALSE):
            break
        index = node.then if node.condition is TRUE else node.otherwise
    return index


def _with_values(node: Node, values: Mapping[Term, Term]) -> Node:
    match node:
        case Assign() | GhostAssign():
            return replace(node, value=substitute(node.value, values))
        case Guard() | Check() | Branch():
            return replace(node, condition=substitute(node.condition, values))
        case Access():
            return replace(node, stores=substitute(node.stores, values), new=substitute(node.new, values))
        case Draw() | Fresh() | AtomicBegin() | Stop():
            return node
