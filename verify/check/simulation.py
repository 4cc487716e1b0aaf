"""What ties a counting certificate to the program: facts of locations, and one simulation per step.

Take any number of CPUs up to CPUS(max). One of them steps, from its locals ``x``; the others are known by
``others.i``, how many are at location i, and ``rest.i.v``, the sum of their local v. Adding the stepping
CPU itself gives the counting state before and after. The obligations say, for each way in which a
step of the program can end: the facts of the location it leads to hold, the counting step is possible in
the counting state before, with x as its inputs, and leads to the counting state after; and where the
step reaches or violates a check, the counting step does. By induction on the length of a run every run of
the program is one of the counting system's.

Focus CPUs are kept as they are: the first CPUs of a run, whose locals are zero where they are not live.
Then the stepping CPU is one of them or not. Where there are any, no other CPU's checks need be seen: the CPU
that violates a property in its step may be taken for a focus CPU, since all CPUs start outside and
nothing names one (docs/adr/0012-focus-cpus.md).

Two things are not obligations but arithmetic: n values in [low, high] sum to a value in
[n * low, n * high], and that neither a count nor such a sum can wrap in its width, which is computed here.

Written from the program's steps and the tallies alone, without the formulas of ``verify.encode.counting``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from verify.check.obligations import Obligation
from verify.encode.counting import Counting
from verify.encode.steps import Location, ProgramStep, Target
from verify.encode.tally import Tally, contexts, local_facts, sum_in_range, widened
from verify.program.program import TOKEN_WIDTH, Actor, Kind, PropertyKind
from verify.system.system import Step
from verify.term.build import (
    FALSE,
    TRUE,
    bvadd,
    bvand,
    bvnot,
    bvule,
    bvult,
    conj,
    const,
    disj,
    eq,
    implies,
    ne,
    substitute_all,
    symbol,
    zext,
)
from verify.term.term import Term


@dataclass(frozen=True, slots=True)
class _Moment:
    """A step of one CPU: the focus CPU ``cpu``, or (None) one that is only counted."""

    counting: Counting
    step: ProgramStep
    cpu: int | None

    def here(self, location: Location | None, at: Location) -> bool:
        """Tell whether the stepping CPU is counted at ``at`` when it is at ``location``."""
        return self.cpu is None and location is at

    def other_focus(self) -> tuple[int, ...]:
        return tuple(cpu for cpu in range(self.counting.focus) if cpu != self.cpu)


def simulation_obligations(counting: Counting) -> tuple[Obligation, ...]:
    """Return the obligations of a counting system, without those that are false by themselves.

    Raises ValueError where the system's steps are not those of the program.
    """
    program_steps = counting.compiled.steps
    movers = (*range(counting.focus), None)
    moments = [_Moment(counting, step, cpu) for cpu in movers for step in program_steps]
    if len(moments) != len(counting.system.steps):
        raise ValueError("the counting system has other steps than the program")
    found = [*_initially(counting), *_states(counting), *_summands(counting)]
    for step in program_steps:
        found += _facts(counting, step)
    for moment, abstract in zip(moments, counting.system.steps, strict=True):
        found += _simulated(moment, abstract)
    return tuple(o for o in found if o.term is not FALSE)


def _pc(counting: Counting, cpu: int) -> Term:
    return next(v.term for v in counting.system.state if v.name == f"cpu{cpu}.pc")


def _pc_value(counting: Counting, location: Location | None) -> int:
    """Return the program counter of a location: 0 outside, else its number from 1."""
    if location is None:
        return 0
    return 1 + next(i for i, loc in enumerate(counting.compiled.locations) if loc is location)


def _at(counting: Counting, cpu: int, location: Location | None) -> Term:
    pc = _pc(counting, cpu)
    return eq(pc, const(_pc_value(counting, location), pc.width))


def _focus_locals(counting: Counting, cpu: int, live: Mapping[str, Term]) -> Iterator[tuple[Term, Term]]:
    """Yield the variables of a focus CPU's locals with the values of the live ones; the others are zero."""
    held = {v.name: v for location in counting.compiled.locations for v in location.live}
    for local in held.values():
        yield symbol(f"cpu{cpu}.{local.name}", local.width), live.get(local.name, const(0, local.width))


def _others(counting: Counting, index: int) -> Term:
    return symbol(f"others.{index}", counting.tallies[index].count.width)


def _rest(counting: Counting, index: int, place: int) -> Term:
    total = counting.tallies[index].sums[place].total
    return symbol(f"rest.{index}.{place}", total.width)


def _summands(counting: Counting) -> Iterator[Obligation]:
    """Yield: each value that is summed is in the range from which the range of its sum is computed."""
    most = contexts(counting.compiled.program)
    for tally in counting.tallies:
        if most >> tally.count.width:
            raise ValueError(f"{most} CPUs cannot be counted in {tally.count.width} bits")
        for one in tally.sums:
            width = one.total.width
            if most * max(abs(one.low), abs(one.high)) >= 1 << (width - 1):
                raise ValueError(f"the sum of '{one.local.name}' could wrap in {width} bits")
            value = widened(one.local, symbol(one.local.name, one.local.width), width)
            in_range = sum_in_range(const(1, tally.count.width), value, one.low, one.high)
            name = f"each {one.local.name} before {tally.location.operation} of {tally.location.actor} is in its range"
            yield Obligation(name, conj((*local_facts(tally), bvnot(in_range))))


def _initially(counting: Counting) -> Iterator[Obligation]:
    """Yield: every initial state of the program, with nobody inside, is one of the system's."""
    compiled, system = counting.compiled, counting.system
    wanted = dict(compiled.init)
    start = conj((compiled.init_guard, *(i.in_range for i in compiled.init_inputs)))
    same = (eq(value, wanted.get(name, const(0, value.width))) for name, value in system.init)
    yield Obligation("counting starts where the program starts", bvand(start, bvnot(conj((system.init_guard, *same)))))


def _states(counting: Counting) -> Iterator[Obligation]:
    """Yield: a state that violates ALWAYS, or QUIESCENT with nobody inside, is a violation of the system's."""
    nobody = {t.count: const(0, t.count.width) for t in counting.tallies}
    for cpu in range(counting.focus):
        pc = _pc(counting, cpu)
        nobody[pc] = const(0, pc.width)
    for stated in counting.compiled.state_properties:
        name = stated.property.id
        seen = [c for c in counting.system.state_checks if c.property == name]
        reached, bad = disj(c.reached for c in seen), disj(c.violated for c in seen)
        if stated.property.kind is PropertyKind.QUIESCENT:
            reached, bad = substitute_all((reached, bad), nobody)
        missed = disj((bvnot(reached), bvand(bvnot(stated.holds), bvnot(bad))))
        yield Obligation(f"counting sees a state that violates {name}", missed)


def _facts(counting: Counting, step: ProgramStep) -> Iterator[Obligation]:
    """Yield: where the step leads to a location, the facts of that location hold for the CPU's locals."""
    before = (*_own_facts(counting, step), *(i.in_range for i in step.inputs))
    for target in step.targets:
        if target.location is not None:
            live = target.location.live
            values = dict(zip((symbol(v.name, v.width) for v in live), target.locals, strict=True))
            after = conj(substitute_all(local_facts(_tally(counting, target.location)), values))
            name = f"facts at {target.location.operation} of {step.actor} hold after {_where(step)}"
            yield Obligation(name, conj((*before, target.when, bvnot(after))))


def _where(step: ProgramStep) -> str:
    verb = "entering" if step.source is None else "continuing"
    return f"{verb} {step.actor} at {step.span.file}:{step.span.line}"


def _tally(counting: Counting, location: Location) -> Tally:
    return next(t for t in counting.tallies if t.location is location)


def _own_facts(counting: Counting, step: ProgramStep) -> tuple[Term, ...]:
    return () if step.source is None else local_facts(_tally(counting, step.source))


def _simulated(moment: _Moment, abstract: Step) -> Iterator[Obligation]:
    step = moment.step
    start = conj(_assumed(moment))
    before = _before(moment)
    (guard, *nexts) = substitute_all((abstract.guard, *(v for _, v in abstract.updates)), before)
    updates = dict(zip((name for name, _ in abstract.updates), nexts, strict=True))
    wrong = []
    ends = substitute_all((o.when for o in abstract.outcomes), before)
    for target, end in zip(step.targets, ends, strict=True):
        expected = _after(moment, target)
        same = (eq(updates.get(t.name, before.get(t, t)), expected[t]) for t in expected)
        wrong.append(bvand(target.when, bvnot(conj((guard, end, *same)))))
    who = "" if moment.cpu is None else f"of focus CPU {moment.cpu} "
    yield Obligation(f"counting takes the step {who}{_where(step)}", bvand(start, disj(wrong)))
    if moment.cpu is not None or not moment.counting.focus:
        missed = conj((start, disj(_missed(step, abstract, before))))
        yield Obligation(f"counting sees the checks {who}{_where(step)}", missed)


def _missed(step: ProgramStep, abstract: Step, before: Mapping[Term, Term]) -> Iterator[Term]:
    for check, seen in zip(step.checks, abstract.checks, strict=True):
        if check.property != seen.property:
            raise ValueError("the counting system has other checks than the program")
        reached, violated = substitute_all((seen.reached, seen.violated), before)
        yield from (bvand(check.reached, bvnot(reached)), bvand(check.violated, bvnot(violated)))


def _assumed(moment: _Moment) -> Iterator[Term]:
    """Yield what is true of any CPUs of which one takes the step; the program's own guards are in ``when``."""
    counting, step = moment.counting, moment.step
    yield _at_most(moment, None, contexts(counting.compiled.program) - 1)
    for index, tally in enumerate(counting.tallies):
        for place, one in enumerate(tally.sums):
            yield sum_in_range(_others(counting, index), _rest(counting, index, place), one.low, one.high)
    if step.source is None:
        actor = _actor(counting, step)
        if actor.limit is not None:
            yield _at_most(moment, actor.name, actor.limit - 1)
        if actor.max_entries is not None:
            entries = _entries(counting, actor)
            yield bvult(entries, const(actor.max_entries, entries.width))
    yield from _own_facts(counting, step)
    yield from (i.in_range for i in step.inputs)
    for fresh in step.fresh:
        drawn = symbol(fresh.name, TOKEN_WIDTH)
        yield from (implies(fresh.path, ne(drawn, held)) for held in fresh.own)
        yield from (implies(bvand(fresh.path, there), ne(drawn, held)) for there, held in _focus_tokens(moment))


def _focus_tokens(moment: _Moment) -> Iterator[tuple[Term, Term]]:
    """Yield each token that a focus CPU other than the stepping one may hold, with where it is live."""
    for cpu in moment.other_focus():
        for location in moment.counting.compiled.locations:
            for local in location.live:
                if local.kind is Kind.TOKEN:
                    yield _at(moment.counting, cpu, location), symbol(f"cpu{cpu}.{local.name}", TOKEN_WIDTH)


def _at_most(moment: _Moment, actor: str | None, limit: int) -> Term:
    """Return: the CPUs inside an actor (None: any), the stepping one not counted, are at most ``limit``."""
    counting = moment.counting
    most = contexts(counting.compiled.program)
    width = most.bit_length() + (len(counting.tallies) + counting.focus).bit_length()
    total = const(0, width)
    for index, tally in enumerate(counting.tallies):
        if actor in {None, tally.location.actor}:
            total = bvadd(total, zext(_others(counting, index), width))
    for cpu in moment.other_focus():
        there = (_at(counting, cpu, loc) for loc in counting.compiled.locations if loc.actor == actor)
        inside = bvnot(_at(counting, cpu, None)) if actor is None else disj(there)
        total = bvadd(total, zext(inside, width))
    if limit < 0:
        return FALSE
    return TRUE if limit >= 1 << width else bvule(total, const(limit, width))


def _actor(counting: Counting, step: ProgramStep) -> Actor:
    return next(a for a in counting.compiled.program.actors if a.name == step.actor)


def _entries(counting: Counting, actor: Actor) -> Term:
    return next(v.term for v in counting.system.state if v.name == f"entries.{actor.name}")


def _before(moment: _Moment) -> Mapping[Term, Term]:
    """Return the counting state before the step: the others, and the CPU itself where it is."""
    counting, source = moment.counting, moment.step.source
    found: dict[Term, Term] = {}
    for index, tally in enumerate(counting.tallies):
        here = moment.here(source, tally.location)
        found[tally.count] = bvadd(_others(counting, index), const(int(here), tally.count.width))
        for place, one in enumerate(tally.sums):
            rest = _rest(counting, index, place)
            own = widened(one.local, symbol(one.local.name, one.local.width), rest.width)
            found[one.total] = bvadd(rest, own) if here else rest
    if moment.cpu is not None:
        live = {} if source is None else {v.name: symbol(v.name, v.width) for v in source.live}
        found |= _focus_state(moment, source, live)
    return found


def _focus_state(moment: _Moment, location: Location | None, live: Mapping[str, Term]) -> Mapping[Term, Term]:
    """Return the variables of the stepping focus CPU when it is at a location with these values."""
    if moment.cpu is None:
        return {}
    pc = _pc(moment.counting, moment.cpu)
    here = {pc: const(_pc_value(moment.counting, location), pc.width)}
    return here | dict(_focus_locals(moment.counting, moment.cpu, live))


def _after(moment: _Moment, target: Target) -> Mapping[Term, Term]:
    """Return the value of every variable of the counting state after the step, by its symbol."""
    counting, step = moment.counting, moment.step
    updates = dict(step.updates)
    found = {v.term: updates.get(v.name, v.term) for v in counting.system.state}
    actor = _actor(counting, step)
    if step.source is None and actor.max_entries is not None:
        entries = _entries(counting, actor)
        found[entries] = bvadd(entries, const(1, entries.width))
    for index, tally in enumerate(counting.tallies):
        here = moment.here(target.location, tally.location)
        found[tally.count] = bvadd(_others(counting, index), const(int(here), tally.count.width))
        for place, one in enumerate(tally.sums):
            rest = _rest(counting, index, place)
            found[one.total] = rest
            if here:
                value = target.locals[tally.location.live.index(one.local)]
                found[one.total] = bvadd(rest, widened(one.local, value, rest.width))
    live = target.location.live if target.location else ()
    found |= _focus_state(moment, target.location, dict(zip((v.name for v in live), target.locals, strict=True)))
    return found
