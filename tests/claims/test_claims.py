"""Claims beside what the tool finds: nothing that the file says comes out unless it is found."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import jsonschema
import pytest

from verify.claims import settle
from verify.claims_file import read_claims, some_claims
from verify.frontend.load import Options
from verify.program.errors import InputError
from verify.report.claimed import Claim, Settled, claims_exit_code
from verify.report.claims import claims_json, claims_page, settled_text, summary_text
from verify.report.exit_codes import ExitCode
from verify.stages.model import Settings

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SETTINGS: Final = Settings(None, "auto", 20, 60.0, Options(needs_property=True))

SPEC: Final = """
#include <refproof.h>
#include <linux/atomic.h>
CPUS(3);
atomic_t word;
GHOST unsigned int inside;
INIT { atomic_set(&word, KNOB("lower") ? 0 : 1); }
ACTOR(enter) { inside += 1; atomic_inc(&word); atomic_dec(&word); inside -= 1; }
ALWAYS("none", atomic_read(&word) == 0);
ALWAYS("few", atomic_read(&word) <= 4);
EXPECT("none", REFUTED);
"""
CALM: Final = SPEC.replace("atomic_inc(&word); atomic_dec(&word);", "atomic_read(&word);")
ADDS: Final = """
#include <refproof.h>
#include <linux/atomic.h>
#ifndef STEP
#define STEP 1
#endif
atomic_t word;
INIT { }
ACTOR(enter) { atomic_add(STEP, &word); atomic_sub(STEP, &word); }
ALWAYS("few", atomic_read(&word) <= 8);
"""

FILE: Final = """
title = "Words"
intro = "An introduction."
[[claim]]
id = "A"
who = "a reader"
text = "Is it small?"
answer = "It is. But not always."
[[claim.verdict]]
says = "The word is small:"
spec = "spec.c"
property = ["few"]
is = "PROVED"
[[claim.verdict]]
says = "It is not zero:"
spec = "spec.c"
property = ["none"]
is = "REFUTED"
[[claim]]
id = "B"
who = "a reader"
text = "What of the rest?"
undecided = "Nobody knows."
"""
TIES: Final = {
    "change": 'before = "calm.c"\nspec = "spec.c"\nproperty = ["few"]\nis = "same"\n',
    "repair": 'spec = "calm.c"\nproperty = ["none"]\nsets = [["lower"]]\n',
    "most": 'spec = "adds.c"\nproperty = ["few"]\nover = "STEP"\nto = 4\nproduct = 8\n',
    "histories": 'before = "calm.c"\nspec = "spec.c"\ncpus = 2\noperations = 2\nis = "old"\n',
}


def claims_in(folder: Path, text: str) -> tuple[Claim, ...]:
    (folder / "spec.c").write_text(SPEC)
    (folder / "calm.c").write_text(CALM)
    (folder / "adds.c").write_text(ADDS)
    (folder / "claims.toml").write_text(text)
    return read_claims(str(folder / "claims.toml")).claims


def settled(folder: Path, text: str) -> tuple[Settled, ...]:
    return tuple(settle(claims_in(folder, text), SETTINGS, lambda _spec: lambda _progress: None))


def test_claims_that_are_so(tmp_path: Path) -> None:
    found = settled(tmp_path, FILE)
    assert claims_exit_code(found) is ExitCode.AS_EXPECTED
    assert [f.found for f in found[0].findings] == ["PROVED", "REFUTED"]
    assert summary_text(found) == "2 claims, 2 verdicts, all as claimed; not decided: B\n"
    jsonschema.validate(
        json.loads(claims_json(found)), json.loads((ROOT / "docs" / "claims.schema.json").read_text(encoding="utf-8"))
    )
    page = claims_page(read_claims(str(tmp_path / "claims.toml")), found)
    assert "| [A](#a) | Is it small? | It is. |" in page
    assert "**REFUTED**" in page
    assert "none: violated after INIT at" in page


@pytest.mark.parametrize(("said", "instead"), [("PROVED", "REFUTED"), ("REFUTED", "PROVED"), ("REFUTED", "VACUOUS")])
def test_a_claim_that_is_not_so_is_told_with_what_is(said: str, instead: str, tmp_path: Path) -> None:
    found = settled(tmp_path, FILE.replace(f'is = "{said}"', f'is = "{instead}"'))
    assert claims_exit_code(found) is ExitCode.DIFFERS
    wrong = "".join(map(settled_text, found))
    assert f"{said}: NOT AS CLAIMED (claimed: {instead})" in wrong
    assert "1 not as claimed" in summary_text(found)
    page = claims_page(read_claims(str(tmp_path / "claims.toml")), found)
    assert "| [A](#a) | Is it small? | 1 of 2 verdicts not as claimed. |" in page
    assert "**It is.**" not in page


def test_what_is_not_decided_is_open_whatever_is_claimed(tmp_path: Path) -> None:
    claims = claims_in(tmp_path, FILE)
    hurried = replace(SETTINGS, engine="bmc", depth=1)
    found = tuple(settle(claims, hurried, lambda _spec: lambda _progress: None))
    assert claims_exit_code(found) is ExitCode.OPEN
    assert found[0].findings[0].code is ExitCode.OPEN


def with_tie(kind: str, old: str = "", new: str = "") -> str:
    """Return the file with another tie, in which ``old`` is replaced."""
    table = TIES[kind].replace(old, new) if old else TIES[kind]
    assert not old or table != TIES[kind]
    return FILE.replace('[[claim]]\nid = "B"', f'[[claim.{kind}]]\nsays = "And:"\n{table}[[claim]]\nid = "B"')


@pytest.mark.parametrize("kind", ["change", "repair", "most", "histories"])
def test_a_change_a_repair_or_a_limit_that_is_so(kind: str, tmp_path: Path) -> None:
    assert settled(tmp_path, with_tie(kind))[0].findings[-1].code is ExitCode.AS_EXPECTED


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("change", 'is = "same"', 'is = "BROKEN"'),
        ("change", '"few"', '"few", "none"'),
        ("repair", '["lower"]', '["lower"], []'),
        ("repair", '[["lower"]]', "[]"),
        pytest.param("repair", '"none"', '"none", "few"', marks=pytest.mark.slow),
        pytest.param("most", "product = 8", "product = 7", marks=pytest.mark.slow),
        ("histories", 'is = "old"', 'is = "new"'),
        ("histories", '"calm.c"', '"adds.c"'),
        pytest.param("most", "product = 8", "product = 8\noffset = 1", marks=pytest.mark.slow),
    ],
)
def test_a_change_a_repair_or_a_limit_that_is_not_so(kind: str, old: str, new: str, tmp_path: Path) -> None:
    finding = settled(tmp_path, with_tie(kind, old, new))[0].findings[-1]
    assert finding.code is not ExitCode.AS_EXPECTED
    assert finding.found != finding.tie.wanted


WRONG: Final = {
    "an unknown key": ('is = "PROVED"', 'is = "PROVED"\ncpu = 3', "unknown key 'cpu'"),
    "an unknown verdict": ('is = "PROVED"', 'is = "UNKNOWN"', "there are PROVED, REFUTED, VACUOUS"),
    "no verdict": ('is = "PROVED"', "", "needs a text 'is'"),
    "a number for a text": ('who = "a reader"', "who = 3", "needs a text 'who'"),
    "a text for a list": ('["few"]', '"few"', "needs a list of texts 'property'"),
    "a claim twice": ('id = "B"', 'id = "A"', "stands there twice"),
    "nothing it rests on": ('undecided = "Nobody knows."', 'answer = "Yes."', "needs either verdicts"),
    "no TOML": ("[[claim]]", "[[claim", "cannot read claims"),
    "too deep": ('title = "Words"', "title = " + "[" * 5000, "cannot read claims"),
    "CPUs": ('is = "PROVED"', 'is = "PROVED"\ncpus = 65', "there are 1 to 64"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_file_that_says_something_unknown_is_refused(case: str, tmp_path: Path) -> None:
    old, new, said = WRONG[case]
    assert old in FILE
    with pytest.raises(InputError, match=said):
        claims_in(tmp_path, FILE.replace(old, new))


def test_a_limit_beyond_all_values_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are 1 to 1073741824"):
        claims_in(tmp_path, with_tie("most", "to = 4", f"to = {10**40}"))


@pytest.mark.parametrize(
    ("old", "new"), [("cpus = 2", "cpus = 9"), ("operations = 2", "operations = 0"), ("old", "all")]
)
def test_histories_within_other_bounds_are_refused(old: str, new: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are"):
        claims_in(tmp_path, with_tie("histories", old, new))


def test_a_property_that_the_spec_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no property 'fewer'"):
        settled(tmp_path, FILE.replace('["few"]', '["fewer"]'))


def test_some_claims_are_named(tmp_path: Path) -> None:
    claims_in(tmp_path, FILE)
    read = read_claims(str(tmp_path / "claims.toml"))
    assert [claim.id for claim in some_claims(read, ["B"])] == ["B"]
    with pytest.raises(InputError, match="there is no claim 'C'"):
        some_claims(read, ["C"])


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    claims_in(tmp_path, FILE)
    command = [sys.executable, "-m", "verify", "claims", "claims.toml", "--markdown", "page.md", "--json", "-"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["claims"][0]["findings"][1]["found"] == "REFUTED"
    assert (tmp_path / "page.md").read_text().startswith("# Words\n\nAn introduction.\n")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("file", "page"),
    [
        ("page_ref/claims.toml", "the-thread.md"),
        ("thread/batch_use.toml", "batch-use.md"),
        ("refcount/claims.toml", "saturation.md"),
        ("rcuref/claims.toml", "rcuref.md"),
    ],
)
def test_a_page_of_claims_is_what_the_tool_finds(file: str, page: str) -> None:
    """Every verdict and number of the page is found anew."""
    read = read_claims(f"specs/{file}")
    found = tuple(settle(read.claims, replace(SETTINGS, seconds=120.0), lambda _spec: lambda _progress: None))
    assert claims_exit_code(found) is ExitCode.AS_EXPECTED
    assert claims_page(read, found) == (ROOT / "docs" / page).read_text(encoding="utf-8")
