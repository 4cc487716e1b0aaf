"""The law of grace periods: the waiter can go on exactly when every CPU that was inside at its start has left.

The law follows every run of a few CPUs with sets of CPUs, by where they stand in the text: no ghost of the front
end's encoding, and no count, is looked at.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explicit_search import explore
from verify.frontend.load import Options, load
from verify.program.interpret import Interpreter, enabled, interpreter, start, step
from verify.program.program import Access, AtomicBegin, Guard, Program
from verify.program.run import Machine

HEAD = """#include <refproof.h>
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/rcupdate.h>
int x, y, z, w;
GHOST bool never;
INIT { }
"""
WRITER = "ACTOR_LIMIT(1, writer) { WRITE_ONCE(w, 1); synchronize_rcu(); WRITE_ONCE(w, 2); }\n"
READERS = {
    "plain": "rcu_read_lock(); READ_ONCE(x); READ_ONCE(y); rcu_read_unlock(); READ_ONCE(z);",
    "nested": "rcu_read_lock(); READ_ONCE(x); rcu_read_lock(); READ_ONCE(y); rcu_read_unlock(); READ_ONCE(y);"
    "rcu_read_unlock(); READ_ONCE(z);",
    "twice": "rcu_read_lock(); READ_ONCE(x); rcu_read_unlock(); READ_ONCE(z); rcu_read_lock(); READ_ONCE(y);"
    "rcu_read_unlock(); READ_ONCE(z);",
    "branches": "rcu_read_lock(); if (READ_ONCE(x)) { rcu_read_unlock(); READ_ONCE(z); } else { READ_ONCE(y);"
    "rcu_read_unlock(); }",
    "dies": "rcu_read_lock(); BUG_ON(READ_ONCE(x) == 0); READ_ONCE(y); rcu_read_unlock(); READ_ONCE(z);",
    "late": "READ_ONCE(z); rcu_read_lock(); READ_ONCE(x); rcu_read_unlock(); READ_ONCE(z);",
    "alone": "READ_ONCE(z); rcu_read_lock(); rcu_read_unlock(); READ_ONCE(z);",
}
"""Inside a section they read x and y only, outside of one z."""


def program(tmp_path: Path, reader: str, writer: str = WRITER) -> Program:
    spec = tmp_path / "spec.c"
    spec.write_text(f"{HEAD}ACTOR(reader) {{ {reader} }}\n{writer}")
    return load(str(spec), Options())


def readers_inside(on: Interpreter, machine: Machine) -> frozenset[int]:
    """Return the CPUs that stand before a read of x or y: those are inside a section."""
    found = set()
    for cpu, here in enumerate(machine.cpus):
        node = on.program.actors[here.actor].body.nodes[here.node] if here is not None else None
        if isinstance(node, Access) and node.cell in {"x", "y"}:
            found.add(cpu)
    return frozenset(found)


def waiting(on: Interpreter, machine: Machine, cpu: int) -> bool:
    """Return whether a CPU stands where a grace period is waited for, and not where it begins."""
    here = machine.cpus[cpu]
    if here is None:
        return False
    nodes = on.program.actors[here.actor].body.nodes
    node = nodes[here.node]
    return isinstance(node, AtomicBegin) and isinstance(nodes[node.next], Guard)


def test_a_grace_period_can_begin_between_an_access_and_the_section_behind_it(tmp_path: Path) -> None:
    """A reader that read z before the grace period began, and entered its section after, holds nobody up."""
    on = interpreter(program(tmp_path, READERS["late"]))
    machine = start(on, 2, nothing)[0]

    def run(machine: Machine, cpu: int, actor: str | None) -> Machine:
        after = step(on, machine, cpu, actor, nothing).machine
        assert after is not None
        return after

    machine = run(machine, 0, "reader")
    machine = run(run(machine, 1, "writer"), 1, None)
    assert waiting(on, machine, 1)
    machine = run(machine, 0, None)
    assert readers_inside(on, machine) == {0}
    run(machine, 1, None)


def nothing(_name: str, _width: int, _low: int, _high: int) -> int | None:
    return None


@pytest.mark.parametrize("reader", sorted(READERS))
def test_the_waiter_goes_on_exactly_when_those_inside_at_its_start_have_left(reader: str, tmp_path: Path) -> None:
    on = interpreter(program(tmp_path, READERS[reader]))
    first = start(on, 3, nothing)[0]
    seen = {(first, frozenset[int]())}
    work = list(seen)
    went_on = held_up = 0
    while work:
        machine, awaited = work.pop()
        inside = readers_inside(on, machine)
        for cpu, actor in enabled(on, machine):
            result = step(on, machine, cpu, actor, nothing)
            if waiting(on, machine, cpu):
                assert (result.machine is not None) == (not awaited)
                went_on += result.machine is not None
                held_up += result.machine is None
            if result.machine is None:
                continue
            begins = not waiting(on, machine, cpu) and waiting(on, result.machine, cpu)
            now = inside if begins else awaited & readers_inside(on, result.machine)
            if (result.machine, now) not in seen:
                seen.add((result.machine, now))
                work.append((result.machine, now))
    assert went_on
    assert held_up or reader == "alone"


def test_without_a_waiter_sections_are_no_steps(tmp_path: Path) -> None:
    quiet = "ACTOR(writer) { WRITE_ONCE(w, 1); }\n"
    marked = program(tmp_path, READERS["nested"], quiet)
    assert marked.ghosts[1:] == ()
    assert not any(isinstance(n, AtomicBegin | Guard) for n in marked.actors[0].body.nodes)
    bare = program(tmp_path, READERS["nested"].replace("rcu_read_lock();", "").replace("rcu_read_unlock();", ""), quiet)
    assert [type(n) for n in marked.actors[0].body.nodes] == [type(n) for n in bare.actors[0].body.nodes]


def test_waiting_inside_ones_own_section_never_ends(tmp_path: Path) -> None:
    own = "ACTOR_LIMIT(1, writer) { rcu_read_lock(); WRITE_ONCE(w, 1); synchronize_rcu(); rcu_read_unlock(); }\n"
    found = explore(program(tmp_path, READERS["plain"], own), 2)
    assert found.complete
    assert "writer" not in found.finished
    assert "reader" in found.finished


def test_counts_of_readers_are_of_the_ledger(tmp_path: Path) -> None:
    """Every change of a count is checked, and none wraps."""
    p = program(tmp_path, READERS["plain"])
    found = explore(p, 3)
    assert found.checks == {"ledger-fits"}
    assert found.depths == {}
