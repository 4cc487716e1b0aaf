"""Blame on random small specs: no verdict of any set of knobs contradicts an explicit search of that set."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest

from tests.explicit_search import explore
from verify.blame import blame
from verify.check.checked import Proved, Refuted, Rejected, Vacuous
from verify.frontend.load import Options, load_open
from verify.program.knobs import with_knobs
from verify.stages.model import Settings

KNOBS: Final = ("a", "b", "c")
STORES: Final = (
    "atomic_inc(&word);",
    "atomic_dec(&word);",
    "atomic_set(&word, %d);",
    "atomic_add_unless(&word, 1, %d);",
    "atomic_cmpxchg(&word, %d, 1);",
    "flag = atomic_dec_and_test(&word);",
    "flag = atomic_read(&word) == %d;",
    "flag = !flag;",
)
CONDITIONS: Final = ("flag", "!flag", "word_is(%d)", "true")
HEAD: Final = """#include <refproof.h>
#include <linux/atomic.h>
CPUS(3);
atomic_t word;
GHOST bool flag;
static inline bool word_is(int value) { return atomic_read(&word) == value; }
INIT { atomic_set(&word, %d); }
"""


def knob(chance: random.Random) -> str:
    ids = chance.sample(KNOBS, chance.choice((1, 1, 1, 2)))
    return chance.choice((" && ", " || ")).join(f'{chance.choice(("", "!"))}KNOB("{k}")' for k in ids)


def number(chance: random.Random) -> str:
    low, high = chance.randint(-1, 3), chance.randint(-1, 3)
    return str(low) if chance.random() < 0.6 else f"({knob(chance)} ? {low} : {high})"


def filled(chance: random.Random, choices: tuple[str, ...]) -> str:
    return chance.choice(choices).replace("%d", number(chance))


def statement(chance: random.Random, depth: int = 2) -> str:
    if depth and chance.random() < 0.5:
        condition = knob(chance) if chance.random() < 0.7 else filled(chance, CONDITIONS)
        return f"if ({condition}) {{ {statement(chance, depth - 1)} }} else {{ {statement(chance, depth - 1)} }}"
    return filled(chance, STORES)


def spec_text(seed: int) -> str:
    chance = random.Random(seed)
    text = HEAD % chance.randint(0, 2)
    for name in ("one", "two"):
        guard = (
            f"ASSUME({chance.choice(('flag', '!flag', knob(chance) + ' || flag'))}); " if chance.random() < 0.4 else ""
        )
        body = " ".join(statement(chance) for _ in range(chance.randint(1, 2)))
        check = f'CHECK("check-{name}", {filled(chance, CONDITIONS)} || {chance.choice(("flag", knob(chance)))});'
        text += f"ACTOR({name}) {{ {guard}{body} {check} }}\n"
    text += f'ALWAYS("always", atomic_read(&word) != {number(chance)});\n'
    return text + f'QUIESCENT("rest", atomic_read(&word) != {number(chance)} || {knob(chance)});\n'


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("cpus", [2, None])
def test_no_set_contradicts_an_explicit_search(seed: int, cpus: int | None, tmp_path: Path) -> None:
    path = tmp_path / "spec.c"
    path.write_text(spec_text(seed))
    options = Options(needs_property=True, int_bits=4)
    opened = load_open(str(path), options)
    ids = tuple(k.id for k in opened.knobs)
    found = blame(str(path), (), Settings(cpus, "auto", 12, 20.0, options), lambda _name: lambda _progress: None)
    tried = 0
    for blamed in found.blamed:
        for trial in blamed.trials:
            assert trial.program == with_knobs(opened, trial.on)
            searched = explore(trial.program, 2)
            assert searched.complete
            assert not isinstance(trial.result, Rejected)
            name = blamed.row.property.id
            if isinstance(trial.result, Proved | Vacuous):
                assert name not in searched.depths, (trial.on, name)
            if isinstance(trial.result, Refuted) and cpus == 2:
                assert name in searched.depths, (trial.on, name)
            tried += 1
        proved = [set(t.on) for t in blamed.proved]
        assert not any(one < other for one in proved for other in proved)
        looked_at = {t.on for t in blamed.trials}
        for size in range(len(ids) + 1):
            for on in combinations(ids, size):
                assert on in looked_at or any(minimal < set(on) for minimal in proved)
    for row in found.others:
        if isinstance(row.result, Proved | Vacuous):
            assert row.property.id not in explore(with_knobs(opened, ()), 2).depths
