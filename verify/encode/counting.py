"""The counting encoding: any number of CPUs up to CPUS(max).

The state counts the CPUs at each location and sums, per location, the locals that flow into shared
state; every other local of a CPU that steps is an input, any value that the facts of its location
allow. Focus CPUs (``cpu0`` ...) are kept exactly, as in ``verify.encode.explicit``.

The encoding is an abstraction: every run of every number of CPUs up to the maximum is one of its
runs, seen through the map from CPUs to counts and sums. ``verify.check.simulation`` states that as
obligations, step by step, and the checking solvers discharge them with every certificate.

With focus CPUs the others have no checks: a violation in a step is that of one CPU, and every run is also
one in which that CPU is a focus CPU (docs/adr/0012-focus-cpus.md). States are checked whoever steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from verify.encode.explicit import (
    Renamed,
    at_location,
    check_names,
    cpu_updates,
    entries_width,
    entry_counters,
    local_var,
    made_step,
    never_checked,
    renaming,
    shared_state,
)
from verify.encode.steps import Compiled, Location, ProgramStep
from verify.encode.tally import (
    Tally,
    contexts,
    cpus_inside,
    is_signed,
    local_facts,
    make_tallies,
    sum_in_range,
    widened,
)
from verify.program.program import TOKEN_WIDTH, Actor, Kind, PropertyKind
from verify.system.system import StateCheck, StateVar, Step, TransitionSystem
from verify.term.build import (
    TRUE,
    bvadd,
    bvand,
    bvnot,
    bvsub,
    bvult,
    conj,
    const,
    eq,
    implies,
    ite,
    ne,
    substitute_all,
    symbol,
)
from verify.term.term import Term
from verify.verdict.answer import LocationFacts

FOCUS_LIMIT = 2
"""The largest number of CPUs that are kept exactly."""


@dataclass(frozen=True, slots=True)
class Counting:
    """The counting encoding of a program: what its variables mean, and the system."""

    compiled: Compiled
    focus: int
    tallies: tuple[Tally, ...]
    system: TransitionSystem


def encode_counting(compiled: Compiled, facts: Sequence[LocationFacts], focus: int = 0) -> Counting:
    """Return the counting encoding with ``focus`` CPUs kept exactly.

    ``facts`` holds the facts of every location, in the order of ``compiled.locations``.

    Raises:
        InputError: a variable has a name of the encoding's own.
        ValueError: the facts are not about the locations, in their order, or ``focus`` is not 0 … FOCUS_LIMIT.
    """
    if not 0 <= focus <= FOCUS_LIMIT:
        raise ValueError(f"there are 0 to {FOCUS_LIMIT} focus CPUs, not {focus}")
    tallies = make_tallies(compiled, facts)
    state = (*shared_state(compiled.program), *_tally_state(tallies), *_focus_state(compiled, focus))
    check_names(state)
    start = dict(compiled.init)
    system = TransitionSystem(
        state,
        compiled.init_inputs,
        tuple((v.name, start.get(v.name, const(0, v.width))) for v in state),
        conj((compiled.init_guard, *(i.in_range for i in compiled.init_inputs))),
        (
            *(_focus_step(compiled, tallies, focus, cpu, step) for cpu in range(focus) for step in compiled.steps),
            *(rest_step(compiled, tallies, focus, step) for step in compiled.steps),
        ),
        (*_state_checks(compiled, tallies, focus), *never_checked(compiled)),
    )
    return Counting(compiled, focus, tallies, system)


def _tally_state(tallies: Iterable[Tally]) -> Iterator[StateVar]:
    for tally in tallies:
        yield StateVar(tally.count.name, tally.count.width, signed=False, cpu=None)
        yield from (StateVar(s.total.name, s.total.width, signed=True, cpu=None) for s in tally.sums)


def _focus_state(compiled: Compiled, focus: int) -> Iterator[StateVar]:
    held = {v.name: v for loc in compiled.locations for v in loc.live}
    width = max(1, len(compiled.locations).bit_length())
    for cpu in range(focus):
        yield StateVar(f"cpu{cpu}.pc", width, signed=False, cpu=cpu)
        yield from (StateVar(local_var(cpu, v.name), v.width, is_signed(v), cpu) for v in held.values())


def frame_lemmas(counting: Counting) -> tuple[Term, ...]:
    """Return what the encoding itself keeps: no more CPUs than contexts, and every sum in its range."""
    compiled = counting.compiled
    inside = cpus_inside(compiled, counting.tallies, counting.focus)
    most = const(contexts(compiled.program), inside.width)
    sums = (sum_in_range(t.count, s.total, s.low, s.high) for t in counting.tallies for s in t.sums)
    return (bvnot(bvult(most, inside)), *sums)


def _state_checks(compiled: Compiled, tallies: Sequence[Tally], focus: int) -> Iterator[StateCheck]:
    outside = conj(
        (
            *(eq(t.count, const(0, t.count.width)) for t in tallies),
            *(at_location(compiled, cpu, None) for cpu in range(focus)),
        )
    )
    for prop in compiled.state_properties:
        reached = outside if prop.property.kind is PropertyKind.QUIESCENT else TRUE
        yield StateCheck(prop.property.id, reached, bvand(reached, bvnot(prop.holds)), prop.property.span)


def _entry_guards(compiled: Compiled, tallies: Sequence[Tally], focus: int, actor: Actor) -> Iterator[Term]:
    """Yield: a free context, and the actor's own bounds."""
    inside = cpus_inside(compiled, tallies, focus)
    yield bvult(inside, const(contexts(compiled.program), inside.width))
    if actor.max_entries is not None:
        width = entries_width(actor)
        yield bvult(symbol(f"entries.{actor.name}", width), const(actor.max_entries, width))
    if actor.limit is not None and actor.limit < contexts(compiled.program):
        here = cpus_inside(compiled, tallies, focus, actor.name)
        yield bvult(here, const(actor.limit, here.width))


def _actor(compiled: Compiled, step: ProgramStep) -> Actor:
    return next(a for a in compiled.program.actors if a.name == step.actor)


def rest_step(compiled: Compiled, tallies: Sequence[Tally], focus: int, step: ProgramStep) -> Step:
    """Return the step of a CPU that is only counted; without checks where there are focus CPUs."""
    at = None if step.source is None else _tally_of(tallies, step.source)
    own = Renamed({} if at is None else known_values(at))
    inputs = step.inputs if at is None else (*at.free, *step.inputs)
    start = conj(
        (
            *(_entry_guards(compiled, tallies, focus, _actor(compiled, step)) if at is None else _leaving(at)),
            *(i.in_range for i in inputs),
            *_freshness(compiled, step, own, focus, focus),
        )
    )
    updates = [(name, own.of(value)) for name, value in step.updates]
    updates += [*entry_counters(compiled, step), *_moved(tallies, at, step, own)]
    asked = replace(step, checks=()) if focus else step
    return made_step(asked, focus, "", start, own, updates, inputs)


def _tally_of(tallies: Sequence[Tally], location: Location) -> Tally:
    return next(t for t in tallies if t.location is location)


def known_values(at: Tally) -> Mapping[Term, Term]:
    """Return the locals to which the facts of a location leave one value."""
    return {symbol(v.name, v.width): const(n, v.width) for v, n in at.constants}


def _leaving(at: Tally) -> Iterator[Term]:
    """Yield: somebody is there whose locals satisfy the facts and leave possible sums for the others."""
    yield bvult(const(0, at.count.width), at.count)
    yield from substitute_all(at.holds, known_values(at))
    rest = bvsub(at.count, const(1, at.count.width))
    for one in at.sums:
        value = widened(one.local, symbol(one.local.name, one.local.width), one.total.width)
        yield sum_in_range(rest, bvsub(one.total, value), one.low, one.high)


def _moved(tallies: Sequence[Tally], at: Tally | None, step: ProgramStep, own: Renamed) -> Iterator[tuple[str, Term]]:
    """Yield the new counts and sums: the CPU leaves ``at`` and comes to the location of a target."""
    for tally in tallies:
        count = tally.count
        left = bvsub(count, const(1, count.width)) if tally is at else count
        after = left
        for target in step.targets:
            if target.location is tally.location:
                after = ite(own.of(target.when), bvadd(left, const(1, count.width)), after)
        if after is not count:
            yield count.name, after
        for index, one in enumerate(tally.sums):
            summed = _summed(tally, at, index, step, own)
            if summed is not one.total:
                yield one.total.name, summed


def _summed(tally: Tally, at: Tally | None, index: int, step: ProgramStep, own: Renamed) -> Term:
    one = tally.sums[index]
    width = one.total.width
    left = one.total
    if tally is at:
        left = bvsub(left, widened(one.local, symbol(one.local.name, one.local.width), width))
    after = left
    for target in step.targets:
        if target.location is tally.location:
            value = target.locals[tally.location.live.index(one.local)]
            after = ite(own.of(target.when), bvadd(left, widened(one.local, own.of(value), width)), after)
    return after


def _freshness(compiled: Compiled, step: ProgramStep, own: Renamed, cpu: int, focus: int) -> Iterator[Term]:
    """Yield: a fresh token differs from the stepping CPU's, from the ghosts' and from every focus CPU's.

    The tokens of CPUs that are only counted are inputs at every step, so they restrict nothing.
    """
    for fresh in step.fresh:
        value = symbol(fresh.name, TOKEN_WIDTH)
        path = own.of(fresh.path)
        yield from (implies(path, ne(value, own.of(held))) for held in fresh.own)
        for other in range(focus):
            for location in compiled.locations if other != cpu else ():
                for local in location.live:
                    if local.kind is Kind.TOKEN:
                        held = symbol(local_var(other, local.name), TOKEN_WIDTH)
                        yield implies(bvand(path, at_location(compiled, other, location)), ne(value, held))


def _focus_step(compiled: Compiled, tallies: Sequence[Tally], focus: int, cpu: int, step: ProgramStep) -> Step:
    """Return the step of a CPU that is kept exactly. The facts hold for it as for every CPU."""
    own = renaming(compiled, cpu)
    facts = () if step.source is None else local_facts(_tally_of(tallies, step.source))
    start = conj(
        (
            at_location(compiled, cpu, step.source),
            *(_entry_guards(compiled, tallies, focus, _actor(compiled, step)) if step.source is None else ()),
            *(own.of(fact) for fact in facts),
            *(i.in_range for i in step.inputs),
            *_freshness(compiled, step, own, cpu, focus),
        )
    )
    updates = [(name, own.of(value)) for name, value in cpu_updates(compiled, cpu, step)]
    return made_step(step, cpu, f"cpu{cpu}: ", start, own, updates, step.inputs)
