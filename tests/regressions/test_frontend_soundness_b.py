"""Soundness holes of the front end that a review found: steps that are not one, and ledgers that wrap unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify.frontend.load import Options, load
from verify.program.errors import InputError
from verify.program.program import Program

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t a;\nINIT { atomic_set(&a, 0); }\n"


def loaded(folder: Path, text: str) -> Program:
    path = folder / "spec.c"
    path.write_text(HEAD + text)
    return load(str(path), Options())


def refused(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        loaded(folder, text)
    return str(caught.value)


@pytest.mark.parametrize("label", ["case 1", "default"])
def test_switch_into_an_atomic_block_is_refused(tmp_path: Path, label: str) -> None:
    text = (
        "ACTOR(go) { int n = ANY(0, 1); switch (n) { case 0: ATOMICALLY { atomic_inc(&a); "
        f"{label}: atomic_inc(&a); }} }} }}"
    )
    assert "a jump into an ATOMICALLY block" in refused(tmp_path, text)


def test_switch_inside_an_atomic_block_is_allowed(tmp_path: Path) -> None:
    text = "ACTOR(go) { int n = ANY(0, 1); ATOMICALLY { switch (n) { case 0: atomic_inc(&a); default: ; } } }"
    assert loaded(tmp_path, text).actors
