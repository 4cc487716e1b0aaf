"""Law 6: every step of a shipped spec happens, in each of the ways in which it can end, and every check is evaluated.

On narrow compilations, by exhaustive search with two CPUs. What cannot happen is in a table, with the reason.
"""

from __future__ import annotations

import time
from typing import Final

import pytest

from tests import programs
from tests.explicit_search import _Search
from tests.laws.test_blocks import bounded, damaged, failed_gets, stalled_gets, stopped_gets
from tests.programs import If, access, actor, begin, local, program, set_counter
from tests.shipped import SPEC_NAMES, SPECS, narrow
from verify.check.reach import witnessed_in_blocks
from verify.encode.explicit import encode
from verify.encode.reach import actor_goal, goals, step_goal
from verify.encode.steps import Compiled, compile_program
from verify.engines.messages import Budget, Candidate
from verify.engines.reach import leap_to
from verify.engines.tasks import Job
from verify.frontend.load import Options
from verify.pipeline import check
from verify.program.interpret import StepResult, enabled
from verify.program.program import Cell, Kind, Program
from verify.program.run import Finished, Inside, Machine
from verify.stages.model import Settings
from verify.term.build import bvadd, const, ne, symbol
from verify.verdict.answer import BlockTrace

Way = tuple[str, int | None, int | str]
"""An actor, the node where its step begins (None: it enters), and the node where it ends, "done" or "BUG"."""

SLOW: Final = (
    "page_ref/guess_one.c",
    "page_ref/zero_unlocked.c",
    "page_ref/atomic_or.c",
    "page_ref/locked_bit_rfc.c",
    "refcount/saturated_at_min.c",
    "refcount/saturated.c",
)
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
DEAD: Final = {
    "lookup: atomic_read -> atomic_set": "no more references than the word counts: it never saturates",
    "lookup: atomic_read -> done": "a dead word is dead for ever",
    "lookup: atomic_set -> done": "it never saturates",
    "get: atomic_read -> atomic_set": "who holds a reference finds a count",
    "get: atomic_read -> done": "the same",
    "get: atomic_set -> done": "the same",
    "put: atomic_set -> done": "it never saturates, and the puts are balanced",
}
UNFROZEN: Final = {"optimize: atomic_read -> BUG": "its owner froze the page, and the count is 1"}
FAILED: Final = "a get that sweeps met a frozen word, and fails"
NO_FAKE_HEAD: Final = {"lookup: enters -> done": "no page here is a fake head"}
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
    "page_ref/mainline_6_11.c": {**FROZEN, **NO_FAKE_HEAD},
    "page_ref/locked_bit.c": FROZEN,
    "page_ref/guess_one_single.c": FROZEN,
    "page_ref/inverted.c": FROZEN,
    "page_ref/locked_bit_v2.c": {**FROZEN, **ASSERTED},
    "page_ref/frozen_bit_v3.c": FROZEN,
    "page_ref/frozen_bit_v5.c": FROZEN,
    "vmemmap/count_first.c": UNFROZEN,
    "vmemmap/locked_bit.c": WRITABLE,
    "vmemmap/locked_bit_v2.c": {"walk: atomic_cmpxchg_relaxed -> atomic_dec_and_test": FAILED},
    "vmemmap/frozen_bit_v3.c": {"walk: atomic_try_cmpxchg_relaxed -> atomic_dec_and_test": FAILED},
    "vmemmap/frozen_bit_v5.c": {"walk: atomic_try_cmpxchg_relaxed -> atomic_read": FAILED},
    "refcount/refcount.c": SATURATES,
    "rcuref/rcuref.c": {
        **DEAD,
        "get: enters -> atomic_read": "who holds a reference finds a count",
        "put: enters -> atomic_set": "it never saturates, and the puts are balanced",
    },
    "rcuref/reads_again.c": {
        **DEAD,
        "get: enters -> atomic_read": "who holds a reference finds a count",
        "put: atomic_read -> atomic_set": "it never saturates",
    },
    "rcuref/plain_kill.c": {**DEAD, "put: enters -> atomic_set": "it never saturates"},
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
        for cpu, entered in enabled(on.on, machine):
            for result in on.results(machine, cpu, entered):
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


def goals_that_happen(program: Program, cpus: int) -> frozenset[str]:
    """Return the goals about ends of steps and actors that some run of the interpreter reaches."""
    compiled = compile_program(program)
    happen = ways_that_happen(program, cpus)
    found: set[str] = set()
    for step in compiled.steps:
        begin = None if step.source is None else step.source.node
        for target in step.targets:
            end = ("BUG" if target.bug else "done") if target.location is None else target.location.node
            if (step.actor, begin, end) in happen:
                found.add(step_goal(step, target))
                found |= {actor_goal(step.actor)} if end == "done" else set()
    return frozenset(found)


def crossed() -> Program:
    """Return a word to which everybody adds, and who finds another value then stops once more: two must meet."""
    old, now = symbol("add.old", 4), symbol("add.now", 4)
    more = bvadd(old, const(1, 4))
    add: list[programs.Statement] = [access(old, more), access(now, now), If(ne(now, more), [begin("met")], [])]
    body = actor("add", add, [local("add.old", 4), local("add.now", 4)])
    return program([Cell(programs.COUNTER, 4, Kind.UNSIGNED)], [], set_counter(0, 4), [body], [])


def proposed(compiled: Compiled, names: tuple[str, ...]) -> tuple[BlockTrace, ...]:
    """Return the runs in blocks that the engine proposes for goals."""
    found: list[BlockTrace] = []
    job = Job(compiled, encode(compiled, 1), 1, names, 5, Budget(time.monotonic() + 20), any_number=True)
    leap_to(job, lambda message: found.append(message.trace) if isinstance(message, Candidate) else None)
    return tuple(found)


@pytest.mark.parametrize("cpus", [1, 2, 3])
@pytest.mark.parametrize("made", [failed_gets(), stalled_gets(), stopped_gets(), crossed(), programs.founding_race(3)])
def test_a_goal_reached_in_blocks_happens(made: Program, cpus: int) -> None:
    """Whatever blocks the engine proposes, for few or many CPUs, and whatever becomes of them on the way."""
    limited = bounded(made, cpus)
    compiled = compile_program(limited)
    happen = goals_that_happen(limited, cpus)
    traces = [t for some in (limited, bounded(made, 4)) for t in proposed(compile_program(some), goals(compiled))]
    seen: set[str] = set()
    for trace in (*traces, *(bad for one in traces for bad in damaged(one))):
        reached = {g for g in witnessed_in_blocks(compiled, trace) if not g.startswith("check ")}
        assert reached <= happen, trace
        seen |= reached
    assert seen == happen


WIDE: Final = tuple(n for n in SPEC_NAMES if n.startswith("page_ref/"))


@pytest.mark.parametrize(
    "name", [n if n == "page_ref/mainline.c" else pytest.param(n, marks=pytest.mark.slow) for n in WIDE]
)
def test_at_full_width_too(name: str) -> None:
    """Words of 32 bits, any number of CPUs, no exhaustive search: a run was replayed, or it is proved impossible."""
    settings = Settings(None, "auto", 20, 120, Options())
    made = check(str(SPECS / name), settings, lambda _progress: None)
    assert [r.what for r in made.reach if r.reached is None] == []
    impossible = {r.what for r in made.reach if r.reached is False}
    compiled = compile_program(made.program)
    ways = set()
    for step in compiled.steps:
        begin = None if step.source is None else step.source.node
        for target in step.targets:
            end = ("BUG" if target.bug else "done") if target.location is None else target.location.node
            ways |= {named(compiled, (step.actor, begin, end))} if step_goal(step, target) in impossible else set()
    assert ways == IMPOSSIBLE.get(name, {}).keys()


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in SPEC_NAMES])
def test_every_step_happens_in_every_way_but_the_impossible(name: str) -> None:
    program = narrow(name)
    compiled = compile_program(program)
    happen, possible = ways_that_happen(program, 2), ways_of_steps(compiled)
    assert happen <= possible, "the encoding lacks a step"
    assert {named(compiled, way) for way in possible - happen} == IMPOSSIBLE.get(name, {}).keys()
