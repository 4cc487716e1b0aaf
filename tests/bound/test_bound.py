"""``bound``: proof at N, run at N + 1, checked against an exhaustive search; the closed form against its definition."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.explicit_search import explore
from verify.bound import bound
from verify.check.checked import BlockReplay
from verify.frontend.load import Options, load
from verify.pipeline import Settings
from verify.program.errors import InputError
from verify.report.bound_json import bound_json
from verify.report.exit_codes import ExitCode
from verify.report.limits import OFFSETS, Bound, bound_exit_code, closed_form, exact, forms_text, row_text

ROOT: Final = Path(__file__).parents[2]
SCHEMA: Final = Draft202012Validator(json.loads((ROOT / "docs/bound.schema.json").read_text()))
OPTIONS: Final = Options(int_bits=6)
ADDED: Final = """\
#include <refproof.h>
#include <linux/atomic.h>
#ifndef NR_MAX
#define NR_MAX 1
#endif
atomic_t word;
INIT { atomic_set(&word, 0); }
ACTOR(use)
{
	CHECK("positive", atomic_add_return(NR_MAX, &word) > 0);
	atomic_sub(NR_MAX, &word);
}
QUIESCENT("rest", atomic_read(&word) == 0);
"""
"""A signed word of 6 bits bears 31: NR_MAX each for 31 / NR_MAX contexts."""


def asked(folder: Path, text: str, values: Sequence[int], wanted: Sequence[str] = ()) -> list[Bound]:
    spec = folder / "spec.c"
    spec.write_text(text)
    return list(
        bound(str(spec), "NR_MAX", values, wanted, Settings(None, "auto", 5, 60, OPTIONS), lambda _: lambda _: None)
    )


def searched_limit(folder: Path, value: int, name: str, most: int) -> int:
    """Return the largest number of CPUs, up to ``most``, of which no run violates the property ``name``."""
    program = load(str(folder / "spec.c"), Options(defines=(f"NR_MAX={value}",), int_bits=6))
    for cpus in range(1, most + 1):
        found = explore(program, cpus)
        assert found.complete
        if name in found.depths:
            return cpus - 1
    return most


def test_the_limits_are_those_of_an_exhaustive_search(tmp_path: Path) -> None:
    values = (4, 8, 16)
    found = asked(tmp_path, ADDED, values)
    for row, value in zip(found, values, strict=True):
        (positive,) = (x for x in row.limits if x.property == "positive")
        assert exact(positive)
        assert positive.low == searched_limit(tmp_path, value, "positive", 8) == 31 // value
        assert positive.run is not None
        if positive.low:
            assert positive.proof is not None
        (rest,) = (x for x in row.limits if x.property == "rest")
        assert rest.high is None
        assert rest.low >= positive.low


@pytest.mark.slow
def test_the_closed_form_is_the_range_of_the_word(tmp_path: Path) -> None:
    found = asked(tmp_path, ADDED, (1, 2, 4), ["positive"])
    assert [x.low for row in found for x in row.limits] == [31, 15, 7]
    assert "in all 3 rows: contexts x NR_MAX <= 31\n      positive\n" in forms_text(found)
    assert "8192 processors are too many for NR_MAX = 1, 2, 4" in forms_text(found)
    assert row_text(found[0]).startswith(
        "NR_MAX = 1\n  at most 31 contexts: proved for 31, a run with 32 was replayed\n"
    )
    assert bound_exit_code(found) is ExitCode.AS_EXPECTED


def test_the_run_has_no_more_contexts_than_the_row_says(tmp_path: Path) -> None:
    (row,) = asked(tmp_path, ADDED, (2,), ["positive"])
    (limit,) = row.limits
    assert limit.run is not None
    assert isinstance(limit.run.evidence, BlockReplay)
    inside = [sum(n for _, _, n in b.inside) for b in limit.run.evidence.blocks]
    assert max(inside) == limit.high == 16


def test_the_report_obeys_its_schema(tmp_path: Path) -> None:
    text = bound_json(asked(tmp_path, ADDED, (1, 8)))
    document = json.loads(text)
    SCHEMA.validate(document)
    assert [r["value"] for r in document["rows"]] == [1, 8]
    assert document["closed_forms"]["positive"] == {"offset": 0, "product": 31}
    del document["rows"][0]["limits"][0]["proof"]
    assert list(SCHEMA.iter_errors(document))


def test_an_unknown_property_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no property 'nothing'"):
        asked(tmp_path, ADDED, (1,), ["nothing"])


def test_an_unknown_property_is_told_before_a_macro_that_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no property 'nothing'"):
        asked(tmp_path, ADDED.replace("NR_MAX", "OTHER_MAX"), (1,), ["nothing"])


def test_a_macro_that_the_spec_does_not_use_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "spec.c").write_text(ADDED)
    done = subprocess.run(
        [sys.executable, "-m", "verify", "bound", str(tmp_path / "spec.c"), "--over", "NOBODY", "--to", "2"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "NOBODY" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(1, 64), st.integers(0, 100)), max_size=5))
def test_a_closed_form_gives_every_row_and_is_found_where_there_is_one(rows: list[tuple[int, int]]) -> None:
    def fits(offset: int, product: int) -> bool:
        return all((most + offset) * value <= product < (most + offset + 1) * value for value, most in rows)

    form = closed_form(rows)
    if form is not None:
        assert fits(form.offset, form.product)
    elif len(rows) >= 2:
        assert not any(fits(offset, product) for offset in OFFSETS for product in range(-200, 7000))


@pytest.mark.slow
def test_what_the_manual_shows_is_what_the_command_says() -> None:
    manual = (ROOT / "docs" / "bound.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^    refproof (bound .*)$", manual, re.MULTILINE)
    (shown,) = re.findall(r"^```\n(.*?)^```$", manual, re.DOTALL | re.MULTILINE)
    done = subprocess.run(
        [sys.executable, "-m", "verify", *shlex.split(command)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout) == (0, "", shown)
