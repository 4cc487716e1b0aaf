"""CPUs that wait: only a proof that one can never step again makes it stuck."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from verify.check.checked import Proved, Refuted, Replay, Vacuous
from verify.frontend.load import Options
from verify.pipeline import Settings, check
from verify.report.outcome import Outcome

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t word;\nGHOST bool a = false;\nGHOST bool b = false;\nINIT { }\n"
REST = 'QUIESCENT("rest", atomic_read(&word) == 0);\n'

TWO_LOCKS = """
ACTOR(one) { ATOMICALLY { ASSUME(!a); a = true; } WAIT(!b); b = true; ATOMICALLY { a = false; b = false; } }
ACTOR(two) { ATOMICALLY { ASSUME(!b); b = true; } WAIT(!a); a = true; ATOMICALLY { a = false; b = false; } }
"""
NEVER_RELEASED = """
ACTOR(take) { ATOMICALLY { ASSUME(!a); a = true; } }
ACTOR(use) { atomic_read(&word); WAIT(!a); }
"""
RELEASED_LATER = """
ACTOR(hold) { ATOMICALLY { ASSUME(!a); a = true; } ATOMICALLY { a = false; } }
ACTOR(use) { atomic_read(&word); WAIT(!a); }
"""
NOBODY_SETS = """
ACTOR(use) { atomic_read(&word); WAIT(a); }
"""
ANOTHER_ACTOR_SETS = """
ACTOR(use) { atomic_read(&word); WAIT(a); }
ACTOR(set) { ATOMICALLY { a = true; } }
"""
ALWAYS_OPEN = """
ACTOR(use) { atomic_read(&word); WAIT(!a); }
"""


def outcome(folder: Path, text: str, cpus: int = 2, seconds: float = 40) -> Outcome:
    spec = folder / "spec.c"
    spec.write_text(HEAD + text + REST)
    return check(str(spec), Settings(cpus, "auto", 5, seconds, Options()), lambda progress: None)


def result(made: Outcome, name: str = "rest") -> object:
    return next(r.result for r in made.rows if r.property.id == name)


@pytest.mark.parametrize(
    ("text", "actor", "line"), [(TWO_LOCKS, "one", 8), (NEVER_RELEASED, "use", 9), (NOBODY_SETS, "use", 8)]
)
def test_a_cpu_that_waits_for_ever_is_reported_with_the_run(tmp_path: Path, text: str, actor: str, line: int) -> None:
    made = outcome(tmp_path, text)
    found = result(made)
    assert isinstance(found, Vacuous)
    assert isinstance(found.evidence, Replay)
    assert any(
        s.startswith(f"{actor}, WAIT") and f"spec.c:{line}: CPU" in s and "never step again" in s for s in made.stuck
    )


@pytest.mark.parametrize("cpus", [1, 2])
@pytest.mark.parametrize("text", [RELEASED_LATER, ANOTHER_ACTOR_SETS])
def test_a_cpu_that_another_one_can_release_is_not_stuck(tmp_path: Path, text: str, cpus: int) -> None:
    made = outcome(tmp_path, text, cpus)
    assert isinstance(result(made), Proved)
    assert not any("never step again" in s for s in made.stuck)


def test_a_cpu_that_can_be_blocked_is_listed_when_nothing_was_shown(tmp_path: Path) -> None:
    (sentence,) = outcome(tmp_path, RELEASED_LATER).stuck
    assert sentence.endswith("stuck: not shown")


def test_a_wait_that_never_blocks_is_not_listed(tmp_path: Path) -> None:
    made = outcome(tmp_path, ALWAYS_OPEN)
    assert made.stuck == ()
    assert isinstance(result(made), Proved)


def test_no_help_comes_beyond_the_largest_number_of_cpus(tmp_path: Path) -> None:
    made = outcome(tmp_path, "CPUS(1);" + ANOTHER_ACTOR_SETS, cpus=1)
    assert isinstance(result(made), Vacuous)


def test_a_stuck_cpu_does_not_hide_a_violation(tmp_path: Path) -> None:
    made = outcome(tmp_path, NOBODY_SETS + "ACTOR(leak) { atomic_set(&word, 1); }\n")
    assert isinstance(result(made), Refuted)
    assert any("never step again" in s for s in made.stuck)


def test_other_properties_keep_their_verdict(tmp_path: Path) -> None:
    made = outcome(tmp_path, NOBODY_SETS + 'ALWAYS("zero", atomic_read(&word) == 0);\n')
    assert isinstance(result(made, "zero"), Proved)
    assert isinstance(result(made), Vacuous)


def test_a_late_assumption_on_a_drawn_value_blocks_nobody(tmp_path: Path) -> None:
    made = outcome(
        tmp_path, "ACTOR(use) { atomic_read(&word); int n = ANY(0, 40); ASSUME(n > 30); atomic_set(&word, 0); }\n"
    )
    assert made.stuck == ()
    assert isinstance(result(made), Proved)


def test_stuck_engines_need_no_place_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a program without a WAIT must cost nothing")

    monkeypatch.setattr("verify.stages.stuck.blocked_system", refuse)
    assert outcome(tmp_path, "ACTOR(use) { WAIT(!a); atomic_read(&word); }\n").stuck == ()


TWICE = """
ACTOR(inc) { int o = atomic_read(&word); if (o < 2) atomic_cmpxchg(&word, o, o + 1); }
ACTOR(use) { atomic_inc(&other); WAIT(atomic_read(&word) < 2); }
QUIESCENT("few", atomic_read(&word) <= 2);
"""


def test_a_cpu_that_gets_stuck_after_many_steps_is_found(tmp_path: Path) -> None:
    """Seen: PROVED, since stuck CPUs were looked for three steps deep only."""
    made = outcome(tmp_path, "atomic_t other;\n" + TWICE, 1)
    assert isinstance(result(made, "few"), Vacuous)
    assert any(s.startswith("use, WAIT") and "never step again" in s for s in made.stuck)
