"""Known answers on small specifications."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from verify.frontend.load import Options, load
from verify.program.errors import InputError
from verify.program.program import Access, Assign, Branch, Check, GhostAssign, Marking, Ordering, Program, Stop
from verify.term.semantics import evaluate

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


def test_initial_values_name_the_fields_they_set(tmp_path: Path) -> None:
    text = "struct { int a; struct { int b, c; } in; } s = { 1, .in = { 2, 3 } };\nINIT { }\nACTOR(a) { READ_ONCE(s.in.c); }"
    p = program(tmp_path, text)
    assert [c.name for c in p.cells] == ["s.a", "s.in.b", "s.in.c"]


def test_a_constant_is_read_without_an_access(tmp_path: Path) -> None:
    text = "extern const int limit;\nstatic const int bias = 4;\nconst int limit = 2 + bias;\nINIT { }\nACTOR(a) { refs = limit; }"
    nodes = program(tmp_path, text).actors[0].body.nodes
    assert [n.value.number for n in nodes if isinstance(n, GhostAssign)] == [6]
    assert not any(isinstance(n, Access) for n in nodes)


def test_a_variable_declared_extern_and_defined_is_shared_memory(tmp_path: Path) -> None:
    p = program(
        tmp_path, "extern int e;\nint e;\nextern int f = 5;\nINIT { }\nACTOR(a) { READ_ONCE(e); READ_ONCE(f); }"
    )
    assert [c.name for c in p.cells] == ["e", "f"]


@pytest.mark.parametrize(
    "dead", ["if (0) {here}", "return; {here}", "while (0) {here}", "if (sizeof(int) == 8) dead();"]
)
def test_a_check_in_dead_code_stays_a_property_without_nodes(tmp_path: Path, dead: str) -> None:
    text = dead.replace("{here}", 'CHECK("never", refs > 0);')
    helper = 'static void dead(void) { CHECK("never", 0); }\n' if "dead()" in dead else ""
    p = program(tmp_path, f'{helper}INIT {{ }}\nACTOR(a) {{ atomic_inc(&word); {text} }}\nEXPECT("never", VACUOUS);')
    assert [x.id for x in p.properties] == ["never"]
    assert not any(isinstance(n, Check) for n in p.actors[0].body.nodes)


def test_two_checks_with_one_id_are_refused_also_where_both_are_dead(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two properties have the id 'x'"):
        program(tmp_path, 'INIT { }\nACTOR(a) { if (0) { CHECK("x", 1); CHECK("x", 0); } }')


def test_a_routine_stops_at_its_return_or_its_closing_brace(tmp_path: Path) -> None:
    p = program(tmp_path, "INIT\n{\n}\nACTOR(a)\n{\n\tif (refs)\n\t\treturn;\n\tatomic_inc(&word);\n}\n")
    first = HEAD.count("\n") + 1
    stops = [(n.span.line - first, n.span.column) for n in p.actors[0].body.nodes if isinstance(n, Stop)]
    assert stops == [(6, 3), (8, 1)]
    assert [(n.span.line - first, n.span.column) for n in p.init.nodes] == [(2, 1)]


def test_the_options_are_the_flags_as_given(tmp_path: Path) -> None:
    (tmp_path / "tree/include/linux").mkdir(parents=True)
    (tmp_path / "in clude").mkdir()
    folders = (str(tmp_path / "in clude"), str(tmp_path / "tree"))
    options = Options(("A", "B=1 2"), ("CONFIG_DEBUG_VM",), (folders[0],), folders[1])
    p = program(tmp_path, "INIT { }\nACTOR(a) { atomic_inc(&word); }", options)
    flags = ("-D A", "-D B=1 2", "-U CONFIG_DEBUG_VM", f"-I {folders[0]}", f"--kernel {folders[1]}")
    assert p.options == (*flags, "CONFIG_DEBUG_VM=n")


PAGE_REF = Path(__file__).parents[2] / "specs" / "page_ref"
NARROW = Options(defines=("PAGE_REF_BITS=8", "NR_MAX=3", "REFS_MAX=16"), int_bits=8)


@pytest.mark.parametrize("name", sorted(p.name for p in PAGE_REF.glob("*.c")))
def test_a_narrow_compilation_of_a_shipped_spec(name: str) -> None:
    """int and unsigned int have 8 bits, in cells and ghosts alike; bool and unsigned long stay what they are."""
    p = load(str(PAGE_REF / name), NARROW)
    flags = {"page.flags": 64} if name == "mainline_6_11.c" else {}
    assert {c.name: c.width for c in p.cells} == {"page._refcount": 8} | flags
    widths = {g.name: g.width for g in p.ghosts}
    assert widths["refs"] == widths["in_use"] == 8
    assert widths["allocated"] == widths["frozen"] == 1
    names = {x.label: x.width for a in p.actors for x in a.body.locals}
    assert names["nr"] == 8
    assert {x.id for x in p.properties} == {x.id for x in load(str(PAGE_REF / name), Options()).properties}


def test_a_long_stays_wide_in_a_narrow_compilation(tmp_path: Path) -> None:
    text = "GHOST unsigned long wide = 1ul << 40;\natomic64_t both;\nINIT { }\nACTOR(a) { unsigned long n = refs; wide += n; atomic64_inc(&both); WARN_ON(atomic_read(&word)); BUG_ON(refs > 9); }"
    p = program(tmp_path, text, Options(int_bits=8))
    assert {g.name: (g.width, g.initial) for g in p.ghosts} == {"refs": (8, 7), "wide": (64, 1 << 40)}
    assert {c.name: c.width for c in p.cells} == {"both": 64, "word": 8}
    assert {x.id for x in p.properties} == {"no-bug/a/1", "no-warn/a/1", "ledger-fits"}


@pytest.mark.parametrize("bits", [6, 8, 10, 16])
def test_a_narrow_int_wraps_and_promotes_at_its_own_width(tmp_path: Path, bits: int) -> None:
    p = program(
        tmp_path, "GHOST long out;\nINIT { }\nACTOR(a) { unsigned int x = refs; out = -x; }", Options(int_bits=bits)
    )
    value = next(n.value for n in p.actors[0].body.nodes if isinstance(n, GhostAssign))
    assigned = {n.target: n.value for n in p.actors[0].body.nodes if isinstance(n, Assign)}
    at = {"refs": 7}
    at |= {name: evaluate(term, at) for name, term in assigned.items()}
    assert evaluate(value, at) == (1 << bits) - 7


def test_a_constant_that_a_narrow_int_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the constant 200 does not fit int of 8 bits"):
        program(tmp_path, "INIT { }\nACTOR(a) { atomic_add(200, &word); }", Options(int_bits=8))


@pytest.mark.parametrize(
    "defined",
    [
        "int y = (x = 5, x + 1);",
        "int y = x && ({ x = 5; x; });",
        "int y = x ? ({ x = 5; x; }) : x;",
        "x = ({ x += 4; x; });",
        "int y = ({ int t = x; t++; t; }) + x;",
        "ATOMICALLY { int y = atomic_read(&word) - atomic_read(&word); }",
    ],
)
def test_what_c_sequences_is_accepted(tmp_path: Path, defined: str) -> None:
    assert program(tmp_path, f"INIT {{ }}\nACTOR(a) {{ int x = refs; {defined} atomic_add(x, &word); }}").actors
