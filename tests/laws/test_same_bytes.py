"""Law 7: the same input gives the same bytes, whatever the process: reports, traces and certificates.

Both runs decide everything, so no time limit has a say; refcount_broken.c, whose ledger-fits stays open, is left
out. Python hashes strings differently in each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.shipped import ROOT

SURROUNDINGS: Final = (
    {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"},
)

SPECS: Final = (
    pytest.param("page_ref/mainline.c", marks=pytest.mark.slow),
    pytest.param("page_ref/locked_bit.c", marks=pytest.mark.slow),
    pytest.param("page_ref/zero_unlocked.c", marks=pytest.mark.slow),
    pytest.param("refcount/refcount.c", marks=pytest.mark.slow),
    pytest.param("lockref/lockref.c", marks=pytest.mark.slow),
    pytest.param("lockref/lockref_broken.c", marks=pytest.mark.slow),
)


def ran(surroundings: dict[str, str], report: Path, *arguments: str) -> tuple[bytes, bytes]:
    """Return the bytes of the terminal and of the JSON report of one run, in a fresh process."""
    command = (sys.executable, "-m", "verify", "check", *arguments, "--timeout", "240", "--json", str(report))
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **surroundings}, capture_output=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, report.read_bytes()


def evidence(report: bytes) -> dict[str, list[Any]]:
    """Return what a report holds of each kind: verdicts, traces, certificates and their lemmas."""
    (spec,) = json.loads(report)["specs"]
    rows = spec["properties"]
    return {
        "status": [row["status"] for row in rows],
        "trace": [row["trace"] for row in rows if "trace" in row],
        "certificate": [row["certificate"] for row in rows if "certificate" in row],
        "lemmas": spec["lemmas"],
    }


@pytest.mark.parametrize("name", SPECS)
def test_two_processes_report_the_same_bytes(name: str, tmp_path: Path) -> None:
    arguments = (f"specs/{name}", "--cpus", "2")
    one, two = (ran(s, tmp_path / f"{n}.json", *arguments) for n, s in enumerate(SURROUNDINGS))
    found, again = evidence(one[1]), evidence(two[1])
    assert set(found["status"]) <= {"PROVED", "REFUTED"}
    assert len(found["trace"]) == found["status"].count("REFUTED")
    assert len(found["certificate"]) == found["status"].count("PROVED")
    for kind, values in found.items():
        assert values == again[kind], kind
    assert one == two
