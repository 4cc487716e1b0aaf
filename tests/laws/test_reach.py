"""Law 6: every step of a shipped spec happens, in each of the ways in which it can end, and every check is evaluated.

On narrow compilations, by exhaustive search with two CPUs. What cannot happen is in a table, with the reason.
"""

from __future__ import annotations

from typing import Final

import pytest

from tests.explicit_search import _Search
from tests.shipped import SPEC_NAMES, narrow
from verify.encode.steps import Compiled, compile_program
from verify.program.interpret import StepResult, enabled
from verify.program.program import Program
from verify.program.run import Finished, Inside, Machine

Way = tuple[str, int | None, int | str]
"""An actor, the node where its step begins (None: it enters), and the node where it ends, "done" or "BUG"."""

SLOW: Final = ("page_ref/guess_one.c", "page_ref/zero_unlocked.c", "page_ref/atomic_or.c")
FROZEN: Final = {"unfreeze: enters -> BUG": "a frozen page has no reference that page_count() shows, and nr is not 0"}
ASSERTED: Final = {
    "get: enters -> atomic_add": "the assertion before it is true of every count that a holder can find",
    "get: atomic_add -> done": "the same",
}
SATURATES: Final = {
    "lookup: atomic_try_cmpxchg_relaxed -> atomic_set": "REFS_MAX keeps the count below INT_MAX",
    "lookup: atomic_set -> done": "the same",
    "get: enters -> atomic_set": "who holds a reference finds at least 1",
    "get: atomic_set -> done": "the same",
    "put: enters -> atomic_set": "who holds a reference finds at least 1",
    "put: atomic_set -> done": "the same",
}
UNFROZEN: Final = {"optimize: atomic_read -> BUG": "its owner froze the page, and the count is 1"}
FAILED: Final = "a get that sweeps met a frozen word, and fails"
WRITABLE: Final = {
    **UNFROZEN,
    "walk: atomic_add_return -> atomic_cmpxchg_relaxed": "only walkers that saw a live count leave strays: too few",
    "walk: atomic_cmpxchg_relaxed -> atomic_cmpxchg_relaxed": "the same",
    "walk: atomic_cmpxchg_relaxed -> atomic_dec_and_test": "the same",
    "walk: atomic_cmpxchg_relaxed -> done": "the same",
    "walk: atomic_dec_and_test -> atomic_cmpxchg_relaxed": "a walker never gives back the last reference",
}
IMPOSSIBLE: Final[dict[str, dict[str, str]]] = {
    "page_ref/mainline.c": FROZEN,
    "page_ref/locked_bit.c": FROZEN,
    "page_ref/inverted.c": FROZEN,
    "page_ref/locked_bit_v2.c": {**FROZEN, **ASSERTED},
    "vmemmap/count_first.c": UNFROZEN,
    "vmemmap/locked_bit.c": WRITABLE,
    "vmemmap/locked_bit_v2.c": {"walk: atomic_cmpxchg_relaxed -> atomic_dec_and_test": FAILED},
    "vmemmap/frozen_bit_v3.c": {"walk: atomic_try_cmpxchg_relaxed -> atomic_dec_and_test": FAILED},
    "vmemmap/frozen_bit_v5.c": {"walk: atomic_try_cmpxchg_relaxed -> atomic_read": FAILED},
    "refcount/refcount.c": SATURATES,
}


def ways_of_steps(compiled: Compiled) -> frozenset[Way]:
    """Return the ways in which the encoding says that steps may end."""
    found: set[Way] = set()
    for step in compiled.steps:
        begin = None if step.source is None else step.source.node
        for target in step.targets:
            here = "BUG" if target.bug else "done"
            found.add((step.actor, begin, here if target.location is None else target.location.node))
    return frozenset(found)


def _way(here: Inside | None, cpu: int, result: StepResult) -> Way:
    begin = None if here is None else here.node
    last = result.run.events[-1] if result.run.events else None
    if isinstance(last, Finished):
        return result.run.actor, begin, "BUG" if last.bug else "done"
    assert result.machine is not None
    there = result.machine.cpus[cpu]
    assert there is not None
    return result.run.actor, begin, there.node


def ways_that_happen(program: Program, cpus: int) -> frozenset[Way]:
    """Return the ways in which a step ends in some run of the interpreter."""
    on = _Search(program, cpus, inputs_limit=64)
    seen: set[Machine] = {on.canonical(machine) for machine, _ in on.starts(cpus)}
    stack, found = list(seen), set[Way]()
    while stack:
        machine = stack.pop()
        for cpu, actor in enabled(on.on, machine):
            for result in on.results(machine, cpu, actor):
                if result.machine is not None:
                    found.add(_way(machine.cpus[cpu], cpu, result))
                    after = on.canonical(result.machine)
                    if after not in seen:
                        seen.add(after)
                        stack.append(after)
    return frozenset(found)


def named(compiled: Compiled, way: Way) -> str:
    operations = {(place.actor, place.node): place.operation for place in compiled.locations}
    actor, begin, end = way
    first = "enters" if begin is None else operations[actor, begin]
    return f"{actor}: {first} -> {end if isinstance(end, str) else operations[actor, end]}"


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in SPEC_NAMES])
def test_every_step_happens_in_every_way_but_the_impossible(name: str) -> None:
    program = narrow(name)
    compiled = compile_program(program)
    happen, possible = ways_that_happen(program, 2), ways_of_steps(compiled)
    assert happen <= possible, "the encoding lacks a step"
    assert {named(compiled, way) for way in possible - happen} == IMPOSSIBLE.get(name, {}).keys()
