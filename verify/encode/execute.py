"""Symbolic execution of one step: from a scheduling point to the next, all paths merged.

States that meet at a node are merged with if-then-else, so the result grows with the size of the
code and not with the number of paths. Whether states meet never changes the meaning: each keeps
its own path condition, and the outcomes are disjoint.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field

from verify.program.errors import reject
from verify.program.flow import is_scheduling_point, visiting_order
from verify.program.program import (
    TOKEN_WIDTH,
    Access,
    Assign,
    AtomicBegin,
    Branch,
    Check,
    Draw,
    Fresh,
    GhostAssign,
    Guard,
    Kind,
    Node,
    Program,
    Routine,
    Stop,
)
from verify.program.run import input_name
from verify.system.system import Check as SystemCheck
from verify.system.system import Input
from verify.term.build import TRUE, bvand, bvnot, bvor, concat, conj, extract, implies, ite, substitute_all
from verify.term.semantics import mask
from verify.term.term import Op, Term, symbols

MAX_VISITS = 20_000
"""Node visits in one step after which a local loop counts as not statically bounded."""

Values = Mapping[str, Term]


@dataclass(frozen=True, slots=True)
class FreshInput:
    """An input that must differ from every live TOKEN.

    ``locals`` are the running CPU's own live tokens at that point and ``ghosts`` the values of all
    token ghosts, as terms over the state before the step. The encoding adds the other CPUs'.
    """

    name: str
    own: tuple[Term, ...]
    path: Term


@dataclass(frozen=True, slots=True)
class Exit:
    """One way to end: at a scheduling point (``node``) or at a Stop, where ``path`` holds."""

    node: int
    stopped: bool
    bug: bool
    path: Term
    values: Values


@dataclass(frozen=True, slots=True)
class Executed:
    """The merged result of one step, over the symbols before it and its inputs.

    ``guard`` (width 1) holds exactly where the path of some exit does: what is not an exit was lost at an ASSUME or
    WAIT, and nowhere else, since branches part the paths and leave none out.
    """

    exits: tuple[Exit, ...]
    guard: Term
    checks: tuple[SystemCheck, ...]
    inputs: tuple[Input, ...]
    fresh: tuple[FreshInput, ...]


_Visits = tuple[tuple[int, int], ...]
_Key = tuple[int, bool, _Visits]


@dataclass(slots=True)
class _Run:
    """The work list of one execution."""

    routine: Routine
    live: tuple[frozenset[str], ...]
    tokens: frozenset[str]
    rank: tuple[int, ...]
    cells: Mapping[str, int]
    kinds: Mapping[str, tuple[int, Kind, str]]
    pending: dict[_Key, tuple[Term, Values]] = field(default_factory=dict)
    heap: list[tuple[int, _Key]] = field(default_factory=list)
    exits: dict[tuple[int, bool, bool], tuple[Term, Values]] = field(default_factory=dict)
    passes: list[Term] = field(default_factory=list)
    checks: list[SystemCheck] = field(default_factory=list)
    inputs: dict[str, Input] = field(default_factory=dict)
    fresh: list[FreshInput] = field(default_factory=list)

    def arrive(self, key: _Key, path: Term, values: Values) -> None:
        if path.op is Op.CONST and not path.number:
            return
        known = self.pending.get(key)
        if known is None:
            heapq.heappush(self.heap, (self.rank[key[0]], key))
            self.pending[key] = (path, values)
        else:
            self.pending[key] = _merge(known, (path, values))

    def leave(self, key: tuple[int, bool, bool], path: Term, values: Values) -> None:
        known = self.exits.get(key)
        self.exits[key] = (path, values) if known is None else _merge(known, (path, values))


def _join(a: Term, b: Term) -> Term:
    """Return a | b, using (p & c) | (p & ~c) = p, which is how branches meet again."""
    if a.op is Op.AND and b.op is Op.AND and a.args[0] is b.args[0] and a.args[1] is bvnot(b.args[1]):
        return a.args[0]
    if a is bvnot(b):
        return TRUE
    return bvor(a, b)


def _merge(first: tuple[Term, Values], second: tuple[Term, Values]) -> tuple[Term, Values]:
    """Merge two disjoint symbolic states. The result is meaningful only where either path holds."""
    path, values = first
    other_path, other = second
    merged = {name: value if value is other[name] else ite(path, value, other[name]) for name, value in values.items()}
    return _join(path, other_path), merged


def execute(
    program: Program,
    routine: Routine,
    live: tuple[frozenset[str], ...],
    node: int,
    values: Values,
    *,
    atomic: bool,
) -> Executed:
    """Execute ``routine`` from ``node`` and return everything that one step can do.

    Args:
        program: gives the kinds and widths of cells and ghosts.
        routine: the control-flow graph.
        live: live locals per node.
        node: where to start: 0 to enter, or the scheduling point that this step passes.
        values: the value before the step of every cell, ghost and local, by name.
        atomic: do not stop at scheduling points (INIT and predicates).

    Raises:
        InputError: a local loop without a shared access is not statically bounded.
    """
    run = _Run(
        routine,
        live,
        frozenset(g.name for g in program.ghosts if g.kind is Kind.TOKEN),
        visiting_order(routine),
        {c.name: c.width for c in program.cells},
        {v.name: (v.width, v.kind, v.label) for v in routine.locals}
        | {g.name: (g.width, g.kind, g.name) for g in program.ghosts},
    )
    run.arrive((node, False, ()), TRUE, values)
    visits = 0
    while run.heap:
        _, key = heapq.heappop(run.heap)
        path, current = run.pending.pop(key)
        visits += 1
        if visits > MAX_VISITS:
            raise _unbounded(routine.nodes[key[0]])
        _visit(run, key, path, current, atomic=atomic)
    exits = tuple(
        Exit(n, stopped, bug, path, final) for (n, stopped, bug), (path, final) in sorted(run.exits.items(), key=_first)
    )
    inputs = tuple(run.inputs[name] for name in sorted(run.inputs))
    return Executed(exits, conj(run.passes), tuple(run.checks), inputs, tuple(run.fresh))


def _first(item: tuple[tuple[int, bool, bool], object]) -> tuple[int, bool, bool]:
    return item[0]


def _unbounded(node: Node) -> Exception:
    advice = "give the loop a constant bound, or make the condition depend on a shared access"
    return reject(node.span, "this local loop is not statically bounded", advice)


def _visit(run: _Run, key: _Key, path: Term, values: Values, *, atomic: bool) -> None:
    index, passed, visits = key
    node = run.routine.nodes[index]
    if is_scheduling_point(node) and not atomic:
        if passed:
            run.leave((index, False, False), path, values)
            return
        passed = True
    match node:
        case Stop():
            run.leave((0, True, node.bug), path, values)
        case Branch():
            condition = _value(node.condition, values)
            run.arrive((node.then, passed, visits), bvand(path, condition), values)
            run.arrive((node.otherwise, passed, visits), bvand(path, bvnot(condition)), values)
        case Guard():
            condition = _value(node.condition, values)
            run.passes.append(implies(path, condition))
            run.arrive((node.next, passed, visits), bvand(path, condition), values)
        case Check():
            violated = bvand(path, bvnot(_value(node.condition, values)))
            run.checks.append(SystemCheck(node.property, path, violated, node.span))
            run.arrive((node.next, passed, visits), path, values)
        case Assign() | GhostAssign():
            run.arrive((node.next, passed, visits), path, {**values, node.target: _value(node.value, values)})
        case Draw() | Fresh():
            value, visits = _choose(run, node, index, visits, path, values)
            run.arrive((node.next, passed, visits), path, {**values, node.target: value})
        case Access():
            run.arrive((node.next, passed, visits), path, _access(run, node, values))
        case AtomicBegin():
            run.arrive((node.next, passed, visits), path, values)


def _value(term: Term, values: Values) -> Term:
    return substitute_all((term,), {s: values[s.name] for s in symbols((term,))})[0]


def _choose(
    run: _Run, node: Draw | Fresh, index: int, visits: _Visits, path: Term, values: Values
) -> tuple[Term, _Visits]:
    """Return the input that the node reads and the visit counts after it.

    The counts are part of the merge key, so two states merge only when they would name the same
    later inputs; the interpreter counts visits along its one path.
    """
    counts = dict(visits)
    visit = counts.get(index, 0)
    counts[index] = visit + 1
    width, kind, label = run.kinds[node.target]
    name = input_name(node.target, index, visit)
    if isinstance(node, Draw):
        made = Input(name, width, kind is Kind.SIGNED, node.low, node.high, label)
    else:
        made = Input(name, TOKEN_WIDTH, False, 0, mask(TOKEN_WIDTH), label)  # noqa: FBT003
        own_locals = sorted(n for n in run.live[index] if run.kinds[n][1] is Kind.TOKEN)
        own = tuple(values[n] for n in (*own_locals, *sorted(run.tokens)))
        run.fresh.append(FreshInput(name, own, path))
    run.inputs[name] = made
    return made.term, tuple(sorted(counts.items()))


def _access(run: _Run, node: Access, values: Values) -> Values:
    width = run.cells[node.cell]
    whole = values[node.cell]
    found = extract(whole, node.offset + node.width - 1, node.offset)
    inner = {**values, node.old: found}
    stores, new = _value(node.stores, inner), _value(node.new, inner)
    after = splice(whole, new, node.offset, width)
    return {**inner, node.cell: ite(stores, after, whole)}


def splice(whole: Term, part: Term, offset: int, width: int) -> Term:
    """Return ``whole`` (of ``width`` bits) with the bits from ``offset`` up replaced by ``part``."""
    result = part
    if offset:
        result = concat(result, extract(whole, offset - 1, 0))
    if offset + part.width < width:
        result = concat(extract(whole, width - 1, offset + part.width), result)
    return result
