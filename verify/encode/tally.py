"""What the counting encoding counts: the CPUs at each location and the sums of their locals.

Names: ``at.put.6`` is the number of CPUs before node 6 of ``put``; ``sum.9.get.nr`` the sum of their
``nr``, a signed number. No name of C has a part that begins with a digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verify.encode.explicit import at_location, inside_actor
from verify.encode.flows import summed_locals
from verify.encode.steps import Compiled, Location
from verify.program.program import Kind, Local, Program
from verify.system.system import Input
from verify.term.build import bvadd, bvmul, bvnot, bvsle, conj, const, eq, resize, symbol, zext
from verify.term.term import Term, symbols
from verify.verdict.answer import LocationFacts

CONTEXTS_LIMIT = 1 << 22
"""The kernel's limit on tasks (PID_MAX_LIMIT): the bound on contexts where a spec has no CPUS(max)."""

WIDEST = 1 << 24
"""Locals with a range as large as this are not summed: no ledger equals such a sum, and its range is hard to keep."""


def contexts(program: Program) -> int:
    """Return the largest number of CPUs inside actors: CPUS(max), or else the kernel's limit on tasks."""
    return CONTEXTS_LIMIT if program.cpus_max is None else program.cpus_max


def count_width(program: Program) -> int:
    """Return the width in bits of a number of CPUs."""
    return contexts(program).bit_length()


def sum_width(program: Program, local: Local, low: int, high: int) -> int:
    """Return the width in bits of a sum over all CPUs of a local in [low, high], which is signed and cannot wrap."""
    return max(local.width, count_width(program) + max(abs(low), abs(high)).bit_length() + 1)


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a local over the CPUs at a location; each value is in [low, high], signed as the local is."""

    local: Local
    low: int
    high: int
    total: Term


@dataclass(frozen=True, slots=True)
class Tally:
    """A location with the number of non-focus CPUs there and their sums.

    ``constants`` are the locals to which the facts leave one value, ``free`` the inputs that stand for the others.
    """

    location: Location
    holds: tuple[Term, ...]
    count: Term
    sums: tuple[Sum, ...]
    constants: tuple[tuple[Local, int], ...]
    free: tuple[Input, ...]


def make_tallies(compiled: Compiled, facts: Sequence[LocationFacts]) -> tuple[Tally, ...]:
    """Return the tally of each location.

    Raises ValueError unless the facts are about the locations, in order, and make sense for a CPU there:
    a fact that spoke of shared state would not be kept by the steps of other CPUs.
    """
    if [(f.actor, f.node) for f in facts] != [(loc.actor, loc.node) for loc in compiled.locations]:
        raise ValueError("the facts are not about the program's locations")
    for location, held in zip(compiled.locations, facts, strict=True):
        _require_sense(location, held)
    wanted = summed_locals(compiled, facts)
    return tuple(
        _tally(compiled.program, location, held, wanted[location.actor, location.node])
        for location, held in zip(compiled.locations, facts, strict=True)
    )


def _require_sense(location: Location, held: LocationFacts) -> None:
    where = f"{location.actor}, before {location.operation}"
    locals_ = {v.name: v for v in location.live}
    for name, low, high in held.ranges:
        least, most = full_range(locals_[name]) if name in locals_ else (1, 0)
        if not least <= low <= high <= most:
            raise ValueError(f"a CPU in {where} has no '{name}' from {low} to {high}")
    for fact in held.holds:
        if fact.width != 1:
            raise ValueError(f"a fact has width 1, not {fact.width}")
        for mentioned in symbols((fact,)):
            if mentioned.name not in locals_ or locals_[mentioned.name].width != mentioned.width:
                raise ValueError(f"a fact of {where} mentions '{mentioned.name}', which is not a local there")


def _tally(program: Program, location: Location, held: LocationFacts, wanted: frozenset[str]) -> Tally:
    ranges = {name: (low, high) for name, low, high in held.ranges}
    key = f"{location.actor}.{location.node}"
    sums, constants, free = [], [], []
    for local in location.live:
        low, high = ranges.get(local.name, full_range(local))
        if low == high:
            constants.append((local, low))
            continue
        free.append(Input(local.name, local.width, is_signed(local), low, high, local.label))
        if local.name in wanted and high - low < WIDEST:
            total = symbol(f"sum.{location.node}.{local.name}", sum_width(program, local, low, high))
            sums.append(Sum(local, low, high, total))
    count = symbol(f"at.{key}", count_width(program))
    return Tally(location, held.holds, count, tuple(sums), tuple(constants), tuple(free))


def is_signed(local: Local) -> bool:
    """Tell how a local's value is read."""
    return local.kind is Kind.SIGNED


def full_range(local: Local) -> tuple[int, int]:
    """Return the least and the largest value of a local."""
    half = 1 << (local.width - 1)
    return (-half, half - 1) if is_signed(local) else (0, 2 * half - 1)


def local_facts(at: Tally) -> tuple[Term, ...]:
    """Return all facts of a location as width-1 terms over its live locals."""
    known = (eq(symbol(v.name, v.width), const(n, v.width)) for v, n in at.constants)
    return (*known, *(i.in_range for i in at.free), *at.holds)


def widened(local: Local, value: Term, width: int) -> Term:
    """Return a local's value as a summand of ``width`` bits."""
    return resize(value, width, signed=is_signed(local))


def sum_in_range(count: Term, total: Term, low: int, high: int) -> Term:
    """Return: ``total`` is a possible sum of ``count`` values in [low, high]. Nothing in it wraps."""
    number = zext(count, total.width)
    least, most = (bvmul(number, const(limit, total.width)) for limit in (low, high))
    return conj((bvsle(least, total), bvsle(total, most)))


def cpus_inside(compiled: Compiled, tallies: Sequence[Tally], focus: int, actor: str | None = None) -> Term:
    """Return the number of CPUs inside an actor (None: any), in a width in which it cannot wrap."""
    width = count_width(compiled.program) + (len(tallies) + focus).bit_length()
    total = const(0, width)
    for tally in tallies:
        if actor in {None, tally.location.actor}:
            total = bvadd(total, zext(tally.count, width))
    for cpu in range(focus):
        inside = bvnot(at_location(compiled, cpu, None)) if actor is None else inside_actor(compiled, cpu, actor)
        total = bvadd(total, zext(inside, width))
    return total
