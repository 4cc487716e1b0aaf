"""Laws of blocks: K steps in closed form are K single steps, in the engine and, independently, in the replay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from tests import programs
from tests.laws.block_runs import candidates, faster, wrong_accelerations, wrong_blocks
from tests.laws.depth import examples
from tests.laws.random_terms import terms, values
from tests.programs import If, access, actor, begin, check, checked, ghost, give, local, program, set_counter
from tests.random_programs import small_programs
from verify.check import block_stage, progression
from verify.check.blocks import replay_blocks, settled
from verify.check.checked import BlockReplay, Rejected
from verify.check.crowd import Crowd
from verify.check.progression import Line, line, value_of
from verify.encode.steps import compile_program
from verify.engines import accelerate, slopes
from verify.program.program import Cell, Ghost, Kind, Program
from verify.term.build import FALSE, bvadd, bvand, bvslt, bvult, const, eq, symbol, zext
from verify.term.semantics import apply, evaluate
from verify.term.term import Op, Term, symbols
from verify.verdict.answer import Block, BlockTrace

SLOW: Final = list(HealthCheck)


CHECKED: Final = check("locked", FALSE)


@st.composite
def moving(draw: st.DrawFn) -> tuple[Term, dict[str, Line], int]:
    """Draw a term, a line for each of its symbols, and a number of iterations."""
    term = draw(terms(draw(st.integers(1, 7)), 2))
    times = draw(st.integers(2, 9))
    small = st.sampled_from((1, -1, 1, -1, 0, 2, 4, -4))
    env = {s.name: line(s.width, draw(values(s.width)), draw(small), times) for s in symbols((term,))}
    return term, env, times


def wrong_values(term: Term, env: dict[str, Line], times: int) -> list[int]:
    """Return the iterations in which a term does not have the value that its line says."""
    known = value_of(term, env, times)
    if known is None:
        return []
    return [i for i in range(times) if evaluate(term, {n: v.at(i) for n, v in env.items()}) != known.at(i)]


@given(moving())
@settings(max_examples=examples(400), suppress_health_check=SLOW)
def test_a_line_has_the_value_of_its_term_in_every_iteration(drawn: tuple[Term, dict[str, Line], int]) -> None:
    known = value_of(*drawn)
    event("no line" if known is None else "a constant" if known.is_constant else "a moving line")
    assert wrong_values(*drawn) == []


def damaged(trace: BlockTrace) -> tuple[BlockTrace, ...]:
    """Return variants of a trace: other numbers of times, other inputs and locals, blocks dropped and swapped."""
    found = []
    for place, block in enumerate(trace.blocks):
        around = trace.blocks[:place], trace.blocks[place + 1 :]
        one_off = [replace(block, times=block.times + d) for d in (-1, 1, 2, block.times)]
        one_off += [replace(block, inputs=tuple((n, v ^ 1) for n, v in block.inputs))] if block.inputs else []
        one_off += [replace(block, locals=tuple((n, v ^ 1) for n, v in block.locals))] if block.locals else []
        one_off += [replace(block, relay=None if block.relay is not None else ())]
        found += [(*around[0], bad, *around[1]) for bad in one_off]
        found += [(*around[0], *around[1])]
        found += [(*around[0], trace.blocks[place + 1], block, *around[1][1:])] if around[1] else []
    return tuple(replace(trace, blocks=tuple(bad)) for bad in found)


def failed_gets() -> Program:
    """Return a word of four bits whose top bit locks it: failed gets unlock it when there are enough of them."""
    old = symbol("get.old", 4)
    get: list[programs.Statement] = [access(old, bvadd(old, const(1, 4))), If(bvslt(old, const(0, 4)), [], [CHECKED])]
    body = actor("get", get, [local("get.old", 4)])
    cell = Cell(programs.COUNTER, 4, Kind.UNSIGNED)
    return program([cell], [], set_counter(8, 4), [body], [checked("locked")])


def masked_gets(ones: int = 0b0111) -> Program:
    """Return a word of four bits that is free where those under a mask are zero, and is never given back."""
    old = symbol("get.old", 4)
    free = eq(bvand(old, const(ones, 4)), const(0, 4))
    get: list[programs.Statement] = [access(old, bvadd(old, const(1, 4))), If(free, [CHECKED], [])]
    body = actor("get", get, [local("get.old", 4)])
    cell = Cell(programs.COUNTER, 4, Kind.UNSIGNED)
    return program([cell], [], set_counter(1, 4), [body], [checked("locked")])


def stalled_gets() -> Program:
    """Return the same, with each CPU stopping once more before it leaves, so that contexts run out."""
    made = failed_gets()
    old = symbol("get.old", 4)
    get = [access(old, bvadd(old, const(1, 4))), If(bvslt(old, const(0, 4)), [], [CHECKED]), begin("pause")]
    return replace(made, actors=(actor("get", get, [local("get.old", 4)]),))


def stopped_gets() -> Program:
    """Return the same, with only those CPUs stopping that find the word unlocked."""
    made = failed_gets()
    old = symbol("get.old", 4)
    get = [access(old, bvadd(old, const(1, 4))), If(bvslt(old, const(0, 4)), [], [CHECKED, begin("pause")])]
    return replace(made, actors=(actor("get", get, [local("get.old", 4)]),))


def relayed_gets(*, mine: bool = True) -> Program:
    """Return the same with gets that take their increment back, unless another one came in between.

    ``mine`` False: they do if no more than one came, so that what two leave behind is taken back by the next.
    """
    made = failed_gets()
    old, seen, one = symbol("get.old", 4), symbol("get.seen", 4), const(1, 4)
    same = eq(seen, bvadd(old, one)) if mine else bvult(seen, bvadd(old, const(3, 4)))
    get: list[programs.Statement] = [access(old, bvadd(old, one)), If(bvslt(old, const(0, 4)), [], [CHECKED])]
    body = actor("get", [*get, access(seen, const(8, 4), same)], [local("get.old", 4), local("get.seen", 4)])
    return replace(made, actors=(body,))


def bounded(made: Program, cpus: int) -> Program:
    return replace(made, cpus_max=cpus)


COUNTED: Final = bounded(failed_gets(), 3)
GUARDED: Final = bounded(stopped_gets(), 3)
CROWDED: Final = bounded(stalled_gets(), 3)


@pytest.mark.slow
@example(failed_gets(), 3)
@example(masked_gets(), 2)
@example(masked_gets(0b0110), 2)
@example(masked_gets(0b1010), 2)
@example(programs.counter(3), 4)
@example(programs.founding_race(3), 3)
@example(programs.founding_race(3, enter_with=4), 3)
@given(small_programs(widths=(2, 3, 4)), st.integers(1, 5))
@settings(max_examples=examples(12), suppress_health_check=SLOW)
def test_an_accelerated_step_is_that_many_steps(made: Program, cpus: int) -> None:
    fast = faster(compile_program(bounded(made, cpus)))
    event(f"{min(len(fast.accelerated), 3)} or more accelerated steps")
    assert wrong_accelerations(fast) == []


@example(failed_gets(), 2)
@example(masked_gets(), 2)
@example(masked_gets(0b1010), 2)
@example(stalled_gets(), 5)
@example(stopped_gets(), 3)
@example(relayed_gets(), 2)
@example(relayed_gets(), 3)
@example(relayed_gets(mine=False), 2)
@example(programs.counter(3, broken=True), 3)
@example(programs.founding_race(3), 3)
@given(small_programs(widths=(2, 3, 4)), st.integers(1, 5))
@settings(max_examples=examples(14), suppress_health_check=SLOW)
def test_a_run_replayed_in_blocks_is_a_run_of_single_steps(made: Program, cpus: int) -> None:
    limited = bounded(made, cpus)
    traces = candidates(faster(compile_program(limited)))
    event(f"long blocks: {any(b.times > 1 for t in traces for b in t.blocks)}")
    assert wrong_blocks(limited, traces, cpus) == []
    assert wrong_blocks(limited, [bad for t in traces[:6] for bad in damaged(t)], cpus) == []


def test_long_blocks_are_found_and_replayed() -> None:
    long = [t for t in candidates(faster(compile_program(COUNTED))) if any(b.times > 4 for b in t.blocks)]
    assert any(isinstance(replay_blocks(COUNTED, t), BlockReplay) for t in long)
    assert wrong_blocks(COUNTED, [bad for t in long for bad in damaged(t)], 3) == []


@pytest.mark.parametrize("ones", [0b0111, 0b1111, 0b0011])
def test_a_number_below_other_bits_may_move(ones: int) -> None:
    """It is a line until it overflows into them."""
    limited = bounded(masked_gets(ones), 2)
    assert wrong_accelerations(faster(compile_program(limited))) == []
    traces = candidates(faster(compile_program(limited)))
    times = [[b.times for b in t.blocks] for t in traces if isinstance(replay_blocks(limited, t), BlockReplay)]
    assert [ones, 1] in times


def test_an_engine_that_ignores_wraps_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(on: slopes.Slopes, term: Term, *, signed: bool) -> int:
        return on.found[term]

    monkeypatch.setattr(slopes.Slopes, "_line", careless)
    assert wrong_accelerations(faster(compile_program(GUARDED))) != []


def test_an_engine_that_looks_only_at_the_first_iteration_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerate, "_conditions", lambda *_: iter(()))
    assert wrong_accelerations(faster(compile_program(GUARDED))) != []


def test_a_closed_form_that_ignores_wraps_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    x = symbol("x", 3)
    env = {"x": line(3, 6, 1, 4)}
    assert wrong_values(zext(x, 5), env, 4) == []
    monkeypatch.setattr(progression, "_span", lambda v, *, signed: progression._Span(v.start, v.start + 3 * v.step))
    assert wrong_values(zext(x, 5), env, 4) != []
    assert wrong_values(bvult(x, const(6, 3)), env, 4) != []


RELAYED: Final = bounded(relayed_gets(), 2)
TURNS: Final = Block("get", None, (), (("get.old", 8),), 7, relay=())
UNLOCKED: Final = BlockTrace(
    "locked", (), (Block("get", None, (), (), 1), TURNS, Block("get", None, (), (), 1)), at_state=False
)


def test_gets_that_take_turns_unlock_the_word() -> None:
    """Eight increments of 8, of which none is taken back, for another get always came in between."""
    assert UNLOCKED in candidates(faster(compile_program(RELAYED)))
    ran = replay_blocks(RELAYED, UNLOCKED)
    assert isinstance(ran, BlockReplay)
    assert wrong_blocks(RELAYED, [UNLOCKED], 2) == []
    assert ran.blocks[1].then is not None
    assert ran.blocks[1].after[0] == (0,)
    assert isinstance(replay_blocks(bounded(relayed_gets(), 1), UNLOCKED), Rejected)


@pytest.mark.parametrize(
    ("turns", "why"),
    [
        (replace(TURNS, times=6), "does not violate"),
        (replace(TURNS, times=8), "may change between|does not change evenly"),
        (replace(TURNS, locals=(("get.old", 9),)), "no CPU stands"),
        (replace(TURNS, locals=()), "missing or extra locals"),
        (replace(TURNS, node=4), "only where they enter"),
        (replace(TURNS, more=((),)), "only where they enter"),
        (replace(TURNS, times=0), "cannot be taken"),
        (replace(TURNS, relay=None), "no context is free"),
    ],
)
def test_other_turns_are_no_run(turns: Block, why: str) -> None:
    first, _, last = UNLOCKED.blocks
    ran = replay_blocks(RELAYED, replace(UNLOCKED, blocks=(first, turns, last)))
    assert isinstance(ran, Rejected)
    assert re.search(why, ran.reason)


def turning(*leaves: programs.Statement, ghosts: Sequence[Ghost] = ()) -> Program:
    """Return gets that increment a word of six bits, and then do something else in a second step."""
    old = symbol("get.old", 6)
    body = [access(old, bvadd(old, const(1, 6))), *leaves]
    held = [local("get.old", 6), local("get.seen", 6)]
    made = program(
        [Cell(programs.COUNTER, 6, Kind.UNSIGNED)], ghosts, set_counter(32, 6), [actor("get", body, held)], []
    )
    return bounded(made, 20)


def taking_turns(made: Program, blocks: Sequence[Block]) -> Rejected:
    """Return the replay of blocks that violate nothing, which a Rejected says last of all."""
    ran = replay_blocks(
        replace(made, properties=(checked("none"),)), BlockTrace("none", (), tuple(blocks), at_state=True)
    )
    assert isinstance(ran, Rejected)
    return ran


ENTER: Final = Block("get", None, (), (), 1)
SEEN: Final = symbol("get.seen", 6)


def test_who_stands_there_first_must_be_like_those_that_follow() -> None:
    """It found 32, the others 38 and more, and the one that found 40 stores 0: it leaves in the middle of the block."""
    made = turning(access(SEEN, const(0, 6), eq(symbol("get.old", 6), const(40, 6))))
    turns = Block("get", None, (), (("get.old", 32),), 5, relay=())
    stored = taking_turns(made, [replace(ENTER, times=6), turns])
    assert "not like those that follow" in stored.reason
    alike = taking_turns(made, [replace(ENTER, times=6), replace(turns, locals=(("get.old", 37),), times=3)])
    assert "does not violate none" in alike.reason


def test_turns_that_add_more_each_time_are_not_even() -> None:
    total = symbol("total", 6)
    made = turning(access(SEEN, None), give("total", bvadd(total, symbol("get.old", 6))), ghosts=[ghost("total", 6)])
    turns = Block("get", None, (), (("get.old", 32),), 3, relay=())
    assert "total does not change evenly" in taking_turns(made, [ENTER, turns]).reason
    assert "does not violate none" in taking_turns(made, [ENTER, replace(turns, times=1)]).reason


def test_a_block_takes_the_cpus_that_stand_there_only_if_they_are_alike() -> None:
    """An engine may not know the locals of CPUs; where those that stand there differ, which ones it means is open."""
    found = symbol("get.old", 6)
    made = replace(turning(access(SEEN, const(0, 6), eq(found, const(40, 6)))), properties=(checked("none"),))
    leaves = Block("get", 1, (), (("get.old", 0),), 1)
    one = BlockTrace("none", (), (ENTER, leaves), at_state=True)
    assert settled(made, one).blocks == (ENTER, replace(leaves, locals=(("get.old", 32),)))
    for trace in (replace(one, blocks=(ENTER, ENTER, leaves)), replace(one, blocks=(replace(ENTER, times=2), leaves))):
        assert settled(made, trace) == trace
    assert settled(made, settled(made, one)) == settled(made, one)


def test_who_goes_on_in_a_relay_leaves() -> None:
    made = turning(access(SEEN, None), begin("pause"))
    turns = Block("get", None, (), (), 3, relay=())
    assert "does not leave" in taking_turns(made, [ENTER, turns]).reason


def test_turns_violate_nothing_in_the_middle() -> None:
    ran = replay_blocks(RELAYED, replace(UNLOCKED, blocks=(UNLOCKED.blocks[0], replace(TURNS, times=1))))
    assert isinstance(ran, Rejected)
    assert "cannot be taken" in ran.reason


def test_a_closed_form_that_forgets_the_last_iteration_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_only(op: Op, a: Line, b: Line) -> Line:
        return progression.constant(1, apply(op, 1, 0, (a.width, b.width), (a.start, b.start)), a.times)

    env = {"x": line(3, 1, 1, 4)}
    term = bvult(symbol("x", 3), const(3, 3))
    assert wrong_values(term, env, 4) == []
    monkeypatch.setattr(progression, "_compared", first_only)
    assert wrong_values(term, env, 4) != []


def test_a_replay_that_forgets_the_contexts_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    many = BlockTrace("locked", (), (Block("get", None, (), (), 8), Block("get", None, (), (), 1)), at_state=False)
    assert wrong_blocks(CROWDED, [many], 3) == []
    monkeypatch.setattr(block_stage, "inside", lambda *_: 0)
    assert wrong_blocks(CROWDED, [many], 3) != []


def everyone(crowd: Crowd, actor: int, node: int, *_: object) -> Crowd:
    return tuple(g for g in crowd if (g.actor, g.node) != (actor, node))


def test_a_replay_that_does_not_count_the_cpus_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    come, go = Block("get", None, (), (), 3), Block("get", 4, (), (), 3)
    last = (replace(come, times=2), replace(come, times=1))
    run = BlockTrace("locked", (), (come, go, come, go, *last), at_state=False)
    assert isinstance(replay_blocks(CROWDED, run), BlockReplay)
    many = replace(run, blocks=(come, replace(go, times=5), come, go, *last))
    assert wrong_blocks(CROWDED, [run, many], 3) == []
    monkeypatch.setattr(block_stage, "take", everyone)
    assert wrong_blocks(CROWDED, [many], 3) != []
