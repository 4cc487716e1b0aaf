"""Families of guesses: lemmas of one shape, each implying the next, of which a search holds one at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from verify.engines.columns import Equation
from verify.term.build import FALSE, TRUE, bvadd, bvule, const, implies
from verify.term.compiled import Function, compiled
from verify.term.term import Term

Row = Sequence[int]
"""Unsigned values of variables, by slot."""


@dataclass(slots=True)
class Family:
    """Guesses 0 … ``size`` - 1, from the strongest to the weakest; ``place`` is the strongest that is left.

    ``strongest`` tells the first guess that holds in a row (``size``: none does), ``guess`` makes one.
    ``context`` tells whether a guess says anything of a row: where it does not, all guesses hold.
    ``equation`` is that of the only guess, where it is one.
    """

    size: int
    strongest: Callable[[Row], int]
    guess: Callable[[int], Term]
    context: Callable[[Row], int]
    place: int = 0
    equation: Equation | None = None

    @property
    def term(self) -> Term:
        """The strongest guess that is left."""
        return self.guess(self.place)

    @property
    def gone(self) -> bool:
        """Whether no guess is left."""
        return self.place >= self.size

    def holds(self, row: Row) -> bool:
        """Tell whether the strongest guess that is left holds in a row."""
        return not self.context(row) or self.strongest(row) <= self.place


def _everywhere(_row: Row) -> int:
    return 1


def single_families(terms: Iterable[Term], slots: Mapping[str, int], states: Sequence[Row]) -> Iterator[Family]:
    """Yield a family of one guess for each distinct term that says something and holds in all sampled states."""
    wanted = [t for t in dict.fromkeys(terms) if t is not TRUE and t is not FALSE]
    for term, function in zip(wanted, compiled(wanted, slots), strict=True):
        if all(map(function, states)):
            yield Family(1, _opposite(function), partial(same, term), _everywhere)


def _opposite(function: Function) -> Function:
    return lambda row: 1 - function(row)


def same(term: Term, _place: int) -> Term:
    return term


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that may have bounds: ``value`` - ``slack``, unsigned terms of one width that never wraps.

    ``limits`` are the bounds to try, ascending; they fit in the width even with the slack added.
    """

    value: Term
    slack: Term
    limits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """A condition (width 1), with the numbers of the sampled states in which it holds."""

    term: Term
    members: tuple[int, ...]


def bound_families(
    measures: Iterable[Measure], contexts: Sequence[Context], slots: Mapping[str, int], states: Sequence[Row]
) -> Iterator[Family]:
    """Yield upper and lower bounds of each measure in each context that no sampled state falsifies."""
    inside = [_remembered(f) for f in compiled([context.term for context in contexts], slots)]
    for measure in measures:
        number = _remembered(_difference(*compiled([measure.value, measure.slack], slots)))
        column = [number(s) for s in states]
        for context, holds in zip(contexts, inside, strict=True):
            seen = [column[i] for i in context.members]
            upper = _upper(measure, context, holds, number)
            upper.place = bisect_left(measure.limits, max(seen)) if seen else 0
            lower = _lower(measure, context, holds, number)
            lower.place = lower.size - bisect_right(measure.limits, min(seen)) if seen else 0
            yield from (family for family in (upper, lower) if not family.gone)


def _difference(value: Function, slack: Function) -> Function:
    return lambda row: value(row) - slack(row)


def _remembered(function: Function) -> Function:
    """Return the function with a memory of one: many families ask the same of one row."""
    last: Row | None = None
    result = 0

    def value(row: Row) -> int:
        nonlocal last, result
        if row is not last:
            last, result = row, function(row)
        return result

    return value


def _upper(measure: Measure, context: Context, holds: Function, number: Function) -> Family:
    """Return: in the context value <= limit + slack, from the least limit up."""
    limits, width = measure.limits, measure.value.width

    def strongest(row: Row) -> int:
        return bisect_left(limits, number(row))

    def guess(place: int) -> Term:
        return implies(context.term, bvule(measure.value, bvadd(const(limits[place], width), measure.slack)))

    return Family(len(limits), strongest, guess, holds)


def _lower(measure: Measure, context: Context, holds: Function, number: Function) -> Family:
    """Return: in the context limit + slack <= value, from the largest limit down."""
    limits, width = measure.limits, measure.value.width
    size = len(limits)

    def strongest(row: Row) -> int:
        return size - bisect_right(limits, number(row))

    def guess(place: int) -> Term:
        least = const(limits[size - 1 - place], width)
        return implies(context.term, bvule(bvadd(least, measure.slack), measure.value))

    return Family(size, strongest, guess, holds)
