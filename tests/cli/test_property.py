"""``check --property``: what is asked about, and nothing else; the report says what was left out."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.outcomes import every_verdict, outcome, refuted
from verify.report.command import reproduce_text
from verify.report.text import plain_report

ROOT = Path(__file__).parents[2]
SCHEMA = Draft202012Validator(json.loads((ROOT / "docs/report.schema.json").read_text()))
SPEC = """
#include <refproof.h>
#include <linux/atomic.h>
atomic_t count;
GHOST unsigned int refs = 1;
INIT { atomic_set(&count, 1); }
ACTOR(get) { ASSUME(refs < 100); atomic_inc(&count); refs += 1; CHECK("counted", atomic_read(&count) > 0); }
ALWAYS("few", refs < 3);
ALWAYS("some", refs > 0);
EXPECT("few", REFUTED);
"""


def check(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    (folder / "spec.c").write_text(SPEC)
    command = [sys.executable, "-m", "verify", "check", "spec.c", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, object]]:
    folder = tmp_path_factory.mktemp("asked")
    done = check(folder, "--property", "some", "--property", "few", "--json", "found.json")
    assert (done.returncode, done.stderr) == (0, "")
    (found,) = json.loads((folder / "found.json").read_text())["specs"]
    return done.stdout, found


def test_only_what_is_asked_about_has_a_verdict(asked):
    text, found = asked
    assert [(row["id"], row["verdict"]) for row in found["properties"]] == [("few", "REFUTED"), ("some", "PROVED")]
    assert found["not_asked"] == ["counted", "ledger-fits"]
    assert "not asked about: counted, ledger-fits" in text
    assert "2 properties, all as expected" in text


def test_the_command_that_repeats_the_run_asks_the_same(asked):
    assert "refproof check spec.c --cpus any --property few --property some" in " ".join(asked[0].split())


def test_an_unknown_property_is_bad_input_and_names_one_that_is_near(tmp_path):
    done = check(tmp_path, "--property", "somme")
    assert done.returncode == 2
    assert "spec.c has no property 'somme'" in done.stderr
    assert "did you mean some?" in done.stderr


def test_a_report_about_everything_does_not_speak_of_it():
    made = every_verdict()
    made = replace(made, program=replace(made.program, properties=tuple(row.property for row in made.rows)))
    assert "not asked about" not in plain_report(made, brief=True)
    assert "--property" not in reproduce_text(made, ())


def test_what_a_shell_would_take_apart_stays_one_word():
    row = refuted()
    odd = replace(row, property=replace(row.property, id="it's odd"))
    made = outcome(odd)
    made = replace(made, program=replace(made.program, properties=(odd.property, row.property)))
    assert "--property 'it'\"'\"'s odd'" in reproduce_text(made, ())


OTHER = SPEC.replace('ALWAYS("few", refs < 3);', "").replace('EXPECT("few", REFUTED);', "")


def check_both(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    (folder / "one.c").write_text(SPEC)
    (folder / "other.c").write_text(OTHER)
    command = [sys.executable, "-m", "verify", "check", ".", "--brief", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_of_several_specs_those_without_the_property_are_passed_over(tmp_path):
    """Seen: each of them was an error, and said to be not read."""
    done = check_both(tmp_path, "--property", "few", "--json", "found.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 specs; 1 verdict, all as expected" in " ".join(done.stdout.split())
    found = json.loads((tmp_path / "found.json").read_text())
    SCHEMA.validate(found)
    assert (found["exit_code"], found["errors"], found["matrix"]) == (0, [], {"few": {"one.c": "REFUTED"}})
    assert [(spec["spec"], spec["exit_code"], len(spec["properties"])) for spec in found["specs"]] == [
        ("one.c", 0, 1),
        ("other.c", 0, 0),
    ]


def test_what_none_of_several_specs_has_is_told_once(tmp_path):
    done = check_both(tmp_path, "--property", "some", "--property", "fewer")
    assert done.returncode == 2
    assert done.stderr.count("no spec has a property 'fewer'") == 1
    assert "did you mean few?" in done.stderr
    assert done.stdout.count("1 property, all as expected") == 2
    assert check_both(tmp_path, "--property", "nothing").returncode == 2
