"""Mutants and what becomes of them, against an exhaustive search of each."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import jsonschema
import pytest

from tests.explicit_search import _Search, explore
from verify.check.checked import Bounded, Checked, Discharged, Proved, Rejected, Undecided
from verify.explain import explain
from verify.frontend.load import Options, load
from verify.program.errors import InputError
from verify.program.interpret import enabled
from verify.program.mutants import SAME, code_files, mutants
from verify.program.program import Program
from verify.report.exit_codes import ExitCode
from verify.report.explain import explain_json, explain_text
from verify.report.explained import Decided, Equivalent, Explained, Refused, Trial, explain_exit_code, kill_rate
from verify.report.outcome import Row
from verify.stages.model import Settings
from verify.verdict.answer import Certificate

ROOT: Final = Path(__file__).parents[2]
SCHEMA: Final = json.loads((ROOT / "docs" / "explain.schema.json").read_text(encoding="utf-8"))

HEADER: Final = """
static inline void count_set(atomic_t *c)
{
	atomic_set(c, 1);
}

static inline void count_get(atomic_t *c)
{
	VM_BUG_ON(atomic_read(c) <= 0);
	atomic_inc(c);
}

static inline bool count_put(atomic_t *c)
{
	int left = atomic_dec_return(c);

	if (left >= 1)
		left = 1;
	return left == 0;
}
"""
SPEC: Final = """
#include <refproof.h>
#include <linux/atomic.h>
#include <linux/mmdebug.h>
#include "counter.h"
CPUS(2);
atomic_t count;
GHOST unsigned int refs = 1;
GHOST bool held, freed;
INIT { count_set(&count); }
ACTOR(get)
{
	ASSUME(refs == 1 && !held);
	refs = 0;
	held = true;
	count_get(&count);
	held = false;
	refs = 2;
}
ACTOR(put)
{
	ASSUME(refs > 0);
	refs -= 1;
	if (count_put(&count)) {
		CHECK("freed-once", !freed);
		freed = true;
	}
}
QUIESCENT("no-leak", refs > 0 || freed);
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("explained")
    (folder / "counter.h").write_text(HEADER)
    (folder / "spec.c").write_text(SPEC)
    return str(folder / "spec.c")


@pytest.fixture(scope="module")
def program(spec: str) -> Program:
    return load(spec, OPTIONS)


OPTIONS: Final = Options(int_bits=6, needs_property=True)


@pytest.fixture(scope="module")
def found(spec: str) -> Explained:
    return explain(spec, ["no-leak"], Settings(None, "auto", 20, 20, OPTIONS), lambda _mutant: lambda _progress: None)


def violated(program: Program) -> set[str]:
    searched = explore(program, 2)
    assert searched.complete
    return set(searched.depths)


def test_every_mutant_is_another_program_and_no_two_are_the_same(program: Program) -> None:
    made = list(mutants(program))
    programs = [m.program for m in made]
    assert len(programs) > 20
    assert program not in programs
    assert all(one not in programs[:place] for place, one in enumerate(programs))
    assert len({(m.span, m.what) for m in made}) == len(made)


def test_only_the_code_is_changed(program: Program) -> None:
    assert {Path(name).name for name in code_files(program)} == {"counter.h"}
    for mutant in mutants(program):
        assert mutant.span.file in code_files(program)
        assert (mutant.program.cells, mutant.program.ghosts) == (program.cells, program.ghosts)
        for before, after in zip(program.actors, mutant.program.actors, strict=True):
            for old, new in zip(before.body.nodes, after.body.nodes, strict=True):
                assert old == new or old.span == mutant.span


def test_stand_ins_are_no_code_under_proof() -> None:
    program = load(str(ROOT / "specs/vmemmap/count_first.c"), Options())
    assert any(node.span.file.startswith("<refproof>") for actor in program.actors for node in actor.body.nodes)
    assert not any(name.startswith("<refproof>") for name in code_files(program))


def same_steps(one: Program, other: Program) -> bool:
    """Tell whether two programs with the same nodes take the same steps from every machine that ``one`` reaches."""
    on, off = _Search(one, 2, inputs_limit=64), _Search(other, 2, inputs_limit=64)
    first = {on.canonical(machine) for machine, _ in on.starts(2)}
    if first != {off.canonical(machine) for machine, _ in off.starts(2)}:
        return False
    seen, stack = set(first), list(first)
    while stack:
        machine = stack.pop()
        for cpu, entered in enabled(on.on, machine):
            results = list(on.results(machine, cpu, entered))
            others = list(off.results(machine, cpu, entered))
            if [(r.machine, r.violated) for r in results] != [(r.machine, r.violated) for r in others]:
                return False
            fresh = {on.canonical(r.machine) for r in results if r.machine is not None} - seen
            seen |= fresh
            stack += fresh
    return True


def test_a_change_that_makes_no_difference_makes_the_same_steps(program: Program) -> None:
    said = []
    for mutant in mutants(program):
        if mutant.watched is not None and SAME not in violated(mutant.watched):
            assert same_steps(program, mutant.program), mutant.what
            said.append(mutant.what)
    assert len(said) > 2
    assert any(not same_steps(program, mutant.program) for mutant in mutants(program))


@pytest.mark.slow
def test_all_that_is_said_of_a_mutant_is_what_a_search_finds(program: Program, found: Explained) -> None:
    """Killed, proved, and proved to make no difference: each by an exhaustive search of all machines of two CPUs."""
    assert not violated(program)
    assert {r.property.id for r in found.rows} == set(found.proved)
    for trial, mutant in zip(found.trials, mutants(program), strict=True):
        assert trial.span == mutant.span
        if isinstance(trial.result, Refused):
            continue
        there = violated(mutant.program) & set(found.proved)
        if isinstance(trial.result, Equivalent):
            assert not there
            continue
        assert set(trial.result.killed_by) == there, mutant.what
        assert not trial.result.undecided
        if trial.survives and mutant.watched is not None:
            assert trial.harmless == (SAME not in violated(mutant.watched)), mutant.what


@pytest.mark.slow
def test_each_kind_of_answer_is_met(found: Explained) -> None:
    """The search agrees with all of them, so there must be some of each."""
    said = {(t.killed, t.survives, t.harmless) for t in found.trials if isinstance(t.result, Decided)}
    assert said == {(True, False, False), (False, True, True), (False, True, False)}


@pytest.mark.slow
def test_the_report_says_what_was_found(found: Explained) -> None:
    text = explain_text(found)
    killed, of = kill_rate(found, "no-leak")
    assert f"  no-leak: {killed} of {of}\n" in text
    assert "proved: the change never makes a difference" in text
    assert "the spec does not care: it makes a difference where" in text
    assert all(len(line) < 80 for line in text.splitlines() if "/" not in line)
    assert explain_exit_code(found) is ExitCode.AS_EXPECTED


@pytest.mark.slow
def test_the_json_obeys_its_schema(found: Explained) -> None:
    document = json.loads(explain_json(found))
    jsonschema.validate(document, SCHEMA)
    assert [m["status"] for m in document["mutants"]].count("killed") == sum(t.killed for t in found.trials)
    del document["mutants"][0]["change"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


@pytest.fixture(scope="module")
def one(program: Program) -> Explained:
    """A report of a proved property, without mutants; the proof is that of the property itself."""
    named = next(p for p in program.properties if p.id == "no-leak")
    proof = Proved("no-leak", None, Discharged(Certificate("no-leak", 0, ()), 1, (("a solver", "1"),)))
    return Explained(program, None, ("counter.h",), (Row(named, proof, "PROVED"),), ())


def with_result(found: Explained, result: Checked | Rejected) -> Explained:
    """Return a report of one mutant, with the same result for every property."""
    rows = tuple(replace(r, result=result) for r in found.rows)
    return replace(found, trials=(Trial(rows[0].property.span, "x", Decided(rows)),))


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (Undecided("p", "time limit", None), ExitCode.OPEN),
        (Bounded("p", 3), ExitCode.OPEN),
        (Rejected("p", "no run"), ExitCode.BROKEN),
    ],
)
def test_what_is_not_decided_neither_kills_nor_survives(
    one: Explained, result: Checked | Rejected, code: ExitCode
) -> None:
    made = with_result(one, result)
    (trial,) = made.trials
    assert not trial.killed
    assert not trial.survives
    assert kill_rate(made, "no-leak") == (0, 0)
    assert explain_exit_code(made) is code
    assert "1 not decided" in explain_text(made)


def test_a_proof_of_every_property_survives(one: Explained) -> None:
    (trial,) = with_result(one, one.rows[0].result).trials
    assert trial.survives
    assert not trial.harmless


SWAPPED: Final = """
#include <refproof.h>
#include <linux/atomic.h>
#include "reads.h"
CPUS(2);
atomic_t a, b;
INIT { atomic_set(&a, 0); atomic_set(&b, 0); }
ACTOR(write) { atomic_set(&a, 1); atomic_set(&b, 1); }
ACTOR(read) { int x, y; both(&x, &y); CHECK("in-order", !x || y); }
"""


def test_accesses_that_do_not_depend_on_each_other_change_places(tmp_path: Path) -> None:
    """Who reads the second word first may find the first one written later."""
    reads = "static inline void both(int *x, int *y) { *x = atomic_read(&b); *y = atomic_read(&a); }\n"
    (tmp_path / "reads.h").write_text("extern atomic_t a, b;\n" + reads)
    (tmp_path / "spec.c").write_text(SWAPPED)
    program = load(str(tmp_path / "spec.c"), Options(int_bits=4, needs_property=True))
    assert not violated(program)
    (swapped,) = [m for m in mutants(program) if "comes first" in m.what]
    assert violated(swapped.program) == {"in-order"}


def test_a_spec_without_proofs_is_bad_input(tmp_path: Path) -> None:
    text = "#include <refproof.h>\n#include <linux/atomic.h>\nint x;\nINIT { x = 0; }\n"
    (tmp_path / "spec.c").write_text(f'{text}ACTOR(a) {{ CHECK("never", READ_ONCE(x)); }}\n')
    settings = Settings(1, "auto", 20, 60, Options(needs_property=True))
    with pytest.raises(InputError, match="nothing is proved"):
        explain(str(tmp_path / "spec.c"), [], settings, lambda _mutant: lambda _progress: None)


def test_the_command(spec: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "verify", "explain", spec + ".missing"],
        cwd=ROOT, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
