"""Read-side sections, grace periods and NO_STORE: what is refused, and which stores a NO_STORE sees."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explicit_search import explore
from verify.frontend.load import Options, load
from verify.program.errors import InputError
from verify.program.program import PropertyKind
from verify.report.assumptions import memory_model

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\n#include <linux/rcupdate.h>\nstruct pair { atomic_t first, second; };\nstruct pair word;\nint plain;\nGHOST bool fixed;\nGHOST unsigned int number;\nINIT { }\n"
READER = "ACTOR(reader) { rcu_read_lock(); READ_ONCE(plain); rcu_read_unlock(); }\n"
WAITER = "ACTOR_LIMIT(1, waiter) { synchronize_rcu(); WRITE_ONCE(plain, 1); }\n"

REFUSED = {
    "unlock without lock": (
        "ACTOR(a) { READ_ONCE(plain); rcu_read_unlock(); }",
        "rcu_read_unlock() outside of a read-side section",
    ),
    "unlock twice": (
        "ACTOR(a) { rcu_read_lock(); rcu_read_unlock(); rcu_read_unlock(); }",
        "spec.c:10:48: error: rcu_read_unlock() outside",
    ),
    "no unlock": ("ACTOR(a) { rcu_read_lock(); READ_ONCE(plain); }", "the end of a routine inside a read-side section"),
    "on one path": (
        "ACTOR(a) { if (READ_ONCE(plain)) rcu_read_lock(); READ_ONCE(plain); }",
        "open on some paths to this place",
    ),
    "in a loop": ("ACTOR(a) { while (READ_ONCE(plain)) rcu_read_lock(); }", "open on some paths to this place"),
    "loop of nothing": (
        "ACTOR(a) { READ_ONCE(plain); for (;;) { rcu_read_lock(); rcu_read_unlock(); } }",
        "an endless loop that only enters and leaves",
    ),
    "unbalanced INIT": (
        'ACTOR(a) { READ_ONCE(plain); }\nALWAYS("x", ({ rcu_read_lock(); 1; }));',
        "the end of a routine inside",
    ),
    "several waiters": (
        "ACTOR(a) { synchronize_rcu(); }",
        "in which several CPUs can be at once\n    one waiter at a time is modelled: write ACTOR_LIMIT(1, a)",
    ),
    "two waiters": (WAITER + "ACTOR_LIMIT(1, b) { synchronize_rcu(); }", "in actor 'b', and in 'waiter' too"),
    "waiting in a step": ("ACTOR_LIMIT(1, a) { ATOMICALLY { synchronize_rcu(); } }", "in the middle of a step"),
    "waiting in a predicate": (
        'ACTOR(a) { READ_ONCE(plain); }\nALWAYS("x", ({ synchronize_rcu(); 1; }));',
        "a synchronize_rcu() in ALWAYS",
    ),
    "NO_STORE of a ghost": (
        'ACTOR(a) { WRITE_ONCE(plain, 1); }\nNO_STORE("x", number, fixed);',
        "a NO_STORE of what is not in shared memory",
    ),
    "NO_STORE that reads": (
        'ACTOR(a) { WRITE_ONCE(plain, 1); }\nNO_STORE("x", plain, atomic_read(&word.first));',
        "whose condition is not one over ghosts",
    ),
    "NO_STORE of nothing": (
        'ACTOR(a) { READ_ONCE(plain); }\nNO_STORE("x", plain, fixed);',
        "no access of an actor can store to the object of the NO_STORE 'x'",
    ),
    "NO_STORE twice": (
        'ACTOR(a) { WRITE_ONCE(plain, 1); }\nNO_STORE("x", plain, fixed);\nNO_STORE("x", plain, fixed);',
        "two properties have the id 'x'",
    ),
    "NO_STORE in an actor": ('ACTOR(a) { NO_STORE("x", plain, fixed); }', "a NO_STORE inside a function"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_refused(case: str, tmp_path: Path) -> None:
    text, message = REFUSED[case]
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + text + "\n")
    with pytest.raises(InputError) as caught:
        load(str(spec), Options())
    assert message in str(caught.value).replace(str(tmp_path) + "/", "")


STORES = {
    "atomic_add(1, &word.first);": True,
    "atomic_add_unless(&word.first, 1, 0);": False,
    "atomic_add_unless(&word.first, 1, 3);": True,
    "atomic_inc_not_zero(&word.first);": False,
    "atomic_cmpxchg(&word.first, 7, 7);": False,
    "atomic_cmpxchg(&word.first, 0, 0);": True,
    "atomic_set(&word.first, 0);": True,
    "atomic_read(&word.first);": False,
    "atomic_add(1, &word.second);": False,
    "WRITE_ONCE(*(unsigned long *)&word, 0);": True,
    "WRITE_ONCE(*(unsigned char *)&word, 0);": True,
    "WRITE_ONCE(((unsigned char *)&word)[3], 0);": True,
    "WRITE_ONCE(((unsigned char *)&word)[4], 0);": False,
    "ATOMICALLY { atomic_set(&word.first, 0); }": False,
}


@pytest.mark.parametrize("store", sorted(STORES))
def test_a_store_is_one_where_the_operation_stores(store: str, tmp_path: Path) -> None:
    """The words are zero, so add_unless(…, 0) and the compare-exchange of 7 store nothing."""
    text = f'ACTOR(a) {{ {store} }}\nACTOR(b) {{ atomic_add_unless(&word.first, 1, 0); }}\nNO_STORE("kept", word.first, true);\n'
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + text)
    program = load(str(spec), Options())
    assert [(p.id, p.kind) for p in program.properties] == [("kept", PropertyKind.CHECK)]
    found = explore(program, 1, depth=1)
    assert ("kept" in found.depths) == STORES[store]


def test_the_condition_is_that_of_the_step_of_the_store(tmp_path: Path) -> None:
    text = 'ACTOR(a) { fixed = true; atomic_inc(&word.first); fixed = false; }\nNO_STORE("kept", word.first, fixed);\n'
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + text)
    assert explore(load(str(spec), Options()), 1, depth=1).depths == {"kept": 1}
    spec.write_text(HEAD + text.replace("fixed = true; ", "").replace("fixed = false", "fixed = true"))
    assert explore(load(str(spec), Options()), 1, depth=2).depths == {"kept": 2}


def test_who_waits_for_a_grace_period_assumes_sequential_consistency(tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(HEAD + READER + WAITER)
    assert memory_model(load(str(spec), Options())) == ("assuming sequential consistency",)
    spec.write_text(HEAD + READER + WAITER.replace("synchronize_rcu();", ""))
    assert memory_model(load(str(spec), Options())) != ("assuming sequential consistency",)


REMOVED = """#include <refproof.h>
#include <linux/preempt.h>
int listed;
GHOST bool freed;
INIT {{ WRITE_ONCE(listed, 1); }}
ACTOR(reader) {{
	{begin};
	if (READ_ONCE(listed)) {{ READ_ONCE(listed); CHECK("not-freed", !freed); }}
	{end};
}}
ACTOR_LIMIT(1, remover) {{ WRITE_ONCE(listed, 0); synchronize_rcu(); freed = true; }}
"""


@pytest.mark.parametrize(
    ("begin", "end", "violated"),
    [
        ("preempt_disable()", "preempt_enable()", set()),
        ("rcu_read_lock(); preempt_disable()", "preempt_enable(); rcu_read_unlock()", set()),
        ("preempt_disable(); preempt_enable()", "", {"not-freed"}),
        ("", "", {"not-freed"}),
    ],
)
def test_a_waiter_waits_for_who_cannot_be_preempted(tmp_path: Path, begin: str, end: str, violated: set[str]) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(REMOVED.format(begin=begin, end=end))
    found = explore(load(str(spec), Options()), 3)
    assert found.complete
    assert found.depths.keys() == violated
