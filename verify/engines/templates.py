"""Guesses for the counting encoding, from the simplest kind to the most special.

A guess is a width-1 term over the counting state. ``verify.engines.sorcar`` chooses among them what
a proof needs; nothing here is trusted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from verify.encode.counting import Counting
from verify.encode.explicit import entries_width
from verify.encode.tally import Tally
from verify.engines.affine import equations, modular_equations
from verify.engines.columns import Equation, columns_of
from verify.engines.family import Context, Family, Measure, bound_families, single_families
from verify.engines.focus import focus_clauses, focus_values, number, places, present
from verify.engines.hull import equation_families
from verify.engines.vocabulary import HEADROOM, headroom, interesting_constants, largest_inputs, tested_bits
from verify.program.program import Kind, PropertyKind
from verify.term.build import (
    TRUE,
    bvadd,
    bvand,
    bvmul,
    bvnot,
    bvor,
    bvule,
    const,
    disj,
    extract,
    implies,
    ne,
    resize,
    substitute,
    symbol,
    zext,
)
from verify.term.compiled import compiled
from verify.term.semantics import to_signed
from verify.term.term import Term

States = Sequence[tuple[int, ...]]

ENTRIES = "entries."
"""How the variables begin that count how often an actor with ACTOR_MAX was entered; no name of C."""


@dataclass(frozen=True, slots=True)
class Words:
    """What guesses speak of: flags and tested bits (width 1), counting words, tallies, constants by width."""

    counting: Counting
    flags: tuple[Term, ...]
    bits: tuple[Term, ...]
    words: tuple[Term, ...]
    signed: Mapping[str, bool]
    ledgers: tuple[Term, ...]
    constants: Mapping[int, tuple[int, ...]]

    @property
    def tallies(self) -> tuple[Tally, ...]:
        return self.counting.tallies


def words_of(counting: Counting, states: States = ()) -> Words:
    """Collect what guesses about a counting system may mention.

    How often an actor was entered is among it where only ACTOR_MAX keeps CPUs out of it in some of the ``states``.
    """
    program = counting.compiled.program
    kinds = {v.name: v.kind for v in program.cells} | {v.name: v.kind for v in program.ghosts}
    widths = {v.name: v.width for v in program.cells} | {v.name: v.width for v in program.ghosts}
    shared = [symbol(name, width) for name, width in widths.items() if kinds[name] is not Kind.TOKEN]
    shared += [symbol(ENTRIES + name, width) for name, width in _limited_entries(counting, states)]
    words = tuple(v for v in shared if v.width > 1)
    cells = {c.name for c in program.cells}
    places = tested_bits(counting.system)
    bits = tuple(extract(w, b, b) for w in words if w.name in cells for b in places if b < w.width)
    ledgers = tuple(w for w in words if w.name not in cells and kinds.get(w.name) is Kind.UNSIGNED)
    signed = {v.name: kinds.get(v.name) is Kind.SIGNED for v in shared}
    flags = tuple(v for v in shared if v.width == 1)
    return Words(counting, flags, bits, words, signed, ledgers, interesting_constants(counting.system))


def _limited_entries(counting: Counting, states: States) -> Iterator[tuple[str, int]]:
    """Yield actors that could be entered once more in a state, if not for ACTOR_MAX; with widths of the counts."""
    slots = {v.name: i for i, v in enumerate(counting.system.state)}
    for actor in counting.compiled.program.actors:
        most = actor.max_entries
        full = [s for s in states if s[slots[ENTRIES + actor.name]] == most] if most is not None else []
        entering = [s for s in counting.compiled.steps if s.source is None and s.actor == actor.name]
        guards = [substitute(step.guard, {i.term: const(i.low, i.width) for i in step.inputs}) for step in entering]
        if any(holds(state) for holds in compiled(guards, slots) for state in full):
            yield actor.name, entries_width(actor)


def guesses(words: Words, states: States, *, promises: bool = False) -> list[Family]:
    """Return families of guesses, the preferred ones first; sampled states falsify none of them.

    ``promises`` adds bounds of ledgers with what CPUs will give later, which take a solver long.
    """
    slots = {v.name: i for i, v in enumerate(words.counting.system.state)}
    contexts = _contexts(words, states, slots)
    equations_, wide = _equations(words, contexts, states, slots)
    clauses = (
        *_clauses(words),
        *focus_clauses(words.counting, _literals(words)),
        *_exclusions(words),
        *_excuses(words),
    )
    found = list(single_families(_given(words), slots, states))
    found += equation_families(equations_, slots, states)
    found += single_families(clauses, slots, states)
    everywhere, special = contexts[:1], contexts[1:]
    promised = tuple(_promised(words)) if promises else ()
    measures = (*totals(words), *measured_words(words), *promised, *_covered(words))
    found += bound_families(measures, everywhere, slots, states)
    found += equation_families(wide, slots, states)
    found += bound_families(measured_words(words), special, slots, states)
    found += bound_families(_weighted(words), contexts, slots, states)
    return found


def _given(words: Words) -> Iterator[Term]:
    """Hints of the spec, and the ALWAYS properties themselves."""
    compiled_ = words.counting.compiled
    yield from compiled_.lemmas
    for stated in compiled_.state_properties:
        if stated.property.kind is PropertyKind.ALWAYS:
            yield stated.holds


def _literals(words: Words) -> tuple[Term, ...]:
    return tuple(t for flag in (*words.flags, *words.bits) for t in (flag, bvnot(flag)))


def _contexts(words: Words, states: States, slots: Mapping[str, int]) -> list[Context]:
    """Return conditions of up to two literals, or that somebody is at a location; the one that always holds first.

    Of conditions that hold in the same samples only the first, with the fewest literals, is kept.
    """
    literals = _literals(words)
    simple = (*literals, *map(occupied, words.tallies), *places(words.counting))
    columns = [frozenset(i for i, s in enumerate(states) if f(s)) for f in compiled(simple, slots)]
    found: dict[frozenset[int], Term] = {frozenset(range(len(states))): TRUE}
    for literal, column in zip(simple, columns, strict=True):
        if column:
            found.setdefault(column, literal)
    for (a, one), (b, other) in combinations(zip(literals, columns, strict=False), 2):
        if both := one & other:
            found.setdefault(both, bvand(a, b))
    return [Context(term, tuple(sorted(column))) for column, term in found.items()]


def _clauses(words: Words) -> Iterator[Term]:
    """Yield: one of two literals holds; where CPUs are at a location, a literal holds."""
    for a, b in combinations(_literals(words), 2):
        yield bvor(a, b)
    for tally in words.tallies:
        for literal in _literals(words):
            yield implies(occupied(tally), literal)


def occupied(tally: Tally) -> Term:
    return ne(tally.count, const(0, tally.count.width))


def _exclusions(words: Words) -> Iterator[Term]:
    """Yield: nobody is at a location, at most one CPU, or not at two locations at once."""
    for tally in words.tallies:
        yield bvnot(occupied(tally))
        yield bvule(tally.count, const(1, tally.count.width))
    for one, other in combinations(words.tallies, 2):
        yield bvnot(bvand(occupied(one), occupied(other)))


def _excuses(words: Words) -> Iterator[Term]:
    """Yield: a QUIESCENT condition holds, or somebody is at one of these locations, or in one of these actors."""
    for stated in words.counting.compiled.state_properties:
        if stated.property.kind is PropertyKind.QUIESCENT:
            for group in _groups(words.tallies):
                inside = (t for tally in group for t in (occupied(tally), *present(words.counting, tally)))
                yield disj((stated.holds, *inside))


def _groups(tallies: Sequence[Tally]) -> Iterator[tuple[Tally, ...]]:
    """Yield groups of at most three locations, then the larger ones of all locations of at most three actors."""
    most = 3
    for size in range(most + 1):
        yield from combinations(tallies, size)
    actors = tuple(dict.fromkeys(t.location.actor for t in tallies))
    for size in range(1, most + 1):
        for some in combinations(actors, size):
            group = tuple(t for t in tallies if t.location.actor in some)
            if len(group) > most:
                yield group


def _widths(words: Words) -> tuple[int, int]:
    """Return the width of the widest word or count, and that of the widest sum, which is at least that."""
    word = max([*(w.width for w in words.words), *(t.count.width for t in words.tallies), 2])
    return word, max([word, *(s.total.width for t in words.tallies for s in t.sums)])


def cell_width(words: Words) -> int:
    """Return the width of the widest cell; without one that of the widest word or count."""
    most, _ = _widths(words)
    cells = [w.width for w in words.words if w not in words.ledgers]
    return min(most, max(cells, default=most))


def columns_in(words: Words, width: int) -> list[Term]:
    """Return the columns of equations, as terms of ``width`` bits."""
    columns = [const(1, width)]
    for tally in words.tallies:
        columns += [resize(s.total, width, signed=True) for s in tally.sums]
        columns.append(resize(tally.count, width, signed=False))
        for value, local in focus_values(words.counting, tally):
            columns.append(resize(value, width, signed=local.kind is Kind.SIGNED))
    columns += [zext(flag, width) for flag in (*places(words.counting), *words.flags, *words.bits)]
    cells = [w for w in words.words if w not in words.ledgers]
    columns += [resize(w, width, signed=words.signed[w.name]) for w in (*cells, *words.ledgers)]
    return columns


def _equations(
    words: Words, contexts: Sequence[Context], states: States, slots: Mapping[str, int]
) -> tuple[list[Equation], list[Equation]]:
    """Return affine equations between words, ledgers, flags, counts and sums that hold in the samples of a context.

    Those modulo the width of the words are easier for a solver and mostly enough; then the same as they are. Where a
    ledger is wider than every cell, equations modulo the width of the cells come first: a cell that wraps equals no
    more than that part of the ledger.
    """
    narrow, width = _widths(words)
    columns = columns_of(columns_in(words, width), slots)
    easier = [columns_of(columns_in(words, n), slots) for n in dict.fromkeys((cell_width(words), narrow))]
    rows = [tuple(to_signed(f(s), width) for f in columns.read) for s in states]
    wider: dict[tuple[int, ...], list[frozenset[int]]] = {}
    narrowed: list[Equation] = []
    found: list[Equation] = []
    for context in contexts:
        distinct = list(dict.fromkeys(rows[i] for i in context.members))
        members = frozenset(context.members)
        for vector in equations(distinct):
            known = wider.setdefault(vector, [])
            if not any(members <= other for other in known):
                known.append(members)
                narrowed += (Equation(context.term, one, vector) for one in easier)
                found.append(Equation(context.term, columns, vector))
    # Where words wrapped, no other equations may hold in all samples.
    narrowed += (Equation(TRUE, easier[0], vector) for vector in modular_equations(rows, easier[0].width))
    return narrowed, found if width > narrow else []


def _limits(words: Words, width: int) -> tuple[int, ...]:
    """Return the bounds to try for a word: constants of the program, their neighbours, and zero."""
    top = (1 << width) - 1
    # A sum of ledgers may be compared in a wider type than that of each.
    known = (k for wide, constants in words.constants.items() if wide >= width for k in constants)
    near = {v for k in known for v in (k - 1, k, k + 1) if 0 <= v < top}
    return tuple(sorted(near | {0}))


def measured_words(words: Words) -> Iterator[Measure]:
    for word in words.words:
        yield Measure(word, const(0, word.width), _limits(words, word.width))


def totals(words: Words) -> Iterator[Measure]:
    """Yield sums of two or more ledgers, which together are the references handed out."""
    width = max((w.width for w in words.ledgers), default=1) + HEADROOM
    limits = tuple(sorted({n for w in words.ledgers for n in _limits(words, w.width)}))
    for size in range(2, len(words.ledgers) + 1):
        for group in combinations(words.ledgers, size):
            total = const(0, width)
            for word in group:
                total = bvadd(total, zext(word, width))
            yield Measure(total, const(0, width), limits)


def _promised(words: Words) -> Iterator[Measure]:
    """Yield ledgers plus what CPUs at a location, or at all of them, will give later: sums of a local, or a ledger.

    What was assumed of a ledger when those CPUs entered was assumed without the others, so that a bound
    may be exceeded by the most that as many CPUs as there may be can hold.
    """
    sums = [one for tally in words.tallies for one in _amounts(tally)]
    for size in range(1, len(words.ledgers) + 1):
        for group in combinations(words.ledgers, size):
            for promised in [*([s] for s in sums), *([sums] if len(sums) > 1 else []), *([w] for w in group)]:
                width = max(t.width for t in (*group, *promised)) + len((*group, *promised)).bit_length()
                total = const(0, width)
                for word in group:
                    total = bvadd(total, zext(word, width))
                for one in promised:
                    total = bvadd(total, resize(one, width, signed=one not in group))
                yield Measure(total, const(0, width), _exceeded(words, group))


def _amounts(tally: Tally) -> Iterator[Term]:
    """Yield the sums of locals at a location, as signed; that of a local with one value is the CPUs times it."""
    yield from (one.total for one in tally.sums)
    for local, value in tally.constants:
        if local.width > 1 and value > 0:
            width = tally.count.width + value.bit_length() + 1
            yield bvmul(zext(tally.count, width), const(value, width))


def _exceeded(words: Words, group: Sequence[Term]) -> tuple[int, ...]:
    limits = {n for w in group for n in _limits(words, w.width)}
    most = words.counting.compiled.program.cpus_max or 0
    return tuple(sorted(limits | {n + factor * most for n in limits for factor in factors(words)}))


def _covered(words: Words) -> Iterator[Measure]:
    """Yield a ledger less the sum of a local at a location: what the CPUs there hold is in the ledger."""
    for tally in words.tallies:
        for one in tally.sums:
            for word in words.ledgers:
                width = max(word.width, one.total.width)
                yield Measure(zext(word, width), resize(one.total, width, signed=True), (0,))


def _weighted(words: Words) -> Iterator[Measure]:
    """Yield a word less what the CPUs at a location may have added: word - c * (CPUs there)."""
    for tally in words.tallies:
        for word in words.words:
            for factor in factors(words):
                width = max(word.width, tally.count.width + headroom(factor)) + 1
                slack = bvmul(number(words.counting, tally, width), const(factor, width))
                yield Measure(zext(word, width), slack, _limits(words, word.width))


def factors(words: Words) -> tuple[int, ...]:
    """Return 1 and the largest values of the inputs: what one CPU can add at once."""
    most = max((w.width for w in words.words), default=1)
    return largest_inputs((i for s in words.counting.compiled.steps for i in s.inputs), most)
