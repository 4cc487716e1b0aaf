"""The command on one spec with two headers: an increment, and a read and a store in its place."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

ROOT: Final = Path(__file__).parents[2]
SCHEMA: Final = json.loads((ROOT / "docs/compare.schema.json").read_text(encoding="utf-8"))

SPEC: Final = """
#include <refproof.h>
#include <linux/atomic.h>
#include "take.h"
atomic_t word;
GHOST unsigned int refs = 1;
INIT { atomic_set(&word, 1); }
ACTOR(get) { ASSUME(refs > 0 && refs < 4); refs += 1; take(&word); }
ACTOR(put) { ASSUME(refs > 0); refs -= 1; if (atomic_dec_and_test(&word)) CHECK("empty", refs == 0); }
ALWAYS("small", refs < 3);
"""
TAKE: Final = {
    "old": "static inline void take(atomic_t *w) { atomic_inc(w); }\n",
    "new": "static inline void take(atomic_t *w) { int v = atomic_read(w); atomic_set(w, v + 1); }\n",
}


def compare(folder: Path, *args: str, spec: str = SPEC) -> subprocess.CompletedProcess[str]:
    for name, text in TAKE.items():
        (folder / name).mkdir()
        (folder / name / "take.h").write_text(text)
    (folder / "spec.c").write_text(spec)
    command = [sys.executable, "-m", "verify", "compare", "spec.c", "-I", "old", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def valid(text: str) -> Any:
    """Return a document that the schema allows."""
    document = json.loads(text)
    jsonschema.validate(document, SCHEMA)
    return document


def test_the_schema_is_that_of_reports() -> None:
    theirs = json.loads((ROOT / "docs/report.schema.json").read_text(encoding="utf-8"))["$defs"]
    ours = {name: made for name, made in SCHEMA["$defs"].items() if name != "evidence"}
    assert ours == {name: theirs[name] for name in ours}
    about = {"id", "kind", "text", "place", "expected", "as_expected"}
    assert [set(one["properties"]) for one in SCHEMA["$defs"]["evidence"]["oneOf"]] == [
        set(one["properties"]) - about for one in theirs["property"]["oneOf"]
    ]


def test_a_lost_increment_is_broken_by_b_and_the_rest_was_so_before(tmp_path: Path) -> None:
    done = compare(tmp_path, "--include-b", "new", "--cpus", "2", "--json", "-")
    found = valid(done.stdout)
    assert (done.returncode, found["exit_code"]) == (1, 1)
    changes = {p["id"]: p["change"] for p in found["properties"]}
    assert changes == {"empty": "BROKEN", "small": "PRE-EXISTING", "ledger-fits": "same"}


def test_one_side_is_an_error(tmp_path: Path) -> None:
    done = compare(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--include-b" in done.stderr


@pytest.mark.slow
def test_only_a_client_that_looks_can_tell(tmp_path: Path) -> None:
    """No ghost depends on what the put returns, so that no history does, although the property "empty" is broken."""
    done = compare(tmp_path, "--include-b", "new", "--cpus", "2", "--refine", "2", "--json", "-")
    refinement = valid(done.stdout)["refinement"]
    assert (done.returncode, refinement["status"], refinement["values_left_out"]) == (1, "refines", [])


LOOKS: Final = SPEC.replace('CHECK("empty", refs == 0)', "empty = true").replace("INIT", "GHOST bool empty;\nINIT")


@pytest.mark.slow
def test_a_lost_increment_is_a_history_that_the_old_code_has_not(tmp_path: Path) -> None:
    """Two gets at once count one: the put before the last one finds no reference left."""
    done = compare(tmp_path, "--include-b", "new", "--refine", "2", "--json", "-", spec=LOOKS)
    found = valid(done.stdout)
    assert (done.returncode, found["exit_code"], found["refinement"]["status"]) == (1, 1, "differs")
    assert {p["change"] for p in found["properties"]} == {"PRE-EXISTING", "same"}
    assert [step["actor"] for step in found["refinement"]["steps"] if step["entered"]] == ["get", "get", "put", "put"]


def test_a_repair_has_no_new_history(tmp_path: Path) -> None:
    done = compare(tmp_path, "--include-b", "new", "-U", "CONFIG_SMP", "--refine", "1x4", "--brief", spec=LOOKS)
    assert (done.returncode, done.stderr) == (0, "")
    assert "refinement, 1 CPU, 4 operations each\n  every history of B is one of A" in done.stdout


@pytest.mark.parametrize("bounds", ["0", "2x0", "9", "2x100", "two", "2X2", "-1", "2x"])
def test_other_bounds_are_refused(tmp_path: Path, bounds: str) -> None:
    done = compare(tmp_path, "--include-b", "new", f"--refine={bounds}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "not of the form 3 or 2x4" in done.stderr
