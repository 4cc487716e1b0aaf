"""What became of each property from A to B, the exit code of it, and the traces side by side."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

import pytest

from tests.outcomes import discharged, every_verdict, founding_replay, outcome, refuted, row
from verify.check.checked import Checked, Proved, Refuted, Rejected, Undecided, Vacuous
from verify.report.compare import comparison_json, plain_comparison
from verify.report.compared import Change, compared, comparison_code
from verify.report.outcome import Row

NAME: Final = "no-reference-while-free"
PROVED: Final = Proved(NAME, 2, discharged(NAME))
REFUTED: Final = Refuted(NAME, founding_replay())
OPEN: Final = Undecided(NAME, "no time", None)
VACUOUS: Final = Vacuous(NAME, "never reached", discharged(NAME))
REJECTED: Final = Rejected(NAME, "engines disagree")


@pytest.mark.parametrize(
    ("a", "b", "change", "code"),
    [
        (PROVED, PROVED, Change.SAME, 0),
        (VACUOUS, VACUOUS, Change.SAME, 0),
        (PROVED, REFUTED, Change.BROKEN, 1),
        (VACUOUS, REFUTED, Change.BROKEN, 1),
        (REFUTED, PROVED, Change.FIXED, 0),
        (REFUTED, REFUTED, Change.PRE_EXISTING, 0),
        (PROVED, VACUOUS, Change.CHANGED, 1),
        (REFUTED, VACUOUS, Change.CHANGED, 1),
        (PROVED, OPEN, Change.UNKNOWN, 3),
        (OPEN, REFUTED, Change.UNKNOWN, 3),
        (OPEN, OPEN, Change.UNKNOWN, 3),
        (REJECTED, PROVED, Change.REJECTED, 4),
        (REFUTED, REJECTED, Change.REJECTED, 4),
    ],
)
def test_every_pair_of_verdicts(a: Checked | Rejected, b: Checked | Rejected, change: Change, code: int) -> None:
    made = compared(outcome(row(a)), outcome(row(b)))
    assert [one.change for one in made.properties] == [change]
    assert comparison_code(made) == code


@pytest.mark.parametrize(
    ("more", "code"),
    [(row(replace(PROVED, property="more")), 0), (row(replace(REFUTED, property="more"), "REFUTED"), 1)],
)
def test_what_only_one_side_has(more: Row, code: int) -> None:
    one, two = outcome(row(PROVED)), outcome(row(PROVED), more)
    assert compared(one, two).properties[1].change is Change.ONLY_B
    assert comparison_code(compared(one, two)) == code
    assert compared(two, one).properties[1].change is Change.ONLY_A
    assert comparison_code(compared(two, one)) == 3


def test_an_id_that_states_something_else_compares_nothing() -> None:
    other = row(PROVED)
    other = replace(other, property=replace(other.property, text="true"))
    made = compared(outcome(row(PROVED)), outcome(other))
    assert comparison_code(made) == 3
    assert "stated differently" in plain_comparison(made, brief=True)


def test_a_side_without_properties_decides_nothing() -> None:
    assert comparison_code(compared(outcome(), outcome())) == 3
    assert comparison_code(compared(outcome(), outcome(row(PROVED)))) == 3


def test_traces_side_by_side_under_80_columns() -> None:
    text = plain_comparison(compared(every_verdict(), every_verdict()), brief=False)
    assert max(map(len, text.splitlines())) < 80
    assert any(line.startswith("in A") and line.rstrip().endswith("in B") for line in text.splitlines())
    assert f"PRE-EXISTING: {NAME}" in text
    assert "in A" not in plain_comparison(compared(every_verdict(), every_verdict()), brief=True)


def test_json_says_the_same() -> None:
    made = json.loads(comparison_json(compared(outcome(row(PROVED)), outcome(refuted()))))
    assert made["exit_code"] == 1
    assert [(p["id"], p["change"], p["b"]["status"]) for p in made["properties"]] == [(NAME, "BROKEN", "REFUTED")]
