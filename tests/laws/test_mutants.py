"""Law 9: an exhaustive search on narrow words classifies mutants of every shipped variant; no engine contradicts it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Final

import pytest

from tests.explicit_search import explore
from tests.laws.engine_answers import answers
from tests.laws.shipped_mutants import ALL, MUTATED, Case, Tally, classify, mutants_of, narrow_mutant

OPEN_SHARE: Final = 0.03
"""The part of the properties of one file's mutants that the search may leave unclassified."""
OPEN_IN_SAMPLE: Final = 0.1
"""The same for the sample, whose search is shorter."""


def contradictions(case: Case, folder: Path, seconds: float, states: int) -> list[str]:
    """Return where the engines say other than the search; what the search left open is not compared."""
    program = narrow_mutant(case, folder)
    if program is None:
        return []
    truth = explore(program, 2, limit=states, partial=True)
    return [
        f"{name} is {'proved' if proved else 'refuted'}, the search says the contrary"
        for name, proved in answers(program, seconds).items()
        if (name in truth.depths if proved else truth.complete and name not in truth.depths)
    ]


def open_share(tally: Tally) -> float:
    """Return the part of the properties that is not classified, and list it in pytest's summary."""
    if tally.open:
        warnings.warn(f"law 9: {tally}", stacklevel=2)
    return len(tally.open) / tally.questions


@pytest.mark.parametrize("case", ALL[:: len(ALL) // 3], ids=str)
def test_no_verdict_on_a_mutant_contradicts_the_search(case: Case, tmp_path: Path) -> None:
    assert contradictions(case, tmp_path, seconds=1.0, states=2_000) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", ALL, ids=str)
def test_no_verdict_on_any_mutant_contradicts_the_search(case: Case, tmp_path: Path) -> None:
    assert contradictions(case, tmp_path, seconds=3.0, states=20_000) == []


@pytest.mark.slow
def test_the_search_classifies_a_sample_of_the_mutants(tmp_path: Path) -> None:
    """Most are violations; otherwise the law above would say little."""
    tally = classify(ALL[::16], tmp_path, 1_500)
    assert open_share(tally) <= OPEN_IN_SAMPLE, str(tally)
    assert tally.violated > len(tally.found) / 2, str(tally)
    assert len(tally.refused) < len(tally.found), str(tally)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("where", MUTATED, ids="/".join)
def test_the_search_classifies_every_mutant(where: tuple[str, str, str], tmp_path: Path) -> None:
    tally = classify(mutants_of(*where), tmp_path, 65_000)
    assert open_share(tally) <= OPEN_SHARE, str(tally)
