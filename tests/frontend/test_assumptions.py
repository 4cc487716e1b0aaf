"""Late assumptions: what is drawn again, and that no CPU can get stuck at one."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from verify.frontend.load import Options, load
from verify.frontend.witness import Range, find_witness
from verify.program.interpret import enabled, interpreter, start, step
from verify.program.program import Access, Draw, Guard, Program
from verify.term.build import bvult, const, eq, symbol

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t word;\nGHOST unsigned int refs = 3;\nGHOST bool flag;\nINIT { }\n"


def program(folder: Path, body: str) -> Program:
    spec = folder / "spec.c"
    spec.write_text(f"{HEAD}ACTOR(a) {{ {body} }}\n")
    return load(str(spec), Options())


ACCEPTED = {
    "drawn before, read by nothing": "int n = ANY(1, 3); atomic_inc(&word); ASSUME(n > 1); atomic_add(n, &word);",
    "drawn by an assignment": "int n; atomic_inc(&word); n = ANY(1, 3); ASSUME(n > 1); atomic_add(n, &word);",
    "two values, one of them drawn before": "int n = ANY(1, 3); atomic_inc(&word); int m = ANY(1, 3); ASSUME(n < m); atomic_add(n + m, &word);",
    "two assumptions on one value": "int n = ANY(1, 5); atomic_inc(&word); ASSUME(n > 1); ASSUME(n < 3); atomic_add(n, &word);",
    "a value under a branch": "int n = ANY(1, 5); int v = atomic_inc_return(&word); if (v > 1) { ASSUME(n > 2); atomic_add(n, &word); }",
    "in a loop": "int n; for (int i = 0; i < 2; i++) { n = ANY(1, 3); ASSUME(n != 2); atomic_add(n, &word); }",
    "a first block may assume anything": "ATOMICALLY { ASSUME(refs > 0); refs -= 1; atomic_inc(&word); }",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_no_cpu_gets_stuck_at_a_late_assumption(name: str, tmp_path: Path) -> None:
    """From every state inside the actor some choice goes on, and no choice breaks an assumption."""
    on = interpreter(program(tmp_path, ACCEPTED[name]))
    state, _ = start(on, 1, lambda *_: 0)
    states, seen = [state], {state}
    finished = False
    while states and len(seen) < 500:
        state = states.pop()
        for cpu, entered in enabled(on, state):
            results = [
                step(on, state, cpu, entered, _choosing(choice)).machine
                for choice in itertools.product(range(6), repeat=3)
            ]
            found = {r for r in results if r is not None}
            assert found or entered is not None
            finished = finished or any(r.cpus == (None,) for r in found)
            states += found - seen
            seen |= found
    assert finished


def _choosing(values: tuple[int, ...]):
    rest = iter(values)
    return lambda _name, _width, low, high: next((v for v in rest if low <= v <= high), low)


def test_a_value_drawn_before_an_access_is_drawn_again_right_before_the_assumption(tmp_path: Path) -> None:
    nodes = program(tmp_path, ACCEPTED["drawn before, read by nothing"]).actors[0].body.nodes
    access = next(n for n in nodes if isinstance(n, Access))
    again = nodes[access.next]
    assert isinstance(again, Draw)
    assert (again.target, again.low, again.high) == ("a.n", 1, 3)
    assert isinstance(nodes[again.next], Guard)


def test_an_assigned_draw_keeps_the_range_and_a_narrowing_cast_its_meaning(tmp_path: Path) -> None:
    nodes = program(tmp_path, "int n; n = ANY(-2, 3); atomic_add(n, &word);").actors[0].body.nodes
    assert [(n.target, n.low, n.high) for n in nodes if isinstance(n, Draw)] == [("a.n", -2, 3)]
    nodes = program(tmp_path, "int n = (unsigned char)ANY(0, 1000); atomic_add(n, &word);").actors[0].body.nodes
    assert [n.target for n in nodes if isinstance(n, Draw)] == ["a.any"]


def test_a_witness_is_exact() -> None:
    x, y = symbol("x", 32), symbol("y", 32)
    ranges = {"x": Range(0, 1 << 31, 32), "y": Range(5, 9, 32)}
    found = find_witness([bvult(const(1000, 32), x), bvult(y, const(6, 32))], ranges)
    assert found is not None
    assert found["x"] > 1000
    assert found["y"] == 5
    assert find_witness([eq(y, const(4, 32))], ranges) is None
    assert find_witness([eq(x, x)], {"x": Range(3, 2, 32)}) is None
    assert find_witness([eq(x, const(7, 32)), eq(x, const(8, 32))], ranges) is None
