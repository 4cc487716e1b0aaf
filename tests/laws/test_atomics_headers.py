"""Law: the stand-in headers and the table name the same operations, with the same parameters.

Functions are found by their declarations. A macro is used once per row, and the access it expands to must carry the
row's name and arguments of the types that its roles call for.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from clang.cindex import Cursor, CursorKind, Index, TranslationUnit, TypeKind

from verify.frontend.atomics import Returns, Role, Row, lookup, rows

INCLUDE = Path(__file__).parents[2] / "verify" / "frontend" / "include"
FLAGS = [
    f"-I{INCLUDE}",
    "--target=x86_64-linux-gnu",
    "-std=gnu11",
    "-nostdinc",
    "-include",
    "refproof/builtins.h",
    "-Wno-unused-value",
    "-Wno-atomic-implicit-seq-cst",
]
C11 = ("atomic_init", "atomic_thread_fence", "atomic_signal_fence")


def parse(folder: Path, text: str) -> TranslationUnit:
    source = folder / "unit.c"
    source.write_text(text)
    return Index.create().parse(str(source), args=FLAGS)


def problems(unit: TranslationUnit) -> list[str]:
    return [str(d) for d in unit.diagnostics]


def walk(cursor: Cursor) -> Iterator[Cursor]:
    yield cursor
    for child in cursor.get_children():
        yield from walk(child)


def is_c11(row: Row) -> bool:
    return row.name.endswith("_explicit") or row.name in C11


def is_macro(row: Row, functions: set[str]) -> bool:
    return row.name not in functions and not is_c11(row)


@pytest.fixture(scope="module")
def declarations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cursor]:
    unit = parse(tmp_path_factory.mktemp("declarations"), "#include <linux/atomic.h>\n")
    assert problems(unit) == []
    return {c.spelling: c for c in unit.cursor.get_children() if c.kind is CursorKind.FUNCTION_DECL}


def _role_of(parameter: Cursor) -> Role:
    kind = parameter.type.get_canonical()
    if kind.kind is not TypeKind.POINTER:
        return Role.VALUE
    return Role.TARGET if kind.get_pointee().kind is TypeKind.RECORD else Role.EXPECTED


def _declared_width(function: Cursor) -> int:
    target = next(p for p in function.get_arguments() if _role_of(p) is Role.TARGET)
    return 8 * target.type.get_canonical().get_pointee().get_size()


def test_every_declared_function_has_a_row(declarations: dict[str, Cursor]) -> None:
    names = set(declarations) - {"__refproof_access"}
    assert sorted(n for n in names if lookup(n) is None) == []


def test_functions_have_the_roles_and_widths_of_their_rows(declarations: dict[str, Cursor]) -> None:
    kinds = {TypeKind.VOID: Returns.VOID, TypeKind.BOOL: Returns.BOOL}
    for name in sorted(set(declarations) - {"__refproof_access"}):
        function, row = declarations[name], lookup(name)
        assert row is not None
        assert tuple(_role_of(p) for p in function.get_arguments()) == row.roles, name
        assert kinds.get(function.result_type.get_canonical().kind, Returns.WORD) is row.returns, name
        if Role.TARGET in row.roles:
            assert _declared_width(function) == row.width, name


def test_every_kernel_counter_row_is_declared(declarations: dict[str, Cursor]) -> None:
    stems = ("atomic_", "atomic64_", "arch_atomic", "raw_atomic")
    wanted = {r.name for r in rows() if r.name.startswith(stems) and not is_c11(r)}
    assert sorted(wanted - set(declarations)) == []


# --- macros -----------------------------------------------------------------------------------------------------------


def _arguments(row: Row) -> list[str]:
    """Arguments of the public macro for a row, on the word ``w`` with the private ``e`` and ``d``."""
    if row.words == 2:
        return ["&pair[0]", "&pair[1]", "1", "2", "3", "4"]
    pointers = row.name in ("__atomic_load", "__atomic_store", "__atomic_exchange", "__atomic_compare_exchange")
    target = "w" if row.name == "smp_store_mb" else "&flag" if row.name.startswith("atomic_flag") else "&w"
    values = {Role.TARGET: target, Role.VALUE: "&d" if pointers else "7", Role.EXPECTED: "&e", Role.ORDER: "0"}
    found = [values.get(role, "0") for role in row.roles]
    if row.name.startswith("__atomic_compare_exchange"):
        found.insert(3, "0")
    if row.name in ("__atomic_load", "__atomic_exchange"):
        found.insert(-1, "&d")
    return found


def _calls(unit: TranslationUnit) -> list[Cursor]:
    return [c for c in walk(unit.cursor) if c.kind is CursorKind.CALL_EXPR and c.spelling == "__refproof_access"]


def _literal(argument: Cursor) -> str:
    return next(c.spelling for c in walk(argument) if c.kind is CursorKind.STRING_LITERAL).strip('"')


def _fits(call: Cursor, row: Row, word: str) -> bool:
    """Whether a call of the front end has the name and the types of the arguments that its row says."""
    name, target, _, *rest = call.get_arguments()
    roles = [r for r in row.roles if r is not Role.TARGET]
    if (
        _literal(name) != row.name
        or target.type.get_canonical().kind is not TypeKind.POINTER
        or len(rest) != len(roles)
    ):
        return False
    for argument, role in zip(rest, roles, strict=True):
        kind = argument.type.get_canonical()
        if role is Role.EXPECTED and kind.get_pointee().spelling != word:
            return False
        size = 8 if row.words == 2 or word == "unsigned long" else 4
        if role is Role.VALUE and "128" not in row.name and kind.get_size() != size:
            return False
    return True


def _wrongly_expanded(folder: Path, header: str, word: str, qualifier: str, subjects: list[Row]) -> list[str]:
    """Return the names of the rows whose macro does not expand to its row."""
    flag = "atomic_flag flag;" if "stdatomic" in header else ""
    lines = [f"#include <{header}>", f"{qualifier} {word} w; {flag} unsigned long pair[2];"]
    for number, row in enumerate(subjects):
        lines.append(f"void f{number}(void) {{ {word} e = 0, d = 0; {row.name}({', '.join(_arguments(row))}); }}")
    unit = parse(folder, "\n".join(lines) + "\n")
    assert problems(unit) == []
    calls = _calls(unit)
    assert len(calls) == len(subjects)
    return [row.name for call, row in zip(calls, subjects, strict=True) if not _fits(call, row, word)]


@pytest.mark.parametrize("word", ["int", "unsigned long"])
def test_macros_expand_to_their_rows(tmp_path: Path, declarations: dict[str, Cursor], word: str) -> None:
    subjects = [r for r in rows() if is_macro(r, set(declarations))]
    assert len(subjects) > 80
    if word == "int":
        subjects = [r for r in subjects if "64" not in r.name]
    assert _wrongly_expanded(tmp_path, "linux/atomic.h", word, "", subjects) == []


@pytest.mark.parametrize("word", ["int", "unsigned long"])
def test_c11_expands_to_its_rows(tmp_path: Path, word: str) -> None:
    subjects = [r for r in rows() if is_c11(r)]
    assert len(subjects) > 10
    assert _wrongly_expanded(tmp_path, "stdatomic.h", word, "_Atomic", subjects) == []


def test_c11_without_order_is_sequentially_consistent(tmp_path: Path) -> None:
    subjects = [r for r in rows() if r.name.endswith("_explicit")]
    lines = ["#include <stdatomic.h>", "_Atomic int w; atomic_flag flag;"]
    for number, row in enumerate(subjects):
        kept = [a for a, r in zip(_arguments(row), row.roles, strict=True) if r is not Role.ORDER]
        lines.append(f"void f{number}(void) {{ int e = 0; {row.name.removesuffix('_explicit')}({', '.join(kept)}); }}")
    unit = parse(tmp_path, "\n".join(lines) + "\n")
    assert problems(unit) == []
    for call, row in zip(_calls(unit), subjects, strict=True):
        assert _literal(next(iter(call.get_arguments()))) == row.name
        orders = list(call.get_arguments())[-row.roles.count(Role.ORDER) :]
        assert all(o.spelling == "memory_order_seq_cst" for o in orders), row.name


@pytest.mark.parametrize("prefix", ["raw_", "arch_"])
def test_uninstrumented_macros_mean_the_same(tmp_path: Path, declarations: dict[str, Cursor], prefix: str) -> None:
    names = [r for r in rows() if is_macro(r, set(declarations)) and "xchg" in r.name and not r.name.startswith("__")]
    lines = ["#include <linux/atomic.h>", "unsigned long w, pair[2];"]
    for number, row in enumerate(names):
        arguments = ", ".join(_arguments(row))
        lines.append(f"void f{number}(void) {{ unsigned long e = 0; {prefix}{row.name}({arguments}); }}")
    unit = parse(tmp_path, "\n".join(lines) + "\n")
    assert problems(unit) == []
    assert [_literal(next(iter(c.get_arguments()))) for c in _calls(unit)] == [r.name for r in names]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("__atomic_compare_exchange_n(&w, &w, 1, 1, 5, 5)", "must be strong"),
        ("__atomic_compare_exchange_n(&w, &s, 1, 0, 5, 5)", "of one size"),
        ("try_cmpxchg(&w, &s, 1)", "another size"),
        ("cmpxchg64(&w, 1, 2)", "64 bits"),
        ("cmpxchg_double(&w, &w, 1, 2, 3, 4)", "64 bits"),
        ("__atomic_fetch_add(&p, 1, 5)", "invalid argument type"),
        ("__sync_fetch_and_add(&f, 1)", "invalid argument type"),
        ("__atomic_load_n(&huge, 5)", "more than 64 bits"),
    ],
)
def test_what_is_not_modelled_is_an_error(tmp_path: Path, statement: str, message: str) -> None:
    text = f"#include <linux/atomic.h>\nint w, *p; short s; float f; __int128 huge;\nvoid g(void) {{ {statement}; }}\n"
    errors = [d.spelling for d in parse(tmp_path, text).diagnostics if d.severity >= 3]
    assert any(message in e for e in errors), errors


@pytest.mark.parametrize("order", [("linux/atomic.h", "stdatomic.h"), ("stdatomic.h", "linux/atomic.h")])
def test_kernel_and_c11_names_do_not_mix(tmp_path: Path, order: tuple[str, str]) -> None:
    unit = parse(tmp_path, "".join(f"#include <{h}>\n" for h in order))
    assert any("one name two meanings" in p for p in problems(unit))


def test_headers_stand_alone(tmp_path: Path) -> None:
    for header in sorted(p.relative_to(INCLUDE) for p in INCLUDE.glob("[al]*/*.h")):
        if header.name in ("atomic.h", "compiler.h", "types.h", "barrier.h", "cmpxchg.h"):
            assert problems(parse(tmp_path, f"#include <{header}>\n#include <{header}>\n")) == []


def test_importing_the_table_needs_no_clang() -> None:
    code = "import sys, verify.frontend.atomics; sys.exit('clang' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0
