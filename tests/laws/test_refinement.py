"""The search for new histories agrees with listing all histories of both sides, on small random programs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import Final

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.explicit_search import _Search
from tests.laws.depth import examples
from tests.random_programs import small_programs
from verify.check.refinement import NewHistory, new_history
from verify.engines.inclusion import included
from verify.engines.messages import Budget
from verify.program.delays import with_delays
from verify.program.history import Shown, shown, variables
from verify.program.interpret import enabled
from verify.program.mutants import mutants
from verify.program.program import Program
from verify.program.run import Machine
from verify.verdict.inclusion import Bounds, Included, NotIncluded

SLOW: Final = list(HealthCheck)
BOUNDS: Final = Bounds(2, 2)
MOST: Final = 10_000

History = tuple[tuple[int, Shown], ...]
_Seen = tuple[Machine, tuple[int, ...], tuple[int, ...], History]
"""A machine, the ghosts after INIT, how many actors each CPU may still enter, and what was shown."""


class _TooManyError(Exception):
    """The program has more histories than are listed."""


def histories(program: Program, bounds: Bounds) -> set[tuple[tuple[int, ...], History]]:
    """Return the ghosts after INIT with the history, after every step of every run within the bounds."""
    search = _Search(program, bounds.cpus, 1 << 10)
    rest = (bounds.operations,) * bounds.cpus
    seen: set[_Seen] = {(machine, machine.ghosts, rest, ()) for machine, _ in search.starts(bounds.cpus)}
    left = list(seen)
    while left:
        for item in _after(search, *left.pop()):
            if item not in seen:
                if len(seen) > MOST:
                    raise _TooManyError
                seen.add(item)
                left.append(item)
    return {(ghosts, history) for _, ghosts, _, history in seen}


def _after(
    search: _Search, machine: Machine, ghosts: tuple[int, ...], rest: tuple[int, ...], history: History
) -> Iterator[_Seen]:
    known = variables(search.program)
    for cpu, actor in enabled(search.on, machine):
        if actor is not None and not rest[cpu]:
            continue
        now = (*rest[:cpu], rest[cpu] - (actor is not None), *rest[cpu + 1 :])
        for result in search.results(machine, cpu, actor):
            if result.machine is not None:
                cpus = tuple(map(search._without_dead, result.machine.cpus))
                after = Machine(result.machine.cells, result.machine.ghosts, cpus, result.machine.entries)
                yield after, ghosts, now, (*history, *((cpu, one) for one in shown(known, actor, result.run.events)))


@st.composite
def pairs(pick: st.DrawFn) -> tuple[Program, Program]:
    """Return a program without TOKENs, and it with delays, or a mutant of it, or the two the other way round."""
    one = pick(small_programs(widths=(2,), actors=2))
    assume(all(ghost.name != "now" for ghost in one.ghosts))
    changed = [mutant.program for mutant in islice(mutants(one), 20)]
    two = pick(st.sampled_from([one, with_delays(one), *changed]))
    return (one, two) if pick(st.booleans()) else (two, one)


@pytest.mark.slow
@given(pairs())
@settings(max_examples=examples(12), deadline=None, suppress_health_check=SLOW)
def test_the_search_agrees_with_all_histories(pair: tuple[Program, Program]) -> None:
    a, b = pair
    try:
        of_a, of_b = histories(with_delays(a), BOUNDS), histories(b, BOUNDS)
    except _TooManyError:
        assume(condition=False)
        return
    found = included(a, b, BOUNDS, Budget(time.monotonic() + 60))
    assert isinstance(found, Included | NotIncluded)
    # A step of A may show more than B has shown so far.
    begun = {(ghosts, history[:end]) for ghosts, history in of_a for end in range(len(history) + 1)}
    assert isinstance(found, Included) == (of_b <= begun)
    if isinstance(found, NotIncluded):
        assert isinstance(new_history(a, b, BOUNDS, found), NewHistory)


@given(small_programs(widths=(2,), actors=2))
@settings(max_examples=examples(12), deadline=None, suppress_health_check=SLOW)
def test_every_program_refines_itself_and_delays_take_nothing_away(one: Program) -> None:
    for b in (one, with_delays(one)):
        assert isinstance(included(one, b, Bounds(2, 1), Budget(time.monotonic() + 60)), Included)
