"""Known answers on small specifications."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from verify.frontend.load import Options, load
from verify.program.program import Access, Branch, Check, GhostAssign, Marking, Ordering, Program, Stop

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\n#include <linux/bug.h>\n#include <linux/mmdebug.h>\natomic_t word;\nGHOST unsigned int refs = 7;\n"


def program(folder: Path, text: str, options: Options | None = None) -> Program:
    spec = folder / "spec.c"
    spec.write_text(HEAD + text)
    return load(str(spec), options or Options())


def test_an_actor_with_one_atomic_operation(tmp_path: Path) -> None:
    p = program(tmp_path, "INIT { }\nACTOR(get) { atomic_fetch_add_acquire(3, &word); }")
    access = p.actors[0].body.nodes[0]
    assert isinstance(access, Access)
    assert (access.cell, access.offset, access.width) == ("word", 0, 32)
    assert (access.ordering, access.marking, access.operation) == (
        Ordering.ACQUIRE, Marking.ATOMIC, "atomic_fetch_add_acquire",
    )  # fmt: skip
    assert p.written == ("word",)
    assert p.ghosts[0].initial == 7


def test_overlapping_fields_share_a_cell(tmp_path: Path) -> None:
    text = "union { u64 both; struct { u32 low, high; }; } pair;\nINIT { }\nACTOR(a) { WRITE_ONCE(pair.high, 1); READ_ONCE(pair.both); }"
    p = program(tmp_path, text)
    assert [(c.name, c.width) for c in p.cells] == [("pair.both", 64)]
    assert [n.offset for n in p.actors[0].body.nodes if isinstance(n, Access)] == [32, 0]


def test_the_ledger_is_checked_before_a_ghost_changes(tmp_path: Path) -> None:
    nodes = program(tmp_path, "INIT { }\nACTOR(a) { refs -= 1; }").actors[0].body.nodes
    assert isinstance(nodes[0], Check)
    assert nodes[0].property == "ledger-fits"
    assert isinstance(nodes[1], GhostAssign)


@pytest.mark.parametrize(("undefines", "reads"), [((), 1), (("CONFIG_DEBUG_VM",), 0)])
def test_an_assertion_ends_the_actor_and_can_be_compiled_out(
    tmp_path: Path, undefines: tuple[str, ...], reads: int
) -> None:
    p = program(tmp_path, "INIT { }\nACTOR(a) { VM_BUG_ON(atomic_read(&word) < 0); }", Options(undefines=undefines))
    nodes = p.actors[0].body.nodes
    assert sum(isinstance(n, Access) for n in nodes) == reads
    assert sum(isinstance(n, Branch) for n in nodes) == reads
    assert sum(isinstance(n, Stop) and n.bug for n in nodes) == reads
    assert [x.id for x in p.properties] == ["no-bug/a/1"] * reads


def test_initial_values_of_shared_memory_are_stored_first(tmp_path: Path) -> None:
    p = program(tmp_path, "atomic_t other = ATOMIC_INIT(5);\nINIT { }\nACTOR(a) { atomic_read(&other); }")
    first = p.init.nodes[0]
    assert isinstance(first, Access)
    assert (first.cell, first.new.number, first.inside_atomic) == ("other", 5, True)


def test_a_narrow_int_narrows_the_word(tmp_path: Path) -> None:
    p = program(tmp_path, "INIT { }\nACTOR(a) { atomic_inc(&word); }", Options(int_bits=8))
    assert p.cells[0].width == 8
    assert p.ghosts[0].width == 8


def test_the_same_text_gives_the_same_program(tmp_path: Path) -> None:
    text = "INIT { }\nACTOR(a) { int v = atomic_read(&word); while (!atomic_try_cmpxchg(&word, &v, v + 1)) ; refs++; }"
    assert program(tmp_path, text) == program(tmp_path, text)
