"""Verdict names and exit codes are those of DESIGN section 5."""

from __future__ import annotations

import itertools

import pytest

from tests.outcomes import discharged, founding_replay, outcome, row
from verify.check.checked import Bounded, Proved, Refuted, Rejected, Undecided, Vacuous
from verify.report.exit_codes import worst
from verify.report.outcome import exit_code, row_exit_code, verdict_text

PROVED_2 = Proved("p", 2, discharged("p"))
PROVED_ANY = Proved("p", None, discharged("p"))
REFUTED = Refuted("p", founding_replay())
VACUOUS = Vacuous("p", "never reached", discharged("p"))
BOUNDED = Bounded("p", 20)
UNKNOWN = Undecided("p", "timeout", None)
REJECTED = Rejected("p", "engines disagree")


@pytest.mark.parametrize(
    ("result", "name"),
    [
        (PROVED_2, "PROVED(2 cpus)"),
        (Proved("p", 1, discharged("p")), "PROVED(1 cpus)"),
        (PROVED_ANY, "PROVED"),
        (REFUTED, "REFUTED"),
        (BOUNDED, "BOUNDED(20)"),
        (UNKNOWN, "UNKNOWN(timeout)"),
        (VACUOUS, "VACUOUS"),
        (REJECTED, "REJECTED(engines disagree)"),
    ],
)
def test_verdict_names(result, name):
    assert verdict_text(result) == name


@pytest.mark.parametrize(
    ("result", "expected", "code"),
    [
        (PROVED_2, "PROVED(2 cpus)", 0),
        (PROVED_ANY, "PROVED", 0),
        (REFUTED, "REFUTED", 0),
        (VACUOUS, "VACUOUS", 0),
        (PROVED_2, "REFUTED", 1),
        (PROVED_2, "VACUOUS", 1),
        (REFUTED, "PROVED(2 cpus)", 1),
        (REFUTED, "VACUOUS", 1),
        (VACUOUS, "PROVED(2 cpus)", 1),
        (VACUOUS, "REFUTED", 1),
        (PROVED_2, "PROVED", 3),
        (PROVED_2, "PROVED(3 cpus)", 3),
        (BOUNDED, "PROVED(2 cpus)", 3),
        (BOUNDED, "REFUTED", 3),
        (UNKNOWN, "PROVED", 3),
        (UNKNOWN, "REFUTED", 3),
        (REJECTED, "PROVED", 4),
        (REJECTED, "REFUTED", 4),
    ],
)
def test_one_row(result, expected, code):
    assert row_exit_code(row(result, expected)) == code
    assert exit_code([outcome(row(result, expected))]) == code


def test_several_at_once_in_any_order():
    order = [4, 2, 1, 3, 0]
    for size in range(1, 6):
        for codes in itertools.permutations(order, size):
            assert worst(codes) == min(codes, key=order.index)


def test_the_worst_row_of_all_specs_counts():
    good, differs = outcome(row(PROVED_2)), outcome(row(PROVED_2), row(REFUTED), row(UNKNOWN))
    assert exit_code([good, good]) == 0
    assert exit_code([good, differs]) == exit_code([differs, good]) == 1


def test_nothing_decided_is_no_success():
    assert exit_code([]) == 3
    assert exit_code([outcome(row(PROVED_2)), outcome()]) == 3
