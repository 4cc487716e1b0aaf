"""Families of guesses: what they say of a row is what their terms say, and each guess implies the next."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests import programs
from tests.systems import soon
from verify.encode.steps import compile_program
from verify.engines.counted import counted, focused
from verify.engines.family import Family
from verify.program.program import Program
from verify.smt.select import engine_solvers
from verify.term.semantics import evaluate, mask

ROWS = 25
KNOWN = (programs.counter(3), programs.lock(), programs.founding_race(3), programs.generations(), programs.batches())


def families(made: Program, focus: bool) -> Iterator[tuple[Family, list[tuple[int, ...]], tuple[str, ...]]]:
    """Yield the guesses about a program with random rows and the names of their slots."""
    on = counted(compile_program(made), engine_solvers(), soon(30))
    if focus:
        on = focused(on, engine_solvers(), soon(30))
    state = on.counting.system.state
    chance = random.Random(1)
    limits = [(v.width, mask(v.width)) for v in state]
    rows = [
        tuple(chance.choice((0, 1, 2, top, chance.randint(0, top))) & top for _, top in limits) for _ in range(ROWS)
    ]
    for family in on.search.pool:
        yield family, rows, tuple(v.name for v in state)


@pytest.mark.parametrize("focus", [False, True])
@pytest.mark.parametrize("made", KNOWN)
def test_a_family_says_of_a_row_what_its_terms_say(made: Program, focus: bool) -> None:
    wrong = []
    for family, rows, names in families(made, focus):
        for place in range(family.size) if family.size < 6 else (0, family.size // 2, family.size - 1):
            term = family.guess(place)
            told = ((row, evaluate(term, dict(zip(names, row, strict=True)))) for row in rows)
            for row, truth in told:
                claimed = not family.context(row) or family.strongest(row) <= place
                wrong += [] if claimed == bool(truth) else [(place, term)]
    assert wrong == []
