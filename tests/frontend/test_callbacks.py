"""Functions that are passed by name, as kref_put() gets its release function, are called where they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explicit_search import explore
from verify.frontend.load import Options, load
from verify.program.errors import InputError

HEAD = """#include <refproof.h>
#include <linux/atomic.h>
struct kref { atomic_t refcount; };
struct object { int other; struct kref ref; };
struct object one, two;
GHOST bool freed;
GHOST unsigned int refs = 2;
static inline int kref_put(struct kref *kref, void (*release)(struct kref *kref))
{
	if (atomic_dec_and_test(&kref->refcount)) {
		release(kref);
		return 1;
	}
	return 0;
}
INIT { atomic_set(&one.ref.refcount, 2); }
static void release(struct kref *kref)
{
	CHECK("freed-once", !freed);
	freed = true;
	WRITE_ONCE(((struct object *)((char *)kref - __builtin_offsetof(struct object, ref)))->other, 1);
}
static void other(int n) { WRITE_ONCE(two.other, n); }
"""
PUT = "ACTOR(put) { ASSUME(refs > 0); refs -= 1; CALL; }\n"
CALLS = {
    "by name": "kref_put(&one.ref, release)",
    "by address": "kref_put(&one.ref, &release)",
    "by a variable": "void (*f)(struct kref *) = release; kref_put(&one.ref, f)",
    "called here": "void (*f)(struct kref *) = release; if (atomic_dec_and_test(&one.ref.refcount)) (*f)(&one.ref)",
}


def written(tmp_path: Path, text: str) -> str:
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + text)
    return str(spec)


@pytest.mark.parametrize("call", sorted(CALLS))
def test_the_callback_is_inlined(call: str, tmp_path: Path) -> None:
    spec = written(tmp_path, PUT.replace("CALL", CALLS[call]) + 'ALWAYS("freed-late", !freed || refs == 0);\n')
    program = load(spec, Options())
    assert {c.width for c in program.cells} == {32}
    found = explore(program, 2)
    assert found.complete
    assert found.depths == {}
    assert "freed-once" in found.checks


def test_a_callback_too_many_is_found(tmp_path: Path) -> None:
    twice = "if (kref_put(&one.ref, release)) release(&one.ref)"
    assert explore(load(written(tmp_path, PUT.replace("CALL", twice)), Options()), 2).depths == {"freed-once": 3}


REFUSED = {
    "from memory": (
        "struct { void (*f)(struct kref *); } ops;\n" + PUT.replace("CALL", "kref_put(&one.ref, ops.f)"),
        "a pointer that cannot be resolved",
    ),
    "called from memory": (
        "struct { void (*f)(struct kref *); } ops;\n" + PUT.replace("CALL", "ops.f(&one.ref); release(&one.ref)"),
        "an indirect call\n    call the function by its name",
    ),
    "one of two": (
        PUT.replace("CALL", "kref_put(&one.ref, READ_ONCE(two.other) ? release : 0)"),
        "a pointer that cannot be resolved",
    ),
    "another type": (
        PUT.replace("CALL", "kref_put(&one.ref, (void (*)(struct kref *))other)"),
        "a call of 'other' through a pointer to another type",
    ),
    "no body": (
        "extern void lost(struct kref *);\n" + PUT.replace("CALL", "kref_put(&one.ref, lost)"),
        "a call of 'lost' through a pointer",
    ),
    "null": (PUT.replace("CALL", "kref_put(&one.ref, 0)"), "an indirect call of what is not a function"),
    "recursion": (
        "static void again(struct kref *k) { kref_put(k, again); }\n"
        + PUT.replace("CALL", "kref_put(&one.ref, again)"),
        "recursion",
    ),
    "used as data": (PUT.replace("CALL", "int *p = (int *)release; *p = 1"), "a pointer that cannot be resolved"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_refused(case: str, tmp_path: Path) -> None:
    text, message = REFUSED[case]
    with pytest.raises(InputError) as caught:
        load(written(tmp_path, text), Options())
    assert message in str(caught.value)
