"""The map from n concrete CPUs to counts and sums: what a counting state says of an explicit one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from verify.encode.counting import Counting
from verify.encode.explicit import at_location, local_var, renaming
from verify.encode.tally import local_facts, widened
from verify.term.build import TRUE, bvadd, conj, const, implies, ite, substitute_all, symbol, zext
from verify.term.term import Term


def concretised(counting: Counting, cpus: int) -> Mapping[Term, Term]:
    """Return for each count and sum the term over ``cpus`` explicit CPUs that it stands for.

    The focus CPUs are the first ones: they have variables of the same names in both systems and are not
    counted. A count of more CPUs than its width holds is not asked for, since ``cpus`` is at most CPUS(max).
    """
    compiled = counting.compiled
    rest = range(counting.focus, cpus)
    found = {}
    for tally in counting.tallies:
        here = [at_location(compiled, cpu, tally.location) for cpu in rest]
        count = const(0, tally.count.width)
        for at in here:
            count = bvadd(count, zext(at, count.width))
        found[tally.count] = count
        for one in tally.sums:
            width = one.total.width
            total = const(0, width)
            for cpu, at in zip(rest, here, strict=True):
                value = symbol(local_var(cpu, one.local.name), one.local.width)
                total = bvadd(total, ite(at, widened(one.local, value, width), const(0, width)))
            found[one.total] = total
    return found


def for_explicit(counting: Counting, lemmas: Iterable[Term], cpus: int) -> tuple[Term, ...]:
    """Return the facts of locations, and lemmas over counts and sums, as lemmas over ``cpus`` explicit CPUs.

    Each treats all CPUs alike. Raises ValueError where lemmas may speak of focus CPUs.
    """
    if counting.focus:
        raise ValueError("lemmas about focus CPUs do not treat all CPUs alike")
    own = [renaming(counting.compiled, cpu) for cpu in range(cpus)]
    facts = (
        conj(implies(at_location(counting.compiled, cpu, tally.location), own[cpu].of(fact)) for cpu in range(cpus))
        for tally in counting.tallies
        for fact in local_facts(tally)
    )
    found = (*facts, *substitute_all(lemmas, concretised(counting, cpus)))
    return tuple(term for term in dict.fromkeys(found) if term is not TRUE)
