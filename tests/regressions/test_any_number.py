"""What holds for few CPUs must not be reported for any number."""

from pathlib import Path

from verify.check.checked import Proved, Refuted, Undecided, Vacuous
from verify.frontend.load import Options
from verify.pipeline import Settings, check

STUCK_WITH_THREE = """#include <refproof.h>
#include <linux/atomic.h>
CPUS(3);
atomic_t c;
INIT { atomic_set(&c, 0); }
ACTOR_MAX(1, a) { int v = atomic_fetch_or(1, &c); WAIT(v != 6); }
ACTOR_MAX(1, b) { atomic_or(2, &c); atomic_and(~2, &c); }
ACTOR_MAX(1, d) { atomic_or(4, &c); atomic_and(~4, &c); }
QUIESCENT("rest", (atomic_read(&c) & ~7) == 0);
"""

NEEDS_THREE = """#include <refproof.h>
#include <linux/atomic.h>
CPUS(3);
atomic_t c;
INIT { atomic_set(&c, 0); }
ACTOR(a) { int v = atomic_inc_return(&c); CHECK("two", v <= 2); atomic_dec(&c); }
ACTOR(b) { int v = atomic_read(&c); if (v == 3) CHECK("reached", v == 0); }
"""


def verdicts(folder: Path, text: str, cpus: int | None, engine: str = "auto") -> dict[str, type]:
    spec = folder / "spec.c"
    spec.write_text(text)
    made = check(str(spec), Settings(cpus, engine, 6, 30, Options()), lambda progress: None)
    return {row.property.id: type(row.result) for row in made.rows}


def test_cpus_that_get_stuck_only_together_with_a_third_are_no_proof_of_rest(tmp_path: Path) -> None:
    assert verdicts(tmp_path, STUCK_WITH_THREE, None)["rest"] is Undecided
    assert verdicts(tmp_path, STUCK_WITH_THREE, 3)["rest"] is Vacuous


def test_a_check_that_two_cpus_cannot_reach_is_not_vacuous_for_any_number(tmp_path: Path) -> None:
    found = verdicts(tmp_path, NEEDS_THREE, None, "bmc")
    assert found["two"] is Refuted
    assert found["reached"] not in {Proved, Vacuous}
    assert verdicts(tmp_path, NEEDS_THREE, 2)["reached"] is Vacuous
