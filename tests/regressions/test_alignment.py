"""A word that is not aligned has no single sequence of accesses: the verdict must assume one."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify.frontend.load import Options, load
from verify.report.assumptions import memory_model

SPEC = """#include <refproof.h>
#include <linux/atomic.h>
struct s { char c; atomic_t a; } %s;
struct s s;
INIT { atomic_set(&s.a, 0); }
ACTOR(go) { int v = atomic_inc_return(&s.a); CHECK("positive", v > 0); }
"""


@pytest.mark.parametrize(("attribute", "assumed"), [("", False), ("__attribute__((packed))", True)])
def test_a_misaligned_word_is_assumed_to_be_consistent(attribute: str, assumed: bool, tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(SPEC % attribute)
    assert (memory_model(load(str(spec), Options())) == ("assuming sequential consistency",)) is assumed
