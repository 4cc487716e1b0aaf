"""Shipped specs outside specs/page_ref that are decided for any number of CPUs, each verdict as its spec expects.

Those of specs/page_ref are held to that by the gate.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shipped import SPECS
from verify.decide import check_model
from verify.frontend.load import Options
from verify.program.program import HeaderOrigin
from verify.report.exit_codes import ExitCode
from verify.report.outcome import Outcome, exit_code
from verify.stages.model import Settings, prepare

DECIDED = (
    "lockref/lockref_broken.c",
    "rcuref/plain_kill.c",
    "rcuref/rcuref.c",
    "rcuref/reads_again.c",
    "refcount/refcount_broken.c",
    "refcount/saturated.c",
    "refcount/saturated_at_min.c",
    "vmemmap/count_first.c",
    "vmemmap/frozen_bit_v3.c",
    "vmemmap/frozen_bit_v5.c",
    "vmemmap/locked_bit.c",
    "vmemmap/locked_bit_v2.c",
    "vmemmap/mainline_6_1.c",
    "vmemmap/mainline_6_11.c",
    "vmemmap/no_grace_period.c",
)


def outcome(name: str, options: Options) -> Outcome:
    settings = Settings(None, "auto", 20, 240.0, options)
    model = prepare(str(SPECS / name), settings)
    properties = tuple(sorted(p.id for p in model.compiled.program.properties))
    return check_model(model, properties, settings, lambda _progress: None)


@pytest.mark.slow
@pytest.mark.parametrize("name", DECIDED)
def test_every_verdict_for_any_number_is_as_expected(name: str) -> None:
    made = outcome(name, Options())
    assert made.rows
    assert exit_code([made]) == ExitCode.AS_EXPECTED


@pytest.mark.slow
def test_fragments_of_a_page_are_proved_with_version_3() -> None:
    """What is left of a bias is put back: samples must meet ``bias == rest``."""
    made = outcome("thread/page_ref/page_frag.c", Options(defines=("V3",)))
    assert made.rows
    assert exit_code([made]) == ExitCode.AS_EXPECTED


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("name", "defines"),
    [("refcount/refcount.c", ()), ("refcount/saturated.c", ()), ("refcount/saturated.c", ("CONTEXTS=4194304",))],
)
@pytest.mark.parametrize("headers", ["kernel_headers", "kernel_headers_6_12"])
def test_the_kernels_own_refcount_is_proved_for_any_number(
    name: str, defines: tuple[str, ...], headers: str, request: pytest.FixtureRequest
) -> None:
    """As its comment says, with no more tasks than PID_MAX_LIMIT."""
    made = outcome(name, Options(kernel=str(request.getfixturevalue(headers)), defines=defines))
    assert made.rows
    assert exit_code([made]) == ExitCode.AS_EXPECTED
    own = [s.name for s in made.program.sources if s.origin is HeaderOrigin.KERNEL]
    assert "<kernel>/include/linux/refcount.h" in own


@pytest.mark.kernel
def test_the_kernels_own_rcuref_is_proved_for_any_number(kernel_headers_6_12: Path) -> None:
    """With our words for what it calls out of line, up to the 2^31 references that its word counts."""
    made = outcome("rcuref/rcuref.c", Options(kernel=str(kernel_headers_6_12)))
    assert made.rows
    assert exit_code([made]) == ExitCode.AS_EXPECTED
    own = [s.name for s in made.program.sources if s.origin is HeaderOrigin.KERNEL]
    assert own == ["<kernel>/include/linux/rcuref.h"]


@pytest.mark.kernel
def test_the_page_refcount_of_6_12_is_proved_for_any_number(kernel_headers_6_12: Path) -> None:
    """Its lookups read first, so the references that are promised may exceed REFS_MAX."""
    made = outcome("page_ref/mainline.c", Options(kernel=str(kernel_headers_6_12)))
    assert made.rows
    assert exit_code([made]) == ExitCode.AS_EXPECTED
