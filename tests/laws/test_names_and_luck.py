"""Law 9: verdicts do not depend on names or luck. Rewritten specs keep their verdicts, or become UNKNOWN."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.laws.engine_answers import answers
from tests.laws.shipped_mutants import copied
from tests.shipped import SPECS
from verify.frontend.load import Options, load

Rewrite = Callable[[str], str]


def renamed(old: str, new: str) -> Rewrite:
    return lambda text: re.sub(rf"\b{old}\b", new, text)


def added_read(text: str) -> str:
    """An assertion that cannot fail, before every operation of a page."""
    return re.sub(
        r"(static inline \w+ page_ref_(?:add|sub|dec|freeze)\w*\(struct page \*page[^{]*\{\n)",
        r"\1\tVM_BUG_ON(atomic_read(&page->_refcount) != 0 && 0);\n",
        text,
    )


SWAPPED: Final = (
    "	if (ret)\n		ret = !atomic_cmpxchg_relaxed(&page->_refcount, 0, PAGE_REF_LOCKED);\n",
    "	if (!ret) {\n	} else {\n		ret = !atomic_cmpxchg_relaxed(&page->_refcount, 0, PAGE_REF_LOCKED);\n	}\n",
)


def long_word(text: str) -> str:
    """Every int of the counter becomes a long."""
    text = re.sub(r"\batomic_", "atomic_long_", text)
    return re.sub(r"\bint (seen|before|n\b|refcount_read)", r"long \1", text)


REWRITES: Final[dict[str, tuple[str, str, Rewrite, Options]]] = {
    "renamed function": ("page_ref", "zero_unlocked.c", renamed("page_ref_add_unless_zero", "z"), Options()),
    "renamed ghosts": ("page_ref", "zero_unlocked.c", renamed("refs", "a"), Options()),
    "renamed actor": ("page_ref", "zero_unlocked.c", renamed("lookup", "aaa"), Options()),
    "renamed counter": ("refcount", "refcount_broken.c", renamed("refs", "zz"), Options()),
    "bit at 29": ("page_ref", "zero_unlocked.c", str, Options(defines=("PAGE_REF_BITS=30", "REFS_MAX=268435456"))),
    "other constants": ("page_ref", "zero_unlocked.c", str, Options(defines=("NR_MAX=7", "REFS_MAX=99"))),
    "swapped branches": ("page_ref", "zero_unlocked.c", lambda t: t.replace(*SWAPPED), Options()),
    "added read": ("page_ref", "zero_unlocked.c", added_read, Options()),
    "added read, correct": ("page_ref", "mainline.c", added_read, Options()),
    "16-bit word": (
        "page_ref",
        "zero_unlocked.c",
        str,
        Options(defines=("PAGE_REF_BITS=16", "NR_MAX=64", "REFS_MAX=1024"), int_bits=16),
    ),
    "16-bit refcount": ("refcount", "refcount.c", str, Options(("REFCOUNT_BITS=16", "REFS_MAX=1024"), int_bits=16)),
    "64-bit refcount": ("refcount", "refcount.c", long_word, Options()),
    "renamed, correct": ("refcount", "refcount.c", renamed("refs", "zz"), Options()),
}


DEEP: Final = (
    "bit at 29",
    "renamed function",
    "renamed ghosts",
    "added read, correct",
    "renamed actor",
    "renamed counter",
    "other constants",
    "added read",
    "16-bit refcount",
    "64-bit refcount",
    "renamed, correct",
    "swapped branches",
)
"""Second instances of kinds of rewrites that the default run contains, and what takes long."""


@pytest.mark.parametrize("what", [pytest.param(w, marks=pytest.mark.slow) if w in DEEP else w for w in REWRITES])
def test_a_rewritten_spec_keeps_its_verdicts(what: str, tmp_path: Path) -> None:
    family, spec, rewrite, options = REWRITES[what]
    where = copied(family, tmp_path)
    before = [(f, f.read_text()) for f in sorted(where.rglob("*.[ch]"))]
    for file, text in before:
        file.write_text(rewrite(text))
    if rewrite is not str:
        assert any(file.read_text() != text for file, text in before), "nothing was rewritten"
    program = load(str(where / spec), options)
    expected = {e.property for e in program.expectations}
    added = {p.id for p in program.properties} - {p.id for p in load(str(SPECS / family / spec), Options()).properties}
    for name, proved in answers(program, 2.0).items():
        assert proved != (name in expected) or name in added, f"{name} is {'proved' if proved else 'refuted'}"
