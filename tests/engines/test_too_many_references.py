"""With room for 2^32 references every counter of 32 bits is refuted, at full width, by runs that were replayed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from verify.check.checked import BlockReplay, Checked, Proved, Refuted, Rejected
from verify.decide import check_model
from verify.frontend.load import Options, load
from verify.stages.model import Settings, prepare, prepare_program

ROOT: Final = Path(__file__).resolve().parents[2]
ROOMY: Final = ("REFS_MAX=4294967296",)

RIGHT: Final = sorted(
    p.stem
    for p in (ROOT / "specs" / "page_ref").glob("*.c")
    if 'EXPECT("no-leak", REFUTED)' not in p.read_text("utf-8")
)
"""The variants that do not leak with the bound they have."""

PLAIN: Final = """
#include <refproof.h>
#include <linux/atomic.h>
atomic_t count;
GHOST unsigned long refs = 1;
GHOST bool freed;
INIT { atomic_set(&count, 1); }
ACTOR(get) { ASSUME(refs > 0 && refs < REFS_MAX); refs += 1; atomic_inc(&count); }
ACTOR(put)
{
	ASSUME(refs > 0);
	refs -= 1;
	if (atomic_dec_and_test(&count)) {
		CHECK("not-freed-while-referenced", refs == 0);
		freed = true;
	}
}
"""


def decided(spec: str, defines: tuple[str, ...], name: str, seconds: float) -> Checked | Rejected:
    """Return the verdict of one property for any number of CPUs."""
    settings = Settings(None, "auto", 20, seconds, Options(defines=defines))
    (row,) = check_model(prepare(spec, settings), (name,), settings, lambda _progress: None).rows
    return row.result


def test_a_plain_counter_wraps(tmp_path: Path) -> None:
    (tmp_path / "plain.c").write_text(PLAIN)
    found = decided(str(tmp_path / "plain.c"), ("REFS_MAX=4294967298UL",), "not-freed-while-referenced", 60)
    assert isinstance(found, Refuted)
    assert isinstance(found.evidence, BlockReplay)
    assert sum(block.times for block in found.evidence.blocks) >= 1 << 32


def test_a_plain_counter_does_not_wrap_below(tmp_path: Path) -> None:
    (tmp_path / "plain.c").write_text(PLAIN)
    """The ledger has 64 bits, the counter 32: the lemma is an equation modulo the width of the counter."""
    found = decided(str(tmp_path / "plain.c"), ("REFS_MAX=4294967295UL",), "not-freed-while-referenced", 60)
    assert isinstance(found, Proved)


@pytest.mark.slow
def test_large_amounts_at_once_are_weighed() -> None:
    """Bounds weighted with 2**16 and more were not guessed: with so many references at once nothing was proved."""
    settings = Settings(None, "auto", 20, 60, Options(defines=("NR_MAX=262144",)))
    program = replace(load(str(ROOT / "specs/page_ref/locked_bit.c"), settings.options), cpus_max=4096)
    model = prepare_program(program, settings)
    (row,) = check_model(model, ("marked-while-free",), settings, lambda _progress: None).rows
    assert isinstance(row.result, Proved)


@pytest.mark.slow
@pytest.mark.parametrize("name", RIGHT)
def test_a_variant_that_is_right_below_leaks_with_too_many_references(name: str) -> None:
    """A variant that leaks with fewer references leaks all the more: its runs are allowed here, too."""
    assert isinstance(decided(f"specs/page_ref/{name}.c", ROOMY, "no-leak", 120), Refuted)


def test_some_variants_are_right_below() -> None:
    assert {"mainline", "locked_bit", "inverted"} <= set(RIGHT)
