"""Law 9 at full width: what the command says of a mutant of 32 bits agrees with searches of two other kinds.

The narrow search visits every machine of the 6 or 8 bit compilation. The bounded search works on words of 32 bits, with
few references and ANY ranges as small as on narrow words; every run of it is a run of the shipped spec, whose bounds
are larger. So a violation of the narrow search transfers if the bounded search finds it too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.explicit_search import Found, explore
from tests.laws.shipped_mutants import ALL, Case, loaded, mutated
from tests.shipped import NARROW, ROOT
from verify.frontend.load import Options

SECONDS: Final = 30
"""The time limit of each mutant; the whole selection stays below 4 minutes."""

SELECTION: Final = ALL[7::13]

FEW: Final = {
    "page_ref": Options(defines=("NR_MAX=2", "REFS_MAX=2")),
    "refcount": Options(defines=("REFS_MAX=3",)),
    "rcuref": Options(defines=("REFS_MAX=3UL",)),
    "lockref": Options(defines=("REFS_MAX=3",)),
}


def statuses(spec: Path) -> dict[str, str]:
    """Return the status that the command gives to each property of a spec, at 32 bits."""
    report = spec.with_suffix(".json")
    command = ("check", str(spec), "--cpus", "2", "--timeout", str(SECONDS), "--json", str(report))
    ran = subprocess.run(
        (sys.executable, "-m", "verify", *command), cwd=ROOT, capture_output=True, timeout=4 * SECONDS, check=False
    )
    assert ran.returncode in (0, 1, 3), ran.stderr
    (found,) = json.loads(report.read_text())["specs"]
    return {p["id"]: p["status"] for p in found["properties"]}


def disagreements(told: dict[str, str], narrow: Found, bounded: Found) -> list[str]:
    """Return what the command says at 32 bits and the searches deny."""
    violated = narrow.depths | bounded.depths
    return [
        f"{name} is {status}; narrow search: {narrow.depths}, bounded search: {bounded.depths}"
        for name, status in told.items()
        if (status == "PROVED" and name in bounded.depths)
        or (status == "REFUTED" and narrow.complete and name not in violated)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("case", SELECTION, ids=str)
def test_the_verdicts_at_32_bits_agree_with_the_searches(case: Case, tmp_path: Path) -> None:
    spec = mutated(case, tmp_path)
    few, small = loaded(spec, FEW[case.family]), loaded(spec, NARROW[case.family])
    if few is None or small is None:
        pytest.skip("the front end refuses this mutant")
    narrow = explore(small, 2, limit=20_000, partial=True)
    deepest = max(narrow.depths.values(), default=12)
    bounded = explore(few, 2, limit=20_000, depth=deepest, partial=True)
    told = statuses(spec)
    assert not {"PROVED", "REFUTED"}.isdisjoint(told.values()), told
    assert disagreements(told, narrow, bounded) == []
