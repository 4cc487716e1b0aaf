"""A LEMMA that is false in a run is named; whatever it says, the verdicts are the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from verify.check.checked import Proved
from verify.frontend.load import Options
from verify.pipeline import Settings, check
from verify.report.json import to_json
from verify.report.text import plain_report

SPEC = """#include <refproof.h>
#include <linux/atomic.h>
CPUS(8);
atomic_t word;
GHOST unsigned int refs;
INIT { atomic_set(&word, 0); }
ACTOR(get) { ASSUME(refs < 3); refs += 1; atomic_inc(&word); }
ACTOR(put) { ASSUME(refs > 0); refs -= 1; atomic_dec(&word); }
QUIESCENT("counted", atomic_read(&word) == (int)refs);
LEMMA(refs <= 3);
LEMMA(%s);
"""


@pytest.mark.parametrize("cpus", [None, 2])
@pytest.mark.parametrize(("hint", "false"), [("refs <= 2", True), ("refs != 0", True), ("refs < 100", False)])
def test_a_false_hint_is_named_and_changes_nothing(tmp_path: Path, cpus: int | None, hint: str, *, false: bool) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(SPEC % hint)
    made = check(str(spec), Settings(cpus, "auto", 6, 60, Options()), lambda _progress: None)
    assert {type(row.result) for row in made.rows} == {Proved}
    text = plain_report(made, brief=True).replace("\n", " ")
    assert (f"LEMMA({hint}) at " in text) == false
    (told,) = json.loads(to_json([made]))["specs"]
    assert [found["text"] for found in told["false_lemmas"]] == [hint] * false
