"""Law 5 for kept runs: a run that is kept replays; one that is damaged, edited, foreign or stale does not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.explicit_search import explore
from tests.prove.test_prove import BAD, refproof
from verify.check.checked import BlockReplay, Rejected, Replay
from verify.encode.steps import compile_program
from verify.frontend.load import Options, load
from verify.proofs import prove as proving
from verify.proofs import text
from verify.proofs.claimed import Claimed
from verify.proofs.kept_run import KeptRun, Run, Steps, Taken
from verify.proofs.names import subject
from verify.proofs.recheck import recheck
from verify.proofs.rerun import Reruns, rerun
from verify.proofs.text import from_bytes, to_bytes
from verify.report.exit_codes import ExitCode
from verify.stages.model import Settings
from verify.verdict.answer import Block, BlockTrace

Body = dict[str, Any]

NARROW: Final = """#include <refproof.h>
#include <linux/atomic.h>
CPUS(2);
atomic_t word;
INIT { atomic_set(&word, 0); }
ACTOR_MAX(2, add)
{
	int n = ANY(1, 3);

	ASSUME(n != 2);
	CHECK("few", atomic_add_return(n, &word) < LIMIT);
	atomic_sub(n, &word);
}
QUIESCENT("back", atomic_read(&word) == 0);
"""
"""Two CPUs add 3 at most: 6 at once and no more."""


def kept_in(folder: Path, code: str, name: str, cpus: int | None) -> Path:
    """Decide a spec and keep its evidence; return the file of one property."""
    (folder / "specs").mkdir(exist_ok=True)
    (folder / "specs/a.c").write_text(code)
    found = proving.prove("specs/a.c", Settings(cpus, "auto", 10, 60, Options()), lambda _progress: None)
    paths = dict(proving.keep(found, Path("proofs")))
    return next(path for path in paths if path.name == f"{name}.json")


def rewritten(path: Path, change: Callable[[Body], None]) -> None:
    """Change the file and, as a forger would, its checksum."""
    body = json.loads(path.read_bytes())
    change(body)
    body.pop("checksum")
    body["checksum"] = text.checksum(body)
    path.write_bytes((json.dumps(body, indent=1, ensure_ascii=True) + "\n").encode())


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a spec and the kept run of two CPUs, in which each of them enters once."""
    folder = tmp_path_factory.mktemp("decided")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(folder)
        path = kept_in(folder, f"#define LIMIT 6\n{NARROW}", "few", None)
        both = [{"cpu": cpu, "actor": "add", "inputs": {"add.n!0.0": 3}} for cpu in (0, 1)]
        rewritten(path, lambda body: body.update(run={"cpus": 2, "init": {}, "steps": both, "at_state": False}))
    return folder


@pytest.fixture
def run(decided: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kept run, in a folder of its own."""
    shutil.copytree(decided, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return Path("proofs/a/few.json")


def judged(path: Path) -> tuple[ExitCode, str, str]:
    (result,) = recheck([path], 60)
    return result.code, result.verdict, result.reason


def test_a_kept_run_is_replayed(run: Path) -> None:
    assert judged(run) == (ExitCode.AS_EXPECTED, "REFUTED", "")
    assert to_bytes(from_bytes(run.read_bytes())) == run.read_bytes()


def long_blocks(blocks: int, more: int, times: int = 1) -> Body:
    block = {"times": times, "actor": "add", "inputs": {"add.n!0.0": 1}, "more": [{"inputs": {}}] * more}
    return {"init": {}, "blocks": [block] * blocks, "at_state": True}


def in_run(change: Callable[[Body], None]) -> Callable[[Body], None]:
    return lambda body: change(body["run"])


def first_draws(value: object) -> Callable[[Body], None]:
    def change(run: Body) -> None:
        inputs = run["steps"][0]["inputs"]
        inputs |= dict.fromkeys(inputs, value)

    return in_run(change)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (first_draws(1), "violate few"),
        (first_draws(2), "cannot take a step"),
        (first_draws(4), "cannot take a step|not in"),
        (first_draws(-1), "does not fit"),
        (first_draws(1 << 32), "does not fit"),
        (first_draws("3"), "no whole number"),
        (first_draws(True), "no whole number"),
        (in_run(lambda run: run["steps"][0].update(inputs={})), "cannot take a step"),
        (in_run(lambda run: run["steps"][0].update(actor="nobody")), "cannot take a step in nobody"),
        (in_run(lambda run: run["steps"][0].update(cpu=7)), "CPU 7 cannot"),
        (in_run(lambda run: run["steps"].pop()), "violate few"),
        (in_run(lambda run: run.update(steps=[])), "states for 0 steps"),
        (in_run(lambda run: run.update(steps=run["steps"] * 600)), "more than 1000"),
        (in_run(lambda run: run.update(cpus=3)), "a run of 3 CPUs, more than 2"),
        (in_run(lambda run: run.update(cpus=0)), "1 to 64 CPUs"),
        (in_run(lambda run: run.update(cpus=10**9)), "1 to 64 CPUs"),
        (in_run(lambda run: run.update(at_state=True)), "does not violate few"),
        (in_run(lambda run: run.update(init={"x": 1})), "INIT: it draws nothing"),
        (in_run(lambda run: run.update(blocks=[])), "not written in the one way"),
        (lambda body: body.update(run={"init": {}, "blocks": [], "at_state": False}), "does not violate few"),
        (lambda body: body.update(run=long_blocks(2, 999)), "more than 1000"),
        (lambda body: body.update(run=long_blocks(1, 1, 10**4000)), "block 1: "),
        (lambda body: body.update(run=long_blocks(1, 2, -1)), "cannot be taken -1 times"),
        (lambda body: body.update(run=None), "has no field 'init'"),
        (lambda body: body.update(assumptions=[]), "'assumptions' is not the spec's"),
        (lambda body: body["property"].update(text="1"), "'text' is not the spec's"),
        (lambda body: body["property"].update(id="back"), "has to be named"),
        (lambda body: body.update(tool="x"), "version of the tool"),
        (lambda body: body.update(format="refproof certificate"), "has no field 'k'"),
        (lambda body: body.update(cpus={"exactly": 1}), "belongs into"),
    ],
)
def test_an_edited_run_is_rejected(run: Path, change: Callable[[Body], None], reason: str) -> None:
    rewritten(run, change)
    code, verdict, why = judged(run)
    assert (code, verdict) == (ExitCode.BROKEN, "")
    assert any(part in why for part in reason.split("|")), why


def test_a_damaged_run_is_rejected_though_it_replays(run: Path) -> None:
    run.write_bytes(run.read_bytes().replace(b'"tool": "refproof ', b'"tool": "refproof 1'))
    assert judged(run)[0] is ExitCode.BROKEN
    assert "checksum" in judged(run)[2]


def test_a_changed_source_makes_it_stale(run: Path) -> None:
    spec = Path("specs/a.c")
    spec.write_text(spec.read_text() + "\n")
    assert judged(run)[::2] == (ExitCode.OPEN, "stale: specs/a.c changed since then")


def test_the_run_of_another_spec_is_rejected(run: Path) -> None:
    """Of the same spec with a limit that nothing exceeds, every digest forged."""
    Path("specs/a.c").write_text(f"#define LIMIT 7\n{NARROW}")
    program = load("specs/a.c", Options(needs_property=True))
    rewritten(run, lambda body: body.update(sources=dict(sorted((s.name, s.sha256) for s in program.sources))))
    code, _, why = judged(run)
    assert code is ExitCode.BROKEN
    assert "violate few" in why


def test_evidence_about_exactly_n_cpus_has_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a run of more CPUs, nor one in blocks, which does not say how many there are."""
    monkeypatch.chdir(tmp_path)
    path = kept_in(tmp_path, f"#define LIMIT 6\n{NARROW.replace('CPUS(2);', '')}", "few", 2)
    assert judged(path)[0] is ExitCode.AS_EXPECTED
    whole = path.read_bytes()
    rewritten(path, lambda body: body["run"].update(cpus=3))
    assert "a run of 3 CPUs, more than 2" in judged(path)[2]
    path.write_bytes(whole)
    rewritten(path, lambda body: body.update(run={"init": {}, "blocks": [], "at_state": True}))
    assert "in blocks" in judged(path)[2]


steps = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.sampled_from([0, 1, 2, 3, 4, (1 << 32) - 1]), max_size=1)), max_size=6
)
block_inputs = st.sampled_from([1, 3])


@given(taken=steps, cpus=st.integers(1, 3), at_state=st.booleans())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_steps_refute_what_holds(harmless: Reruns, taken: list[Any], cpus: int, at_state: bool) -> None:
    """Nothing exceeds 6: whatever a file says, it is no evidence."""
    made = tuple(Taken(cpu, "add", tuple(("add.n!0.0", v) for v in drawn)) for cpu, drawn in taken)
    assert isinstance(rerun(harmless, kept(Steps(cpus, (), made, at_state))), Rejected)


@given(
    st.lists(
        st.builds(
            lambda node, n, times: Block(
                "add", node, (("add.n!0.0", n),) if node is None else (), () if node is None else (("add.n", n),), times
            ),
            st.sampled_from([None, None, *range(8)]),
            block_inputs,
            st.integers(0, 3),
        ),
        max_size=5,
    ),
    st.booleans(),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_blocks_refute_what_holds(harmless: Reruns, blocks: list[Block], at_state: bool) -> None:
    assert isinstance(rerun(harmless, kept(BlockTrace("few", (), tuple(blocks), at_state))), Rejected)


def limited(tmp_path_factory: pytest.TempPathFactory, limit: int) -> Reruns:
    path = tmp_path_factory.mktemp("limited") / "a.c"
    path.write_text(f"#define LIMIT {limit}\n{NARROW}")
    return Reruns(compile_program(load(str(path), Options())), None)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Reruns:
    """A program whose property holds."""
    return limited(tmp_path_factory, 7)


def kept(run: Run) -> KeptRun:
    about = subject("a.c", Options(), None)
    return KeptRun(Claimed(about, "few", "check", "", 2, (), (), ()), run, "refproof 0")


def test_runs_of_that_shape_refute_what_does_not_hold(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With the limit one lower: the laws above are about files that could be evidence."""
    on = limited(tmp_path_factory, 6)
    draws = (("add.n!0.0", 3),)
    assert explore(on.compiled.program, 2).depths.keys() == {"few"}
    assert isinstance(rerun(on, kept(Steps(2, (), (Taken(0, "add", draws), Taken(1, "add", draws)), False))), Replay)
    alone = Block("add", None, draws, (), 1)
    assert isinstance(rerun(on, kept(BlockTrace("few", (), (alone, alone), at_state=False))), BlockReplay)


def test_nothing_violates_the_other(harmless: Reruns) -> None:
    found = explore(harmless.compiled.program, 2)
    assert found.complete
    assert not found.depths


@pytest.mark.slow
def test_a_run_that_is_there_stays(tmp_path: Path) -> None:
    """Which run an engine finds first is left to chance; the file must not change with it."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/counter.c").write_text(f'#define LIMIT 1000\n{BAD}EXPECT("counted", REFUTED);\n')
    assert refproof(tmp_path, "prove", "specs/counter.c")[0] == 0
    path = tmp_path / "proofs/counter/counted.json"
    rewritten(path, lambda body: body["run"].update(cpus=body["run"]["cpus"] + 1))
    whole = path.read_bytes()
    code, said = refproof(tmp_path, "prove", "specs/counter.c")
    assert (code, path.read_bytes()) == (0, whole), said
    code, said = refproof(tmp_path, "gate")
    assert code == 0
    assert "counted: REFUTED, run replayed" in said


@pytest.mark.slow
def test_evidence_of_another_verdict_does_not_pass_the_gate(tmp_path: Path) -> None:
    """A run that replays, where the spec says PROVED."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/counter.c").write_text(f"#define LIMIT 1000\n{BAD}")
    assert refproof(tmp_path, "prove", "specs/counter.c")[0] == 1
    assert refproof(tmp_path, "recheck", "proofs")[0] == 0
    assert refproof(tmp_path, "gate")[0] == 1
