"""The command on one spec with two headers: an increment, and a read and a store in its place."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

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


def compare(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    for name, text in TAKE.items():
        (folder / name).mkdir()
        (folder / name / "take.h").write_text(text)
    (folder / "spec.c").write_text(SPEC)
    command = [sys.executable, "-m", "verify", "compare", "spec.c", "-I", "old", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_a_lost_increment_is_broken_by_b_and_the_rest_was_so_before(tmp_path: Path) -> None:
    done = compare(tmp_path, "--include-b", "new", "--cpus", "2", "--json", "-")
    found = json.loads(done.stdout)
    assert (done.returncode, found["exit_code"]) == (1, 1)
    changes = {p["id"]: p["change"] for p in found["properties"]}
    assert changes == {"empty": "BROKEN", "small": "PRE-EXISTING", "ledger-fits": "same"}


def test_one_side_is_an_error(tmp_path: Path) -> None:
    done = compare(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--include-b" in done.stderr
