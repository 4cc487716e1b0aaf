"""What one CPU does from entering an actor to leaving it while nobody else moves, as one step.

A loop of read and compare-and-swap is two accesses, so neither of its steps moves a counter again and again;
both together do. Chains are for acceleration only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from verify.encode.steps import Compiled, Location, ProgramStep, Target
from verify.system.system import Input
from verify.term.build import FALSE, bvand, substitute_all, symbol
from verify.term.term import Term

LONGEST = 4
"""The most steps of a chain."""

_MARK = ";"
"""Stands between the name of an input and the number of its step; no name of C holds it."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps of one CPU by their index in the program, and what they do together: one way to end, all checks."""

    path: tuple[int, ...]
    step: ProgramStep


def chains(compiled: Compiled) -> Iterator[Chain]:
    """Yield every chain of at least two steps that passes no location twice and leaves its actor without a BUG."""
    for index, step in enumerate(compiled.steps):
        if step.source is None and not step.fresh:
            for target in step.targets:
                only = replace(step, guard=target.when, targets=(target,))
                yield from _longer(compiled, Chain((index,), only), frozenset())


def _longer(compiled: Compiled, chain: Chain, seen: frozenset[Location]) -> Iterator[Chain]:
    here = chain.step.targets[0].location
    if here is None or here in seen or len(chain.path) == LONGEST:
        return
    for index, step in enumerate(compiled.steps):
        if step.source is here and not step.fresh:
            for target in step.targets:
                made = Chain((*chain.path, index), _then(chain, step, target))
                if made.step.guard is not FALSE and target.location is None and not target.bug:
                    yield made
                elif made.step.guard is not FALSE:
                    yield from _longer(compiled, made, seen | {here})


def _then(chain: Chain, step: ProgramStep, target: Target) -> ProgramStep:
    """Return a chain's step followed by one way in which another step ends."""
    first = chain.step
    before = _values(first, step, len(chain.path))
    found = substitute_all((target.when, *target.locals, *(value for _, value in step.updates)), before)
    seen = substitute_all((t for c in step.checks for t in (c.reached, c.violated)), before)
    checks = tuple(
        replace(c, reached=bvand(first.guard, reached), violated=bvand(first.guard, violated))
        for c, reached, violated in zip(step.checks, seen[::2], seen[1::2], strict=True)
    )
    when = bvand(first.guard, found[0])
    after = found[1 : 1 + len(target.locals)]
    names = (name for name, _ in step.updates)
    updates = dict(first.updates) | dict(zip(names, found[1 + len(target.locals) :], strict=True))
    inputs = (*first.inputs, *(replace(i, name=_named(i, len(chain.path))) for i in step.inputs))
    end = Target(when, target.location, target.bug, after)
    return replace(
        first,
        guard=when,
        updates=tuple(updates.items()),
        targets=(end,),
        inputs=inputs,
        checks=(*first.checks, *checks),
    )


def _values(first: ProgramStep, step: ProgramStep, position: int) -> Mapping[Term, Term]:
    """Return what the symbols of a step stand for when it follows: shared state, locals, and inputs of its own."""
    found = {symbol(name, value.width): value for name, value in first.updates}
    here = first.targets[0]
    if here.location is not None:
        live = here.location.live
        found |= {symbol(v.name, v.width): value for v, value in zip(live, here.locals, strict=True)}
    return found | {i.term: symbol(_named(i, position), i.width) for i in step.inputs}


def _named(given: Input, position: int) -> str:
    return f"{given.name}{_MARK}{position}"


def own_inputs(step: ProgramStep, position: int, values: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return the inputs of the step at a position of a chain (0: its first), by their own names."""
    named = ((i.name, i.name if not position else _named(i, position)) for i in step.inputs)
    return tuple(sorted((name, values[key]) for name, key in named))
