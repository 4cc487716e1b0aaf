"""The quantities that lemmas speak of: counters, ledgers, CPUs at locations, sums of their locals.

Every quantity treats all CPUs alike, so a set of lemmas made from them is symmetric.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from verify.encode.explicit import at_location, local_var
from verify.encode.steps import Compiled, Location
from verify.program.program import Kind, Local
from verify.system.system import Input, StateVar, TransitionSystem
from verify.term.build import bvadd, const, extract, ite, resize, symbol, zext
from verify.term.term import Op, Term, postorder


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What lemmas may mention.

    Attributes:
        flags: shared variables of one bit.
        words: shared variables of several bits that count (no TOKENs, no entry counters).
        bits: single bits of shared cells that the program tests, as width-1 terms.
        width: the largest width of a word or local, in bits; sums are modulo 2**width.
        constants: interesting unsigned constants, by width in bits, ascending.
    """

    compiled: Compiled
    cpus: int
    flags: tuple[StateVar, ...]
    words: tuple[StateVar, ...]
    bits: tuple[Term, ...]
    width: int
    constants: dict[int, tuple[int, ...]]


def vocabulary(compiled: Compiled, system: TransitionSystem, cpus: int) -> Vocabulary:
    """Collect the quantities and constants of an explicit system."""
    tokens = {g.name for g in compiled.program.ghosts if g.kind is Kind.TOKEN}
    shared = [v for v in system.state if v.cpu is None and v.name not in tokens]
    flags = tuple(v for v in shared if v.width == 1)
    words = tuple(v for v in shared if v.width > 1 and not v.name.startswith("entries."))
    width = max((v.width for v in words), default=1)
    cells = {c.name for c in compiled.program.cells}
    places = tested_bits(system)
    bits = tuple(extract(w.term, b, b) for w in words if w.name in cells for b in places if b < w.width)
    return Vocabulary(compiled, cpus, flags, words, bits, width, interesting_constants(system))


def tested_bits(system: TransitionSystem) -> tuple[int, ...]:
    """Return the places of bits that are masked out with a constant of one bit."""
    terms = [t for s in system.steps for t in (s.guard, *(u for _, u in s.updates))]
    masks = (t.args[1] for t in postorder(terms) if t.op is Op.AND and t.args[1].op is Op.CONST and t.width > 1)
    return tuple(sorted({m.number.bit_length() - 1 for m in masks if m.number.bit_count() == 1}))


HEADROOM = 16
"""The least number of extra bits of a sum or a weighted count."""

_COMPARISONS = frozenset({Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE})


def interesting_constants(system: TransitionSystem) -> dict[int, tuple[int, ...]]:
    """Return what words are compared with or set to, and the limits of inputs; not what is added to them."""
    stored = [u for s in system.steps for _, u in s.updates] + [value for _, value in system.init]
    terms = [*stored, *(s.guard for s in system.steps)]
    terms += [c.violated for s in system.steps for c in s.checks] + [c.violated for c in system.state_checks]
    used = {t for t in stored if t.op is Op.CONST}
    for term in postorder(terms):
        if term.op in _COMPARISONS:
            used.update(_constant_parts(term.args))
        elif term.op is Op.ITE:
            used.update(t for t in term.args[1:] if t.op is Op.CONST)
    found: dict[int, set[int]] = {}
    for constant in used:
        if constant.width > 1:
            found.setdefault(constant.width, set()).add(constant.number)
    return {width: tuple(sorted(values)) for width, values in sorted(found.items())}


def _constant_parts(operands: Iterable[Term]) -> Iterator[Term]:
    """Yield constant operands, and the constant of a sum: x <= MAX - n is a limit of MAX."""
    for term in operands:
        if term.op is Op.CONST:
            yield term
        elif term.op in {Op.ADD, Op.SUB}:
            yield from (t for t in term.args if t.op is Op.CONST)


def largest_inputs(inputs: Iterable[Input], width: int) -> tuple[int, ...]:
    """Return 1 and the largest values of inputs of which a word of ``width`` bits holds two: what is added at once."""
    return tuple(sorted({1, *(i.high for i in inputs if 0 < i.high < 1 << (width - 1))}))


def headroom(factor: int) -> int:
    """Return the bits that a count needs beside its own, so that ``factor`` times it does not wrap."""
    return max(HEADROOM, factor.bit_length())


def numeric_locals(location: Location) -> tuple[Local, ...]:
    """Return the live locals of a location that are numbers."""
    return tuple(v for v in location.live if v.kind in {Kind.SIGNED, Kind.UNSIGNED})


def count_at(words: Vocabulary, location: Location, width: int) -> Term:
    """Return the number of CPUs at a location, in ``width`` bits."""
    total = const(0, width)
    for cpu in range(words.cpus):
        total = bvadd(total, zext(at_location(words.compiled, cpu, location), width))
    return total


def sum_at(words: Vocabulary, location: Location, local: Local, width: int) -> Term:
    """Return the sum of a local over the CPUs at a location, modulo 2**width."""
    total = const(0, width)
    for cpu in range(words.cpus):
        value = resize(symbol(local_var(cpu, local.name), local.width), width, signed=local.kind is Kind.SIGNED)
        total = bvadd(total, ite(at_location(words.compiled, cpu, location), value, const(0, width)))
    return total
