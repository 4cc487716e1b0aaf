"""Every bad input is an InputError that names the place, the construct and what to do."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from verify.frontend.load import Options, load
from verify.program.errors import InputError

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\n#include <linux/bug.h>\natomic_t word;\nint plain;\nint array[4];\nGHOST unsigned int refs;\nGHOST bool flag;\nTOKEN life;\n"
INIT = "INIT { }\n"
ACTOR = "ACTOR(a) { atomic_inc(&word); }\n"


def body(text: str) -> str:
    return f"{HEAD}{INIT}ACTOR(a) {{ {text} }}\n"


CASES = {
    "broken C": (f"{HEAD}{INIT}ACTOR(a) {{ int ; x = }}", "expected expression"),
    "missing header": ("#include <linux/no_such.h>\n", "spec.c:1:10: error: 'linux/no_such.h' file not found\n    give a kernel source or header tree with --kernel DIR, or the folder that holds it with -I DIR"),
    "missing header of nobody's": ('#include "no_such.h"\n', "'no_such.h' file not found\n    give the folder that holds it with -I DIR"),
    "embedded file": (f'{HEAD}int all[] = {{\n#embed "spec.c"\n}};\n{INIT}{ACTOR}', "spec.c:11:1: error: an #embed\n    write the values"),
    "embedded by other words": (f'{HEAD}int all[] = {{\n /* a\n */ %: /**/ em\\  \nbed "spec.c"\n}};\n{INIT}{ACTOR}', "error: an #embed"),
    "is there a file": (f'{HEAD}#if __has_include("x.h")\n#endif\n{INIT}{ACTOR}', "spec.c:10:5: error: __has_include: what a spec means may not depend on which files there are"),
    "a macro twice": (f"{HEAD}#define N 1\n#define N 2\n{INIT}{ACTOR}", "spec.c:11:9: error: 'N' macro redefined\n    put #ifndef"),
    "no header of atomics": (f'#include <refproof.h>\nint word;\n{INIT}ACTOR(a) {{ atomic_inc(&word); }}', "call to undeclared function 'atomic_inc'\n    #include <linux/atomic.h>"),
    "no header of warnings": (f'#include <refproof.h>\nint word;\n{INIT}ACTOR(a) {{ WARN_ON(READ_ONCE(word)); }}', "call to undeclared function 'WARN_ON'\n    #include <linux/bug.h>"),
    "two misspelt words": (body('ASUME(flag); CHEK("x", flag);'), "if CHEK is meant to be CHECK, write it so"),
    "time of day": (f'{HEAD}{INIT}ACTOR(a) {{ word.counter = __TIME__[7]; }}', "spec.c:11:27: error: expansion of date or time macro is not reproducible"),
    "no INIT": (HEAD + ACTOR, "no INIT"),
    "no ACTOR": (HEAD + INIT, "no ACTOR"),
    "second INIT": (HEAD + INIT + INIT + ACTOR, "a second INIT"),
    "one id, two checks": (body('CHECK("x", flag);\nCHECK("x", flag);'), "two properties have the id 'x'"),
    "one id, check and always": (body('CHECK("x", flag);') + 'ALWAYS("x", flag);', "two properties have the id 'x'"),
    "two actors of one name": (f"{HEAD}{INIT}{ACTOR}{ACTOR}", "a second ACTOR("),
    "empty range": (body("int n = ANY(3, 2);"), "ANY(3, 2) is an empty range"),
    "range does not fit": (body("unsigned char n = ANY(0, 256);"), "does not fit unsigned char"),
    "symbolic bound": (body("int n = ANY(0, 9); int m = ANY(0, n);"), "a bound of ANY that is not constant"),
    "CHECK in INIT": (f'{HEAD}INIT {{ CHECK("x", flag); }}\n{ACTOR}', "a CHECK outside an actor"),
    "CHECK nobody calls": (f'{HEAD}{INIT}{ACTOR}static void f(void) {{ CHECK("x", flag); }}', "a CHECK outside an actor"),
    "CHECK at file scope": (f'{HEAD}{INIT}{ACTOR}CHECK("x", flag);', "spec.c:12:1: error: a CHECK outside an actor: at file scope\n    move it into an ACTOR"),
    "ASSUME at file scope": (f"{HEAD}{INIT}{ACTOR}  ASSUME(flag);", "spec.c:12:3: error: an ASSUME outside an actor"),
    "ALWAYS in an actor": (body('ALWAYS("x", flag);'), "an ALWAYS inside a function\n    move it to file scope"),
    "an unknown name in a CHECK": (body('CHECK("x", no_such);'), "error: use of undeclared identifier 'no_such'"),
    "WARN in INIT": (f"{HEAD}INIT {{ WARN_ON(refs); }}\n{ACTOR}", "a WARN_ON outside an actor"),
    "symbolic index": (body("int n = ANY(0, 3); array[n] = 1;"), "a shared array with a symbolic index"),
    "outside of an array": (body("array[4] = 1;"), "an access outside of 'array'"),
    "recursion": (f"{HEAD}{INIT}static int f(int n) {{ return n ? f(n - 1) : 0; }}\nACTOR(a) {{ f(refs); }}", "recursion: f -> f"),
    "two targets": (body("int *p = &plain; if (flag) p = &array[0]; *p = 1;"), "a pointer that cannot be resolved"),
    "loaded pointer": (f"{HEAD}int *p;\n{INIT}ACTOR(a) {{ *p = 1; }}", "a pointer that cannot be resolved"),
    "no body": (f"{HEAD}void f(void);\n{INIT}ACTOR(a) {{ f(); }}", "a call of 'f', which has no body here"),
    "indirect call": (f"{HEAD}void (*f)(void);\n{INIT}ACTOR(a) {{ f(); }}", "an indirect call"),
    "float": (body("float x = 1;"), "the type 'float'"),
    "asm": (body('__asm__ volatile("nop");'), "inline assembly"),
    "bit-field": (f"struct s {{ int b : 3; }} s;\n{HEAD}{INIT}ACTOR(a) {{ s.b = 1; }}", "the bit-field 'b'"),
    "shared struct by value": (f"struct s {{ int b; }} s, t;\n{HEAD}{INIT}ACTOR(a) {{ s = t; }}", "as a whole"),
    "data race": (body("plain = 1;"), "data race: a plain store of 'plain'"),
    "division": (body("int n = ANY(1, 3); n = 6 / n;"), "a division by a value that is not constant"),
    "shift": (body("int n = 1; n = n << 32;"), "a shift of 32 bits by 32"),
    "ASSUME undoes": (body("int v = atomic_read(&word); ASSUME(v > 3);"), "an assumption must not undo an access"),
    "ASSUME undoes by ghost": (body("atomic_inc(&word); ASSUME(flag);"), "an assumption must not undo an access"),
    "ASSUME unsatisfiable": (body("atomic_inc(&word); int n = ANY(1, 3); ASSUME(n > 3);"), "no value found satisfies"),
    "ASSUME reads": (body("ASSUME(READ_ONCE(plain) == 0);"), "an ASSUME that reads shared memory"),
    "two accesses in a step": (f"{HEAD}{INIT}static void f(void) {{ atomic_inc(&word); atomic_inc(&word); }}\nACTOR(a) {{ ATOMICALLY {{ f(); }} }}", "more than one access"),
    "WAIT in a step": (body("ATOMICALLY { atomic_inc(&word); WAIT(flag); }"), "a WAIT in the middle of a step"),
    "WAIT changes": (body("WAIT(atomic_inc_return(&word));"), "a WAIT whose condition changes something"),
    "ALWAYS writes": (body("") + 'ALWAYS("x", atomic_inc_return(&word) > 0);', "may not write shared memory"),
    "EXPECT unknown": (body("") + 'EXPECT("x", REFUTED);', "EXPECT of the property 'x'"),
    "EXPECT PROVED": (body('CHECK("x", flag);') + 'EXPECT("x", PROVED);', "EXPECT of the verdict 'PROVED'"),
    "KNOB": (HEAD + INIT + ACTOR + 'KNOB("x");', "a KNOB outside of a function: at file scope"),
    "KNOB of a global": (f'{HEAD}bool knob = KNOB("x");{INIT}{ACTOR}', "a KNOB outside of a function: at file scope\n    write KNOB"),
    "KNOB of a choice": (body('if (KNOB(1 ? "x" : "y")) flag = true;'), "spec.c:11:16: error: a KNOB whose id is not a string literal\n    write KNOB"),
    "KNOB in a late ASSUME": (body('int n = ANY(1, 4); atomic_inc(&word); ASSUME(n < (KNOB("x") ? 4 : 2));'), "mentions KNOB(\"x\"): an assumption must not undo an access\n    branch on the KNOB"),
    "a variable set under a KNOB": (body('int v; if (KNOB("x")) v = 1; atomic_add(v, &word);'), "uninitialized whenever 'if' condition is false\n    give it a value"),
    "KNOB as a case": (body('switch (refs) { case KNOB("x"): flag = true; }'), "write KNOB"),
    "KNOB without an id": (body('if (KNOB("")) flag = true;'), "spec.c:11:16: error: the KNOB ''\n    use letters"),
    "KNOB of a name": (f"{HEAD}{INIT}{ACTOR}KNOB(x);", "a KNOB outside of a function: at file scope"),
    "token arithmetic": (body("TOKEN mine; mine = life; if (mine < life) flag = true;"), "a TOKEN is only compared"),
    "_Atomic +=": (f"_Atomic int x;\n{HEAD}{INIT}ACTOR(a) {{ x += 1; }}", "a compound operation on an _Atomic object"),
    "computed goto": (body("void *p = &&l; goto *p; l: ;"), "error"),
    "endless loop": (body("for (;;) ;"), "an endless loop that does nothing"),
    "CPUS": (HEAD + INIT + ACTOR + "CPUS(0);", "CPUS(0) is not positive"),
    "ACTOR_MAX": (HEAD + INIT + "ACTOR_MAX(0, a) { atomic_inc(&word); }", "is not positive"),
    "uninitialised": (body("int n; plain = n + 1;"), "uninitialized"),
    "_Generic": (body("int n = 1; n = _Generic(n, int: n, default: 2);"), "constant"),
    "thread-local": (f"_Thread_local int x;\n{HEAD}{INIT}{ACTOR}", "thread-local"),
    "extern": (f"{HEAD}extern int x;\n{INIT}ACTOR(a) {{ READ_ONCE(x); }}", "'x' is declared but defined nowhere"),
    "extern const": (f"{HEAD}extern const int x;\n{INIT}ACTOR(a) {{ refs = x; }}", "'x' is declared but defined nowhere"),
    "extern in a function": (body("extern int x; WRITE_ONCE(x, 1);"), "declared inside a function"),
    "extern ghost": (f"{HEAD}extern GHOST int g;\n{INIT}{ACTOR}", "the ghost 'g' is extern"),
    "ghost declared twice": (f"{HEAD}GHOST int g; GHOST int g = 5;\n{INIT}{ACTOR}", "a second declaration of the ghost 'g'"),
    "const written": (f"{HEAD}const int x;\n{INIT}ACTOR(a) {{ WRITE_ONCE(*(int *)&x, 3); }}", "a write to 'x', which is const"),
    "constant written": (f"{HEAD}const int x = 1;\n{INIT}ACTOR(a) {{ WRITE_ONCE(*(int *)&x, 3); }}", "the address of 'x'"),
    "constant not constant": (f"{HEAD}const int x = (int)(long)&plain;\n{INIT}{ACTOR}", "error"),
    "ASSUME on a used value": (body("int n = ANY(1, 3); atomic_add(n, &word); ASSUME(n > 1);"), "mentions 'a.n'"),
    "ASSUME twice on one value": (body("int n = ANY(1, 3); ASSUME(n > 1); atomic_inc(&word); ASSUME(n > 2);"), "mentions 'a.n'"),
    "ASSUME on a copied value": (body("int n = ANY(1, 3), m = n; atomic_inc(&word); ASSUME(n > 1); atomic_add(m, &word);"), "mentions 'a.n'"),
    "ASSUMEs that exclude each other": (body("atomic_inc(&word); int n = ANY(1, 3); ASSUME(n > 1); ASSUME(n < 2);"), "together with the other assumptions"),
    "ASSUMEs that exclude each other on one branch": (
        body("int v = atomic_inc_return(&word); int n = ANY(1, 3); ASSUME(n != 2); if (v) ASSUME(n == 2);"), "together with the other assumptions"),
    "ASSUME false": (body("atomic_inc(&word); ASSUME(0);"), "no value found satisfies"),
    "ASSUME without a witness nearby": (body("atomic_inc(&word); unsigned n = ANY(0, 1000000000); ASSUME(n * 7919 % 1000003 == 500000);"), "no value found satisfies"),
    "ASSUME in a second block": (body("ATOMICALLY { flag = false; } ATOMICALLY { ASSUME(flag); }"), "mentions 'flag'"),
    "ASSUME on what a WAIT reads": (body("atomic_inc(&word); int n; WAIT(({ n = ANY(0, 5); n == refs; })); ASSUME(n > 3);"), "what a WAIT of the same step reads"),
    "ASSUME on an overwritten value": (body("int n = ANY(1, 3); n = atomic_inc_return(&word); ASSUME(n > 1);"), "mentions 'a.n'"),
    "unsequenced: a statement expression on the right": (body("int x = refs; int y = x + ({ x = 5; x; });"), "is changed by one operand"),
    "unsequenced: a statement expression on the left": (body("int x = refs; int y = ({ x = 5; x; }) + x;"), "is changed by one operand"),
    "unsequenced: both change": (body("int x; int y = ({ x = 5; x; }) - ({ x = 6; x; });"), "is changed by one operand"),
    "unsequenced: a call changes": (f"{HEAD}{INIT}static int f(int *p) {{ return *p += 1; }}\nACTOR(a) {{ int x = 1; int y = x + f(&x); }}", "is changed by one operand"),
    "unsequenced: a call changes a ghost": (f"{HEAD}{INIT}static int f(void) {{ refs += 1; return 1; }}\nACTOR(a) {{ int y = refs * f(); }}", "'refs' is changed by one operand"),
    "unsequenced: arguments": (f"{HEAD}{INIT}static int f(int a, int b) {{ return a - b; }}\nACTOR(a) {{ int x = 1; f(({{ x = 3; x; }}), x); }}", "is changed by one operand"),
    "unsequenced: compound assignment": (body("int x = 1; x += ({ x = 4; x; });"), "is changed by one operand"),
    "unsequenced: initialisers": (body("int x = 1; int v[2] = { ({ x = 4; x; }), x };"), "is changed by one operand"),
    "unsequenced: x++": (body("int x = 1; int y = x + x++;"), "unsequenced modification and access to 'x'"),
    "unsequenced: two accesses": (body("int x = atomic_read(&word) - atomic_inc_return(&word);"), "two shared accesses in operands"),
    "unsequenced: two loads": (body("int x = READ_ONCE(plain) + atomic_read(&word);"), "two shared accesses in operands"),
    "unsequenced: two changes in one step": (body("ATOMICALLY { int x = atomic_inc_return(&word) * atomic_dec_return(&word); }"), "two shared accesses in operands"),
    "CHECK that assigns": (body('CHECK("x", refs = 1);'), "spec.c:11:12: error: the condition of this CHECK changes a variable\n    compare with =="),
    "CHECK that adds": (body('int n = 1; CHECK("x", flag || (n += 1) > 1);'), "the condition of this CHECK changes a variable"),
    "ASSUME that assigns": (body("ASSUME(refs = 1);"), "the condition of this ASSUME changes a variable"),
    "ASSUME that counts": (body("int n = 0; ASSUME(n++ < 3);"), "the condition of this ASSUME changes a variable"),
    "WAIT that assigns": (body("int n = 0; WAIT(n = 1);"), "the condition of this WAIT changes a variable"),
    "CHECK of a text": (body('CHECK("x", "refs == 1");'), "the condition of this CHECK is no truth value"),
    "CHECK of an address": (body('CHECK("x", (&word));'), "the condition of this CHECK is no truth value"),
    "CHECK of a function": (f'{HEAD}{INIT}static bool f(void) {{ return flag; }}\nACTOR(a) {{ CHECK("x", f); }}', "the condition of this CHECK is no truth value"),
    "ASSUME of an array": (body("ASSUME(array);"), "the condition of this ASSUME is no truth value"),
    "ALWAYS of a text": (body("") + 'ALWAYS("x", "refs == 1");', "the condition of this ALWAYS is no truth value"),
    "QUIESCENT of an address": (body("") + 'QUIESCENT("x", &word);', "the condition of this QUIESCENT is no truth value"),
    "LEMMA of a function": (f'{HEAD}{INIT}static bool f(void) {{ return flag; }}\n{ACTOR}LEMMA(f);', "the condition of this LEMMA is no truth value"),
    "NO_STORE while a text": (body("atomic_inc(&word);") + 'NO_STORE("x", word, "flag");', "the condition of this NO_STORE is no truth value"),
    "ALWAYS that assigns": (body("") + 'ALWAYS("x", refs = 1);', "the condition of this ALWAYS changes a variable"),
    "id of a built-in property": (body('CHECK("ledger-fits", flag);'), "the id 'ledger-fits', which is that of a built-in property"),
    "id like that of a BUG_ON": (body("") + 'ALWAYS("no-bug/a/1", flag);', "the id 'no-bug/a/1', which is that of a built-in property"),
    "id like that of a WARN_ON": (body("") + 'QUIESCENT("no-warn/a/1", flag);', "the id 'no-warn/a/1', which is that of a built-in property"),
    "id of a NO_STORE": (body("atomic_inc(&word);") + 'NO_STORE("defined-behaviour", word, flag);', "which is that of a built-in property"),
    "id with a bar": (body('CHECK("a|b", flag);'), "spec.c:11:12: error: the id 'a|b'\n    use letters"),
    "id with a backslash": (body('CHECK("a\\\\b", flag);'), "the id 'a\\\\b'"),
    "id with a tab": (body('CHECK("a\\tb", flag);'), "the id 'a\\tb'"),
    "id that leads elsewhere": (body('CHECK("../x", flag);'), "the id '../x'"),
    "ACTOR without a name": (f"{HEAD}{INIT}ACTOR() {{ atomic_inc(&word); }}", "an ACTOR without a name"),
    "two CPUS": (f"{HEAD}{INIT}{ACTOR}CPUS(2);\nCPUS(3);", "a second CPUS"),
    "ACTOR misspelt": (f"{HEAD}{INIT}{ACTOR}ACTER(b) {{ atomic_inc(&word); for (;;) atomic_inc(&word); }}", "if ACTER is meant to be ACTOR"),
    "LEMMA misspelt": (f"{HEAD}{INIT}{ACTOR}LEMA(refs == 0);", "if LEMA is meant to be LEMMA"),
    "CHECK misspelt": (body('CHEK("x", flag);'), "if CHEK is meant to be CHECK"),
    "a comparison in place of an assignment": (body("flag == true;"), "error: equality comparison result unused\n    to set a value, write ="),
    "an operation misspelt": (body("atomic_fetch_subb(1, &refs);"), "if it is meant to be atomic_fetch_sub, write it so"),
    "an unknown function": (body("kmalloc(4);"), "error: call to undeclared function 'kmalloc'\n    include its header, or define it"),
    "refproof.h left out": ("int x;\nINIT { x = 1; }\n", "INIT is a word of <refproof.h>: #include it first"),
    "variable array": (body("int n = ANY(1, 3); int v[n]; v[0] = 1;"), "cannot be verified"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_explained(name: str, tmp_path: Path) -> None:
    text, expected = CASES[name]
    spec = tmp_path / "spec.c"
    spec.write_text(text)
    with pytest.raises(InputError) as caught:
        load(str(spec), Options())
    assert expected in str(caught.value)
    assert f"{spec}:" in str(caught.value)


def test_a_macro_is_not_defined_and_undefined_at_once(tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + INIT + ACTOR)
    with pytest.raises(InputError, match="both -D X and -U X\n    keep one"):
        load(str(spec), Options(defines=("Y", "X=1"), undefines=("X",)))


@pytest.mark.parametrize("data", [b"int x;\n\0", b"int x;\n\xff\xfe"])
def test_what_is_not_text_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "header.h").write_bytes(data)
    (tmp_path / "spec.c").write_text('#include "header.h"\n')
    for name in ("header.h", "spec.c"):
        with pytest.raises(InputError, match=r"header\.h:2:1: error: this file is not text"):
            load(str(tmp_path / name), Options())


def test_a_missing_spec_and_a_folder_have_no_line(tmp_path: Path) -> None:
    for path, what in (
        (tmp_path / "none.c", f"{tmp_path}/none.c: no such file"),
        (tmp_path, f"{tmp_path} is a folder"),
    ):
        with pytest.raises(InputError) as caught:
            load(str(path), Options())
        assert str(caught.value) == f"error: {what}\n    give the path of a C file"


@pytest.mark.parametrize("head", [HEAD, "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t word;\n"])
def test_a_spec_that_says_nothing_to_decide(head: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(head + INIT + ACTOR)
    assert load(str(spec), Options()).properties == ()
    with pytest.raises(InputError, match=r"spec\.c:1:1: error: this specification has no property\n    say what must"):
        load(str(spec), Options(needs_property=True))


@pytest.mark.parametrize("more", ["BUG_ON(flag);", "WARN_ON(flag);", 'CHECK("x", flag);'])
def test_any_property_is_enough(more: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(body(more))
    assert load(str(spec), Options(needs_property=True)).properties


def test_the_built_in_property_alone_is_not_enough(tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(body("ASSUME(refs > 0); refs -= 1; atomic_inc(&word);"))
    with pytest.raises(InputError, match="no property"):
        load(str(spec), Options(needs_property=True))


@pytest.mark.parametrize("define", ["", "1", "A B", "A\n=1", "-x"])
def test_a_bad_define_is_refused(define: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + INIT + ACTOR)
    with pytest.raises(InputError, match="-D"):
        load(str(spec), Options(defines=(define,)))


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(body("flag = " + " + ".join(["refs"] * 5000) + ";"))
    with pytest.raises(InputError, match="nested too deeply"):
        load(str(spec), Options())


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("asm/page.h", "headers of one architecture are not looked for"),
        ("linux/no_such.h", "the tree given with --kernel has none of this name"),
    ],
)
def test_a_header_that_a_given_tree_lacks_is_not_asked_for_with_that_tree(
    tmp_path: Path, name: str, advice: str
) -> None:
    (tmp_path / "include/linux").mkdir(parents=True)
    spec = tmp_path / "spec.c"
    spec.write_text(f"#include <{name}>\n")
    with pytest.raises(InputError, match=f"spec.c:1:10: error: '{name}' file not found\n    {advice}"):
        load(str(spec), Options(kernel=str(tmp_path)))


@pytest.mark.parametrize("data", [b"\xff\xfe#\0i\0", b"\xfe\xff\0#\0i", b"int x\xff;"])
def test_text_in_another_encoding_is_refused(tmp_path: Path, data: bytes) -> None:
    spec = tmp_path / "spec.c"
    spec.write_bytes(data)
    with pytest.raises(InputError, match=r"spec\.c:1:1: error: this file is not text: it is not UTF-8"):
        load(str(spec), Options())


def test_words_about_embedding_in_comments_and_names_are_no_embedding(tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    (tmp_path / "data.bin").write_text("1")
    spec.write_text(f'{HEAD}// an #embed\n/* # embed */ int embed;\n/*\n * #embed "data.bin"\n */\n{INIT}{ACTOR}')
    assert load(str(spec), Options()).actors


def test_a_definition_that_a_file_overrides_is_refused(tmp_path: Path) -> None:
    """The report states it, and would be wrong."""
    spec = tmp_path / "spec.c"
    spec.write_text(f"#define N 1\n{HEAD}{INIT}{ACTOR}")
    with pytest.raises(InputError, match=r"spec\.c:1:9: error: 'N' macro redefined"):
        load(str(spec), Options(defines=("N=2",)))
    assert load(str(spec), Options(defines=("N=1",))).actors
    spec.write_text(f"#ifndef N\n#define N 1\n#endif\n{HEAD}{INIT}{ACTOR}")
    assert load(str(spec), Options(defines=("N=2",))).actors
