"""The interpreter on programs with known answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.explicit_search import SearchLimitError, explore, search
from tests.programs import (
    COUNTER,
    Forever,
    If,
    Statement,
    access,
    actor,
    assign,
    assume,
    batches,
    begin,
    check,
    checked,
    counter,
    draw,
    founding_race,
    fresh,
    generations,
    ghost,
    give,
    inside,
    local,
    lock,
    program,
    routine,
    stated,
    stop,
    wait,
    waiting,
)
from verify.program.errors import InputError
from verify.program.interpret import (
    Interpreter,
    ReplayError,
    StepResult,
    enabled,
    holds,
    interpreter,
    start,
    step,
    violated_states,
)
from verify.program.program import Actor, Cell, Kind, Program, PropertyKind
from verify.program.run import Accessed, CheckRan, Drew, Finished, GhostChanged, Inside, Machine
from verify.term.build import FALSE, TRUE, bvadd, bvult, const, eq, symbol


def no_input(name: str, width: int, low: int, high: int) -> int | None:
    return None


def one_actor(body: Actor, *, width: int = 8, ghosts: tuple[str, ...] = ("g",)) -> Program:
    cell = Cell(COUNTER, width, Kind.UNSIGNED)
    return program([cell], [ghost(name, 8) for name in ghosts], routine([]), [body], [checked("p"), checked("q")])


def begun(model: Program, cpus: int = 2) -> tuple[Interpreter, Machine]:
    on = interpreter(model)
    return on, start(on, cpus, no_input)[0]


def happened(result: StepResult) -> Machine:
    assert result.machine is not None
    return result.machine


OLD = symbol("a.old", 8)
LOAD = access(OLD, None)


@pytest.mark.parametrize(
    ("model", "cpus", "expected"),
    [
        (counter(3), 3, {}),
        (counter(2, broken=True), 1, {}),
        (counter(2, broken=True), 2, {"agree": 3}),
        (lock(), 3, {}),
        (lock(broken=True), 1, {}),
        (lock(broken=True), 2, {"exclusive": 4}),
        (founding_race(4), 1, {"no-reference-while-free": 2}),
        (founding_race(4, enter_with=8), 3, {}),
        (generations(), 3, {}),
        (generations(stale=True), 1, {}),
        (generations(stale=True), 2, {"same-generation": 3}),
        (waiting(), 3, {}),
        # -1 once reaches -1; a step that adds 2 is blocked after its check, so 1 + 1 + 1 is the way to 3.
        (batches(4), 1, {"no-wrap": 2, "small": 6}),
    ],
)
def test_search_finds_the_known_answer(model: Program, cpus: int, expected: dict[str, int]) -> None:
    found = explore(model, cpus)
    assert found.depths == expected
    assert found.complete
    assert found.finished == {a.name for a in model.actors}
    assert found.checks == {p.id for p in model.properties}


def test_without_a_writer_the_waiting_reader_never_finishes() -> None:
    model = waiting()
    found = explore(replace(model, actors=model.actors[:1]), 2)
    assert found.finished == set()
    assert found.checks == set()


def test_a_step_of_an_outside_cpu_passes_one_scheduling_point_and_stops_before_the_next() -> None:
    body: list[Statement] = [give("g", const(1, 8)), LOAD, give("g", const(2, 8)), LOAD, give("g", const(3, 8))]
    on, machine = begun(one_actor(actor("a", body, [local("a.old", 8)])))
    first = happened(step(on, machine, 0, "a", no_input))
    assert first.ghosts == (2,)
    assert first.cpus == (Inside(0, 3, (0,)), None)
    second = step(on, first, 0, None, no_input)
    assert happened(second).ghosts == (3,)
    assert happened(second).cpus == (None, None)
    assert [type(e) for e in second.run.events] == [Accessed, GhostChanged, Finished]
    assert (second.run.entered, second.run.cpu, second.run.actor) == (False, 0, "a")


def test_accesses_inside_an_atomic_block_are_no_scheduling_points() -> None:
    body: list[Statement] = [begin(), inside(LOAD), inside(access(OLD, const(7, 8))), give("g", OLD), begin("next")]
    on, machine = begun(one_actor(actor("a", body, [local("a.old", 8)])))
    after = happened(step(on, machine, 0, "a", no_input))
    assert after.cells == (7,)
    assert after.cpus[0] == Inside(0, 4, (0,))


def test_an_actor_without_a_scheduling_point_runs_to_its_end_in_one_step() -> None:
    on, machine = begun(one_actor(actor("a", [give("g", const(5, 8))])))
    after = happened(step(on, machine, 1, "a", no_input))
    assert (after.ghosts, after.cpus) == ((5,), (None, None))


def test_locals_start_as_zero_at_every_entry() -> None:
    body: list[Statement] = [give("g", OLD), assign("a.old", const(9, 8)), begin()]
    on, machine = begun(one_actor(actor("a", body, [local("a.old", 8)])))
    for _ in range(2):
        machine = happened(step(on, machine, 0, "a", no_input))
        assert machine.ghosts == (0,)
        machine = happened(step(on, machine, 0, "a" if machine.cpus[0] is None else None, no_input))


def test_a_false_guard_undoes_the_whole_step_but_not_an_earlier_failed_check() -> None:
    body: list[Statement] = [give("g", const(5, 8)), check("p", FALSE), LOAD, assume(FALSE), check("q", FALSE)]
    on, machine = begun(one_actor(actor("a", body, [local("a.old", 8)])))
    result = step(on, machine, 0, "a", no_input)
    assert result.machine is None
    assert result.violated == ("p",)
    assert result.blocked_by is not None
    assert result.blocked_by.line == 14
    assert machine == start(on, 2, no_input)[0]


def test_a_guard_before_a_failing_check_hides_it() -> None:
    model = one_actor(actor("a", [assume(FALSE), check("p", FALSE)]))
    assert search(model, 2) == {}
    after = one_actor(actor("a", [check("p", FALSE), assume(FALSE)]))
    assert search(after, 2) == {"p": 1}


def test_other_properties_take_no_notice_of_a_failed_check() -> None:
    model = one_actor(actor("a", [check("q", FALSE), check("p", FALSE), check("p", TRUE), give("g", const(1, 8))]))
    on, machine = begun(model)
    result = step(on, machine, 0, "a", no_input)
    assert result.violated == ("p", "q")
    assert [e.holds for e in result.run.events if isinstance(e, CheckRan)] == [False, False, True]
    assert happened(result).ghosts == (1,)


def test_a_bug_ends_the_actor() -> None:
    body: list[Statement] = [check("p", FALSE), If(TRUE, [stop(bug=True)]), give("g", const(1, 8))]
    on, machine = begun(one_actor(actor("a", body)))
    result = step(on, machine, 0, "a", no_input)
    assert isinstance(result.run.events[-1], Finished)
    assert result.run.events[-1].bug
    assert happened(result) == machine


def test_a_wait_blocks_and_goes_on_when_its_condition_holds() -> None:
    on, machine = begun(waiting())
    blocked = step(on, machine, 0, "reader", no_input)
    assert blocked.machine is None
    assert blocked.blocked_by is not None
    written = happened(step(on, machine, 1, "writer", no_input))
    assert step(on, written, 0, "reader", no_input).machine == written


def test_a_slice_store_leaves_its_neighbours_alone() -> None:
    middle = symbol("a.mid", 3)
    body: list[Statement] = [access(middle, bvadd(middle, const(7, 3)), offset=2)]
    model = one_actor(actor("a", body, [local("a.mid", 3)]))
    on, machine = begun(replace(model, init=routine([inside(access(OLD, const(0b11100110, 8)))], [local("a.old", 8)])))
    result = step(on, machine, 0, "a", no_input)
    # The slice holds 0b001; 1 + 7 wraps to 0 within its 3 bits.
    assert happened(result).cells == (0b11100010,)
    event = result.run.events[0]
    assert isinstance(event, Accessed)
    assert (event.before, event.after) == (0b11100110, 0b11100010)


def test_a_conditional_store_happens_only_where_it_says() -> None:
    body: list[Statement] = [access(OLD, const(9, 8), stores=eq(OLD, const(1, 8))), give("g", OLD)]
    model = one_actor(actor("a", body, [local("a.old", 8)]))
    on, machine = begun(model)
    missed = step(on, machine, 0, "a", no_input)
    assert happened(missed).cells == (0,)
    assert isinstance(missed.run.events[0], Accessed)
    assert missed.run.events[0].after is None
    assert happened(step(on, replace(machine, cells=(1,)), 0, "a", no_input)) == replace(
        machine, cells=(9,), ghosts=(1,)
    )


def test_actor_max_bounds_the_entries_of_a_whole_run() -> None:
    body: list[Statement] = [
        check("p", bvult(symbol("g", 8), const(2, 8))),
        give("g", bvadd(symbol("g", 8), const(1, 8))),
    ]
    assert search(one_actor(actor("a", body, max_entries=2)), 1) == {}
    assert search(one_actor(actor("a", body, max_entries=3)), 1) == {"p": 3}
    on, machine = begun(one_actor(actor("a", body, max_entries=2)))
    for entries in (1, 2):
        machine = happened(step(on, machine, 0, "a", no_input))
        assert machine.entries == (entries,)
    refused = step(on, machine, 0, "a", no_input)
    assert (refused.machine, refused.blocked_by, refused.run.events) == (None, None, ())
    assert enabled(on, machine) == ()


def test_a_blocked_entry_is_not_counted() -> None:
    on, machine = begun(one_actor(actor("a", [assume(eq(symbol("g", 8), const(1, 8)))], max_entries=1)))
    assert step(on, machine, 0, "a", no_input).machine is None
    assert happened(step(on, replace(machine, ghosts=(1,)), 0, "a", no_input)).entries == (1,)


def test_actor_limit_bounds_how_many_are_inside_at_once() -> None:
    inc, dec = bvadd(symbol("g", 8), const(1, 8)), bvadd(symbol("g", 8), const(-1, 8))
    body: list[Statement] = [
        give("g", inc),
        check("p", bvult(symbol("g", 8), const(3, 8))),
        LOAD,
        begin(),
        give("g", dec),
    ]
    assert search(one_actor(actor("a", body, [local("a.old", 8)], limit=2)), 4) == {}
    assert search(one_actor(actor("a", body, [local("a.old", 8)], limit=3)), 4) == {"p": 3}
    on, machine = begun(one_actor(actor("a", body, [local("a.old", 8)], limit=1)))
    machine = happened(step(on, machine, 0, "a", no_input))
    assert enabled(on, machine) == ((0, None),)
    assert step(on, machine, 1, "a", no_input).machine is None


def test_a_draw_takes_its_value_from_the_chooser_in_the_kind_of_its_target() -> None:
    asked: list[tuple[str, int, int, int]] = []

    def choose(name: str, width: int, low: int, high: int) -> int:
        asked.append((name, width, low, high))
        return 0xFE

    body: list[Statement] = [draw("a.old", -2, 1), give("g", OLD), draw("a.old", -2, 1)]
    signed = one_actor(actor("a", body, [local("a.old", 8, Kind.SIGNED)]))
    on, machine = begun(signed)
    result = step(on, machine, 0, "a", choose)
    assert happened(result).ghosts == (0xFE,)
    assert asked == [("a.old!0.0", 8, -2, 1), ("a.old!2.0", 8, -2, 1)]
    assert Drew("a.old", 0xFE, result.run.events[0].span) in result.run.events
    unsigned = one_actor(actor("a", [draw("a.old", 0, 1)], [local("a.old", 8)]))
    assert step(*begun(unsigned), 0, "a", choose).machine is None


def test_repeated_draws_of_one_node_have_their_own_names() -> None:
    done = eq(symbol("a.n", 8), const(3, 8))
    loop = Forever([draw("a.old", 0, 9), assign("a.n", bvadd(symbol("a.n", 8), const(1, 8))), If(done, [stop()])])
    asked: list[str] = []

    def choose(name: str, width: int, low: int, high: int) -> int:
        asked.append(name)
        return 0

    step(*begun(one_actor(actor("a", [loop], [local("a.old", 8), local("a.n", 8)]))), 0, "a", choose)
    assert asked == ["a.old!0.0", "a.old!0.1", "a.old!0.2"]


def test_a_missing_or_too_wide_input_is_an_error() -> None:
    on, machine = begun(one_actor(actor("a", [draw("a.old", 0, 1)], [local("a.old", 8)])))
    with pytest.raises(ReplayError, match=r"no value for the input a\.old!0\.0"):
        step(on, machine, 0, "a", no_input)
    with pytest.raises(ReplayError, match="does not fit 8 bits"):
        step(on, machine, 0, "a", lambda *_: 256)


def test_a_fresh_value_differs_from_every_live_token() -> None:
    mine = local("a.mine", 16, Kind.TOKEN)
    body: list[Statement] = [assign("a.mine", symbol("now", 16)), begin(), fresh("now"), check("p", TRUE), begin()]
    keep: list[Statement] = [*body, check("q", eq(symbol("a.mine", 16), symbol("now", 16)))]
    for statements, in_use in ((body, {2}), (keep, {1, 2, 4})):
        model = one_actor(actor("a", statements, [mine]), ghosts=())
        model = replace(model, ghosts=(ghost("now", 16, 1, Kind.TOKEN), ghost("other", 16, 1)))
        on, machine = begun(model)
        machine = replace(machine, ghosts=(2, 3), cpus=(Inside(0, 1, (1,)), Inside(0, 1, (4,))))
        refused = {v for v in range(6) if step(on, machine, 0, None, lambda *_, v=v: v).machine is None}
        assert refused == in_use


def test_the_tokens_of_other_cpus_count_only_while_they_are_live() -> None:
    on, machine = begun(generations(stale=True))
    machine = happened(step(on, machine, 0, "hold", no_input))
    machine = happened(step(on, machine, 1, "renew", lambda *_: 1))
    # now is 1 and CPU 0 still holds 0.
    assert [step(on, machine, 1, "renew", lambda *_, v=v: v).machine is None for v in range(3)] == [True, True, False]
    machine = happened(step(on, machine, 0, None, no_input))
    assert step(on, machine, 1, "renew", lambda *_: 0).machine is not None


def test_a_local_loop_without_end_is_refused_with_its_place() -> None:
    on, machine = begun(one_actor(actor("a", [Forever([give("g", const(1, 8))])])))
    with pytest.raises(InputError, match=r"hand\.c:\d+:1.*without a shared access"):
        step(on, machine, 0, "a", no_input)


def test_always_is_looked_at_in_every_state_and_quiescent_only_when_all_are_outside() -> None:
    body: list[Statement] = [access(OLD, const(1, 8)), begin(), access(OLD, const(2, 8))]
    word = local("w", 8)
    zero = eq(symbol("w", 8), const(0, 8))
    stated_ones = [stated(k.value, k, zero, [(COUNTER, word)]) for k in (PropertyKind.ALWAYS, PropertyKind.QUIESCENT)]
    model = replace(one_actor(actor("a", body, [local("a.old", 8)])), properties=tuple(stated_ones))
    on, machine = begun(model)
    assert [holds(on, machine, p) for p in model.properties] == [True, True]
    machine = happened(step(on, machine, 0, "a", no_input))
    assert [holds(on, machine, p) for p in model.properties] == [False, None]
    assert violated_states(on, machine) == ("always",)
    assert search(model, 1) == {"always": 1, "quiescent": 3}


def test_init_runs_with_all_its_accesses_and_may_be_blocked() -> None:
    model = replace(
        one_actor(actor("a", [])),
        init=routine([draw("i", 0, 3), inside(access(OLD, symbol("i", 8))), assume(bvult(symbol("i", 8), const(2, 8)))],
                     [local("i", 8), local("a.old", 8)]),
    )  # fmt: skip
    on = interpreter(model)
    machine, events = start(on, 3, lambda *_: 1)
    assert machine == Machine((1,), (0,), (None, None, None), (0,))
    assert [type(e) for e in events] == [Drew, Accessed]
    with pytest.raises(ReplayError, match="INIT cannot complete"):
        start(on, 3, lambda *_: 2)
    assert explore(model, 1).states == 2


def test_more_cpus_than_the_spec_allows_are_refused() -> None:
    with pytest.raises(InputError, match=r"3 CPUs are more than CPUS\(2\)"):
        start(interpreter(replace(counter(), cpus_max=2)), 3, no_input)


def test_a_misplaced_actor_is_a_caller_error() -> None:
    on, machine = begun(counter())
    for cpu, name in ((0, None), (0, "no such actor"), (2, "get"), (-1, "get")):
        with pytest.raises(ValueError, match=r"CPU|in list"):
            step(on, machine, cpu, name, no_input)


def test_the_search_stops_at_its_limits() -> None:
    with pytest.raises(SearchLimitError, match="states"):
        search(counter(4, broken=True), 3, limit=100)
    wide = one_actor(actor("a", [draw("a.old", 0, 255)], [local("a.old", 8)]))
    with pytest.raises(SearchLimitError, match="256 values"):
        search(wide, 1)


def test_wait_inside_an_atomic_block_is_the_same_guard() -> None:
    assert explore(one_actor(actor("a", [begin("WAIT"), wait(FALSE)])), 2).steps == frozenset()
