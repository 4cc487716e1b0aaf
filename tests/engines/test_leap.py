"""Known answers at full width: defects that are 2**18 and 2**31 steps deep, found and replayed in blocks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.laws.block_runs import candidates, faster
from tests.shipped import SPECS
from tests.systems import soon
from verify.check.blocks import replay_blocks
from verify.check.checked import BlockReplay, Proved
from verify.encode.counting import encode_counting
from verify.encode.steps import compile_program
from verify.engines.accelerate import accelerate
from verify.engines.facts import infer_facts
from verify.engines.leap import Limits, far
from verify.frontend.load import Options, load
from verify.pipeline import Settings, check
from verify.program.program import ExpectedVerdict, Program
from verify.smt.select import engine_solver

UNPROTECTED = """
#include <refproof.h>
#include <linux/atomic.h>

CPUS(1 << 19);

atomic_t count;
GHOST bool allocated = true;
GHOST unsigned long refs = 1;

INIT { atomic_set(&count, 1); }

ACTOR(get)
{
	ASSUME(refs > 0 && refs < (1UL << 32) + 1);
	refs += 1;
	atomic_inc(&count);
}

ACTOR(put)
{
	ASSUME(refs > 0);
	refs -= 1;
	if (atomic_dec_and_test(&count)) {
		CHECK("not-freed-while-referenced", refs == 0);
		allocated = false;
	}
}
"""

OWNED = """
#include <refproof.h>
#include <linux/atomic.h>

CPUS(1 << 19);

atomic_t refs;
GHOST unsigned int owners;

INIT { atomic_set(&refs, 0); }

ACTOR(wake)				/* who adds to nothing owns it until it has set it to nothing */
{
	if (!(atomic_fetch_inc(&refs) & ((1 << 30) - 1))) {
		CHECK("one-owner", owners == 0);
		owners += 1;
		atomic_set(&refs, 0);
		owners -= 1;
	}
}
"""


def refuted(program: Program) -> dict[str, BlockReplay]:
    """Return the first run in blocks that replays for each property."""
    found: dict[str, BlockReplay] = {}
    for trace in candidates(faster(compile_program(program)), states=3000):
        ran = replay_blocks(program, trace)
        if isinstance(ran, BlockReplay):
            found.setdefault(trace.property, ran)
    return found


def spec(name: str, *defines: str) -> Program:
    return load(str(SPECS / name), Options(defines=defines))


def times(ran: BlockReplay) -> list[int]:
    return [block.times for block in ran.blocks]


@pytest.mark.slow
def test_many_large_failed_gets_overflow_the_locked_bit() -> None:
    found = refuted(spec("page_ref/locked_bit.c", "NR_MAX=4096"))
    ran = found["no-reference-while-free"]
    assert times(ran)[-2:] == [1 << 18, 1]
    (word, *_), _ = ran.blocks[-1].after
    assert word < 1 << 31
    assert {"no-reference-while-frozen", "marked-while-free", "marked-while-frozen"} <= found.keys()


def test_small_failed_gets_do_not() -> None:
    assert refuted(spec("page_ref/locked_bit.c")) == {}


@pytest.mark.parametrize("more", [0, 1])
def test_it_takes_2_to_the_18_cpus_inside_and_one_more(more: int) -> None:
    limited = replace(spec("page_ref/locked_bit.c", "NR_MAX=4096"), cpus_max=(1 << 18) + more)
    assert ("no-reference-while-free" in refuted(limited)) == bool(more)


@pytest.mark.slow
def test_without_the_sweep_the_word_wraps() -> None:
    program = spec("page_ref/no_sweep.c")
    found = refuted(program)
    assert found.keys() == {e.property for e in program.expectations if e.verdict is ExpectedVerdict.REFUTED}
    assert times(found["no-reference-while-free"]) == [1, (1 << 31) - 1, 1]


@pytest.mark.parametrize("name", ["locked_bit", "mainline", "zero_unlocked", "no_sweep"])
def test_with_2_to_the_32_references_every_variant_fails(name: str) -> None:
    found = refuted(spec(f"page_ref/{name}.c", "REFS_MAX=(1ULL << 32)"))
    assert "ledger-fits" in found
    assert sum(times(found["ledger-fits"])) > 1 << 20


def test_far_states_reach_the_limits_of_the_ledger_and_of_the_contexts() -> None:
    """And they are states of the counting system: what blocks lead to, single steps lead to."""
    compiled = compile_program(spec("lockref/lockref.c", "REFS_MAX=5"))
    facts = infer_facts(compiled, engine_solver(), soon(20))
    counting = encode_counting(compiled, facts)
    names = [v.name for v in counting.system.state]
    reached = far(accelerate(counting), (), Limits(4, 300), soon(20)).states
    states = [dict(zip(names, s, strict=True)) for s in reached]
    assert max(s["refs"] for s in states) == 5
    assert max(s["wanted"] for s in states) == 5
    assert all(s["refs"] + s["in_use"] + s["wanted"] <= 5 for s in states)


@pytest.mark.slow
def test_the_lockref_is_proved_for_any_number() -> None:
    made = check(str(SPECS / "lockref/lockref.c"), Settings(None, "auto", 6, 400, Options()), lambda _progress: None)
    assert {type(row.result) for row in made.rows} == {Proved}


def test_with_2_to_the_32_references_the_lockref_frees_too_early() -> None:
    ran = refuted(spec("lockref/lockref.c", "REFS_MAX=(1ULL << 32)"))["not-freed-while-referenced"]
    assert times(ran) == [1, (1 << 30) - 1, 1]


def test_a_number_overflows_into_the_bits_above_it(tmp_path: Path) -> None:
    path = tmp_path / "owned.c"
    path.write_text(OWNED, encoding="ascii")
    found = refuted(load(str(path), Options()))
    assert times(found["one-owner"]) == [1, (1 << 30) - 1, 1]


def test_an_unprotected_counter_wraps_around(tmp_path: Path) -> None:
    path = tmp_path / "unprotected.c"
    path.write_text(UNPROTECTED, encoding="ascii")
    found = refuted(load(str(path), Options()))
    assert times(found["not-freed-while-referenced"])[0] >= 1 << 31
