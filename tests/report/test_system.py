"""``refproof show`` quotes the C line of every step and leaves out only what "when" has said."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from verify.encode.steps import compile_program
from verify.frontend.load import Options, load
from verify.report.system import facts_of, known_from, show_system
from verify.report.wrap import wrap_code
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
        at = next(j for j in range(i + 1, len(lines)) if lines[j].strip().startswith("at "))
        _, _, quoted = lines[at].strip().partition("  ")
        assert at - i == 1 or all(lines[j].startswith("        ") for j in range(i + 1, at))
        assert quoted or lines[at + 1].strip()


@pytest.mark.parametrize("spec", SPECS)
def test_lines_are_short_and_names_are_those_of_the_source(spec):
    text = show_system(compile_program(load(spec, Options())))
    assert [line for line in text.splitlines() if len(line) > 100] == []
    assert re.search(r"^    any nr in 1 \.\. 1(024)?$", text, re.MULTILINE)
    assert "!0.0" not in text
    assert "lookup.nr" not in text
    assert "ghost  frozen: bool, initially false\n" in text
    assert not re.search(r"(\w+) := \1$", text, re.MULTILINE)


def test_a_name_that_would_be_ambiguous_stays_long(tmp_path):
    spec = tmp_path / "spec.c"
    spec.write_text(
        "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t word; GHOST int n;\nINIT { }\n"
        "ACTOR(a) { int n = ANY(1, 3); { int m = ANY(1, 2); atomic_add(m, &word); } atomic_add(n, &word); }\n"
    )
    text = show_system(compile_program(load(str(spec), Options())))
    assert "any m in 1 .. 2" in text
    assert re.search(r"any a\.n!\S+ in 1 \.\. 3", text)


@pytest.mark.parametrize("width", [20, 30, 60])
def test_wrapping_loses_nothing_but_blanks(width):
    line = '    when (aaaa == bbbb && (cc != dd || ee)) ? "x && y || z" : ffffffff && (gggg ? h : i)'
    broken = wrap_code(line, width)
    assert "".join("".join(broken).split()) == "".join(line.split())
    assert all(len(part) <= width for part in broken) or width < 60
    assert '"x && y || z"' in " ".join(broken)
    assert wrap_code(line, 200) == [line]


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
