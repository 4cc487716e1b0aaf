"""Candidate lemmas: guesses made from the program's constants, its locations and sampled states.

A candidate is a width-1 term over the state, symmetric in the CPUs. ``verify.engines.houdini``
keeps those that are inductive together; nothing here is trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from verify.encode.explicit import at_location, local_var
from verify.encode.steps import Location
from verify.engines.affine import equations
from verify.engines.columns import zero_product
from verify.engines.vocabulary import HEADROOM, Vocabulary, count_at, headroom, largest_inputs, numeric_locals, sum_at
from verify.program.program import Kind, PropertyKind
from verify.system.system import StateVar, TransitionSystem
from verify.term.build import (
    FALSE,
    TRUE,
    bvadd,
    bvand,
    bvmul,
    bvnot,
    bvule,
    bvult,
    conj,
    const,
    disj,
    eq,
    implies,
    resize,
    substitute,
    symbol,
    zext,
)
from verify.term.compiled import compiled
from verify.term.semantics import to_signed
from verify.term.term import Term

States = Sequence[tuple[int, ...]]

MAX_PHASES = 64
"""More valuations of the flags than this are not told apart."""


Chain = tuple[Term, ...]
"""Guesses from the strongest to the weakest; each implies the next."""


def basic(words: Vocabulary, system: TransitionSystem) -> tuple[Chain, ...]:
    """Return hints, properties of states, exclusions, bounds of words and sums, and facts per location."""
    found = singles((*_given(words, system), *_flag_pairs(words), *_exclusions(words)))
    found += [chain for word in words.words for chain in _bounds(words, word.term)]
    return distinct((*found, *_totals(words), *_location_facts(words)))


def phased(words: Vocabulary, system: TransitionSystem, states: States) -> tuple[Chain, ...]:
    """Return equations, excuses, and what holds in each phase of the flags."""
    seen = phases(words, system, states)
    found = singles((*_equations(words, system, states), *_excuses(words), disj(seen)))
    bounds = [chain for word in words.words for chain in _bounds(words, word.term)]
    return distinct((*found, *(tuple(implies(phase, atom) for atom in c) for phase in seen for c in bounds)))


def weighted(words: Vocabulary, system: TransitionSystem, _states: States) -> tuple[Chain, ...]:
    """Return bounds of the form word <= K + c * (CPUs at a location)."""
    return distinct(_weighted_bounds(words, system))


def weighted_by_phase(words: Vocabulary, system: TransitionSystem, states: States) -> tuple[Chain, ...]:
    """Return the same bounds for each phase."""
    bounds = tuple(_weighted_bounds(words, system))
    seen = phases(words, system, states)
    return distinct(tuple(implies(phase, atom) for atom in chain) for phase in seen for chain in bounds)


def _weighted_bounds(words: Vocabulary, system: TransitionSystem) -> Iterator[Chain]:
    factors = largest_inputs((i for s in system.steps for i in s.inputs), words.width)
    for location in words.compiled.locations:
        for word in words.words:
            for factor in factors:
                limits = _limits(words, word.width)
                yield tuple(_weighted_bound(words, word, limit, factor, location) for limit in limits)


def singles(terms: Iterable[Term]) -> list[Chain]:
    """Return a chain for each term."""
    return [(term,) for term in terms]


def distinct(chains: Iterable[Chain]) -> tuple[Chain, ...]:
    """Return the chains without repeated terms, trivial terms and empty chains."""
    seen: set[Term] = {TRUE}
    found = []
    for chain in chains:
        fresh = tuple(t for t in dict.fromkeys(chain) if t not in seen)
        seen.update(fresh)
        if fresh:
            found.append(fresh)
    return tuple(found)


def phases(words: Vocabulary, system: TransitionSystem, states: States) -> tuple[Term, ...]:
    """Return the valuations of the flags that were seen, as conjunctions of literals."""
    places = [_place(system, flag) for flag in words.flags]
    seen = sorted({tuple(s[p] for p in places) for s in states})
    if not words.flags or len(seen) > MAX_PHASES:
        return ()
    return tuple(conj(eq(f.term, const(v, 1)) for f, v in zip(words.flags, key, strict=True)) for key in seen)


def surviving(system: TransitionSystem, states: States, chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """Drop the guesses that a sampled state falsifies."""
    flat = [term for chain in chains for term in chain]
    functions = iter(compiled(flat, {v.name: i for i, v in enumerate(system.state)}))
    kept = (tuple(t for t, holds in zip(chain, functions, strict=False) if all(map(holds, states))) for chain in chains)
    return tuple(chain for chain in kept if chain)


def _place(system: TransitionSystem, var: StateVar) -> int:
    return next(i for i, v in enumerate(system.state) if v.name == var.name)


def _given(words: Vocabulary, system: TransitionSystem) -> Iterator[Term]:
    """Hints of the spec, and the properties of states themselves."""
    yield from words.compiled.lemmas
    yield from (bvnot(check.violated) for check in system.state_checks)


def _excuses(words: Vocabulary) -> Iterator[Term]:
    """A QUIESCENT condition holds, or some CPU is at one of these (at most two) locations."""
    somewhere = {loc: bvult(const(0, 8), count_at(words, loc, 8)) for loc in words.compiled.locations}
    for stated in words.compiled.state_properties:
        if stated.property.kind is PropertyKind.QUIESCENT:
            for size in (1, 2):
                for group in combinations(somewhere.values(), size):
                    yield disj((stated.holds, *group))


def _literals(words: Vocabulary) -> tuple[Term, ...]:
    return tuple(t for flag in (*(f.term for f in words.flags), *words.bits) for t in (flag, bvnot(flag)))


def _flag_pairs(words: Vocabulary) -> Iterator[Term]:
    for a, b in combinations(_literals(words), 2):
        yield bvnot(bvand(a, b))


def _exclusions(words: Vocabulary) -> Iterator[Term]:
    """No two CPUs are at these two locations at once."""
    places = words.compiled.locations
    for i, one in enumerate(places):
        for other in places[i:]:
            pairs = [
                bvand(at_location(words.compiled, c, one), at_location(words.compiled, d, other))
                for c in range(words.cpus)
                for d in range(words.cpus)
                if c != d
            ]
            yield bvnot(disj(pairs))


def _equations(words: Vocabulary, system: TransitionSystem, states: States) -> list[Term]:
    """Affine equations between words, ledgers, flags, counts and sums; per phase and over all."""
    width = words.width
    columns = [const(1, width)]
    for location in words.compiled.locations:
        columns += [sum_at(words, location, v, width) for v in numeric_locals(location)]
        columns.append(count_at(words, location, width))
    columns += [zext(flag, width) for flag in (*(f.term for f in words.flags), *words.bits)]
    ghosts = {g.name for g in words.compiled.program.ghosts}
    for word in sorted(words.words, key=lambda v: v.name not in ghosts):
        columns.append(resize(word.term, width, signed=word.signed))
    functions = compiled(columns, {v.name: i for i, v in enumerate(system.state)})
    rows = [tuple(to_signed(f(s), width) for f in functions) for s in states]
    found = [zero_product(columns, vector) for vector in equations(dict.fromkeys(rows))]
    for phase in phases(words, system, states):
        held = compiled([phase], {v.name: i for i, v in enumerate(system.state)})[0]
        inside = dict.fromkeys(row for row, state in zip(rows, states, strict=True) if held(state))
        found += [implies(phase, zero_product(columns, vector)) for vector in equations(inside)]
    return found


def _limits(words: Vocabulary, width: int) -> tuple[int, ...]:
    """Return the upper limits worth trying: each constant, inclusive and exclusive, and what +1 makes of it."""
    top = (1 << width) - 1
    found = {v for k in words.constants.get(width, ()) for v in (k - 1, k, k + 1) if 0 <= v < top}
    return tuple(sorted(found))


def _bounds(words: Vocabulary, term: Term) -> Iterator[Chain]:
    """Upper limits from the lowest up, lower limits from the highest down."""
    limits = _limits(words, term.width)
    yield tuple(bvule(term, const(value, term.width)) for value in limits)
    yield tuple(bvule(const(value + 1, term.width), term) for value in reversed(limits))


def _totals(words: Vocabulary) -> Iterator[Chain]:
    """Bounds on sums of two or more ledgers, which together are the references handed out."""
    ghosts = {g.name for g in words.compiled.program.ghosts if g.kind is Kind.UNSIGNED}
    ledgers = [v for v in words.words if v.name in ghosts]
    width = words.width + HEADROOM
    known = {value for held in words.constants.values() for value in held}
    limits = {limit for value in known for limit in (value, value + 1) if 1 < limit < 1 << words.width}
    for size in range(2, len(ledgers) + 1):
        for group in combinations(ledgers, size):
            total = const(0, width)
            for var in group:
                total = bvadd(total, zext(var.term, width))
            yield tuple(bvule(total, const(limit, width)) for limit in sorted(limits))


def _location_facts(words: Vocabulary) -> Iterator[Chain]:
    """Where a CPU is at a location, a flag has a value, a local has bounds, two locals are equal."""
    for location in words.compiled.locations:
        yield (everywhere(words, location, FALSE),)
        for chain in (*singles(_literals(words)), *_local_atoms(words, location)):
            yield tuple(everywhere(words, location, atom) for atom in chain)


def _local_atoms(words: Vocabulary, location: Location) -> Iterator[Chain]:
    for local in location.live:
        if local.kind is Kind.BOOL:
            yield (symbol(local.name, local.width),)
            yield (bvnot(symbol(local.name, local.width)),)
    for local in numeric_locals(location):
        yield from _bounds(words, symbol(local.name, local.width))
        held = (w.term for w in words.words if w.width == local.width)
        yield from singles(bvule(symbol(local.name, local.width), word) for word in held)
    for one, other in combinations(location.live, 2):
        if one.width == other.width:
            yield (eq(symbol(one.name, one.width), symbol(other.name, other.width)),)


def everywhere(words: Vocabulary, location: Location, atom: Term) -> Term:
    """Return: every CPU at the location satisfies the atom, a term over shared state and its live locals."""
    facts = []
    for cpu in range(words.cpus):
        own = {symbol(v.name, v.width): symbol(local_var(cpu, v.name), v.width) for v in location.live}
        facts.append(implies(at_location(words.compiled, cpu, location), substitute(atom, own)))
    return conj(facts)


def _weighted_bound(words: Vocabulary, word: StateVar, limit: int, factor: int, location: Location) -> Term:
    width = word.width + headroom(factor)
    slack = bvmul(count_at(words, location, width), const(factor, width))
    return bvule(zext(word.term, width), bvadd(const(limit, width), slack))
