"""Soundness holes of the front end that a review found: steps that are not one, and ledgers that wrap unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify.frontend.load import Options, load
from verify.program.errors import InputError
from verify.program.program import Check, Program

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t a;\nINIT { atomic_set(&a, 0); }\n"


def loaded(folder: Path, text: str) -> Program:
    path = folder / "spec.c"
    path.write_text(HEAD + text)
    return load(str(path), Options())


def refused(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        loaded(folder, text)
    return str(caught.value)


@pytest.mark.parametrize("label", ["case 1", "default"])
def test_switch_into_an_atomic_block_is_refused(tmp_path: Path, label: str) -> None:
    text = (
        "ACTOR(go) { int n = ANY(0, 1); switch (n) { case 0: ATOMICALLY { atomic_inc(&a); "
        f"{label}: atomic_inc(&a); }} }} }}"
    )
    assert "a jump into an ATOMICALLY block" in refused(tmp_path, text)


def test_switch_inside_an_atomic_block_is_allowed(tmp_path: Path) -> None:
    text = "ACTOR(go) { int n = ANY(0, 1); ATOMICALLY { switch (n) { case 0: atomic_inc(&a); default: ; } } }"
    assert loaded(tmp_path, text).actors


def test_a_loop_of_code_under_test_is_no_step(tmp_path: Path) -> None:
    text = (
        "static void flip2(void) { int i; for (i = 0; i < 2; i++) atomic_xor(1, &a); } "
        "ACTOR(go) { ATOMICALLY { flip2(); } }"
    )
    assert "'flip2' makes an access in a loop" in refused(tmp_path, text)


def test_code_under_test_with_one_access_is_a_step(tmp_path: Path) -> None:
    text = "static void one(void) { atomic_xor(1, &a); } ACTOR(go) { ATOMICALLY { one(); } }"
    assert loaded(tmp_path, text).actors


ONE = "static void one(void) { atomic_inc(&a); }\nstatic int two(void) { return atomic_read(&a); }\n"
MERGED = {
    "two calls": ("ATOMICALLY { one(); one(); }", "'one' and 'one' each make an access in one step"),
    "two functions": ("ATOMICALLY { one(); int n = two(); }", "'one' and 'two' each make an access in one step"),
    "a call in a loop": ("ATOMICALLY { for (int i = 0; i < 2; i++) one(); }", "'one' may make more than one access"),
    "a call behind a branch": ("ATOMICALLY { if (refs) one(); one(); }", "'one' and 'one' each make"),
    "a block inside": ("ATOMICALLY { one(); ATOMICALLY { one(); } }", "'one' and 'one' each make"),
    "a condition": ('ATOMICALLY { one(); CHECK("x", two()); }', "'one' and 'two' each make"),
    "a WAIT": ("WAIT(two() == 1 || two() == 3);", "'two' may make more than one access"),
    "two uses of a macro": ("ATOMICALLY { CUT(&a); CUT(&a); }", "the macro 'CUT' and the macro 'CUT' each make"),
    "a call and a macro": ("ATOMICALLY { one(); CUT(&a); }", "'one' and the macro 'CUT' each make"),
}


@pytest.mark.parametrize("case", MERGED)
def test_two_accesses_of_code_under_test_are_no_step(tmp_path: Path, case: str) -> None:
    (tmp_path / "cut.h").write_text("#define CUT(p) atomic_xor(1, p)\n")
    body, expected = MERGED[case]
    text = f'#include "cut.h"\nGHOST unsigned int refs;\n{ONE}ACTOR(go) {{ {body} }}'
    assert expected in refused(tmp_path, text)


@pytest.mark.parametrize(
    "body",
    [
        "if (refs) one(); else one();",
        "atomic_inc(&a); one(); atomic_set(&a, LIMIT); atomic_set(&a, LIMIT);",
        "switch (refs) { case 0: one(); break; case 1: CUT(&a); }",
        "for (int i = 0; i < 2; i++) atomic_inc(&a);",
    ],
)
def test_one_access_of_code_under_test_on_each_path_is_a_step(tmp_path: Path, body: str) -> None:
    (tmp_path / "cut.h").write_text("#define CUT(p) atomic_xor(1, p)\n#define LIMIT (1 << 3)\n")
    text = f'#include "cut.h"\nGHOST unsigned int refs;\n{ONE}ACTOR(go) {{ ATOMICALLY {{ {body} }} }}'
    assert loaded(tmp_path, text).actors


MACROS = {
    "two statements": ("#define CUT(p) do { atomic_xor(1, p); atomic_xor(1, p); } while (0)\n", "CUT(&a);"),
    "two calls": ("static inline void f(atomic_t *p) { atomic_inc(p); }\n#define CUT(p) f(p); f(p)\n", "CUT(&a);"),
    "stand-in's macros": ("#define CUT(p) READ_ONCE((p)->counter) + READ_ONCE((p)->counter)\n", "int n = CUT(&a);"),
    "in a CHECK": ("#define CUT(p) atomic_read(p) + atomic_read(p)\n", 'CHECK("x", CUT(&a));'),
    "loop": ("#define CUT(p) for (int i = 0; i < 2; i++) atomic_xor(1, p)\n", "CUT(&a);"),
}


@pytest.mark.parametrize("case", MACROS)
def test_a_macro_under_test_with_two_accesses_is_no_step(tmp_path: Path, case: str) -> None:
    header, use = MACROS[case]
    (tmp_path / "cut.h").write_text(header)
    direct = f'#include "cut.h"\nACTOR(go) {{ ATOMICALLY {{ {use} }} }}'
    assert "the macro 'CUT' may make more than one access" in refused(tmp_path, direct)
    through = f'#include "cut.h"\n#define MINE(p) CUT(p)\nACTOR(go) {{ ATOMICALLY {{ {use.replace("CUT", "MINE")} }} }}'
    assert "the macro 'MINE' may make more than one access" in refused(tmp_path, through)


def test_a_macro_under_test_in_a_wait_is_no_step(tmp_path: Path) -> None:
    (tmp_path / "cut.h").write_text("#define CUT(p) (atomic_read(p) + atomic_read(p))\n")
    assert "the macro 'CUT'" in refused(tmp_path, '#include "cut.h"\nACTOR(go) { WAIT(CUT(&a)); }')


def test_the_specifications_own_macro_is_a_step(tmp_path: Path) -> None:
    text = (
        "#define BOTH(p) do { atomic_inc(p); atomic_dec(p); } while (0)\n"
        'ACTOR(go) { ATOMICALLY { BOTH(&a); CHECK("x", READ_ONCE(a.counter) == READ_ONCE(a.counter)); } }'
    )
    assert loaded(tmp_path, text).actors


WRAPS = {
    "function": (
        "GHOST unsigned int refs; static unsigned int minus(unsigned int x, unsigned int n) { return x - n; }",
        "refs = minus(refs, 1);",
    ),
    "parameter changed": (
        "GHOST unsigned int refs; static unsigned int minus(unsigned int x) { x -= 1; return x; }",
        "refs = minus(refs);",
    ),
    "argument": (
        "GHOST unsigned int refs; static void put(unsigned int x) { refs = x; }",
        "put(refs - 1);",
    ),
    "returned ghost": (
        "GHOST unsigned int refs; static unsigned int get(void) { return refs; }",
        "unsigned int t = get() - 1; refs = t;",
    ),
    "local": ("GHOST unsigned int refs;", "unsigned int t = refs; t -= 1; refs = t;"),
    "step": ("GHOST unsigned int refs;", "unsigned int t = refs; t--; refs = t;"),
    "second local": ("GHOST unsigned int refs;", "unsigned int t = refs, u; u = t - 1; refs = u;"),
    "narrow": ("GHOST unsigned char refs;", "unsigned char t = refs; t += 200; refs = t;"),
    "struct": (
        "struct s { unsigned int x; }; GHOST unsigned int refs;",
        "struct s t = { 0 }; t.x = refs; t.x -= 1; refs = t.x;",
    ),
}


def ledger_checks(program: Program) -> int:
    nodes = (n for actor in program.actors for n in actor.body.nodes)
    return sum(isinstance(n, Check) and n.property == "ledger-fits" for n in nodes)


@pytest.mark.parametrize("case", WRAPS)
def test_a_ghost_that_wraps_through_a_local_is_checked(tmp_path: Path, case: str) -> None:
    before, body = WRAPS[case]
    assert ledger_checks(loaded(tmp_path, f"{before}\nACTOR(go) {{ atomic_dec(&a); {body} }}")) > 0


def test_a_ghosts_value_that_arrives_in_the_next_turn_is_refused(tmp_path: Path) -> None:
    body = "unsigned int t = 0, u = 0, i; for (i = 0; i < 3; i++) { u = t - 1; t = refs; } refs = u;"
    text = f"GHOST unsigned int refs;\nACTOR(go) {{ atomic_dec(&a); {body} }}"
    assert "is used in a loop before it gets a value from a ghost" in refused(tmp_path, text)


def test_conditions_and_untainted_locals_are_not_checked(tmp_path: Path) -> None:
    text = (
        "GHOST unsigned int refs; static unsigned int less(unsigned int x) { return x - 1; }\n"
        'ACTOR(go) { unsigned int t = atomic_read(&a); t -= 1; CHECK("x", less(refs) != 7 && refs - 1 != t); }'
    )
    assert ledger_checks(loaded(tmp_path, text)) == 0
