"""Affine equations as guesses that learn: of several that are false in a state, combinations hold there.

Equations are found in samples (``verify.engines.affine``), where a location may never be visited: the equation
of a ledger then lacks what CPUs there hold. A counterexample shows it: that nobody is there is false in it, and so is
the equation, and a combination of the two is true. What is orthogonal to the samples and to one more state is again a
set of equations, with one less (Karr 1976; from models of a solver: Reps, Sagiv, Yorsh 2004).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from verify.engines.affine import is_plain
from verify.engines.columns import Equation
from verify.engines.family import Family, Row, same
from verify.term.build import FALSE, TRUE
from verify.term.compiled import compiled
from verify.term.term import Term


def equation_families(found: Iterable[Equation], slots: Mapping[str, int], states: Sequence[Row]) -> Iterator[Family]:
    """Yield a family of one guess for each distinct equation that says something and holds in all sampled states."""
    wanted: dict[Term, Equation] = {}
    for one in found:
        wanted.setdefault(one.term, one)
    wanted.pop(TRUE, None)
    wanted.pop(FALSE, None)
    contexts = dict.fromkeys(one.context for one in wanted.values())
    inside = dict(zip(contexts, compiled(list(contexts), slots), strict=True))
    for (term, one), function in zip(wanted.items(), compiled(list(wanted), slots), strict=True):
        if all(map(function, states)):
            yield Family(1, partial(_false, one), partial(same, term), inside[one.context], equation=one)


def _false(equation: Equation, row: Row) -> int:
    """Return the first guess that holds: 0, or 1 where the only one does not."""
    return int(equation.columns.product(equation.vector, row) != 0)


def weaken(pool: Iterable[Family], rows: Iterable[Row]) -> None:
    """Let go of every guess that is false in one of the rows; of equations keep combinations that hold there."""
    groups: dict[Callable[[Row], int], list[Family]] = {}
    for family in pool:
        groups.setdefault(family.context, []).append(family)
    for row in rows:
        inside = (families for context, families in groups.items() if context(row))
        _mend([family for families in inside for family in families if _fell(family, row)], row)


def _fell(family: Family, row: Row) -> bool:
    """Let go of the guesses of a family that are false in a row; tell whether an equation was lost."""
    place = family.strongest(row)
    lost = family.equation is not None and place > family.place
    family.place = max(family.place, place)
    return lost


def _mend(lost: Sequence[Family], row: Row) -> None:
    """Make equations that are all false in a row the combinations of them that hold there.

    Those of a context are combined with each other, and with those that are guessed of all states.
    """
    found = [(family, family.equation) for family in lost if family.equation is not None]
    mended: list[tuple[Family, Equation]] = []
    for columns, context in dict.fromkeys((e.columns, e.context) for _, e in found):
        own = [(f, e) for f, e in found if e.columns is columns and e.context is context]
        wider = [e for _, e in found if e.columns is columns and e.context is TRUE and context is not TRUE]
        vectors = [*(e.vector for e in wider), *(e.vector for _, e in own)]
        left = combined([columns.product(v, row) for v in vectors], vectors)[len(wider) :]
        for (family, _), vector in zip(own, left, strict=True):
            if vector is not None and all(map(is_plain, vector)):
                mended.append((family, Equation(context, columns, vector)))
    for family, equation in mended:
        family.place, family.equation = 0, equation
        family.strongest, family.guess = partial(_false, equation), partial(same, equation.term)


def combined(products: Sequence[int], vectors: Sequence[Sequence[int]]) -> list[tuple[int, ...] | None]:
    """Return vectors that generate the combinations of ``vectors`` whose products cancel; None for one of them.

    None of the products is zero. Euclid: the product of the least size is taken out of the others until one is left;
    of those of one size, that of the vector with the fewest entries.
    """
    left = list(products)
    found = [tuple(v) for v in vectors]
    while True:
        some = [place for place, product in enumerate(left) if product]
        pivot = min(some, key=lambda place: (abs(left[place]), sum(map(bool, found[place])), place))
        if len(some) == 1:
            return [None if place == pivot else vector for place, vector in enumerate(found)]
        for place in some:
            if place != pivot:
                times = left[place] // left[pivot]
                left[place] -= times * left[pivot]
                found[place] = tuple(x - times * y for x, y in zip(found[place], found[pivot], strict=True))
