"""Verdicts that say nothing are VACUOUS, never PROVED."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from verify.check.checked import Discharged, Proved, Refuted, Vacuous
from verify.frontend.load import Options
from verify.pipeline import Settings, check
from verify.report.outcome import Outcome, exit_code

HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t word;\nGHOST bool a = false;\n"
GOOD = 'ACTOR(good) { int v = atomic_read(&word); CHECK("zero", v == 0); }\n'


def outcome(folder: Path, text: str) -> Outcome:
    spec = folder / "spec.c"
    spec.write_text(HEAD + text)
    return check(str(spec), Settings(2, "auto", 4, 30, Options()), lambda progress: None)


def results(made: Outcome) -> dict[str, object]:
    return {r.property.id: r.result for r in made.rows}


def test_an_init_that_can_never_complete_makes_everything_vacuous(tmp_path: Path) -> None:
    made = outcome(
        tmp_path,
        'INIT { int n = ANY(0, 9); ASSUME(n < 4); ASSUME(n > 5); atomic_set(&word, n); }\nALWAYS("small", atomic_read(&word) < 9);\n'
        + GOOD,
    )
    found = results(made)
    assert set(found) == {"small", "zero"}
    for result in found.values():
        assert isinstance(result, Vacuous)
        assert result.reason == "INIT can never complete"
        assert isinstance(result.evidence, Discharged)
        assert {name for name, _ in result.evidence.solvers} == {"bitwuzla", "z3"}
    assert [(r.what, r.reached) for r in made.reach] == [("INIT completes", False)]
    assert exit_code([made]) == 1


def test_an_init_with_few_ways_to_complete_is_no_obstacle(tmp_path: Path) -> None:
    made = outcome(
        tmp_path,
        'INIT { int n = ANY(0, 1000000); ASSUME(n == 777777); }\nQUIESCENT("rest", atomic_read(&word) == 0);\n' + GOOD,
    )
    assert all(isinstance(r, Proved) for r in results(made).values())


DEAD = 'ACTOR(dead) { int n = ANY(0, 9); CHECK("early", n < 10); ASSUME(n < 4); ASSUME(n > 5); int v = atomic_read(&word); CHECK("late", v == 0); }\n'


def test_an_actor_whose_assumptions_contradict_each_other(tmp_path: Path) -> None:
    made = outcome(tmp_path, "INIT { }\n" + DEAD + GOOD)
    found = results(made)
    assert isinstance(found["zero"], Proved)
    assert isinstance(found["early"], Vacuous)
    assert isinstance(found["late"], Vacuous)
    assert ("actor dead finishes", False) in [(r.what, r.reached) for r in made.reach]


def test_an_actor_that_no_state_allows(tmp_path: Path) -> None:
    made = outcome(
        tmp_path, 'INIT { }\nACTOR(dead) { ASSUME(a); int v = atomic_read(&word); CHECK("late", v == 0); }\n' + GOOD
    )
    found = results(made)
    assert isinstance(found["late"], Vacuous)
    assert isinstance(found["zero"], Proved)
    assert ("actor dead finishes", False) in [(r.what, r.reached) for r in made.reach]


@pytest.mark.parametrize("second", ["false", "true"])
def test_a_property_is_vacuous_only_when_no_living_actor_checks_it(tmp_path: Path, second: str) -> None:
    dead = "ACTOR({}) {{ ASSUME({} && refs < 9); refs += 1; atomic_read(&word); }}\n"
    made = outcome(
        tmp_path,
        "GHOST unsigned int refs = 0;\nINIT { }\n" + dead.format("one", "a") + dead.format("two", f"!{second}"),
    )
    kind = Proved if second == "false" else Vacuous
    assert isinstance(results(made)["ledger-fits"], kind)


@pytest.mark.parametrize("condition", ["0", "sizeof(int) == 3"])
def test_a_check_in_code_that_cannot_run(tmp_path: Path, condition: str) -> None:
    made = outcome(
        tmp_path,
        f'INIT {{ }}\nACTOR(odd) {{ int v = atomic_read(&word); if ({condition}) CHECK("never", v == 1); }}\n' + GOOD,
    )
    found = results(made)
    assert isinstance(found["never"], Vacuous)
    assert found["never"].reason == "its check can never be reached"
    assert isinstance(found["zero"], Proved)


def test_an_expected_vacuity_is_as_expected(tmp_path: Path) -> None:
    made = outcome(
        tmp_path,
        'INIT { }\nACTOR(odd) { int v = atomic_read(&word); if (0) CHECK("never", v == 1); }\nEXPECT("never", VACUOUS);\n',
    )
    assert exit_code([made]) == 0


def test_a_violation_before_a_contradiction_is_refuted(tmp_path: Path) -> None:
    made = outcome(
        tmp_path,
        'INIT { }\nACTOR(dead) { int n = ANY(0, 9); CHECK("early", n < 5); ASSUME(n < 4); ASSUME(n > 5); atomic_read(&word); }\n',
    )
    assert isinstance(results(made)["early"], Refuted)
