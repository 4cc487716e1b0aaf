"""How often an actor with ACTOR_MAX was entered is guessed about where nothing else keeps CPUs out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shipped import SPECS
from tests.systems import soon
from verify.encode.counting import encode_counting
from verify.encode.steps import compile_program
from verify.engines.counted import counted, exclude
from verify.engines.facts import infer_facts
from verify.engines.templates import words_of
from verify.frontend.load import Options, load
from verify.program.program import Program
from verify.smt.select import engine_solver, engine_solvers
from verify.term.term import symbols

KILLED = """
#include <refproof.h>
#include <linux/atomic.h>

CPUS(1 << 19);

atomic_t count;
GHOST unsigned int refs;
GHOST bool dead;
GHOST bool freed;

INIT { atomic_set(&count, 1); }

ACTOR(get)				/* until somebody marks it as dead */
{
	int old = atomic_read(&count);

	do {
		if (old & (1 << 30) || old >= 1000)
			return;
	} while (!atomic_try_cmpxchg(&count, &old, old + 1));
	CHECK("not-when-dead", !dead);
	refs += 1;
}

ACTOR(put)
{
	ASSUME(refs > 0);
	refs -= 1;
	if (atomic_dec_return(&count) == 1 << 30) {
		CHECK("freed-once", !freed && refs == 0);
		freed = true;
	}
}

ACTOR_MAX(%s, kill)			/* marks it, and gives the reference back that it had from the beginning */
{
	atomic_or(1 << 30, &count);
	dead = true;
	if (atomic_dec_return(&count) == 1 << 30) {
		CHECK("freed-once/kill", !freed && refs == 0);
		freed = true;
	}
}

QUIESCENT("no-leak", !dead || refs > 0 || freed);
"""


def killed(folder: Path, times: int) -> Program:
    path = folder / "killed.c"
    path.write_text(KILLED % times, encoding="ascii")
    return load(str(path), Options())


def test_what_happens_once_is_proved_for_any_number(tmp_path: Path) -> None:
    on = counted(compile_program(killed(tmp_path, 1)), engine_solvers(), soon(60))
    names = ("not-when-dead", "freed-once", "freed-once/kill", "no-leak", "ledger-fits")
    assert set(exclude(on, names) or ()) == set(names)


def test_what_happens_twice_is_not(tmp_path: Path) -> None:
    """Two give the one reference back."""
    on = counted(compile_program(killed(tmp_path, 2)), engine_solvers(), soon(60))
    assert not {"freed-once", "freed-once/kill"} & set(exclude(on, ("freed-once", "freed-once/kill")) or ())


@pytest.mark.parametrize("full", [True, False])
def test_only_states_tell_that_nothing_else_keeps_them_out(tmp_path: Path, *, full: bool) -> None:
    """The page is not booted twice for another reason: it is online then."""
    compiled = compile_program(killed(tmp_path, 1))
    counting = encode_counting(compiled, infer_facts(compiled, engine_solver(), soon(20)))
    place = [v.name for v in counting.system.state].index("entries.kill")
    state = tuple(int(full and i == place) for i in range(len(counting.system.state)))
    named = {flag.name for flag in words_of(counting, [state]).flags}
    assert ("entries.kill" in named) == full
    page = compile_program(load(str(SPECS / "page_ref/mainline.c"), Options()))
    on = counted(page, engine_solvers(), soon(60))
    spoken = {s.name for term in on.guessed for s in symbols((term,))}
    assert "online" in spoken
    assert "entries.boot" not in spoken
