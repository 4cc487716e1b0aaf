"""Law 9: verdicts do not depend on names or luck.

Rewritten specs keep their verdicts, or become UNKNOWN. Mutants of the headers are classified by an
exhaustive search on narrow words, and no engine contradicts it.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.explicit_search import SearchLimitError, explore
from tests.mutants import Mutant, mutants
from tests.shipped import NARROW, SPECS
from verify.check.checked import Replay
from verify.check.replay import replay
from verify.encode.explicit import encode, pc_values
from verify.encode.steps import compile_program
from verify.engines.messages import Answered, Budget, Message
from verify.engines.tasks import Job, induct, search
from verify.frontend.load import Options, load
from verify.program.errors import InputError
from verify.program.program import Program
from verify.verdict.answer import Safe, Unsafe

DEPTH: Final = 9

HEADERS: Final = (
    ("page_ref", "mainline.c", "mainline_6_1.h"),
    ("page_ref", "locked_bit.c", "locked_bit.h"),
    ("refcount", "refcount.c", "refcount.h"),
    ("lockref", "lockref.c", "lockref.h"),
)


def answers(program: Program, seconds: float) -> dict[str, bool]:
    """Return which properties the engines prove (True) or refute (False); the traces replay."""
    compiled = compile_program(program)
    system = encode(compiled, 2)
    told: list[Message] = []
    half = Budget(time.monotonic() + seconds / 2)
    search(Job(compiled, system, 2, system.properties(), DEPTH, half), told.append)
    refuted = {m.answer.property for m in told if isinstance(m, Answered) and isinstance(m.answer, Unsafe)}
    rest = tuple(p for p in system.properties() if p not in refuted)
    if rest:
        induct(Job(compiled, system, 2, rest, 2, Budget(time.monotonic() + seconds / 2)), told.append)
    found: dict[str, bool] = {}
    for message in told:
        match message:
            case Answered(answer=Safe(property=name)):
                assert found.setdefault(name, True), f"{name} is both proved and refuted"
            case Answered(answer=Unsafe(property=name, trace=trace)):
                assert isinstance(replay(program, system, trace, 2, pc_values(compiled)), Replay), name
                assert not found.setdefault(name, False), f"{name} is both proved and refuted"
            case _:
                pass
    return found


def contradictions(program: Program, seconds: float, states: int) -> list[str]:
    """Return where the engines say other than the exhaustive search; empty where that is too large."""
    try:
        truth = explore(program, 2, limit=states)
    except SearchLimitError:
        return []
    decided = answers(program, seconds)
    return [
        f"{name} is {'proved' if proved else 'refuted'}, the search says the contrary"
        for name, proved in decided.items()
        if proved == (name in truth.depths)
    ]


def copied(family: str, folder: Path) -> Path:
    shutil.copytree(SPECS / family, folder / family)
    return folder / family


def mutated(family: str, spec: str, header: str, mutant: Mutant, folder: Path) -> Program | None:
    """Return the narrow program of a mutant, None where the front end refuses it."""
    where = copied(family, folder)
    (where / "variants" / header).write_text(mutant.text)
    try:
        return load(str(where / spec), NARROW[family])
    except InputError:
        return None


def all_mutants() -> list[tuple[str, str, str, Mutant]]:
    return [
        (family, spec, header, mutant)
        for family, spec, header in HEADERS
        for mutant in mutants((SPECS / family / "variants" / header).read_text())
    ]


ALL: Final = all_mutants()


def label(case: tuple[str, str, str, Mutant]) -> str:
    return f"{case[2]}:{case[3].what}"


def judge_mutant(case: tuple[str, str, str, Mutant], folder: Path, seconds: float, states: int) -> None:
    program = mutated(*case, folder)
    if program is not None:
        assert contradictions(program, seconds, states) == [], label(case)


@pytest.mark.parametrize("case", ALL[:: len(ALL) // 11], ids=label)
def test_no_verdict_on_a_mutant_contradicts_the_search(case: tuple[str, str, str, Mutant], tmp_path: Path) -> None:
    judge_mutant(case, tmp_path, seconds=1.0, states=2_000)


@pytest.mark.slow
@pytest.mark.parametrize("case", ALL, ids=label)
def test_no_verdict_on_any_mutant_contradicts_the_search(case: tuple[str, str, str, Mutant], tmp_path: Path) -> None:
    judge_mutant(case, tmp_path, seconds=4.0, states=20_000)


def test_most_mutants_are_violations_that_the_search_finds(tmp_path: Path) -> None:
    """Otherwise the law above would say little."""
    refuted = 0
    sample = ALL[::9]
    for number, case in enumerate(sample):
        program = mutated(*case, tmp_path / str(number))
        refuted += program is not None and bool(explore(program, 2, limit=20_000, depth=6).depths)
    assert refuted > len(sample) / 3, (refuted, len(sample))


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


@pytest.mark.parametrize("what", REWRITES)
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
