"""Accelerated steps: one way a step can end, taken K times at once in closed form (DESIGN section 6).

A step of the counting system can be accelerated where every variable of its state moves by a constant:
v becomes v + d, or keeps its value. Inputs are the same in all K iterations; one that a variable moves by
is set to its least or its greatest value, so that no product of two unknowns arises. Then:

    the step can be taken K times from s  <=>  it can be taken from s + i * d for every i in [0, K)

and the conditions of ``verify.engines.slopes`` at the first and the last iteration imply the right side:
the guard is a boolean of terms that do not change within the block, so it holds everywhere because it
holds in the first iteration. That the variables really move by d is a condition of the same kind
(``update = v + d`` in the first iteration, and both have the slope d), and the counts of CPUs are
variables like the others: the guard says that a context is free, or that a CPU is there to leave.

K is less than 2**w for the widest variable that moves: no run needs to go round that word more than once.

Accelerated steps find traces only. They have no checks: a check that fails in between is a violation too. But
where that can be said by the same conditions, K is so small that every check of the step and every ALWAYS has
one result throughout, so that the search sees the first step at which a result changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product

from verify.encode.counting import Counting, rest_step
from verify.engines.chains import chains, own_inputs
from verify.engines.slopes import NotALineError, Slopes, Straight
from verify.system.system import Input, Outcome, Step, TransitionSystem
from verify.term.build import (
    FALSE,
    TRUE,
    bvadd,
    bvmul,
    bvsle,
    bvsub,
    bvule,
    conj,
    const,
    eq,
    resize,
    substitute_all,
    symbol,
)
from verify.term.semantics import evaluate, mask, to_signed
from verify.term.term import Op, Term, symbols
from verify.verdict.answer import Block, TraceStep

TIMES = "!times"
"""The input K of an accelerated step; no name of C."""

MOST_BOUND = 3
"""How many inputs of a step may be set to a limit; a step with more is not accelerated."""

MOST_SPLITS = 3
"""How many conditions may be decided both ways when it is open which branch of an update is taken."""


@dataclass(frozen=True, slots=True)
class Accelerated:
    """A step, or a chain of steps of one CPU, taken K >= 2 times; or a chain taken once, without the input K.

    ``path`` are the program's steps, ``single`` is what they do once and ``outcome`` the way it ends, ``step`` the
    step of the system, and ``bound`` the inputs that were set.
    """

    path: tuple[int, ...]
    single: Step
    outcome: int
    bound: tuple[tuple[str, int], ...]
    step: Step


@dataclass(frozen=True, slots=True)
class Faster:
    """A counting system with accelerated steps behind its own."""

    counting: Counting
    system: TransitionSystem
    accelerated: tuple[Accelerated, ...]


def accelerate(counting: Counting) -> Faster:
    """Return the system of a counting encoding without focus CPUs, with every step that can be accelerated."""
    found: list[Accelerated] = []
    always = tuple(c.violated for c in counting.system.state_checks if c.reached is TRUE)
    width = 1 + max(v.width for v in counting.system.state)
    for path, step in _steps(counting):
        if len(path) > 1:
            found.append(Accelerated(path, step, 0, (), step))
        for place, outcome in enumerate(step.outcomes):
            results = (*always, *(t for c in step.checks for t in (c.reached, c.violated)))
            form = _Form(outcome.when, step.updates, results).under(_conjuncts(outcome.when))
            found += _variants(path, place, step, replace(form, when=outcome.when), width)
    system = counting.system
    steps = (*system.steps, *(a.step for a in found))
    return Faster(counting, replace(system, steps=steps), tuple(found))


def _steps(counting: Counting) -> Iterator[tuple[tuple[int, ...], Step]]:
    """Yield what may be taken many times: each step without FRESH, and each chain of them."""
    for index, step in enumerate(counting.system.steps):
        if not counting.compiled.steps[index].fresh:
            yield (index,), step
    for chain in chains(counting.compiled):
        yield chain.path, rest_step(counting.compiled, counting.tallies, 0, chain.step)


def _conjuncts(term: Term) -> Mapping[Term, Term]:
    """Return what a condition says of its parts: each is TRUE or FALSE."""
    stack, found = [term], dict[Term, Term]()
    while stack:
        part = stack.pop()
        if part.op is Op.AND and part.width == 1:
            stack += part.args
        elif part.op is Op.NOT and part.width == 1:
            found[part.args[0]] = FALSE
        elif part.op is not Op.CONST:
            found[part] = TRUE
    return found


_Updates = tuple[tuple[str, Term], ...]


@dataclass(frozen=True, slots=True)
class _Form:
    """One way a step ends: when, with which updates, and the results of checks that should not change."""

    when: Term
    updates: _Updates
    results: tuple[Term, ...]

    def under(self, known: Mapping[Term, Term]) -> _Form:
        """Return the same with terms replaced."""
        count = len(self.updates)
        found = substitute_all((self.when, *(value for _, value in self.updates), *self.results), known)
        names = (name for name, _ in self.updates)
        return _Form(found[0], tuple(zip(names, found[1 : 1 + count], strict=True)), found[1 + count :])


def _variants(path: tuple[int, ...], place: int, step: Step, form: _Form, width: int) -> Iterator[Accelerated]:
    """Yield the step with the inputs by which it moves variables at their limits, once for each choice."""
    outcome = step.outcomes[place]
    open_ = {s.name for name, value in form.updates for s in symbols((_difference(name, value),))}
    bound = [i for i in step.inputs if i.name in open_ and i.low != i.high]
    if len(bound) > MOST_BOUND:
        return
    fixed = [i for i in step.inputs if i.low == i.high]
    rest = tuple(i for i in step.inputs if i not in bound and i not in fixed)
    for limits in product(*((i.low, i.high) for i in bound)):
        chosen = [*zip(fixed, (i.low for i in fixed), strict=True), *zip(bound, limits, strict=True)]
        values = {i.term: const(n, i.width) for i, n in chosen}
        named = tuple(sorted((i.name, n & mask(i.width)) for i, n in chosen))
        for guard, moved in _closed(form.under(values), width, MOST_SPLITS):
            label = f"{step.label} ({outcome.label}), again and again"
            most = mask(max(value.width for _, value in moved))
            inputs = (*rest, Input(TIMES, width, signed=False, low=2, high=most, label="times"))
            ends = (Outcome(outcome.label, guard, outcome.finishes),)
            made = Step(label, step.cpu, step.actor, guard, moved, inputs, (), ends, step.span)
            yield Accelerated(path, step, place, named, made)


def _difference(name: str, value: Term) -> Term:
    return bvsub(value, symbol(name, value.width))


def _closed(form: _Form, width: int, splits: int) -> Iterator[tuple[Term, _Updates]]:
    """Yield the guard and the updates of K iterations, once for each way to decide open conditions."""
    if form.when is FALSE:
        return
    updates = form.updates
    for moves in _guessed_moves(updates):
        slopes = Slopes(moves)
        first = [eq(value, bvadd(symbol(n, value.width), const(moves.get(n, 0), value.width))) for n, value in updates]
        try:
            slopes.add((form.when, *first))
        except NotALineError:
            if slopes.unsettled is not None and splits:
                for truth in (TRUE, FALSE):
                    decided = eq(slopes.unsettled, truth)
                    inner = form.under({slopes.unsettled: truth})
                    yield from _closed(replace(inner, when=conj((inner.when, decided))), width, splits - 1)
                return
            continue
        if any(moves.values()):
            for result in form.results:
                with suppress(NotALineError):
                    slopes.add((result,))
            guard = conj((form.when, *first, *_conditions(slopes, moves, updates, width)))
            if guard is not FALSE:
                yield guard, tuple(_moved(moves, updates, width))


def _guessed_moves(updates: _Updates) -> Iterator[Mapping[str, int]]:
    """Yield by how much each variable may move: what is left of update - variable, else 0, else a sample."""
    left = {name: _difference(name, value) for name, value in updates}
    sure = {n: d.number for n, d in left.items() if d.op is Op.CONST}
    yield {n: to_signed(sure.get(n, 0), d.width) for n, d in left.items()}
    if len(sure) < len(left):
        zeros = {s.name: 0 for s in symbols(left.values())}
        yield {n: to_signed(evaluate(d, zeros), d.width) for n, d in left.items()}


def _again(moves: Mapping[str, int], updates: _Updates, times: Term) -> Mapping[Term, Term]:
    """Return each moving variable's value after as many iterations."""
    found = {}
    for name, value in updates:
        if moves[name]:
            var = symbol(name, value.width)
            amount = bvmul(resize(times, value.width, signed=False), const(moves[name], value.width))
            found[var] = bvadd(var, amount)
    return found


def _moved(moves: Mapping[str, int], updates: _Updates, width: int) -> Iterator[tuple[str, Term]]:
    after = _again(moves, updates, symbol(TIMES, width))
    yield from ((var.name, value) for var, value in after.items())


def _conditions(slopes: Slopes, moves: Mapping[str, int], updates: _Updates, width: int) -> Iterator[Term]:
    """Yield what must hold of the first and the last iteration."""
    times = symbol(TIMES, width)
    yield bvule(const(2, width), times)
    before = bvsub(times, const(1, width))
    last = _again(moves, updates, before)
    for one in slopes.straight:
        yield _straight(one, last, before)
    same = tuple(slopes.same)
    yield from (eq(a, b) for a, b in zip(same, substitute_all(same, last), strict=True))


def _straight(one: Straight, last: Mapping[Term, Term], before: Term) -> Term:
    (end,) = substitute_all((one.term,), last)
    least, greatest = (one.term, end) if one.slope > 0 else (end, one.term)
    most = mask(one.term.width) // abs(one.slope)
    short = bvule(before, const(min(most, mask(before.width)), before.width))
    return conj((short, bvsle(least, greatest) if one.signed else bvule(least, greatest)))


def block(faster: Faster, taken: TraceStep) -> Block:
    """Return a step of the system as a block of the program: which CPUs take which step how often."""
    own = len(faster.counting.system.steps)
    path: tuple[int, ...] = (taken.index,)
    values = dict(taken.inputs)
    times = values.pop(TIMES, 1)
    if taken.index >= own:
        made = faster.accelerated[taken.index - own]
        path = made.path
        values |= dict(made.bound)
    steps = [faster.counting.compiled.steps[index] for index in path]
    given, *more = (own_inputs(step, position, values) for position, step in enumerate(steps))
    source = steps[0].source
    if source is None:
        return Block(steps[0].actor, None, given, (), times, tuple(more))
    tally = next(t for t in faster.counting.tallies if t.location is source)
    known = {v.name: n & mask(v.width) for v, n in tally.constants}
    held = tuple(sorted((v.name, known.get(v.name, values.get(v.name, 0))) for v in source.live))
    return Block(source.actor, source.node, given, held, times)
