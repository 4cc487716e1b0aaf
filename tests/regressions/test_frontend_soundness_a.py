"""What once was silently ignored, and could have made a violated property PROVED, is refused or checked."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from verify.frontend.load import Options, load
from verify.program.errors import InputError

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t a;\nINIT { atomic_set(&a, 0); }\n"
PUT = "static void put(int *p) { atomic_dec(&a); }\n"
LOOP = 'ACTOR(x) { atomic_inc(&a); CHECK("c", 1); }\n'


def refused(tmp_path: Path, text: str, expected: str) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + text)
    with pytest.raises(InputError) as caught:
        load(str(spec), Options())
    assert expected in str(caught.value)
    assert f"{tmp_path}/" in str(caught.value)


ATTRIBUTES = {
    "cleanup": (f"{PUT}ACTOR(x) {{ int n __attribute__((cleanup(put))) = 0; atomic_inc(&a); }}", "'cleanup'"),
    "cleanup by macro": (f"#define AUTO __attribute__((__cleanup__(put)))\n{PUT}ACTOR(x) {{ AUTO int n = 0; }}", "'__cleanup__'"),
    "cleanup in a callee": (f"{PUT}static void f(void) {{ int n __attribute__((cleanup(put))) = 0; }}\nACTOR(x) {{ f(); }}", "'cleanup'"),
    "constructor": (f"__attribute__((constructor)) static void f(void) {{ atomic_inc(&a); }}\n{LOOP}", "'constructor'"),
    "destructor": (f"__attribute__((destructor)) static void f(void) {{ atomic_inc(&a); }}\n{LOOP}", "'destructor'"),
    "weak": (f"__attribute__((weak)) void f(void) {{ }}\n{LOOP}", "'weak'"),
    "alias": (f'extern atomic_t b __attribute__((alias("a")));\n{LOOP}', "'alias'"),
    "asm label": (f'atomic_t b __asm__("a");\n{LOOP}', "attribute"),
    "overloadable": (f"__attribute__((overloadable)) static void f(int n) {{ }}\n{LOOP}", "'overloadable'"),
    "section": (f'atomic_t b __attribute__((section("x")));\n{LOOP}', "'section'"),
    "pasted": (f"#define P(x, y) x##y\n{PUT}ACTOR(x) {{ int n __attribute__((P(clean, up)(put))) = 0; }}", "attribute"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attribute_is_refused(name: str, tmp_path: Path) -> None:
    text, expected = ATTRIBUTES[name]
    refused(tmp_path, text, expected)


def test_harmless_attributes_are_accepted(tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(
        f"{HEAD}#define __cold __attribute__((__cold__))\n"
        "struct s { char c; int n; } __attribute__((packed));\n"
        "static int n __attribute__((aligned(8), unused));\n"
        "static __cold __attribute__((const, nonnull(1))) int f(int *p __attribute__((unused))) { return 1; }\n"
        "ACTOR(x) { [[maybe_unused]] int m = 0; int k __attribute__((__unused__)) = f(&m); atomic_inc(&a); }\n"
    )
    assert load(str(spec), Options()).actors


DIRECTIVES = {
    "system_header": ("#pragma GCC system_header\n", "#pragma GCC system_header"),
    "diagnostic": ('#pragma clang diagnostic ignored "-Wreturn-type"\n', "#pragma clang diagnostic"),
    "behind a comment": ("/* a\n */ # /* b */ pragma GCC system_header\n", "#pragma GCC system_header"),
    "in two lines": ("#pra\\\ngma GCC system_header\n", "#pragma GCC system_header"),
    "digraph": ("%:pragma GCC system_header\n", "#pragma GCC system_header"),
    "operator": ('_Pragma("GCC diagnostic ignored \\"-Wreturn-type\\"")\n', "_Pragma"),
    "attribute pragma": ("#pragma clang attribute push(__attribute__((unused)), apply_to = function)\n#pragma clang attribute pop\n", "#pragma clang attribute"),
    "line marker": ('# 1 "x.h" 3\n', "a line marker"),
    "define": ("#undef CHECK\n#define CHECK(id, cond)\n", "'CHECK'"),
    "undef": ("#undef ASSUME\n", "'ASSUME'"),
    "inner define": ("#define __refproof_check(id, cond, text)\n", "'__refproof_check'"),
}  # fmt: skip


@pytest.mark.parametrize("name", DIRECTIVES)
@pytest.mark.parametrize("in_header", [False, True])
def test_directive_is_refused(name: str, in_header: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    text, expected = DIRECTIVES[name]
    (tmp_path / "under_test.h").write_text(text)
    refused(tmp_path, ('#include "under_test.h"\n' if in_header else text) + LOOP, expected)


@pytest.mark.parametrize("define", ["CHECK(id,c)=", "CHECK", "WAIT=x", "__refproof_check", 'P=_Pragma("once")'])
def test_a_word_cannot_be_redefined_by_an_option(define: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + LOOP)
    with pytest.raises(InputError, match="-D"):
        load(str(spec), Options(defines=(define,)))
