"""Guesses about focus CPUs: what holds of shared state, and of their locals with it, while they are at a location."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from verify.encode.counting import Counting
from verify.encode.explicit import at_location, local_var
from verify.encode.steps import Location
from verify.encode.tally import Tally
from verify.program.program import Cell, Ghost, Kind, Local
from verify.term.build import bvadd, bvand, bvnot, bvule, const, eq, implies, ite, ne, symbol, zext
from verify.term.term import Term


def places(counting: Counting) -> tuple[Term, ...]:
    """Return for each focus CPU and each location the width-1 term: it is there."""
    compiled = counting.compiled
    return tuple(at_location(compiled, cpu, loc) for cpu in range(counting.focus) for loc in compiled.locations)


def present(counting: Counting, tally: Tally) -> tuple[Term, ...]:
    """Return for each focus CPU the width-1 term: it is at the location of a tally."""
    return tuple(at_location(counting.compiled, cpu, tally.location) for cpu in range(counting.focus))


def number(counting: Counting, tally: Tally, width: int) -> Term:
    """Return how many CPUs are at a location, focus CPUs included, in a width that is large enough."""
    total = zext(tally.count, width)
    for here in present(counting, tally):
        total = bvadd(total, zext(here, width))
    return total


def focus_values(counting: Counting, tally: Tally) -> Iterator[tuple[Term, Local]]:
    """Yield each local of a focus CPU that is summed for the others: its value while the CPU is there, else 0."""
    for cpu, here in enumerate(present(counting, tally)):
        for one in tally.sums:
            value = symbol(local_var(cpu, one.local.name), one.local.width)
            yield ite(here, value, const(0, value.width)), one.local


def focus_clauses(counting: Counting, literals: Sequence[Term]) -> Iterator[Term]:
    """Yield what may hold while a focus CPU is at a location, of shared state, of other CPUs and of its locals."""
    compiled = counting.compiled
    for cpu in range(counting.focus):
        for location in compiled.locations:
            here = at_location(compiled, cpu, location)
            yield bvnot(here)
            yield from (implies(here, literal) for literal in literals)
            yield from (implies(here, eq(t.count, const(0, t.count.width))) for t in counting.tallies)
            yield from (implies(here, ne(v, const(0, v.width))) for v in _words(counting))
            for relation in _relations(counting, cpu, location):
                yield implies(here, relation)
                yield from (implies(bvand(here, literal), relation) for literal in literals)
    for one, other in combinations(range(counting.focus), 2):
        for first in compiled.locations:
            for second in compiled.locations:
                yield bvnot(bvand(at_location(compiled, one, first), at_location(compiled, other, second)))


def _shared(counting: Counting) -> tuple[Cell | Ghost, ...]:
    program = counting.compiled.program
    return (*program.cells, *program.ghosts)


def _words(counting: Counting) -> Iterator[Term]:
    for v in _shared(counting):
        if v.kind is not Kind.TOKEN and v.width > 1:
            yield symbol(v.name, v.width)


def _relations(counting: Counting, cpu: int, location: Location) -> Iterator[Term]:
    """Yield: a local of the focus CPU is equal to a shared word, different from it, or in order."""
    for local in location.live:
        mine = symbol(local_var(cpu, local.name), local.width)
        for shared in _shared(counting):
            if shared.width == local.width and (shared.kind is Kind.TOKEN) == (local.kind is Kind.TOKEN):
                other = symbol(shared.name, shared.width)
                yield eq(mine, other)
                yield ne(mine, other)
                if local.kind is not Kind.TOKEN and local.width > 1:
                    yield bvule(mine, other)
                    yield bvule(other, mine)
