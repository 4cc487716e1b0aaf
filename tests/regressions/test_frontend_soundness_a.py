"""What once was silently ignored, and could have made a violated property PROVED, is refused or checked."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from verify.frontend import load as load_module
from verify.frontend.load import Options, load
from verify.program.errors import InputError

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t a;\nINIT { atomic_set(&a, 0); }\n"
PUT = "static void put(int *p) { atomic_dec(&a); }\n"
LOOP = 'ACTOR(x) { atomic_inc(&a); CHECK("c", 1); }\n'


def refusal(tmp_path: Path, text: str) -> str:
    """Return why a text is refused; the reason names a place in the spec's folder."""
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + text)
    with pytest.raises(InputError) as caught:
        load(str(spec), Options())
    assert f"{tmp_path}/" in str(caught.value)
    return str(caught.value)


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
    assert expected in refusal(tmp_path, text)


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
def test_directive_is_refused(name: str, in_header: bool, tmp_path: Path) -> None:
    text, expected = DIRECTIVES[name]
    (tmp_path / "under_test.h").write_text(text)
    assert expected in refusal(tmp_path, ('#include "under_test.h"\n' if in_header else text) + LOOP)


@pytest.mark.parametrize("define", ["CHECK(id,c)=", "CHECK", "WAIT=x", "__refproof_check", 'P=_Pragma("once")'])
def test_a_word_cannot_be_redefined_by_an_option(define: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + LOOP)
    with pytest.raises(InputError, match="-D"):
        load(str(spec), Options(defines=(define,)))


CALLS = {
    "constant_p": ("ACTOR(x) { int n = 0; if (__builtin_constant_p((n++, 1))) atomic_inc(&a); }", "__builtin_constant_p of an operand with side effects"),
    "constant_p call": ("ACTOR(x) { if (__builtin_constant_p((atomic_inc(&a), 1))) atomic_inc(&a); }", "__builtin_constant_p of an operand with side effects"),
    "expect": ("ACTOR(x) { int n = 0; if (__builtin_expect(1, n++)) atomic_inc(&a); }", "__builtin_expect of an operand with side effects"),
    "no prototype": ("static int f() { return 1; }\nACTOR(x) { f(3); atomic_inc(&a); }", "with 1 arguments, which has 0 parameters"),
    "old definition": ("static int f(n) char n; { return n; }\nACTOR(x) { f(300); atomic_inc(&a); }", "without a prototype"),
    "old definition, too few": ("static int f(n) int n; { return n; }\nACTOR(x) { f(); atomic_inc(&a); }", "with 0 arguments, which has 1 parameters"),
    "no value": ("static int f(int n) { if (n) return 1; }\nACTOR(x) { int r = f(atomic_read(&a)); }", "return"),
    "overloaded CHECK": ('__attribute__((overloadable)) static void f(int n) { CHECK("lost", n); }\n__attribute__((overloadable)) static void f(long n) { }\nACTOR(x) { f(0); f(0L); atomic_inc(&a); }', "'overloadable'"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_call_is_refused(name: str, tmp_path: Path) -> None:
    text, expected = CALLS[name]
    assert expected in refusal(tmp_path, text)


@pytest.mark.parametrize("body", ["if (n) return 1;", "if (n) return; return 1;", "switch (n) { case 0: return 2; }"])
def test_a_missing_value_is_refused_without_the_compilers_warning(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = tuple(f for f in load_module._FLAGS if not f.startswith("-Werror"))
    monkeypatch.setattr(load_module, "_FLAGS", flags)
    text = f"static int f(int n) {{ {body} }}\nACTOR(x) {{ int r = f(atomic_read(&a)); }}"
    assert "return" in refusal(tmp_path, text)


def test_every_way_to_end_with_a_value_is_accepted(tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(
        f"{HEAD}#include <linux/bug.h>\n"
        "static int f(int n) { if (n) return 1; else return 2; }\n"
        "static int g(int n) { for (;;) { if (atomic_read(&a) == n) return 1; } }\n"
        "static int h(int n) { if (n) return 1; BUG(); return 0; }\n"
        "static int k() { return 1; }\n"
        "ACTOR(x) { int r = f(atomic_read(&a)); r = g(r); r = h(r); r = k(); atomic_inc(&a); }\n"
    )
    assert load(str(spec), Options()).actors


def test_a_check_in_a_kernel_file_is_refused(tmp_path: Path) -> None:
    include = tmp_path / "include" / "linux"
    include.mkdir(parents=True)
    (include / "own.h").write_text('static inline void f(void) { CHECK("k", atomic_read(&a) < 0); }\n')
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + "#include <linux/own.h>\nACTOR(x) { f(); atomic_inc(&a); }\n")
    with pytest.raises(InputError, match="a CHECK outside of the specification's own files"):
        load(str(spec), Options(kernel=str(tmp_path)))
