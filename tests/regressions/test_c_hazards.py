"""C that was lowered to another program than compilers make of it: it is refused, or computes what they compute."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explicit_search import search
from verify.frontend.load import Options, load
from verify.program.errors import InputError

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t a;\nINIT { }\n"
TYPES = "struct s3 { int a, b, c; };\nunion u2 { u32 w; u16 h; };\n"

REFUSED = {
    "value behind a designator": ("", "struct s3 s = { .b = 1, 2 };", "without a name behind one with a name"),
    "two values for a union": ("", "union u2 u = { 1, 2 };", "more than one value for a union"),
    "two names in a union": ("", "union u2 u = { .w = 0x10001, .h = 0 };", "more than one value for a union"),
    "zero over another value": ("struct s3 g = { .a = 1, .a = 0 };", "int x = READ_ONCE(g.a);", "gives a value twice"),
    "designated bit-field": ("", "union { struct { u32 p : 3, q : 29; }; u32 w; } u = { .q = 1 };", "a designator that cannot be verified"),
    "empty struct": ("struct e { };", "struct e x = { };", "the type 'struct e' cannot be verified here"),
    "pointer to an empty struct": ("struct e { } g[2];", "int x = &g[0] + 1 == &g[0];", "a pointer that cannot be resolved"),
    "addresses of empty objects": ("struct e { } g, h;", "int x = &g == &h;", "a pointer that cannot be resolved"),
    "address behind an object": ("", "int x[2] = { 0 }, y = 0; int z = &x[2] == &y;", "a pointer that cannot be resolved"),
    "strings compared": ("", 'int x = (void *)"a" == (void *)"b";', "a pointer that cannot be resolved"),
    "effects in _Generic": ("", "int x = 1; int y = _Generic(0, int: (x++, 5));", "a constant expression with side effects"),
    "effects in a parameter's type": ("static int f(int n, int p[n++]) { return n; }", "int y[1] = { 0 }; f(1, y);", "the type of the parameter 'p' has side effects"),
    "effects in a pointer's type": ("", "int x = 3; int (*p)[x++] = 0;", "cannot be verified here"),
    "effects in a typedef": ("", "int x = 3; typedef int (*T)[x++]; T p = 0;", "an array whose size is not constant"),
    "enumerator of two types": ("enum e { X = 1, Y = 0x80000000 };", "int y = X - 2 < 0;", "compilers differ about its type"),
    "break in a loop's condition": ("", "while (({ break; 0; })) ;", "in the head of a loop"),
    "break in an inner loop's condition": ("", "for (int i = 0; i < 2; i++) while (({ break; 0; })) ;", "in the head of a loop"),
    "continue in a do's condition": ("", "int n = 0; do { n++; } while (({ if (n < 3) continue; 0; }));", "in the head of a loop"),
    "break in a for's step": ("", "for (;; ({ break; })) atomic_inc(&a);", "in the head of a loop"),
    "attribute that only gcc knows": ('struct __attribute__((scalar_storage_order("big-endian"))) be { int x; };', "", "unknown attribute 'scalar_storage_order'"),
    "undefined shift in ALWAYS": ('GHOST int k;\nALWAYS("p", 1 << k);', "", "ALWAYS may compute what C does not define"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str, tmp_path: Path) -> None:
    before, body, expected = REFUSED[name]
    spec = tmp_path / "spec.c"
    spec.write_text(f"{HEAD}{TYPES}{before}\nACTOR(x) {{ {body} atomic_inc(&a); }}\n")
    with pytest.raises(InputError) as caught:
        load(str(spec), Options())
    assert expected in str(caught.value)
    assert f"{tmp_path}/" in str(caught.value)


PASTED = {
    "file scope": 'P("GCC diagnostic ignored \\"-Wreturn-type\\"")\nACTOR(x) { atomic_inc(&a); }',
    "struct": 'struct s { P("pack(1)") int x; };\nACTOR(x) { atomic_inc(&a); }',
    "statement": 'ACTOR(x) { P("once") atomic_inc(&a); }',
    "statement with a semicolon": 'ACTOR(x) { P("once"); atomic_inc(&a); }',
    "operand": 'ACTOR(x) { int y = P("once") 5; atomic_inc(&a); }',
    "operator": 'ACTOR(x) { int y = 1 P("once") ; atomic_inc(&a); }',
    "head of a loop": 'ACTOR(x) { for (P("once") ;;) atomic_inc(&a); }',
    "parameters": 'static int f(P("once") int x) { return 1; }\nACTOR(x) { atomic_inc(&a); }',
}


@pytest.mark.parametrize("name", PASTED)
@pytest.mark.parametrize("paste", ["#define Q(x, y) x##y\n#define P Q(_Pra, gma)\n", "#define P(t) _Pra%:%:gma(t)\n"])
def test_a_pasted_pragma_operator_is_refused(name: str, paste: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + paste + PASTED[name])
    with pytest.raises(InputError) as caught:
        load(str(spec), Options())
    assert f"{spec}:" in str(caught.value)


COMPUTED = {
    "anonymous struct behind a field": ("struct { int k; struct { int l, m; union { struct { short s, t; }; int v; }; }; int n; } q = { 0 }; q.l = 1; q.m = 2; q.n = 3; q.t = 4;", "q.l == 1 && q.m == 2 && q.n == 3 && q.v == 4 << 16"),
    "member of an anonymous struct by name": ("struct { int k; struct { int l, m; }; } q = { .m = 7 };", "q.m == 7 && q.l == 0 && q.k == 0"),
    "jump into a do": ("int i = 0, r = 0; goto in; do { r += 10; in: r += 1; } while (++i < 3);", "r == 23"),
    "jump into an endless while": ("int i = 0, r = 0; goto in; while (1) { r += 10; in: r += 1; if (++i == 3) break; }", "r == 23"),
    "jump into a for": ("int i = 0, r = 0; goto in; for (;; r += 100) { r += 10; in: r += 1; if (++i == 3) break; }", "r == 223"),
    "jump back to what nothing else reaches": ("int i = 0, r = 0; goto in; back: r += 10; in: r += 1; if (++i < 3) goto back;", "r == 23"),
    "void counted in bytes": ("int x[2] = { 1, 2 }; void *p = x; int y = *(int *)(p + 4);", "y == 2"),
    "shift by a masked amount": ("int k = atomic_read(&a);", "1 << (k & 0) == 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPUTED)
def test_it_computes_what_compilers_compute(name: str, tmp_path: Path) -> None:
    body, condition = COMPUTED[name]
    spec = tmp_path / "spec.c"
    spec.write_text(f'{HEAD}ACTOR(x) {{ {body} CHECK("right", {condition}); CHECK("wrong", !({condition})); }}\n')
    assert search(load(str(spec), Options()), 1).keys() == {"wrong"}


PUN = 'ACTOR(x) { union { bool b; u8 c; } u = { 0 }; u.c = 2; CHECK("b", u.b); int z = atomic_read(&a); }\n'


def test_a_bool_that_is_neither_0_nor_1_is_undefined(tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + PUN)
    assert "defined-behaviour" in search(load(str(spec), Options()), 1)
    spec.write_text(HEAD + PUN.replace("u.c = 2", "u.b = 2"))
    assert not search(load(str(spec), Options()), 1).keys()


def test_a_shift_by_a_masked_ghost_is_allowed_in_a_predicate(tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(f'{HEAD}GHOST int k;\nALWAYS("p", 1 << (k & 7));\nACTOR(x) {{ atomic_inc(&a); }}\n')
    assert load(str(spec), Options()).actors
