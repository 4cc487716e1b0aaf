"""The literals of IC3's cubes: a vocabulary of predicates over the state, and single bits of it.

Predicates make general cubes (implicit predicate abstraction, Cimatti, Griggio, Mover, Tonetta 2014); bits make the
search exact where no predicate tells two states apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from verify.engines.ic3_frames import Cube, Values
from verify.engines.vocabulary import interesting_constants, tested_bits
from verify.system.system import StateVar, TransitionSystem
from verify.system.unroll import after_step
from verify.term.build import FALSE, TRUE, bvnot, bvule, const, eq, extract
from verify.term.compiled import Function, compiled
from verify.term.term import Op, Term, postorder, symbols

MOST = 240
"""Predicates; of more the later ones are left out, since every step reads each of them."""

MOST_CONSTANTS = 8
"""Constants of a width with which its variables are compared; where a program has more, the bits have to do."""

_RELATIONS = frozenset({Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE})


@dataclass(frozen=True, slots=True)
class Literals:
    """Predicates of a system, with their functions over a row of the state's values."""

    state: tuple[StateVar, ...]
    predicates: tuple[Term, ...]
    functions: tuple[Function, ...]


def literals_of(system: TransitionSystem, more: Iterable[Term] = ()) -> Literals:
    """Return the vocabulary of a system: ``more`` predicates first, then what its own text suggests.

    These are its variables of one bit, the relations in its guards and checks, whether a variable is zero or
    compares with a constant of the program, tested bits, equality of two variables of one width, and what a violation
    after a step says of the state before it.
    """
    names = {v.name for v in system.state}
    wanted = (*more, *_flags(system), *_relations(system), *_zeros(system), *_bits(system), *_equalities(system))
    found: dict[Term, None] = {}
    for term in (*wanted, *_before(system), *_compared(system)):
        plain = term.args[0] if term.op is Op.NOT else term
        if plain is not TRUE and plain is not FALSE and all(s.name in names for s in symbols((plain,))):
            found.setdefault(plain)
    chosen = tuple(found)[:MOST]
    slots = {v.name: i for i, v in enumerate(system.state)}
    return Literals(system.state, chosen, tuple(compiled(chosen, slots)))


def _flags(system: TransitionSystem) -> Iterator[Term]:
    return (v.term for v in system.state if v.width == 1)


def _wide(system: TransitionSystem) -> list[Term]:
    return [v.term for v in system.state if v.width > 1]


def _relations(system: TransitionSystem) -> Iterator[Term]:
    terms = [s.guard for s in system.steps] + [c.violated for s in system.steps for c in s.checks]
    terms += [c.violated for c in system.state_checks]
    yield from (t for t in postorder(terms) if t.width == 1 and t.op in _RELATIONS)


def _before(system: TransitionSystem) -> Iterator[Term]:
    """Yield the relations that decide, before a step, whether the state after it violates something."""
    bad = [c.violated for c in system.state_checks] + [c.violated for s in system.steps for c in s.checks]
    for step in system.steps:
        changed = [after for term, after in zip(bad, after_step(step, bad), strict=True) if after is not term]
        yield from (t for t in postorder(changed) if t.width == 1 and t.op in _RELATIONS)


def _zeros(system: TransitionSystem) -> Iterator[Term]:
    return (eq(v, const(0, v.width)) for v in _wide(system))


def _bits(system: TransitionSystem) -> Iterator[Term]:
    places = tested_bits(system)
    return (extract(v, b, b) for v in _wide(system) for b in places if b < v.width)


def _compared(system: TransitionSystem) -> Iterator[Term]:
    known = interesting_constants(system)
    for v in _wide(system):
        for value in known.get(v.width, ())[:MOST_CONSTANTS]:
            yield eq(v, const(value, v.width))
            yield bvule(v, const(value, v.width))


def _equalities(system: TransitionSystem) -> Iterator[Term]:
    return (eq(a, b) for a, b in combinations(_wide(system), 2) if a.width == b.width)


def predicate_cube(on: Literals, values: Values) -> Cube:
    """Return all states that no predicate tells from this one."""
    row = [values[v.name] for v in on.state]
    return tuple(p if f(row) else bvnot(p) for p, f in zip(on.predicates, on.functions, strict=True))


def bit_cube(state: Sequence[StateVar], values: Values) -> Cube:
    """Return exactly one state, bit by bit."""
    found: list[Term] = []
    for v in state:
        for place in range(v.width):
            bit = v.term if v.width == 1 else extract(v.term, place, place)
            found.append(bit if values[v.name] >> place & 1 else bvnot(bit))
    return tuple(found)
