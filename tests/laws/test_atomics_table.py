"""The table of atomics: well-formed rows, markings, memory orders, refusals."""

from __future__ import annotations

import pytest

from verify.frontend import atomics
from verify.frontend.atomics import Role, effect, lookup, ordering_of, rows
from verify.program.program import Marking, Ordering
from verify.term.build import symbol


def test_rows_are_sorted_and_well_formed() -> None:
    names = [r.name for r in rows()]
    assert names == sorted(set(names))
    for row in rows():
        assert row.roles.count(Role.TARGET) <= 1
        assert row.roles.count(Role.EXPECTED) <= 1
        assert (row.ordering is None) == (Role.ORDER in row.roles)
        assert lookup(row.name) is row
        suffixes = {"_acquire": Ordering.ACQUIRE, "_release": Ordering.RELEASE, "_relaxed": Ordering.RELAXED}
        assert all(row.ordering is o for s, o in suffixes.items() if row.name.endswith(s)), row.name


def test_marking() -> None:
    assert {r.name for r in rows() if r.marking is Marking.PLAIN} == {"atomic_init"}
    assert {r.name for r in rows() if r.marking is Marking.ONCE} == {
        "smp_load_acquire",
        "smp_store_release",
        "smp_store_mb",
    }


def test_operations_that_are_not_atomic_between_cpus_are_refused() -> None:
    refused = {r.name for r in rows() if r.refused is not None}
    assert {r.name for r in rows() if r.name.endswith("_local") or "128" in r.name or "weak" in r.name} == refused


def test_effect_rejects_wrong_operands() -> None:
    row, barrier = lookup("atomic_add"), lookup("smp_mb")
    assert row is not None
    assert barrier is not None
    old = symbol("old", 32)
    with pytest.raises(ValueError, match="operands"):
        effect(row, old, ())
    with pytest.raises(ValueError, match="operands"):
        effect(row, old, (symbol("wide", 64),))
    with pytest.raises(ValueError, match="64 bits"):
        effect(row, symbol("wide", 64), (symbol("wide", 64),))
    with pytest.raises(ValueError, match="does not access"):
        effect(barrier, old, ())


@pytest.mark.parametrize(
    ("name", "orders", "expected"),
    [
        ("__atomic_fetch_add", (0,), Ordering.RELAXED),
        ("__atomic_fetch_add", (1,), Ordering.ACQUIRE),
        ("__atomic_fetch_add", (2,), Ordering.ACQUIRE),
        ("__atomic_fetch_add", (3,), Ordering.RELEASE),
        ("__atomic_fetch_add", (4,), Ordering.FULL),
        ("__atomic_fetch_add", (5,), Ordering.FULL),
        ("__atomic_compare_exchange_n", (3, 0), Ordering.RELEASE),
        ("atomic_add_return", (), Ordering.FULL),
    ],
)
def test_ordering_of(name: str, orders: tuple[int, ...], expected: Ordering) -> None:
    row = lookup(name)
    assert row is not None
    assert ordering_of(row, orders) is expected


@pytest.mark.parametrize(
    ("name", "orders"),
    [
        ("__atomic_load_n", (3,)),
        ("__atomic_load_n", (4,)),
        ("__atomic_store_n", (2,)),
        ("__atomic_compare_exchange_n", (5, 3)),
        ("__atomic_fetch_add", (6,)),
        ("__atomic_fetch_add", (-1,)),
        ("__atomic_fetch_add", ()),
    ],
)
def test_ordering_of_rejects(name: str, orders: tuple[int, ...]) -> None:
    row = lookup(name)
    assert row is not None
    with pytest.raises(ValueError, match=name):
        ordering_of(row, orders)


def test_api_is_complete() -> None:
    assert set(atomics.__all__) >= {"Effect", "Returns", "Role", "Row", "effect", "lookup", "ordering_of", "rows"}
