"""Location facts: what holds for the locals of every CPU at a location, by Houdini over one CPU's step.

Shared state is left open: a fact follows from the facts of the location before, the step's own
branches and the ranges of its inputs alone, so that no step of another CPU can break it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from verify.encode.steps import Compiled, Location, ProgramStep, Target
from verify.encode.tally import full_range, is_signed
from verify.engines.messages import Budget
from verify.program.program import Kind, Local
from verify.smt.solver import Solver, Status
from verify.term.build import FALSE, bvnot, bvsle, bvule, conj, const, disj, eq, ne, substitute_all, symbol
from verify.term.semantics import evaluate, mask, to_signed
from verify.term.term import Op, Term, postorder, symbols
from verify.verdict.answer import LocationFacts

Key = tuple[str, int]


@dataclass(slots=True)
class _Held:
    """The facts of one location that are still believed.

    ``low`` and ``high`` list the limits of each local, the strongest last.
    """

    location: Location
    low: dict[str, list[int]]
    high: dict[str, list[int]]
    atoms: list[Term]

    def terms(self) -> list[Term]:
        found = []
        for local in self.location.live:
            value = symbol(local.name, local.width)
            compare = bvsle if is_signed(local) else bvule
            found.append(compare(const(self.low[local.name][-1], local.width), value))
            found.append(compare(value, const(self.high[local.name][-1], local.width)))
        return [*found, *self.atoms]

    def weaken(self, values: Mapping[str, int]) -> None:
        """Give up what these unsigned values of the locals falsify."""
        for local in self.location.live:
            value = values[local.name]
            number = to_signed(value, local.width) if is_signed(local) else value
            while self.low[local.name][-1] > number:
                self.low[local.name].pop()
            while self.high[local.name][-1] < number:
                self.high[local.name].pop()
        self.atoms = [atom for atom in self.atoms if evaluate(atom, values)]


def infer_facts(compiled: Compiled, solver: Solver, budget: Budget) -> tuple[LocationFacts, ...]:
    """Return facts of every location, in order; where the solver gives up, a location has none."""
    numbers = _numbers(compiled)
    held = {(loc.actor, loc.node): _guess(compiled, loc, numbers) for loc in compiled.locations}
    edges = [(s, t, t.location) for s in compiled.steps for t in s.targets if t.location is not None]
    again = True
    while again:
        again = False
        for step, target, location in edges:
            there = held[location.actor, location.node]
            outcome = _settle(step, target, there, held, solver, budget)
            if outcome is None:
                return tuple(LocationFacts(loc.actor, loc.node, (), ()) for loc in compiled.locations)
            again |= outcome
    return tuple(_facts(held[loc.actor, loc.node]) for loc in compiled.locations)


def _settle(
    step: ProgramStep, target: Target, there: _Held, held: Mapping[Key, _Held], solver: Solver, budget: Budget
) -> bool | None:
    """Weaken the facts there until this way of entering keeps them; tell whether any was weakened."""
    before = held[step.source.actor, step.source.node].terms() if step.source else []
    weakened = False
    live = there.location.live
    values = dict(zip((symbol(v.name, v.width) for v in live), target.locals, strict=True))
    solver.push()
    solver.add(conj((*before, *(i.in_range for i in step.inputs), target.when)))
    try:
        while True:
            after = substitute_all(there.terms(), values)
            status = solver.check((disj(bvnot(t) for t in after),), budget.left())
            if status is not Status.SAT:
                return weakened if status is Status.UNSAT else None
            there.weaken(dict(zip((v.name for v in live), solver.values(target.locals), strict=True)))
            weakened = True
    finally:
        solver.pop()


def _guess(compiled: Compiled, location: Location, numbers: Mapping[int, frozenset[int]]) -> _Held:
    low, high = {}, {}
    for local in location.live:
        least, most = full_range(local)
        limits = sorted({_read(local, n) for n in numbers.get(local.width, frozenset())} | {least, most})
        if local.kind is Kind.TOKEN:
            limits = [least, most]
        low[local.name] = limits
        high[local.name] = limits[::-1]
    atoms = dict.fromkeys((*_pairs(location.live), *_branches(compiled, location)))
    return _Held(location, low, high, list(atoms))


def _read(local: Local, number: int) -> int:
    return to_signed(number, local.width) if is_signed(local) else number


def _numbers(compiled: Compiled) -> Mapping[int, frozenset[int]]:
    """Return interesting unsigned values by width: constants, the most that shifts and widening leave, the limits of
    inputs; and their neighbours.
    """
    roots = [t for s in compiled.steps for t in (s.guard, *(u for _, u in s.updates))]
    roots += [value for s in compiled.steps for target in s.targets for value in target.locals]
    terms = tuple(postorder(roots))
    found = {(t.number, t.width) for t in terms if t.op is Op.CONST}
    found |= {(mask(t.args[0].width), t.width) for t in terms if t.op is Op.ZEXT}
    shifted = [t for t in terms if t.op is Op.LSHR and t.args[1].op is Op.CONST]
    found |= {(mask(t.width) >> t.args[1].number, t.width) for t in shifted}
    found |= {(limit, i.width) for s in compiled.steps for i in s.inputs for limit in (i.low, i.high)}
    by_width: dict[int, set[int]] = {}
    for number, width in found:
        by_width.setdefault(width, set()).update((number + d) % (1 << width) for d in (-1, 0, 1))
    return {width: frozenset(values) for width, values in by_width.items()}


def _pairs(live: Sequence[Local]) -> Iterator[Term]:
    """Yield: two locals are equal, different, or in order."""
    for place, one in enumerate(live):
        for other in live[place + 1 :]:
            if one.width == other.width:
                a, b = symbol(one.name, one.width), symbol(other.name, other.width)
                yield eq(a, b)
                yield ne(a, b)
                compare = bvsle if is_signed(one) and is_signed(other) else bvule
                yield from (compare(a, b), compare(b, a))


def _branches(compiled: Compiled, location: Location) -> Iterator[Term]:
    """Yield the conditions of branches that led here and speak of the locals alone, once rewritten in them."""
    names = {v.name for v in location.live}
    for step in compiled.steps:
        for target in step.targets:
            if target.location is not location:
                continue
            back = {
                value: symbol(v.name, v.width)
                for v, value in zip(location.live, target.locals, strict=True)
                if value.op is not Op.CONST
            }
            for part in _conjuncts(target.when):
                rewritten = substitute_all((part,), back)[0]
                found = symbols((rewritten,))
                if found and all(s.name in names for s in found):
                    yield rewritten


def _conjuncts(term: Term) -> Iterable[Term]:
    if term.op is Op.AND and term.width == 1:
        return [part for arg in term.args for part in _conjuncts(arg)]
    return [term]


def _facts(held: _Held) -> LocationFacts:
    """Return what is believed in the end; where no value is left for a local, no CPU ever comes."""
    if any(held.low[v.name][-1] > held.high[v.name][-1] for v in held.location.live):
        return LocationFacts(held.location.actor, held.location.node, (), (FALSE,))
    ranges = tuple((v.name, held.low[v.name][-1], held.high[v.name][-1]) for v in held.location.live)
    return LocationFacts(held.location.actor, held.location.node, ranges, tuple(held.atoms))
