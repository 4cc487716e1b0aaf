"""Guesses about words that are pinned: set to a constant far away from what they count.

A saturating counter that would overflow is set half way into the negative numbers and stays there. That takes two
accesses, so that CPUs stand between the one that counts and the one that sets; until they have set it the word goes on,
and afterwards others count from where it was set. A proof has to tell the two ways of life apart: in the *zone* around
the constant the word is no further from it than the CPUs that are about to set it can have brought it, and outside of
it counts what it always counted. No single bit tells which, unlike a bit that marks a word as locked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from verify.encode.tally import Tally
from verify.engines.affine import modular_equations
from verify.engines.columns import Equation, columns_of
from verify.engines.family import Context, Family, bound_families, single_families
from verify.engines.hull import equation_families
from verify.engines.templates import (
    States,
    Words,
    cell_width,
    columns_in,
    factors,
    guesses,
    measured_words,
    occupied,
    totals,
)
from verify.term.build import bvadd, bvmul, bvnot, bvsub, bvule, bvult, const, disj, implies, zext
from verify.term.compiled import compiled
from verify.term.semantics import to_signed
from verify.term.term import Op, Term

GROUP = 2
"""CPUs at this many other locations may excuse those at one; all of them together may, too."""

FAR = 16
"""A constant is far from what is counted where a zone of a half divided by this fits between it and the ends."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A constant that CPUs at the locations ``setters`` will store in a word, and the zone around it (width 1).

    The zone reaches (by ``reach``) half way to the next of the two places where a signed word changes its sign. From
    the locations ``coming`` a CPU may come to a setter's: one that looks at the word again before it pins it. One that
    only stores it if the word is what it was (cmpxchg) has not changed the word, and is neither.
    """

    word: Term
    value: int
    reach: int
    zone: Term
    setters: tuple[Tally, ...]
    coming: tuple[Tally, ...]


def pins(words: Words) -> tuple[Pin, ...]:
    """Return the constants that a program stores far from what its words count, by word and value."""
    cells = {c.name for c in words.counting.compiled.program.cells}
    found: dict[tuple[Term, int], list[Tally]] = {}
    for word in (w for w in words.words if w.name in cells):
        for tally in words.tallies:
            for value, always in sorted(_stored(words, word, tally).items()):
                setters = found.setdefault((word, value), [])
                setters += [tally] if always else []
    made = (_pin(words, word, value, tuple(setters)) for (word, value), setters in found.items())
    return tuple(pin for pin in made if pin is not None)


def _stored(words: Words, word: Term, tally: Tally) -> dict[int, bool]:
    """Return the constants that a CPU at a location may store in a word in its next step, and whether it must."""
    values = (
        value
        for step in words.counting.compiled.steps
        if step.source is tally.location
        for name, value in step.updates
        if name == word.name
    )
    stack, found = [(value, True) for value in values], dict[int, bool]()
    while stack:
        term, always = stack.pop()
        if term.op is Op.CONST:
            found[term.number] = found.get(term.number, True) and always
        elif term.op is Op.ITE:
            stack += [(value, False) for value in term.args[1:]]
    return found


def _coming(words: Words, setters: tuple[Tally, ...]) -> tuple[Tally, ...]:
    """Return the other locations from which a CPU may come to a setter's."""
    reached = [tally.location for tally in setters]
    for goal in reached:
        reached += [
            step.source
            for step in words.counting.compiled.steps
            if step.source is not None and step.source not in reached and any(t.location is goal for t in step.targets)
        ]
    return tuple(t for t in words.tallies if t.location in reached and t not in setters)


def _pin(words: Words, word: Term, value: int, setters: tuple[Tally, ...]) -> Pin | None:
    width = word.width
    half = 1 << (width - 1)
    reach = min(value % half, half - value % half) // 2
    if reach * FAR < half:
        return None
    zone = bvult(bvsub(word, const(value - reach, width)), const(2 * reach, width))
    return Pin(word, value, reach, zone, setters, _coming(words, setters))


def pinned_guesses(words: Words, states: States) -> list[Family]:
    """Return families of guesses as ``guesses`` does, and before them those about pins.

    Only pins are of use in whose zone some state is, and some is not; without one there are no guesses.
    """
    slots = {v.name: i for i, v in enumerate(words.counting.system.state)}
    known = pins(words)
    inside = dict(zip(known, compiled([pin.zone for pin in known], slots), strict=True))
    seen = {pin: tuple(i for i, state in enumerate(states) if holds(state)) for pin, holds in inside.items()}
    used = [pin for pin, members in seen.items() if 0 < len(members) < len(states)]
    if not used:
        return []
    contexts = [context for pin in used for context in _contexts(pin, seen[pin], len(states))]
    found = list(single_families((t for pin in used for t in _about(words, pin)), slots, states))
    found += equation_families(_equations(words, contexts, states, slots), slots, states)
    signed = _with_signed_limits(words)
    found += bound_families((*totals(signed), *measured_words(signed)), contexts, slots, states)
    return found + guesses(replace(words, bits=(*words.bits, *(pin.zone for pin in used))), states, promises=True)


def _contexts(pin: Pin, members: tuple[int, ...], states: int) -> tuple[Context, Context]:
    others = tuple(sorted(set(range(states)).difference(members)))
    return Context(pin.zone, members), Context(bvnot(pin.zone), others)


def _about(words: Words, pin: Pin) -> Iterator[Term]:
    """Yield: in the zone the setters say how far the word is; where one is, the word is there or another setter is."""
    everybody = (*pin.setters, *pin.coming)
    for who in dict.fromkeys((pin.setters, everybody)):
        for factor in factors(words):
            yield from near(pin, who, factor)
    yield from (disj((bvnot(occupied(tally)), pin.zone)) for tally in pin.coming)
    for tally in pin.setters:
        others = [other for other in pin.setters if other is not tally]
        groups = [group for size in range(GROUP + 1) for group in combinations(others, size)]
        for group in (*groups, tuple(others)):
            yield disj((bvnot(occupied(tally)), pin.zone, *map(occupied, group)))


def near(pin: Pin, tallies: Sequence[Tally], factor: int) -> tuple[Term, Term]:
    """Return: in the zone the word is at most ``factor`` times the CPUs there above the constant; and below it.

    Nothing in it wraps. Each is a sum and a comparison: solvers take long over both at once.
    """
    counts = [tally.count for tally in tallies]
    bits = max((count.width for count in counts), default=0) + len(counts).bit_length() + factor.bit_length()
    width = max(pin.word.width, bits) + 1
    most = const(0, width)
    for count in counts:
        most = bvadd(most, zext(count, width))
    most = bvmul(most, const(factor, width))
    reach = const(pin.reach, width)
    place = zext(bvsub(pin.word, const(pin.value - pin.reach, pin.word.width)), width)
    return implies(pin.zone, bvule(place, bvadd(reach, most))), implies(pin.zone, bvule(reach, bvadd(place, most)))


def _equations(
    words: Words, contexts: Sequence[Context], states: States, slots: Mapping[str, int]
) -> Iterator[Equation]:
    """Yield equations modulo the width of the cells: where a word is pinned it went around a half of its values."""
    width = cell_width(words)
    columns = columns_of(columns_in(words, width), slots)
    for context in contexts:
        rows = dict.fromkeys(tuple(to_signed(f(states[i]), width) for f in columns.read) for i in context.members)
        yield from (Equation(context.term, columns, vector) for vector in modular_equations(rows, width))


def _with_signed_limits(words: Words) -> Words:
    """Return the same with the constants at which a signed word of each width changes its sign."""
    widths = {*words.constants, *(w.width for w in words.words)}
    wanted = {w: tuple(sorted({*words.constants.get(w, ()), 1 << (w - 1)})) for w in sorted(widths)}
    return replace(words, constants=wanted)
