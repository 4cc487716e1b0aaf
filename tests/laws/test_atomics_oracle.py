"""Law: the table of atomics agrees with the kernel's own generic fallbacks and with gcc's builtins.

The names come from the kernel's headers, so a missing row fails. Compared are the value returned, the value stored,
whether a store happens, and the value behind the expected pointer.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.laws import atomics_oracle as oracle
from tests.laws.atomics_oracle import Subject, function_subject, word_subject
from verify.frontend.atomics import Effect, Result, Returns, Role, Row, effect, lookup, rows
from verify.term.build import FALSE, TRUE, bvsub, bvule, const, symbol
from verify.term.semantics import evaluate_all
from verify.term.term import Term

WORDS = ("u8", "u16", "u32", "u64")
T, V, E, ORDER, IGNORED = Role.TARGET, Role.VALUE, Role.EXPECTED, Role.ORDER, Role.IGNORED
EffectFunction = Callable[[Row, Term, tuple[Term, ...]], Effect]


@dataclass(frozen=True)
class Library:
    code: ctypes.CDLL
    subjects: tuple[Subject, ...]


def disagreements(library: Library, number: int, compute: EffectFunction = effect) -> list[str]:
    """Every sample on which the table and the compiled function differ."""
    subject = library.subjects[number]
    row = lookup(subject.row)
    assert row is not None, f"{subject.row} has no row"
    count = sum(r in (V, E) for r in row.roles)
    names = tuple(f"operand{i}" for i in range(count))
    does = compute(row, symbol("old", subject.width * row.words), tuple(symbol(n, subject.width) for n in names))
    optional = (does.result, does.expected)
    roots = (does.stores, does.new, *(t if t is not None else FALSE for t in optional))
    found = []
    for sample in _samples(row, subject, count):
        old, *operands = sample
        stores, new, result, expected = evaluate_all(roots, {"old": old, **dict(zip(names, operands, strict=True))})
        seen = oracle.run(library.code, number, subject, row.words, old, tuple(operands))
        told = (result if does.result is not None else None, new if stores else old)
        same = told == (seen.result, seen.memory) and (seen.stores is None or seen.stores == stores)
        if not same or (does.expected is not None and expected != seen.expected):
            found.append(f"{subject.row} {tuple(map(hex, sample))}: table {told} {stores} {expected}, compiled {seen}")
    return found


def _samples(row: Row, subject: Subject, count: int) -> list[tuple[int, ...]]:
    if row.result is Result.OLD_IS_NONZERO:
        return [(0,), (1,)]
    if row.words == 1:
        return oracle.samples(row.name, subject.width, count)
    found = []
    for low, high, *rest in oracle.samples(row.name, subject.width, count + 1):
        found += [
            (high << 64 | low, *rest),
            (high << 64 | low, low, high, *rest[2:]),
            (high << 64 | low, low, *rest[1:]),
        ]
    return found


# --- the kernel's fallbacks -------------------------------------------------------------------------------------------


def _macro_subjects(name: str) -> list[Subject]:
    if "double" in name:
        call = f"{name}((u64 *)object, (u64 *)object + 1, operands[0], operands[1], operands[2], operands[3])"
        text = oracle.body("", call, Returns.BOOL)
        return [Subject(name, 64, (T, IGNORED, V, V, V, V), Returns.BOOL, text, counts_stores=True)]
    words = ("u64",) if "64" in name else WORDS
    if name.startswith("try_"):
        shape = ((T, E, V), Returns.BOOL, f"{name}($P, $E, $A)")
    elif "cmpxchg" in name:
        shape = ((T, V, V), Returns.WORD, f"{name}($P, $A, $B)")
    else:
        shape = ((T, V), Returns.WORD, f"{name}($P, $A)")
    return [word_subject(name, w, *shape, counts_stores=True) for w in words]


def _kernel_subjects(headers: Path) -> tuple[Subject, ...]:
    functions = [function_subject(signature) for signature, _ in oracle.kernel_functions(headers).values()]
    return (*functions, *(s for name in oracle.kernel_macros(headers) for s in _macro_subjects(name)))


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory, kernel_headers: Path) -> Library:
    folder = tmp_path_factory.mktemp("kernel")
    subjects = _kernel_subjects(kernel_headers)
    include = (folder / "shadow", kernel_headers / "include")
    prelude = (oracle.HERE / "atomics_oracle.h").read_text()
    return Library(oracle.build(folder, prelude, subjects, include), subjects)


class TestKernelFallbacks:
    pytestmark = pytest.mark.kernel

    def test_enumeration_is_not_empty(self, kernel_headers: Path) -> None:
        assert len(oracle.kernel_functions(kernel_headers)) >= 246
        assert len(oracle.kernel_macros(kernel_headers)) >= 25
        text = (kernel_headers / "include/linux/atomic/atomic-instrumented.h").read_text()
        assert len(oracle.kernel_functions(kernel_headers)) == text.count("static __always_inline ")
        assert len(oracle.kernel_macros(kernel_headers)) == text.count("#define ") - 1

    def test_every_name_has_a_row(self, kernel_headers: Path) -> None:
        names = {*oracle.kernel_functions(kernel_headers), *oracle.kernel_macros(kernel_headers)}
        names |= oracle.long_functions(kernel_headers) | oracle.arch_names(kernel_headers)
        assert sorted(n for n in names if lookup(n) is None) == []

    def test_values(self, kernel: Library) -> None:
        found = [d for number in range(len(kernel.subjects)) for d in disagreements(kernel, number)[:1]]
        assert found == []

    def test_roles_and_results_are_those_of_the_header(self, kernel: Library) -> None:
        for subject in kernel.subjects:
            row = lookup(subject.row)
            assert row is not None
            assert (row.roles, row.returns) == (subject.roles, subject.returns), row.name
            assert row.width in (None, subject.width), row.name

    def test_orderings_are_those_of_the_header(self, kernel_headers: Path) -> None:
        bodies = {name: body for name, (_, body) in oracle.kernel_functions(kernel_headers).items()}
        bodies |= oracle.kernel_macros(kernel_headers)
        for name, body in bodies.items():
            row = lookup(name)
            assert row is not None
            assert row.ordering is oracle.ordering_in_body(name, body), name

    @pytest.mark.parametrize("name", ["atomic_add_unless", "atomic64_inc_not_zero", "atomic_cmpxchg"])
    def test_notices_a_store_on_failure(self, kernel: Library, name: str) -> None:
        def always(row: Row, old: Term, operands: tuple[Term, ...]) -> Effect:
            return replace(effect(row, old, operands), stores=TRUE)

        assert disagreements(kernel, _number(kernel, name), always)

    @pytest.mark.parametrize("name", ["atomic_dec_if_positive", "atomic_long_dec_if_positive"])
    def test_notices_an_unsigned_comparison(self, kernel: Library, name: str) -> None:
        def unsigned(row: Row, old: Term, operands: tuple[Term, ...]) -> Effect:
            one = const(1, old.width)
            return Effect(bvule(one, old), bvsub(old, one), bvsub(old, one), None)

        assert disagreements(kernel, _number(kernel, name), unsigned)

    @pytest.mark.parametrize("name", ["atomic_try_cmpxchg", "atomic64_try_cmpxchg_acquire", "try_cmpxchg64"])
    def test_notices_that_nothing_is_written_back(self, kernel: Library, name: str) -> None:
        def forgets(row: Row, old: Term, operands: tuple[Term, ...]) -> Effect:
            return replace(effect(row, old, operands), expected=operands[0])

        assert disagreements(kernel, _number(kernel, name), forgets)


def _number(library: Library, name: str) -> int:
    return next(i for i, s in enumerate(library.subjects) if s.row == name)


# --- the compiler's builtins ------------------------------------------------------------------------------------------


def _native_shapes() -> dict[str, tuple[tuple[Role, ...], Returns, str]]:
    """Row name -> roles, result and call. 5 is __ATOMIC_SEQ_CST."""
    word, truth, void = Returns.WORD, Returns.BOOL, Returns.VOID
    compare = (T, E, V, ORDER, ORDER)
    found = {
        "__atomic_load_n": ((T, ORDER), word, "__atomic_load_n($P, 5)"),
        "__atomic_load": ((T, ORDER), word, "({ __atomic_load($P, &scratch, 5); scratch; })"),
        "__atomic_store_n": ((T, V, ORDER), void, "__atomic_store_n($P, $A, 5)"),
        "__atomic_store": ((T, V, ORDER), void, "__atomic_store($P, &$A, 5)"),
        "__atomic_exchange_n": ((T, V, ORDER), word, "__atomic_exchange_n($P, $A, 5)"),
        "__atomic_exchange": ((T, V, ORDER), word, "({ __atomic_exchange($P, &$A, &scratch, 5); scratch; })"),
        "__atomic_compare_exchange_n": (compare, truth, "__atomic_compare_exchange_n($P, $E, $A, 0, 5, 5)"),
        "__atomic_compare_exchange": (compare, truth, "__atomic_compare_exchange($P, $E, &$A, 0, 5, 5)"),
        "__sync_bool_compare_and_swap": ((T, V, V), truth, "__sync_bool_compare_and_swap($P, $A, $B)"),
        "__sync_val_compare_and_swap": ((T, V, V), word, "__sync_val_compare_and_swap($P, $A, $B)"),
        "__sync_lock_test_and_set": ((T, V), word, "__sync_lock_test_and_set($P, $A)"),
        "__sync_lock_release": ((T,), void, "__sync_lock_release($P)"),
        "smp_load_acquire": ((T,), word, "__atomic_load_n($P, 2)"),
        "smp_store_release": ((T, V), void, "__atomic_store_n($P, $A, 3)"),
        "smp_store_mb": ((T, V), void, "__atomic_store_n($P, $A, 5)"),
    }
    for op in ("add", "sub", "and", "or", "xor", "nand"):
        found[f"__atomic_fetch_{op}"] = ((T, V, ORDER), word, f"__atomic_fetch_{op}($P, $A, 5)")
        found[f"__atomic_{op}_fetch"] = ((T, V, ORDER), word, f"__atomic_{op}_fetch($P, $A, 5)")
        found[f"__sync_fetch_and_{op}"] = ((T, V), word, f"__sync_fetch_and_{op}($P, $A)")
        found[f"__sync_{op}_and_fetch"] = ((T, V), word, f"__sync_{op}_and_fetch($P, $A)")
    return found


def _c11_shapes() -> dict[str, tuple[tuple[Role, ...], Returns, str]]:
    word, truth, void = Returns.WORD, Returns.BOOL, Returns.VOID
    found = {
        "atomic_init": ((T, V), void, "atomic_init($P, $A)"),
        "atomic_load_explicit": ((T, ORDER), word, "atomic_load_explicit($P, 5)"),
        "atomic_store_explicit": ((T, V, ORDER), void, "atomic_store_explicit($P, $A, 5)"),
        "atomic_exchange_explicit": ((T, V, ORDER), word, "atomic_exchange_explicit($P, $A, 5)"),
    }
    for strength in ("strong", "weak"):
        name = f"atomic_compare_exchange_{strength}_explicit"
        found[name] = ((T, E, V, ORDER, ORDER), truth, f"{name}($P, $E, $A, 5, 5)")
    for op in ("add", "sub", "and", "or", "xor"):
        found[f"atomic_fetch_{op}_explicit"] = ((T, V, ORDER), word, f"atomic_fetch_{op}_explicit($P, $A, 5)")
    return found


def _flag_subjects() -> tuple[Subject, ...]:
    shapes = {
        # A flag holds 0 or 1; for other bytes gcc and clang differ, and the table follows the documentation.
        "__atomic_test_and_set": (Returns.BOOL, "__atomic_test_and_set(object, 5)"),
        "__atomic_clear": (Returns.VOID, "__atomic_clear((_Bool *)object, 5)"),
        "atomic_flag_test_and_set_explicit": (
            Returns.BOOL,
            "atomic_flag_test_and_set_explicit((atomic_flag *)object, 5)",
        ),
        "atomic_flag_clear_explicit": (Returns.VOID, "atomic_flag_clear_explicit((atomic_flag *)object, 5)"),
    }
    return tuple(
        Subject(name, 8, (T, ORDER), returns, oracle.body("", call, returns), counts_stores=False)
        for name, (returns, call) in shapes.items()
    )


def _native_subjects() -> tuple[Subject, ...]:
    plain = [word_subject(n, w, *s, counts_stores=False) for n, s in _native_shapes().items() for w in WORDS]
    c11 = [
        word_subject(n, w, *s, counts_stores=False, qualifier="_Atomic")
        for n, s in _c11_shapes().items()
        for w in WORDS
    ]
    return (*plain, *c11, *_flag_subjects())


NATIVE_PRELUDE = """
#include <stdatomic.h>
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32; typedef unsigned long long u64;
static unsigned int stores_seen;
"""


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Library:
    subjects = _native_subjects()
    return Library(oracle.build(tmp_path_factory.mktemp("native"), NATIVE_PRELUDE, subjects, ()), subjects)


class TestBuiltins:
    def test_values(self, native: Library) -> None:
        assert [d for number in range(len(native.subjects)) for d in disagreements(native, number)[:1]] == []

    def test_roles_and_results(self, native: Library) -> None:
        for subject in native.subjects:
            row = lookup(subject.row)
            assert row is not None
            assert (row.roles, row.returns) == (subject.roles, subject.returns), row.name


# --- completeness -----------------------------------------------------------------------------------------------------


def _same_but_for(row: Row, other: Row | None, *, ordering: bool) -> bool:
    if other is None:
        return False
    changes = {"name": other.name} | ({"ordering": other.ordering, "refused": other.refused} if ordering else {})
    return replace(row, **changes) == other


def _twin(row: Row) -> tuple[str, bool] | None:
    """The name of the exercised row that this one, newer than Debian's headers, must equal; and whether orderings may
    differ."""
    for prefix in ("arch_", "raw_"):
        if row.name.startswith(prefix):
            return row.name.removeprefix(prefix), False
    for suffix in ("_acquire", "_release", "_relaxed"):
        if row.name.endswith(f"add_negative{suffix}"):
            return row.name.removesuffix(suffix), True
    if row.name == "sync_try_cmpxchg":
        return "try_cmpxchg", False
    if row.name in ("try_cmpxchg_local", "try_cmpxchg64_local") or "128" in row.name:
        return ("try_cmpxchg" if row.name.startswith("try_") else "cmpxchg"), True
    return None


class TestCompleteness:
    pytestmark = pytest.mark.kernel

    def test_every_row_is_exercised(self, kernel_headers: Path) -> None:
        exercised = {s.row for s in (*_kernel_subjects(kernel_headers), *_native_subjects())}
        for row in (r for r in rows() if T in r.roles and r.name not in exercised):
            twin = _twin(row)
            assert twin is not None, f"{row.name} is exercised by no oracle"
            assert _same_but_for(row, lookup(twin[0]), ordering=twin[1]), row.name
            assert twin[0] in exercised or _twin(lookup(twin[0]) or row) is not None, row.name
