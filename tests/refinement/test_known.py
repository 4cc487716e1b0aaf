"""Pairs of programs whose histories are known."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

import pytest

from tests import programs
from tests.programs import (
    Statement,
    access,
    actor,
    assume,
    begin,
    ghost,
    give,
    inside,
    local,
    program,
    routine,
    stop,
    wait,
)
from verify.check.refinement import NewHistory, NotCompared, Refinement, Refines, new_history
from verify.engines.inclusion import included
from verify.engines.messages import Budget
from verify.frontend.load import Options, load
from verify.program.delays import with_delays
from verify.program.program import AtomicBegin, Cell, Guard, Kind, Program
from verify.stages.refinement import refinement
from verify.term.build import bvadd, const, eq, symbol, zext
from verify.verdict.inclusion import Bounds, NotIncluded, Taken

OLD: Final = symbol("op.old", 2)
SEEN: Final = symbol("op.seen", 2)


def answer(a: Program, b: Program, cpus: int = 2, operations: int = 2, seconds: float = 60) -> Refinement:
    return refinement(a, b, Bounds(cpus, operations), time.monotonic() + seconds)


def ticket(*, split: bool = False, shows: bool = True, limit: int | None = None, entries: int | None = None) -> Program:
    """Return CPUs that draw a number from a counter; ``split``: by a load and a store. ``shows``: which, to a ghost."""
    one = const(1, 2)
    take = [access(SEEN, None), access(OLD, bvadd(SEEN, one))] if split else [access(SEEN, bvadd(SEEN, one))]
    show = [give("got", bvadd(SEEN, one))] if shows else []
    return program(
        [Cell(programs.COUNTER, 2, Kind.UNSIGNED)],
        [ghost("got", 2)],
        programs.set_counter(0, 2),
        [actor("op", [*take, *show], [local("op.old", 2), local("op.seen", 2)], max_entries=entries, limit=limit)],
        [],
    )


def ends(*statements: Statement) -> Program:
    """Return an operation of one block, of these statements behind a load."""
    body = [begin(), inside(access(SEEN, None)), *statements]
    return program(
        [Cell(programs.COUNTER, 2, Kind.UNSIGNED)],
        [ghost("got", 2), ghost("more", 2)],
        programs.set_counter(0, 2),
        [actor("op", body, [local("op.seen", 2)])],
        [],
    )


def test_a_number_drawn_twice_is_new_and_the_other_way_round_nothing_is() -> None:
    found = answer(ticket(), ticket(split=True))
    assert isinstance(found, NewHistory)
    assert sum(step.entered for step in found.steps) == 2
    assert isinstance(answer(ticket(split=True), ticket()), Refines)
    assert isinstance(answer(ticket(), ticket(split=True), cpus=1, operations=4), Refines)


def test_one_cpu_at_a_time_draws_each_number_once() -> None:
    assert isinstance(answer(ticket(limit=1), ticket(split=True, limit=1)), Refines)
    assert isinstance(answer(ticket(limit=2), ticket(split=True, limit=2)), NewHistory)
    assert isinstance(answer(ticket(entries=1), ticket(split=True, entries=1)), Refines)
    assert isinstance(answer(ticket(entries=2), ticket(split=True, entries=2)), NewHistory)
    assert answer(ticket(limit=1), ticket()) == NotCompared(Bounds(2, 2), "the two sides have different actors: op")


def test_a_client_sees_a_bug_and_every_ghost() -> None:
    one, two = (give("more", const(n, 2)) for n in (1, 2))
    got = give("got", const(1, 2))
    assert isinstance(answer(ends(), ends(stop(bug=True))), NewHistory)
    assert isinstance(answer(ends(got, one), ends(got, two)), NewHistory)
    assert isinstance(answer(ends(got, one), ends(got)), NewHistory | NotCompared)
    assert isinstance(answer(ends(got), ends(got)), Refines)


def test_what_no_client_looks_at_is_no_difference() -> None:
    assert isinstance(answer(ticket(shows=False), ticket(split=True, shows=False)), Refines)


def test_a_cpu_may_be_delayed_between_its_bookkeeping_and_its_access() -> None:
    """B announces, then accesses; A does both at once. Only a delay in A gives what another CPU does in between."""

    def made(*, two_steps: bool) -> Program:
        first = [access(SEEN, None)] if two_steps else []
        body = [give("got", bvadd(symbol("got", 2), const(1, 2))), *first, access(OLD, None)]
        return program(
            [Cell(programs.COUNTER, 2, Kind.UNSIGNED)],
            [ghost("got", 2)],
            programs.set_counter(0, 2),
            [actor("op", body, [local("op.old", 2), local("op.seen", 2)])],
            [],
        )

    assert isinstance(answer(made(two_steps=False), made(two_steps=True)), Refines)


def test_an_access_happens_only_if_the_guard_behind_it_holds() -> None:
    """No delay comes between the two, so that A does not increment where it would be blocked afterwards."""
    body = [access(SEEN, bvadd(SEEN, const(1, 2))), assume(eq(SEEN, const(0, 2))), give("got", const(1, 2))]
    one = program(
        [Cell(programs.COUNTER, 2, Kind.UNSIGNED)],
        [ghost("got", 2)],
        programs.set_counter(0, 2),
        [actor("op", body, [local("op.seen", 2)])],
        [],
    )
    nodes = with_delays(one).actors[0].body.nodes
    follows = [nodes[node.next] for node in nodes if hasattr(node, "cell")]
    assert [type(node) for node in follows] == [Guard]


def test_a_block_is_not_taken_apart() -> None:
    body = [begin(), inside(access(SEEN, None)), give("got", SEEN), wait(eq(SEEN, SEEN))]
    blocks = program([Cell(programs.COUNTER, 2, Kind.UNSIGNED)], [ghost("got", 2)], programs.set_counter(0, 2),
                     [actor("op", body, [local("op.seen", 2)])], [])  # fmt: skip
    delayed = with_delays(blocks).actors[0].body
    assert (
        sum(isinstance(node, AtomicBegin) for node in delayed.nodes) == 3
    )  # where it begins, the block, where it ends
    first = delayed.nodes[0]
    assert isinstance(first, AtomicBegin)
    assert (first.operation, delayed.nodes[first.next]) == ("delay", blocks.actors[0].body.nodes[0])
    assert routine(body, [local("op.seen", 2)]).locals == delayed.locals


def test_tokens_are_as_fresh_on_both_sides() -> None:
    assert isinstance(answer(programs.generations(), programs.generations()), Refines)
    stale = programs.generations(stale=True)
    assert isinstance(answer(stale, programs.generations()), Refines)
    found = answer(programs.generations(), stale)
    assert isinstance(found, NewHistory)
    assert found.steps[-1].actor == "renew"


def test_other_actors_or_ghosts_are_not_compared() -> None:
    assert answer(ticket(), programs.counter()) == NotCompared(
        Bounds(2, 2), "the two sides have different actors: get, op, put"
    )
    wide = program([Cell(programs.COUNTER, 2, Kind.UNSIGNED)], [ghost("got", 3)], programs.set_counter(0, 2),
                   [actor("op", [give("got", zext(const(1, 2), 3))], [])], [])  # fmt: skip
    assert answer(ticket(), wide) == NotCompared(Bounds(2, 2), "the two sides have different ghosts: got")


def test_the_time_limit_ends_it() -> None:
    found = answer(ticket(), ticket(), cpus=8, operations=99, seconds=0.5)
    assert found == NotCompared(Bounds(8, 99), "time limit")


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ((Taken(0, "op", ()), Taken(0, "op", ())), "can follow"),
        ((Taken(0, "op", (1,)),), "can follow"),
        ((Taken(5, "op", ()),), "no CPU 5"),
        ((Taken(0, None, ()),), "outside"),
        ((Taken(0, "op", ()), Taken(0, "op", ()), Taken(0, "op", ())), "more operations"),
    ],
)
def test_a_run_that_shows_nothing_new_is_no_evidence(run: tuple[Taken, ...], words: str) -> None:
    found = new_history(ticket(), ticket(), Bounds(2, 2), NotIncluded((), run, 0))
    assert isinstance(found, NotCompared)
    assert words in found.reason


def test_a_run_that_goes_on_behind_what_is_new_is_not_shown() -> None:
    a, b, bounds = ticket(), ticket(split=True), Bounds(2, 2)
    found = included(a, b, bounds, Budget(time.monotonic() + 60))
    assert isinstance(found, NotIncluded)
    assert isinstance(new_history(a, b, bounds, found), NewHistory)
    more = replace(found, run=(*found.run, Taken(found.run[-1].cpu, "op", ())))
    assert new_history(a, b, bounds, more) == NotCompared(
        bounds, "the run that was found is not the first that A cannot follow"
    )


PAGE_REF: Final = "specs/page_ref/{}.c"


def shipped(name: str) -> Program:
    return load(PAGE_REF.format(name), Options(defines=("NR_MAX=1",)))


@pytest.mark.parametrize(
    ("a", "b", "bounds"),
    [("mainline", "locked_bit", (2, 3)), ("locked_bit", "mainline", (2, 4)), ("mainline", "no_sweep", (2, 3))],
)
def test_page_refcounts_whose_histories_are_the_old_ones(a: str, b: str, bounds: tuple[int, int]) -> None:
    assert isinstance(answer(shipped(a), shipped(b), *bounds), Refines)


def test_the_destructor_of_an_earlier_lifetime_is_a_history_that_mainline_has_not() -> None:
    """ABA, claim R10: a put stalls before its compare-and-swap and destroys what was allocated again meanwhile."""
    found = answer(shipped("mainline"), shipped("locked_bit"), 2, 4)
    assert isinstance(found, NewHistory)
    assert [step.actor for step in found.steps if step.entered] == [
        "boot", "allocate", "put", "lookup", "put", "allocate", "put",
    ]  # fmt: skip
    assert found.steps[-1].cpu == found.steps[2].cpu != found.steps[-2].cpu
