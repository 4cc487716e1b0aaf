"""Pairs of specs of which something wrong was said once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import pytest

from verify.check.refinement import NewHistory, NotCompared, Refinement, Refines
from verify.frontend.load import Options, load
from verify.stages.refinement import refinement
from verify.verdict.inclusion import Bounds

HEAD: Final = (
    "#include <refproof.h>\n#include <linux/atomic.h>\n#include <linux/rcupdate.h>\natomic_t x;\natomic_t y;\n"
)
ZERO: Final = "INIT { atomic_set(&x, 0); }\n"
FIRST: Final = "ACTOR_MAX(1, r) { atomic_inc(&x); g = 1; }\n"


def answer(folder: Path, a: str, b: str, cpus: int = 2, operations: int = 2) -> Refinement:
    programs = []
    for name, text in (("a.c", a), ("b.c", b)):
        (folder / name).write_text(HEAD + text)
        programs.append(load(str(folder / name), Options()))
    return refinement(*programs, Bounds(cpus, operations), time.monotonic() + 60)


def both(shared: str, one: str, other: str) -> tuple[str, str]:
    return shared + one, shared + other


GHOSTS: Final = "GHOST unsigned int g;\nGHOST unsigned int h;\n"
SWAPPED: Final = "GHOST unsigned int h;\nGHOST unsigned int g;\n"
TOKENS: Final = "TOKEN t;\nTOKEN u;\nTOKEN v;\nGHOST unsigned int g;\n" + ZERO
NEVER: Final = "ACTOR(q) {{ ASSUME({0} == 1); atomic_inc(&x); g = 3; }}\n"
READS: Final = "GHOST unsigned int g;\n" + ZERO + "ACTOR(w) { atomic_set(&x, 1); }\n"
TAKES: Final = "GHOST int refs = 1;\n" + ZERO
APART: Final = "GHOST unsigned int g;\nGHOST unsigned int h;\n" + ZERO
STOPS: Final = "ACTOR(s) { ASSUME(g == 1 && h == 0); atomic_inc(&x); g = 3; }\n"
CHOICE: Final = "GHOST unsigned int g;\n"
ASKS: Final = "ACTOR(r) { if (atomic_inc_return(&x) == 1) g = 1; }\n"

NEW: Final = {
    "ghosts in another order": (GHOSTS + ZERO + FIRST + NEVER.format("h"), SWAPPED + ZERO + FIRST + NEVER.format("g")),
    "other ghosts after INIT": (
        GHOSTS + "INIT { atomic_set(&x, 0); g = 1; h = 0; }\nACTOR(r) { atomic_inc(&x); }\n",
        SWAPPED + "INIT { atomic_set(&x, 0); g = 0; h = 1; }\nACTOR(r) { atomic_inc(&x); }\n",
    ),
    "another TOKEN is fresh": both(
        TOKENS + "ACTOR(q) { ASSUME(u != v); atomic_inc(&x); g = 1; }\n",
        "ACTOR(r) { atomic_inc(&x); FRESH(t); }\n",
        "ACTOR(r) { atomic_inc(&x); FRESH(u); }\n",
    ),
    "a reference is taken too late": both(
        TAKES,
        "ACTOR(put) { ASSUME(refs > 0); refs -= 1; atomic_inc(&y); atomic_inc(&y); }\n",
        "ACTOR(put) { ASSUME(refs > 0); atomic_inc(&y); atomic_inc(&y); refs -= 1; }\n",
    ),
    "only another TOKEN is fresh": both(
        TOKENS, "ACTOR(r) { atomic_inc(&x); FRESH(t); }\n", "ACTOR(r) { atomic_inc(&x); FRESH(u); }\n"
    ),
    "something else comes after what is shown": both(
        APART,
        "ACTOR(r) { atomic_inc(&x); g = 1; h = 1; }\n",
        "ACTOR(r) { atomic_inc(&x); g = 1; atomic_inc(&y); h = 2; }\n",
    ),
    "another one comes in between": both(
        APART + "ACTOR(s) { atomic_inc(&y); g = 3; }\n",
        "ACTOR_MAX(1, r) { atomic_inc(&x); g = 1; h = 1; }\n",
        "ACTOR_MAX(1, r) { atomic_inc(&x); g = 1; atomic_inc(&y); h = 1; }\n",
    ),
    "another one does what comes next": both(
        APART + "ACTOR(s) { atomic_inc(&y); atomic_inc(&y); h += 1; atomic_inc(&y); }\n",
        "ACTOR_MAX(1, r) { atomic_inc(&x); g = 1; h += 1; }\n",
        "ACTOR_MAX(1, r) { atomic_inc(&x); g = 1; atomic_inc(&y); h += 1; }\n",
    ),
    "what is one moment becomes two": both(
        APART + STOPS,
        "ACTOR_MAX(1, r) { atomic_inc(&x); g = 1; h = 1; }\n",
        "ACTOR_MAX(1, r) { atomic_inc(&x); g = 1; atomic_inc(&x); h = 1; }\n",
    ),
}
OLD: Final = {
    "ghosts declared in another order": (
        GHOSTS + "INIT { atomic_set(&x, 0); g = 1; }\nACTOR(r) { atomic_inc(&x); h = 2; }\n",
        SWAPPED + "INIT { atomic_set(&x, 0); g = 1; }\nACTOR(r) { atomic_inc(&x); h = 2; }\n",
    ),
    "an access comes before the first one": both(
        READS,
        "ACTOR(r) { if (atomic_read(&x)) g = 1; }\n",
        "ACTOR(r) { atomic_read(&y); if (atomic_read(&x)) g = 1; }\n",
    ),
    "an access comes before a WAIT": both(
        READS,
        "ACTOR(r) { WAIT(atomic_read(&x) == 1); atomic_inc(&y); g = 1; }\n",
        "ACTOR(r) { atomic_inc(&y); WAIT(atomic_read(&x) == 1); atomic_inc(&y); g = 1; }\n",
    ),
    "a value is drawn after what is shown so far": both(
        APART,
        "ACTOR(r) { int n; atomic_inc(&x); g = 1; n = ANY(0, 1); atomic_add(n, &x); h = n; }\n",
        "ACTOR(r) { int n; atomic_inc(&x); g = 1; atomic_inc(&y); n = ANY(0, 1); atomic_add(n, &x); h = n; }\n",
    ),
    "INIT draws something else for the same": both(
        CHOICE,
        "INIT { int a = ANY(0, 1); atomic_set(&x, a); }\n" + ASKS,
        "INIT { int a = ANY(0, 1); atomic_set(&x, 1 - a); }\n" + ASKS,
    ),
    "INIT draws nothing": both(
        CHOICE,
        "INIT { int a = ANY(0, 1); atomic_set(&x, a); }\n" + ASKS,
        "INIT { atomic_set(&x, 1); }\n" + ASKS,
    ),
    "the same value in a wider type": both(
        CHOICE + ZERO,
        "ACTOR(r) { int n = ANY(-1, 2); atomic_add(n, &x); g += 1; }\n",
        "ACTOR(r) { long n = ANY(-1, 2); atomic_add((int)n, &x); g += 1; }\n",
    ),
    "an access before a block": both(
        CHOICE + ZERO,
        "ACTOR(r) { ATOMICALLY { atomic_inc(&x); g = 1; } }\n",
        "ACTOR(r) { atomic_inc(&y); ATOMICALLY { atomic_inc(&x); g = 1; } }\n",
    ),
    "an access behind a block": both(
        CHOICE + ZERO,
        "ACTOR(r) { ATOMICALLY { atomic_inc(&x); g = 1; } }\n",
        "ACTOR(r) { ATOMICALLY { atomic_inc(&x); g = 1; } atomic_inc(&y); }\n",
    ),
    "a read-side section begins elsewhere": both(
        CHOICE + ZERO + "ACTOR_MAX(1, w) { synchronize_rcu(); g = 2; }\n",
        "ACTOR(r) { rcu_read_lock(); atomic_inc(&x); rcu_read_unlock(); g = 1; }\n",
        "ACTOR(r) { atomic_inc(&y); atomic_inc(&y); rcu_read_lock(); atomic_inc(&x); rcu_read_unlock(); g = 1; }\n",
    ),
}


@pytest.mark.parametrize("case", NEW)
def test_a_history_that_is_new(case: str, tmp_path: Path) -> None:
    assert isinstance(answer(tmp_path, *NEW[case]), NewHistory)


@pytest.mark.parametrize(
    ("case", "cpus"), [("something else comes after what is shown", 1), ("another one does what comes next", 2)]
)
def test_what_is_shown_in_the_middle_of_a_step_goes_on_as_it_does(case: str, cpus: int, tmp_path: Path) -> None:
    assert isinstance(answer(tmp_path, *NEW[case], cpus, 1), NewHistory)


@pytest.mark.parametrize("case", OLD)
def test_histories_of_which_none_is_new(case: str, tmp_path: Path) -> None:
    assert isinstance(answer(tmp_path, *OLD[case]), Refines)


def test_nothing_is_said_of_an_init_with_values_that_are_not_tried(tmp_path: Path) -> None:
    a = "GHOST bool g;\nINIT { int a = ANY(0, 9); atomic_set(&x, a); }\n"
    b = "GHOST bool g;\nINIT { atomic_set(&x, 5); }\n"
    asks = "ACTOR(r) { if (atomic_inc_return(&x) == 6) g = true; }\n"
    assert isinstance(answer(tmp_path, a + asks, b + asks), NotCompared)
    assert isinstance(answer(tmp_path, b + asks, b + asks), Refines)
