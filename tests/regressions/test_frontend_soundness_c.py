"""What a third review found: directives out of sight, words that lose their meaning, values that are cut."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from verify.frontend import load as load_module
from verify.frontend.load import Options, load
from verify.program.errors import InputError
from verify.program.program import Program, PropertyKind

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t a;\nINIT { atomic_set(&a, 0); }\n"
LOOP = 'ACTOR(x) { CHECK("c", atomic_fetch_inc(&a) != 1); }\n'
BLIND = "undef CHECK\n", "define CHECK(id, cond) __refproof_check(id, 1, #cond)\n"


def loaded(folder: Path, text: str, options: Options | None = None) -> Program:
    spec = folder / "spec.c"
    spec.write_bytes(text.encode())
    return load(str(spec), options or Options())


def refusal(folder: Path, text: str, options: Options | None = None) -> str:
    with pytest.raises(InputError) as caught:
        loaded(folder, text, options)
    return str(caught.value)


def hidden(before: str) -> str:
    """Return a redefinition of CHECK whose directives stand behind what looks like the beginning of a comment."""
    return "".join(f"{before}#/**/{line}" for line in BLIND)


OUT_OF_SIGHT = {
    "a quote in skipped text": hidden("#if 0\ndon't /*\n#endif\n"),
    "a header's name": hidden("#if __has_include(</*>)\n#endif\n"),
    "carriage returns": "int q;\r#undef CHECK\r#define CHECK(id, cond) __refproof_check(id, 1, #cond)\r",
    "a carriage return in a word": "int q;\n#un\\\rdef CHECK\n#def\\\n\rine CHECK(id, cond)\n",
    "comments between": hidden("#if 0\ndon't /*\n#endif\n").replace(" CHECK", "/*\n*/CHECK"),
    "a pragma": "#if 0\ndon't /*\n#endif\n#/**/pragma GCC system_header\n",
    "a line marker": "#if 0\ndon't /*\n#endif\n#/**/ 1 \"x.h\" 3\n",
}  # fmt: skip


@pytest.mark.parametrize("case", OUT_OF_SIGHT)
def test_a_directive_out_of_sight_is_refused(case: str, tmp_path: Path) -> None:
    (tmp_path / "under_test.h").write_bytes(OUT_OF_SIGHT[case].encode())
    found = refusal(tmp_path, HEAD + '#include "under_test.h"\n' + LOOP)
    assert "'CHECK'" in found or "#pragma GCC" in found or "a line marker" in found


def test_a_header_reached_through_the_folder_of_the_stand_ins_is_no_stand_in(tmp_path: Path) -> None:
    (tmp_path / "under_test.h").write_text("".join(f"#{line}" for line in BLIND))
    up = "../" * len(load_module._INCLUDE.parts)
    found = refusal(tmp_path, f"{HEAD}#include <{up}{str(tmp_path)[1:]}/under_test.h>\n{LOOP}")
    assert "'CHECK', a word of the specification language" in found


WORDS = (
    "NO_STORE",
    "__attribute__",
    "annotate",
    "_Bool",
    "static",
    "return",
    "sizeof",
    "volatile",
    "else",
    "__COUNTER__",
)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("form", ["#define {} 1", "#define {}(...)", "#undef {}", "-D"])
def test_what_the_words_are_made_of_cannot_be_redefined(word: str, form: str, tmp_path: Path) -> None:
    options = Options(defines=(f"{word}=1",)) if form == "-D" else Options()
    after = "" if form == "-D" else form.format(word) + "\n"
    found = refusal(tmp_path, HEAD + LOOP + after, options)
    assert word in found
    assert "a word of the specification language" in found


@pytest.mark.parametrize("name", ["actor_b", "init_7", "predicate_7", "no_store_7"])
def test_a_word_without_its_annotation_is_refused(name: str, tmp_path: Path) -> None:
    text = f"{HEAD}static void refproof_{name}(void) {{ atomic_dec(&a); }}\n{LOOP}"
    assert f"'refproof_{name}'" in refusal(tmp_path, text)


def test_a_function_of_the_users_own_is_not_the_kernels(tmp_path: Path) -> None:
    text = "#include <refproof.h>\natomic_t a;\nextern int atomic_fetch_inc(atomic_t *v);\nINIT { }\n" + LOOP
    assert "a call of 'atomic_fetch_inc', which has no body here" in refusal(tmp_path, text)


@pytest.mark.parametrize("case", ["(__int128)1 << 64", "((__int128)1 << 64) + 3"])
def test_a_case_of_more_than_64_bits_is_not_cut(case: str, tmp_path: Path) -> None:
    text = f'ACTOR(x) {{ __int128 n = atomic_fetch_inc(&a); switch (n) {{ case {case}: CHECK("c", 0); }} }}\n'
    assert "a case that is not constant" in refusal(tmp_path, HEAD + text)


BOOLS = {
    "a byte": ("union { u8 byte; bool flag; } u;", "WRITE_ONCE(u.byte, 2);"),
    "a word": ("union { u32 word; bool flag; } u;", "WRITE_ONCE(u.word, 0x202);"),
    "an exchange": ("union { u8 byte; bool flag; } u;", "xchg(&u.byte, 2);"),
    "a sum": ("union { u8 byte; bool flag; } u;", "__atomic_fetch_add(&u.byte, 1, 0);"),
}  # fmt: skip


@pytest.mark.parametrize("case", BOOLS)
def test_a_shared_bool_that_may_be_neither_0_nor_1_is_refused(case: str, tmp_path: Path) -> None:
    declared, store = BOOLS[case]
    text = f'{declared}\nACTOR(x) {{ {store} }}\nACTOR(y) {{ bool b = READ_ONCE(u.flag); CHECK("c", b == 0 || b == 1); }}\n'
    assert "'u.flag'" in refusal(tmp_path, HEAD + text)


def test_a_shared_bool_that_is_only_0_or_1_is_accepted(tmp_path: Path) -> None:
    text = (
        "union { u8 byte; bool flag; } u = { .byte = 1 }; bool f = true, g;\n"
        "ACTOR(x) { WRITE_ONCE(u.byte, 1); WRITE_ONCE(u.byte, atomic_read(&a) > 3); xchg(&f, true); cmpxchg(&f, true, 0);\n"
        "    bool e = false; try_cmpxchg(&g, &e, true); WRITE_ONCE(g, atomic_read(&a)); __atomic_test_and_set(&g, 0);\n"
        '    bool b = READ_ONCE(u.flag), c = READ_ONCE(f), d = READ_ONCE(g); CHECK("c", b || c || d); }\n'
    )
    kinds = {p.kind for p in loaded(tmp_path, HEAD + text).properties}
    assert kinds == {PropertyKind.CHECK}


def test_a_file_that_clang_would_take_for_an_option_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-spec.c").write_text(HEAD + LOOP)
    with pytest.raises(InputError, match="begins with '-'"):
        load("-spec.c", Options())
    assert load("./-spec.c", Options()).actors
