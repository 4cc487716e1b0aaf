"""Rows for the kernel's atomics: ``atomic_*``, ``xchg``/``cmpxchg``, ``smp_*``.

Orderings are those of the kernel's atomic_t documentation: operations without a return value are unordered, those with
one are fully ordered unless the suffix says otherwise, conditional ones only when they succeed, reads and sets never.
``raw_`` and ``arch_`` forms (without instrumentation) mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from verify.frontend.atomic_row import Operation, Result, Role, Row, row
from verify.program.program import Marking, Ordering

_T, _V, _E, _I = Role.TARGET, Role.VALUE, Role.EXPECTED, Role.IGNORED

_SUFFIXES: Final = (
    ("", Ordering.FULL),
    ("_acquire", Ordering.ACQUIRE),
    ("_release", Ordering.RELEASE),
    ("_relaxed", Ordering.RELAXED),
)
_STEMS: Final = (("atomic", 32), ("atomic64", 64), ("atomic_long", 64))
_PREFIXES: Final = ("", "arch_", "raw_")
_ARITHMETIC: Final = (
    ("add", Operation.ADD, (_V, _T), ()),
    ("sub", Operation.SUB, (_V, _T), ()),
    ("inc", Operation.ADD, (_T,), (1,)),
    ("dec", Operation.SUB, (_T,), (1,)),
)
_BITWISE: Final = (
    ("and", Operation.AND, (_V, _T), ()),
    ("andnot", Operation.ANDNOT, (_V, _T), ()),
    ("or", Operation.OR, (_V, _T), ()),
    ("xor", Operation.XOR, (_V, _T), ()),
)
_LOCAL: Final = "it is atomic only against this CPU's own interrupts; use the form without _local on a shared word"
_WIDE: Final = "words of 128 bits are not modelled; use an object of at most 64 bits or cmpxchg_double"


def kernel_rows() -> Iterator[Row]:
    """Yield all rows for the kernel's names, in no particular order."""
    for prefix in _PREFIXES:
        for stem, width in _STEMS:
            yield from _counter(prefix + stem, width)
    yield from _generic()
    yield from _barriers()


def _counter(stem: str, width: int) -> Iterator[Row]:
    yield from _reads_and_sets(stem, width)
    for name, operation, roles, constants in _ARITHMETIC + _BITWISE:
        yield row(
            f"{stem}_{name}",
            roles,
            operation,
            Result.NOTHING,
            Ordering.RELAXED,
            width=width,
            constants=constants,
        )
        for suffix, ordering in _SUFFIXES:
            yield row(
                f"{stem}_fetch_{name}{suffix}",
                roles,
                operation,
                Result.OLD,
                ordering,
                width=width,
                constants=constants,
            )
    for name, operation, roles, constants in _ARITHMETIC:
        for suffix, ordering in _SUFFIXES:
            yield row(
                f"{stem}_{name}_return{suffix}",
                roles,
                operation,
                Result.NEW,
                ordering,
                width=width,
                constants=constants,
            )
    for suffix, ordering in _SUFFIXES:
        yield from _exchanges(stem, width, suffix, ordering)
    yield from _conditional(stem, width)


def _reads_and_sets(stem: str, width: int) -> Iterator[Row]:
    yield row(f"{stem}_read", (_T,), Operation.LOAD, Result.OLD, Ordering.RELAXED, width=width)
    yield row(f"{stem}_read_acquire", (_T,), Operation.LOAD, Result.OLD, Ordering.ACQUIRE, width=width)
    yield row(f"{stem}_set", (_T, _V), Operation.STORE, Result.NOTHING, Ordering.RELAXED, width=width)
    yield row(f"{stem}_set_release", (_T, _V), Operation.STORE, Result.NOTHING, Ordering.RELEASE, width=width)


def _exchanges(stem: str, width: int, suffix: str, ordering: Ordering) -> Iterator[Row]:
    exchange, compare = Operation.EXCHANGE, Operation.COMPARE_EXCHANGE
    yield row(f"{stem}_xchg{suffix}", (_T, _V), exchange, Result.OLD, ordering, width=width)
    yield row(f"{stem}_cmpxchg{suffix}", (_T, _V, _V), compare, Result.OLD, ordering, width=width)
    yield row(f"{stem}_try_cmpxchg{suffix}", (_T, _E, _V), compare, Result.STORED, ordering, width=width)
    yield row(f"{stem}_add_negative{suffix}", (_V, _T), Operation.ADD, Result.NEW_IS_NEGATIVE, ordering, width=width)


def _conditional(stem: str, width: int) -> Iterator[Row]:
    table = (
        ("sub_and_test", (_V, _T), Operation.SUB, Result.NEW_IS_ZERO, ()),
        ("dec_and_test", (_T,), Operation.SUB, Result.NEW_IS_ZERO, (1,)),
        ("inc_and_test", (_T,), Operation.ADD, Result.NEW_IS_ZERO, (1,)),
        ("fetch_add_unless", (_T, _V, _V), Operation.ADD_UNLESS, Result.OLD, ()),
        ("add_unless", (_T, _V, _V), Operation.ADD_UNLESS, Result.STORED, ()),
        ("inc_not_zero", (_T,), Operation.ADD_UNLESS, Result.STORED, (1, 0)),
        ("inc_unless_negative", (_T,), Operation.INC_UNLESS_NEGATIVE, Result.STORED, ()),
        ("dec_unless_positive", (_T,), Operation.DEC_UNLESS_POSITIVE, Result.STORED, ()),
        ("dec_if_positive", (_T,), Operation.DEC_IF_POSITIVE, Result.NEW, ()),
    )
    for name, roles, operation, result, constants in table:
        yield row(f"{stem}_{name}", roles, operation, result, Ordering.FULL, width=width, constants=constants)


def _generic() -> Iterator[Row]:
    """Yield the type-generic macros; ``_local`` forms and 128-bit words are refused."""
    old, stored, compare = Result.OLD, Result.STORED, Operation.COMPARE_EXCHANGE
    for suffix, ordering in _SUFFIXES:
        yield row(f"xchg{suffix}", (_T, _V), Operation.EXCHANGE, old, ordering)
        for size, refused in (("", None), ("64", None), ("128", _WIDE)):
            yield row(f"cmpxchg{size}{suffix}", (_T, _V, _V), compare, old, ordering, refused=refused)
            yield row(f"try_cmpxchg{size}{suffix}", (_T, _E, _V), compare, stored, ordering, refused=refused)
    for size in ("", "64", "128"):
        yield row(f"cmpxchg{size}_local", (_T, _V, _V), compare, old, Ordering.RELAXED, refused=_LOCAL)
        yield row(f"try_cmpxchg{size}_local", (_T, _E, _V), compare, stored, Ordering.RELAXED, refused=_LOCAL)
    yield row("sync_cmpxchg", (_T, _V, _V), compare, old, Ordering.FULL)
    yield row("sync_try_cmpxchg", (_T, _E, _V), compare, stored, Ordering.FULL)
    double = (_T, _I, _V, _V, _V, _V)
    for name, ordering, refused in (
        ("cmpxchg_double", Ordering.FULL, None),
        ("cmpxchg_double_local", Ordering.RELAXED, _LOCAL),
    ):
        yield replace(row(name, double, compare, stored, ordering, width=64, refused=refused), words=2)
    once = Marking.ONCE
    yield row("smp_load_acquire", (_T,), Operation.LOAD, old, Ordering.ACQUIRE, marking=once)
    yield row("smp_store_release", (_T, _V), Operation.STORE, Result.NOTHING, Ordering.RELEASE, marking=once)
    yield row("smp_store_mb", (_T, _V), Operation.STORE, Result.NOTHING, Ordering.FULL, marking=once)


def _barriers() -> Iterator[Row]:
    """Yield what touches no word.

    ``smp_rmb`` and ``smp_wmb`` order loads or stores only, which none of the four words of Ordering says; they are
    RELAXED here, so that no analysis concludes more from them than holds.
    """
    full = ("mb", "smp_mb", "__smp_mb", "smp_mb__before_atomic", "smp_mb__after_atomic", "smp_mb__after_spinlock")
    none = ("barrier", "cpu_relax", "rmb", "wmb", "smp_rmb", "smp_wmb", "__smp_rmb", "__smp_wmb")
    for name in full:
        yield row(name, (), Operation.NOTHING, Result.NOTHING, Ordering.FULL)
    for name in none:
        yield row(name, (), Operation.NOTHING, Result.NOTHING, Ordering.RELAXED)
    yield row("smp_acquire__after_ctrl_dep", (), Operation.NOTHING, Result.NOTHING, Ordering.ACQUIRE)
