"""Which locals of suspended CPUs flow, as values, into shared state: the counting encoding sums these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from verify.encode.steps import Compiled, ProgramStep
from verify.program.program import Kind
from verify.term.build import const, substitute_all, symbol
from verify.term.term import Op, Term
from verify.verdict.answer import LocationFacts

_CARRIES = frozenset(
    {Op.NOT, Op.NEG, Op.AND, Op.OR, Op.XOR, Op.ADD, Op.SUB, Op.MUL, Op.SHL, Op.CONCAT, Op.EXTRACT, Op.ZEXT, Op.SEXT}
)
"""Operators whose result carries the value of an operand on; comparisons only look at it."""

Key = tuple[str, int]


def summed_locals(compiled: Compiled, facts: Sequence[LocationFacts]) -> Mapping[Key, frozenset[str]]:
    """Return for each location (actor, node) the names of the live locals whose sum matters.

    A heuristic of precision: a local that is left out is any value that its facts allow. TOKENs are
    never summed.
    """
    numbers = {v.name for loc in compiled.locations for v in loc.live if v.kind is not Kind.TOKEN}
    known = {(f.actor, f.node): _known(compiled, f) for f in facts}
    wanted: dict[Key, set[str]] = {(loc.actor, loc.node): set() for loc in compiled.locations}
    flows = [(step, list(_edges(step, known))) for step in compiled.steps if step.source is not None]
    changed = True
    while changed:
        changed = False
        for step, edges in flows:
            if step.source is None:
                continue
            here = wanted[step.source.actor, step.source.node]
            for target, names in edges:
                new = (names & numbers) - here if target is None or target[1] in wanted[target[0]] else set()
                if new:
                    here |= new
                    changed = True
    return {key: frozenset(names) for key, names in wanted.items()}


def _known(compiled: Compiled, facts: LocationFacts) -> Mapping[Term, Term]:
    location = next(loc for loc in compiled.locations if (loc.actor, loc.node) == (facts.actor, facts.node))
    widths = {v.name: v.width for v in location.live}
    return {symbol(name, widths[name]): const(low, widths[name]) for name, low, high in facts.ranges if low == high}


def _edges(
    step: ProgramStep, known: Mapping[Key, Mapping[Term, Term]]
) -> Iterator[tuple[tuple[Key, str] | None, set[str]]]:
    """Yield where values flow: into shared state (None) or into a local at a location; and which symbols."""
    mapping = known[step.source.actor, step.source.node] if step.source else {}
    for _, value in step.updates:
        yield None, set(_carried(substitute_all((value,), mapping)))
    for target in step.targets:
        if target.location is not None:
            values = substitute_all(target.locals, mapping)
            for local, value in zip(target.location.live, values, strict=True):
                yield ((target.location.actor, target.location.node), local.name), set(_carried((value,)))


def _carried(roots: Iterable[Term]) -> Iterator[str]:
    """Yield the names of the symbols whose values the terms carry on."""
    seen: set[Term] = set()
    stack = list(roots)
    while stack:
        term = stack.pop()
        if term in seen:
            continue
        seen.add(term)
        if term.op is Op.SYMBOL:
            yield term.name
        elif term.op is Op.ITE:
            stack.extend(term.args[1:])
        elif term.op in _CARRIES:
            stack.extend(term.args)
