"""``refproof show`` quotes the C line of every step and leaves out only what "when" has said."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from verify.encode.steps import compile_program
from verify.frontend.load import Options, load
from verify.report.system import facts_of, known_from, show_system
from verify.term.build import bvand, conj, substitute
from verify.term.semantics import evaluate_all
from verify.term.term import symbols

ROOT = Path(__file__).parents[2]
SPECS = sorted(str(path) for path in (ROOT / "specs" / "page_ref").glob("*.c"))


@pytest.mark.parametrize("spec", SPECS)
def test_every_step_and_check_is_followed_by_its_c_line(spec):
    lines = show_system(compile_program(load(spec, Options()))).splitlines()
    heads = [i for i, line in enumerate(lines) if line.startswith(("enter ", "in ", "    check ", "    goes on to "))]
    assert heads
    for i in heads:
        place, _, quoted = lines[i + 1].strip().partition("  ")
        assert place.startswith("at ")
        assert quoted


@pytest.mark.parametrize("spec", SPECS)
def test_what_is_left_out_was_said(spec):
    rng = random.Random(1)
    for step in compile_program(load(spec, Options())).steps:
        facts = facts_of(step.guard)
        known = known_from(facts)
        short = [bvand(conj(facts), substitute(t, known)) for t in (step.guard, *(x.when for x in step.targets))]
        full = [bvand(step.guard, t) for t in (step.guard, *(x.when for x in step.targets))]
        for _ in range(40):
            env = {s.name: rng.choice((0, 1, rng.getrandbits(s.width))) & ((1 << s.width) - 1)
                   for s in symbols((*short, *full))}  # fmt: skip
            values = evaluate_all((step.guard, *short, *full), env)
            met, rest = values[0], values[1:]
            assert rest[0] == met
            if met:
                assert rest[: len(short)] == rest[len(short) :]
