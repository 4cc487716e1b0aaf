"""Every EXPECT of a shipped spec is there because an exhaustive search of its narrow compilation agrees."""

from __future__ import annotations

import pytest

from tests.explicit_search import explore
from tests.shipped import SPEC_NAMES, narrow
from verify.program.program import ExpectedVerdict

MANY = ("page_ref/guess_one.c", "page_ref/zero_unlocked.c", "page_ref/locked_bit_rfc.c")
SLOW_PAIR = (*MANY, "page_ref/atomic_or.c", "refcount/saturated_at_min.c")
SLOW = (
    "page_ref/atomic_or.c",
    "page_ref/frozen_bit_v3.c",
    "page_ref/frozen_bit_v5.c",
    "page_ref/inverted.c",
    "page_ref/locked_bit.c",
    "page_ref/locked_bit_v2.c",
    "page_ref/no_sweep.c",
    "vmemmap/locked_bit_v2.c",
    "vmemmap/frozen_bit_v3.c",
    "vmemmap/frozen_bit_v5.c",
    "refcount/saturated.c",
    "refcount/saturated_at_min.c",
)
TWO_CPUS = tuple(pytest.param(name, marks=pytest.mark.slow) if name in SLOW_PAIR else name for name in SPEC_NAMES)
THREE_CPUS = tuple(
    pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in SPEC_NAMES if name not in MANY
)
"""These many have too many machines for three CPUs; two show all that they violate."""


@pytest.mark.parametrize("name", TWO_CPUS)
def test_two_cpus_violate_exactly_what_is_expected_to_be_refuted(name: str) -> None:
    program = narrow(name)
    found = explore(program, 2)
    assert found.complete
    vacuous = {e.property for e in program.expectations if e.verdict is ExpectedVerdict.VACUOUS}
    assert {p.id for p in program.properties} - found.checks == vacuous
    assert sorted(found.depths) == sorted(
        e.property for e in program.expectations if e.verdict is ExpectedVerdict.REFUTED
    )


@pytest.mark.parametrize("name", THREE_CPUS)
def test_a_third_cpu_violates_nothing_more(name: str) -> None:
    program = narrow(name)
    expected = {e.property for e in program.expectations if e.verdict is ExpectedVerdict.REFUTED}
    found = explore(program, 3)
    assert found.complete
    assert found.depths.keys() == expected
