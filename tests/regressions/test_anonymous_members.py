"""Members of anonymous structs and unions were refused: clang spells the anonymous member as a sentence."""

from __future__ import annotations

from pathlib import Path

from tests.explicit_search import search
from verify.frontend.load import Options, load

SPEC = """#include <refproof.h>
#include <linux/compiler.h>
struct packed { union { unsigned long word; struct { unsigned int lock; int count; }; }; };
struct packed x;
INIT { WRITE_ONCE(x.count, 3); }
ACTOR(reader) { unsigned long seen = READ_ONCE(x.word); CHECK("above", seen == 3UL << 32); CHECK("below", seen == 3); }
"""


def test_a_member_of_an_anonymous_struct_is_a_slice_of_the_word(tmp_path: Path) -> None:
    spec = tmp_path / "anonymous.c"
    spec.write_text(SPEC)
    assert search(load(str(spec), Options()), 1).keys() == {"below"}
