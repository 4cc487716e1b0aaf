"""The JSON report obeys its published schema and always has the same bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from tests.outcomes import ADD_LINE, CHECK_LINE, discharged, every_verdict, outcome, program, prop, refuted, row, spec
from verify.check.checked import Proved, Refuted
from verify.program.errors import Diagnostic
from verify.report.json import to_json
from verify.report.outcome import exit_code

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)


def load(*outcomes, errors=()):
    document = json.loads(to_json(outcomes, errors))
    VALIDATOR.validate(document)
    return document


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_every_verdict_is_valid_and_has_verdict_and_expected():
    document = load(every_verdict())
    rows = document["specs"][0]["properties"]
    assert {r["status"] for r in rows} == {"PROVED", "REFUTED", "BOUNDED", "UNKNOWN", "VACUOUS", "REJECTED"}
    assert all(r["as_expected"] == (r["verdict"] == r["expected"]) for r in rows)
    assert document["exit_code"] == exit_code([every_verdict()]) == 4


@pytest.mark.parametrize("k", [0, 1, 20])
def test_a_certificate_of_any_k_is_valid(k):
    evidence = discharged("p")
    made = row(Proved("p", 2, replace(evidence, certificate=replace(evidence.certificate, k=k))))
    (found,) = load(outcome(made))["specs"][0]["properties"]
    assert found["certificate"]["k"] == k


def test_the_trace_has_the_values():
    (found,) = load(outcome(refuted()))["specs"][0]["properties"]
    assert found["trace"]["start"] == {
        "words": {"page._refcount.counter": "0x00000001"},
        "ghosts": {"allocated": "true", "refs": "1", "delta": "-5", "life": "#3"},
    }
    drew, access, check, *_ = found["trace"]["steps"][1]["events"]
    assert (drew["name"], drew["value"]) == ("nr", "5")
    assert (access["before"], access["after"]) == ("0x00000000", "0x00000005")
    assert check["holds"] is False
    assert access["line"] == ADD_LINE.strip()
    assert drew["line"] == ""
    assert found["violation"]["line"] == CHECK_LINE.strip()
    assert found["violation"]["step"] == 2
    assert found["violation"]["cpu"] == 1
    assert found["violation"]["place"] == {"file": spec(31).file, "line": 31, "column": 3}
    assert found["violation"]["values"]["ghosts"]["refs"] == "0"


def test_errors_count_and_are_listed():
    error = Diagnostic(None, "no such file", "check the name")
    document = load(errors=(error, replace(error, span=spec(3))))
    assert document["exit_code"] == 2
    assert document["errors"][0] == {"message": "no such file", "advice": "check the name", "place": None}
    assert load(outcome(refuted("PROVED")), errors=(error,))["exit_code"] == 2
    assert load(every_verdict(), errors=(error,))["exit_code"] == 4


def test_same_bytes_sorted_keys_ascii():
    text = to_json([every_verdict()])
    assert text == to_json([every_verdict()])
    assert text.isascii()
    assert text == json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n"


def test_hostile_names_survive():
    evil = 'a\x1b"\n\udc80.c'
    made = replace(outcome(refuted()), program=program(name=evil))
    assert load(made)["specs"][0]["spec"] == evil


def test_a_violation_at_rest_has_no_cpu():
    result = refuted().result
    assert isinstance(result, Refuted)
    made = row(Refuted("no-leak", replace(result.evidence, steps=(), machines=())))
    (found,) = load(outcome(replace(made, property=prop("no-leak"))))["specs"][0]["properties"]
    assert (found["violation"]["step"], found["violation"]["cpu"]) == (0, None)


@pytest.mark.parametrize("damage", ["drop", "add", "verdict"])
def test_the_schema_rejects_damage(damage):
    document = load(outcome(refuted()))
    found = document["specs"][0]["properties"][0]
    if damage == "drop":
        del found["trace"]
    elif damage == "add":
        found["depth"] = 3
    else:
        found["verdict"] = "FINE"
    with pytest.raises(ValidationError):
        VALIDATOR.validate(document)


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param("page_ref/zero_unlocked.c", marks=pytest.mark.slow),
        pytest.param("refcount/refcount_broken.c", marks=pytest.mark.slow),
        pytest.param("lockref/lockref.c", marks=pytest.mark.slow),
        pytest.param("rcuref/rcuref.c", marks=pytest.mark.slow),
    ],
)
def test_the_report_of_a_shipped_spec_of_each_family_is_valid(spec, tmp_path):
    target = tmp_path / "report.json"
    options = ["--cpus", "2", "--depth", "4", "--timeout", "60", "--json", str(target)]
    done = subprocess.run(
        [sys.executable, "-m", "verify", "check", f"specs/{spec}", *options],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 3}, done.stderr
    document = json.loads(target.read_text())
    VALIDATOR.validate(document)
    assert document["exit_code"] == done.returncode
    assert document["errors"] == []
    assert document["specs"][0]["properties"]


def test_every_family_is_among_them():
    assert {path.name for path in (ROOT / "specs").iterdir()} - {"open", "thread"} == {
        "page_ref",
        "vmemmap",
        "rcuref",
        "refcount",
        "lockref",
    }
