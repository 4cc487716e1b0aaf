"""Mutants of a program: one small change of one operation of the code under proof, wherever that code is inlined.

Orderings are not changed: no verdict depends on them. Nor are the actors of the lifecycle, ghost code, assumptions and
CHECKs: a spec that is changed says something else. A BUG_ON or WARN_ON of the code is code, its check and its branch
together. What a function returns straight from an operation is tested where it is called, and not changed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from verify.program.flow import read_locals
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
    HeaderOrigin,
    Node,
    Program,
    Property,
    PropertyKind,
    Routine,
    Stop,
    successors,
)
from verify.term.build import (
    FALSE,
    TRUE,
    bvadd,
    bvand,
    bvlshr,
    bvnot,
    bvor,
    bvshl,
    bvsle,
    bvslt,
    bvsub,
    bvule,
    bvult,
    const,
    eq,
    substitute,
    symbol,
)
from verify.term.show import show
from verify.term.source import Span
from verify.term.term import Op, Term, postorder


@dataclass(frozen=True, slots=True)
class Mutant:
    """A program in which the operation at ``span`` does something else; ``what`` says what, in C-like words.

    ``watched`` is the program as it was, with the property SAME, which is violated where the operation would do
    something else if it was changed; None for operations that change places.
    """

    span: Span
    what: str
    program: Program
    watched: Program | None


SAME: Final = "mutant-does-the-same"
"""The property of a watched program: the operation and its mutant never differ."""


@dataclass(frozen=True, slots=True)
class _Change:
    """Another node in place of one; nodes of the same code have the same changes, told apart by ``kind``."""

    kind: str
    what: str
    node: Node


_Place = tuple[int, int]
"""A routine (-1: INIT, else the number of an actor) and a node."""


def code_files(program: Program) -> frozenset[str]:
    """Return the files with the code under proof: those that hold no actor or, where there are none, all.

    Stand-ins of refproof are no code under proof.
    """
    ours = {source.name for source in program.sources if source.origin is HeaderOrigin.STAND_IN}
    files = {node.span.file for at in _routines(program).values() for node in at.nodes} - ours
    return frozenset(files - {actor.span.file for actor in program.actors} or files)


def mutants(program: Program) -> Iterator[Mutant]:
    """Yield the mutants of the code under proof, by place in the source."""
    files, routines = code_files(program), _routines(program)
    asserted = frozenset(p.id for p in program.properties if p.kind in {PropertyKind.BUG, PropertyKind.WARN})
    places: dict[tuple[Span, str], list[_Place]] = {}
    for number, routine in routines.items():
        for index, node in enumerate(routine.nodes):
            if node.span.file in files and (name := _family(node, asserted)):
                places.setdefault((node.span, name), []).append((number, index))
    for (span, _), copies in sorted(places.items(), key=lambda item: (*_position(item[0][0]), item[0][1])):
        yield from _changed(program, span, [(place, list(_changes(_node(routines, place)))) for place in copies])
        yield from _swapped(program, span, copies)


def _family(node: Node, asserted: frozenset[str]) -> str:
    """Return what is changed together at one place of the source; "" where nothing is."""
    match node:
        case Access():
            return "access"
        case Assign():
            return "assignment"
        case Branch():
            return "condition"
        case Check():
            return "condition" if node.property in asserted else ""
        case GhostAssign() | Draw() | Fresh() | Guard() | AtomicBegin() | Stop():
            return ""


def _position(span: Span) -> tuple[str, int, int]:
    return span.file, span.line, span.column


def _routines(program: Program) -> dict[int, Routine]:
    return {-1: program.init, **{i: actor.body for i, actor in enumerate(program.actors)}}


def _node(routines: Mapping[int, Routine], place: _Place) -> Node:
    return routines[place[0]].nodes[place[1]]


def _changed(program: Program, span: Span, copies: Sequence[tuple[_Place, list[_Change]]]) -> Iterator[Mutant]:
    """Yield a mutant for each change of the code at a place, made in every copy that allows it."""
    seen: set[tuple[tuple[_Place, Node], ...]] = set()
    for kind in dict.fromkeys(change.kind for _, changes in copies for change in changes):
        made = {place: change for place, changes in copies for change in changes if change.kind == kind}
        nodes = {place: change.node for place, change in made.items()}
        if (key := tuple(nodes.items())) not in seen:
            seen.add(key)
            what = next(iter(made.values())).what
            yield Mutant(span, what, _with_nodes(program, nodes), _watched(program, span, nodes))


def _with_nodes(program: Program, nodes: Mapping[_Place, Node]) -> Program:
    def routine(number: int, before: Routine) -> Routine:
        return replace(before, nodes=tuple(nodes.get((number, i), node) for i, node in enumerate(before.nodes)))

    actors = tuple(replace(actor, body=routine(i, actor.body)) for i, actor in enumerate(program.actors))
    return replace(program, init=routine(-1, program.init), actors=actors)


def _watched(program: Program, span: Span, nodes: Mapping[_Place, Node]) -> Program:
    """Return the program with a check at each changed node: does the change make a difference there?"""

    def routine(number: int, before: Routine) -> Routine:
        made = list(before.nodes)
        for index, node in enumerate(before.nodes):
            if (number, index) in nodes:
                same = _same(node, nodes[number, index])
                if isinstance(node, Access):
                    # Its terms may mention what it found, so the check comes behind it.
                    made[index] = replace(node, next=len(made))
                    made.append(Check(SAME, same, span, node.next))
                else:
                    made[index] = Check(SAME, same, span, len(made))
                    made.append(node)
        return replace(before, nodes=tuple(made))

    actors = tuple(replace(actor, body=routine(i, actor.body)) for i, actor in enumerate(program.actors))
    prop = Property(SAME, PropertyKind.CHECK, "the change makes no difference", span, None)
    properties = (*program.properties, prop)
    return replace(program, init=routine(-1, program.init), actors=actors, properties=properties)


def _same(node: Node, other: Node) -> Term:
    """Return where two nodes of one kind do the same (width 1)."""
    if isinstance(node, Branch | Check) and isinstance(other, Branch | Check):
        return eq(node.condition, other.condition)
    if isinstance(node, Assign) and isinstance(other, Assign):
        return eq(node.value, other.value)
    if isinstance(node, Access) and isinstance(other, Access):
        return bvand(eq(node.stores, other.stores), bvor(bvnot(node.stores), eq(node.new, other.new)))
    return FALSE


def _changes(node: Node) -> Iterator[_Change]:
    if isinstance(node, Branch | Check):
        negated = replace(node, condition=bvnot(node.condition))
        yield _Change("negated", f"condition {show(node.condition)} negated", negated)
        for kind, what, term in _terms(node.condition):
            yield _Change(kind, f"condition {what}", replace(node, condition=term))
    elif isinstance(node, Assign):
        same = symbol(node.target, node.value.width)
        if node.value is not same:
            yield _Change("dropped", f"{node.target} keeps its value", replace(node, value=same))
        for kind, what, term in _terms(node.value):
            yield _Change(kind, f"{node.target}: {what}", replace(node, value=term))
    elif isinstance(node, Access):
        yield from _accesses(node)


def _accesses(node: Access) -> Iterator[_Change]:
    if node.stores is not FALSE:
        yield _Change("no store", f"{node.operation} stores nothing", replace(node, stores=FALSE))
        for kind, what, term in _terms(node.new):
            yield _Change(f"new {kind}", f"{node.operation} stores {what}", replace(node, new=term))
    if node.stores not in (TRUE, FALSE):
        yield _Change("always", f"{node.operation} stores whatever it finds", replace(node, stores=TRUE))
        for kind, what, term in _terms(node.stores):
            yield _Change(f"when {kind}", f"{node.operation} stores where {what}", replace(node, stores=term))


def _terms(term: Term) -> Iterator[tuple[str, str, Term]]:
    """Yield (kind, what, other term) with one operator, comparison or constant changed, all its uses alike."""
    for number, part in enumerate(postorder((term,))):
        for variant, other in enumerate(_instead(part)):
            changed = substitute(term, {part: other})
            if changed is not term:
                yield f"{number}.{variant}", f"{show(changed)} instead of {show(term)}", changed


def _instead(part: Term) -> tuple[Term, ...]:  # noqa: C901 - a table
    match part.op:
        case Op.CONST:
            return tuple(const(part.number + d, part.width) for d in (1, -1)) if part.width > 1 else ()
        case Op.ADD:
            return (bvsub(*part.args),)
        case Op.SUB | Op.MUL:
            return (bvadd(*part.args),)
        case Op.AND:
            return (bvor(*part.args),)
        case Op.OR | Op.XOR:
            return (bvand(*part.args),)
        case Op.EQ:
            return (bvnot(part),)
        case Op.NOT:
            return (part.args[0],) if part.width == 1 and part.args[0].op is not Op.EQ else ()
        case Op.ULT:
            return (bvule(*part.args),)
        case Op.ULE:
            return (bvult(*part.args),)
        case Op.SLT:
            return (bvsle(*part.args),)
        case Op.SLE:
            return (bvslt(*part.args),)
        case Op.SHL:
            return (bvlshr(*part.args),)
        case Op.LSHR | Op.ASHR:
            return (bvshl(*part.args),)
        case (
            Op.SYMBOL | Op.NEG | Op.ITE | Op.UDIV | Op.UREM | Op.SDIV | Op.SREM | Op.CONCAT | Op.EXTRACT
            | Op.ZEXT | Op.SEXT
        ):  # fmt: skip
            return ()


def _swapped(program: Program, span: Span, copies: Sequence[_Place]) -> Iterator[Mutant]:
    """Yield a mutant in which the next access comes first, where it does not depend on what stands between."""
    routines, nodes, names = _routines(program), dict[_Place, Node](), set[str]()
    for number, index in copies:
        chain = _chain(routines[number], index)
        if chain:
            body = routines[number].nodes
            moved = [n for i in (chain[-1], *chain[:-1]) if isinstance(n := body[i], Access | Assign)]
            names |= {n.operation for n in moved[:1] if isinstance(n, Access)}
            following = (*chain[1:], *successors(body[chain[-1]]))
            nodes |= {(number, i): replace(n, next=j) for i, j, n in zip(chain, following, moved, strict=True)}
    if nodes:
        what = f"{' and '.join(sorted(names))}, which comes next, comes first"
        yield Mutant(span, what, _with_nodes(program, nodes), None)


def _chain(routine: Routine, index: int) -> tuple[int, ...]:
    """Return an access, the assignments behind it and the next access, if that could come first; else nothing."""
    first = routine.nodes[index]
    into = [target for node in routine.nodes for target in successors(node)]
    if not isinstance(first, Access):
        return ()
    chain, changed, here = [index], {first.old}, first.next
    while isinstance(node := routine.nodes[here], Assign) and into.count(here) == 1:
        chain.append(here)
        changed.add(node.target)
        here = node.next
    if not isinstance(node, Access) or into.count(here) != 1 or here in chain:
        return ()
    reads = read_locals(node, frozenset(local.name for local in routine.locals))
    apart = node.inside_atomic == first.inside_atomic and not reads & changed
    return (*chain, here) if apart and node.old not in changed else ()
