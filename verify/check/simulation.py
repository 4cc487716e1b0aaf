"""What ties a counting certificate to the program: facts of locations, and one simulation per step.

Take any number of CPUs up to CPUS(max). One of them steps, from its locals ``x``; the others are known by
``others.i``, how many are at location i, and ``rest.i.v``, the sum of their local v. Adding the stepping
CPU itself gives the counting state before and after. The obligations say, for each way in which a
step of the program can end: the facts of the location it leads to hold, the counting step is possible in
the counting state before, with x as its inputs, and leads to the counting state after; and where the
step reaches or violates a check, the counting step does. By induction on the length of a run every run of
the program is one of the counting system's.

Two things are not obligations but arithmetic: n values in [low, high] sum to a value in
[n * low, n * high], and a sum of that many values cannot wrap in ``sum_width`` bits.

Written from the program's steps and the tallies alone, without the formulas of ``verify.encode.counting``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verify.check.obligations import Obligation
from verify.encode.counting import Counting
from verify.encode.steps import Location, ProgramStep, Target
from verify.encode.tally import Tally, contexts, local_facts, sum_in_range, widened
from verify.program.program import TOKEN_WIDTH, Actor, PropertyKind
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


def simulation_obligations(counting: Counting) -> tuple[Obligation, ...]:
    """Return the obligations of a counting system without focus CPUs, without those that are false by themselves.

    Raises ValueError where the system's steps are not those of the program.
    """
    program_steps = counting.compiled.steps
    if counting.focus or len(program_steps) != len(counting.system.steps):
        raise ValueError("the counting system has other steps than the program")
    found = [*_initially(counting), *_states(counting)]
    for step, abstract in zip(program_steps, counting.system.steps, strict=True):
        found += [*_facts(counting, step), *_simulated(counting, step, abstract)]
    return tuple(o for o in found if o.term is not FALSE)


def _others(counting: Counting, index: int) -> Term:
    return symbol(f"others.{index}", counting.tallies[index].count.width)


def _rest(counting: Counting, index: int, place: int) -> Term:
    total = counting.tallies[index].sums[place].total
    return symbol(f"rest.{index}.{place}", total.width)


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


def _simulated(counting: Counting, step: ProgramStep, abstract: Step) -> Iterator[Obligation]:
    start = conj(_assumed(counting, step))
    before = _before(counting, step)
    (guard, *nexts) = substitute_all((abstract.guard, *(v for _, v in abstract.updates)), before)
    updates = dict(zip((name for name, _ in abstract.updates), nexts, strict=True))
    wrong = []
    ends = substitute_all((o.when for o in abstract.outcomes), before)
    for target, end in zip(step.targets, ends, strict=True):
        expected = _after(counting, step, target)
        same = (eq(updates.get(t.name, before.get(t, t)), expected[t]) for t in expected)
        wrong.append(bvand(target.when, bvnot(conj((guard, end, *same)))))
    yield Obligation(f"counting takes the step {_where(step)}", bvand(start, disj(wrong)))
    missed = []
    for check, seen in zip(step.checks, abstract.checks, strict=True):
        if check.property != seen.property:
            raise ValueError("the counting system has other checks than the program")
        reached, violated = substitute_all((seen.reached, seen.violated), before)
        missed += [bvand(check.reached, bvnot(reached)), bvand(check.violated, bvnot(violated))]
    yield Obligation(f"counting sees the checks {_where(step)}", bvand(start, disj(missed)))


def _assumed(counting: Counting, step: ProgramStep) -> Iterator[Term]:
    """Yield what is true of any CPUs of which one takes the step; the program's own guards are in ``when``."""
    compiled = counting.compiled
    yield _at_most(counting, None, contexts(compiled.program) - 1)
    for index, tally in enumerate(counting.tallies):
        for place, one in enumerate(tally.sums):
            yield sum_in_range(_others(counting, index), _rest(counting, index, place), one.low, one.high)
    if step.source is None:
        actor = _actor(counting, step)
        if actor.limit is not None:
            yield _at_most(counting, actor.name, actor.limit - 1)
        if actor.max_entries is not None:
            entries = _entries(counting, actor)
            yield bvult(entries, const(actor.max_entries, entries.width))
    yield from _own_facts(counting, step)
    yield from (i.in_range for i in step.inputs)
    for fresh in step.fresh:
        drawn = symbol(fresh.name, TOKEN_WIDTH)
        yield from (implies(fresh.path, ne(drawn, held)) for held in fresh.own)


def _at_most(counting: Counting, actor: str | None, limit: int) -> Term:
    """Return: the others inside an actor (None: any) are at most ``limit``."""
    most = contexts(counting.compiled.program)
    width = most.bit_length() + len(counting.tallies).bit_length()
    total = const(0, width)
    for index, tally in enumerate(counting.tallies):
        if actor in {None, tally.location.actor}:
            total = bvadd(total, zext(_others(counting, index), width))
    if limit < 0:
        return FALSE
    return TRUE if limit >= 1 << width else bvule(total, const(limit, width))


def _actor(counting: Counting, step: ProgramStep) -> Actor:
    return next(a for a in counting.compiled.program.actors if a.name == step.actor)


def _entries(counting: Counting, actor: Actor) -> Term:
    return next(v.term for v in counting.system.state if v.name == f"entries.{actor.name}")


def _before(counting: Counting, step: ProgramStep) -> Mapping[Term, Term]:
    """Return the counting state before the step: the others, and the CPU itself where it is."""
    found = {}
    for index, tally in enumerate(counting.tallies):
        here = step.source is tally.location
        found[tally.count] = bvadd(_others(counting, index), const(int(here), tally.count.width))
        for place, one in enumerate(tally.sums):
            rest = _rest(counting, index, place)
            own = widened(one.local, symbol(one.local.name, one.local.width), rest.width)
            found[one.total] = bvadd(rest, own) if here else rest
    return found


def _after(counting: Counting, step: ProgramStep, target: Target) -> Mapping[Term, Term]:
    """Return the value of every variable of the counting state after the step, by its symbol."""
    updates = dict(step.updates)
    found = {v.term: updates.get(v.name, v.term) for v in counting.system.state}
    actor = _actor(counting, step)
    if step.source is None and actor.max_entries is not None:
        entries = _entries(counting, actor)
        found[entries] = bvadd(entries, const(1, entries.width))
    for index, tally in enumerate(counting.tallies):
        here = target.location is tally.location
        found[tally.count] = bvadd(_others(counting, index), const(int(here), tally.count.width))
        for place, one in enumerate(tally.sums):
            rest = _rest(counting, index, place)
            found[one.total] = rest
            if here:
                value = target.locals[tally.location.live.index(one.local)]
                found[one.total] = bvadd(rest, widened(one.local, value, rest.width))
    return found
