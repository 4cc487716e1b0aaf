"""Rows for the compiler's ``__atomic_*`` and ``__sync_*`` builtins and for C11 <stdatomic.h>.

The pointer forms (``__atomic_load`` …) and the C11 forms have rows of their own; the stand-in headers turn them into
values first. A C11 generic function without ``_explicit`` is the explicit one with memory_order_seq_cst, as the
standard defines it, so only the explicit names are here (the others would collide with the kernel's names).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from verify.frontend.atomic_row import Operation, Result, Role, Row, row
from verify.program.program import Marking, Ordering

_T, _V, _E, _O = Role.TARGET, Role.VALUE, Role.EXPECTED, Role.ORDER
_OPERATIONS: Final = (
    ("add", Operation.ADD),
    ("sub", Operation.SUB),
    ("and", Operation.AND),
    ("or", Operation.OR),
    ("xor", Operation.XOR),
    ("nand", Operation.NAND),
)
_WEAK: Final = (
    "a weak compare-exchange may fail although the values are equal; use the strong form, which is what it compiles to"
    " on x86"
)


def builtin_rows() -> Iterator[Row]:
    """Yield all rows for the builtins and for C11, in no particular order."""
    yield from _atomic_builtins()
    yield from _sync_builtins()
    yield from _c11()


def _atomic_builtins() -> Iterator[Row]:
    nothing, old, stored = Result.NOTHING, Result.OLD, Result.STORED
    for form in ("", "_n"):
        yield row(f"__atomic_load{form}", (_T, _O), Operation.LOAD, old, None)
        yield row(f"__atomic_store{form}", (_T, _V, _O), Operation.STORE, nothing, None)
        yield row(f"__atomic_exchange{form}", (_T, _V, _O), Operation.EXCHANGE, old, None)
        name = f"__atomic_compare_exchange{form}"
        yield row(name, (_T, _E, _V, _O, _O), Operation.COMPARE_EXCHANGE, stored, None)
    for name, operation in _OPERATIONS:
        yield row(f"__atomic_fetch_{name}", (_T, _V, _O), operation, old, None)
        yield row(f"__atomic_{name}_fetch", (_T, _V, _O), operation, Result.NEW, None)
    # The set state of a flag byte is 1 on x86 (__GCC_ATOMIC_TEST_AND_SET_TRUEVAL).
    flag = Operation.EXCHANGE
    yield row("__atomic_test_and_set", (_T, _O), flag, Result.OLD_IS_NONZERO, None, width=8, constants=(1,))
    yield row("__atomic_clear", (_T, _O), Operation.STORE, nothing, None, width=8, constants=(0,))
    yield row("__atomic_thread_fence", (_O,), Operation.NOTHING, nothing, None)
    yield row("__atomic_signal_fence", (Role.IGNORED,), Operation.NOTHING, nothing, Ordering.RELAXED)


def _sync_builtins() -> Iterator[Row]:
    full = Ordering.FULL
    for name, operation in _OPERATIONS:
        yield row(f"__sync_fetch_and_{name}", (_T, _V), operation, Result.OLD, full)
        yield row(f"__sync_{name}_and_fetch", (_T, _V), operation, Result.NEW, full)
    compare = Operation.COMPARE_EXCHANGE
    yield row("__sync_bool_compare_and_swap", (_T, _V, _V), compare, Result.STORED, full)
    yield row("__sync_val_compare_and_swap", (_T, _V, _V), compare, Result.OLD, full)
    yield row("__sync_lock_test_and_set", (_T, _V), Operation.EXCHANGE, Result.OLD, Ordering.ACQUIRE)
    yield row("__sync_lock_release", (_T,), Operation.STORE, Result.NOTHING, Ordering.RELEASE, constants=(0,))
    yield row("__sync_synchronize", (), Operation.NOTHING, Result.NOTHING, full)


def _c11() -> Iterator[Row]:
    nothing, old, stored = Result.NOTHING, Result.OLD, Result.STORED
    compare = Operation.COMPARE_EXCHANGE
    yield row("atomic_load_explicit", (_T, _O), Operation.LOAD, old, None)
    yield row("atomic_store_explicit", (_T, _V, _O), Operation.STORE, nothing, None)
    yield row("atomic_exchange_explicit", (_T, _V, _O), Operation.EXCHANGE, old, None)
    roles = (_T, _E, _V, _O, _O)
    yield row("atomic_compare_exchange_strong_explicit", roles, compare, stored, None)
    yield row("atomic_compare_exchange_weak_explicit", roles, compare, stored, None, refused=_WEAK)
    for name, operation in _OPERATIONS:
        if operation is not Operation.NAND:
            yield row(f"atomic_fetch_{name}_explicit", (_T, _V, _O), operation, old, None)
    flag = Operation.EXCHANGE
    yield row("atomic_flag_test_and_set_explicit", (_T, _O), flag, Result.OLD_IS_NONZERO, None, width=8, constants=(1,))
    yield row("atomic_flag_clear_explicit", (_T, _O), Operation.STORE, nothing, None, width=8, constants=(0,))
    # C11 7.17.2.2: initialising is not an atomic access; another CPU's access at the same time is a data race.
    yield row("atomic_init", (_T, _V), Operation.STORE, nothing, Ordering.RELAXED, marking=Marking.PLAIN)
    yield row("atomic_thread_fence", (_O,), Operation.NOTHING, nothing, None)
    yield row("atomic_signal_fence", (Role.IGNORED,), Operation.NOTHING, nothing, Ordering.RELAXED)
