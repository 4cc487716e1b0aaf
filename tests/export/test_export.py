"""``refproof export``: the files of the shipped and of hostile specs, and folders that cannot be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.export.btor2_reader import read
from tests.export.peers import answers, spacer, vmt_depths

ROOT = Path(__file__).parents[2]
LOCK = """#include <refproof.h>
#include <linux/atomic.h>
atomic_t word;
GHOST bool held;
CPUS(1000);
INIT { atomic_set(&word, 0); }
ACTOR(user)
{
	if (atomic_cmpxchg(&word, 0, 1) == 0) {
		CHECK("taken-once/a.b+c", !held);
		held = true;
	}
}
ACTOR(leave)
{
	ASSUME(held);
	held = KEEP;
	atomic_set(&word, 0);
}
"""


def export(*args: object, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "verify", "export", *map(str, args)],
        capture_output=True, text=True, timeout=120, cwd=ROOT, check=False, **options,
    )  # fmt: skip


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / 'a |"odd"; name.c'
    path.write_text(LOCK)
    return path


def exported(spec: Path, form: str, folder: Path, *args: str) -> dict[str, str]:
    done = export(spec, "--format", form, "-o", folder, *args)
    assert (done.returncode, done.stderr) == (0, ""), done
    return {p.name: p.read_text() for p in sorted(folder.iterdir())}


@pytest.mark.parametrize("cpus", ["any", "2"])
@pytest.mark.parametrize(("keep", "safe"), [("true", False), ("false", True)])
def test_spacer_decides_a_spec(spec, tmp_path, cpus, keep, safe):
    files = exported(spec, "chc", tmp_path / "out", "--cpus", cpus, "-D", f"KEEP={keep}")
    told = {spacer(text) for name, text in files.items() if "taken" in name}
    assert told == {"sat" if safe else "unsat"}


@pytest.mark.parametrize("cpus", ["any", "2"])
def test_three_solvers_accept_every_obligation_of_a_spec(spec, tmp_path, cpus):
    files = exported(spec, "smt2", tmp_path / "out", "--cpus", cpus, "-D", "KEEP=false")
    assert len(files) >= 2
    assert {name: answers(text) for name, text in files.items()} == {
        name: dict.fromkeys(("z3", "cvc5", "bitwuzla"), "unsat") for name in files
    }
    assert any("; C: if (atomic_cmpxchg(&word, 0, 1) == 0) {" in text for text in files.values())


@pytest.mark.parametrize(
    "form", [pytest.param("btor2", marks=pytest.mark.slow), "vmt", "smt2", pytest.param("chc", marks=pytest.mark.slow)]
)
def test_the_same_spec_gives_the_same_bytes(spec, tmp_path, form):
    first, second = (exported(spec, form, tmp_path / name, "-D", "KEEP=false") for name in ("a", "b"))
    assert first == second
    assert first


@pytest.mark.slow
def test_systems_of_a_spec_are_read(spec, tmp_path):
    (btor2,) = exported(spec, "btor2", tmp_path / "btor2", "-D", "KEEP=false").values()
    (vmt,) = exported(spec, "vmt", tmp_path / "vmt", "-D", "KEEP=false").values()
    assert len(read(btor2).bad) == len(vmt_depths(vmt, 1)) == 1


def test_a_property_without_a_proof_is_told(tmp_path):
    path = tmp_path / "bad.c"
    path.write_text(LOCK.replace("!held", "false"))
    done = export(path, "--format", "smt2", "-o", tmp_path / "out", "-D", "KEEP=false")
    assert done.returncode == 0
    assert "a run violates it" in done.stdout


def test_a_folder_that_cannot_be_written_is_bad_input(spec, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").write_text("mine")
    for folder, said in [
        (tmp_path / "file" / "below", "cannot write to"),
        (tmp_path / "file", "cannot write to"),
        (tmp_path / "full", "is not empty"),
        ("/proc/nothing", "cannot write to"),
    ]:
        done = export(spec, "--format", "btor2", "-o", folder, "-D", "KEEP=false")
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["kept"]


@pytest.mark.parametrize("args", [("--format", "smt3", "-o", "x"), ("--format", "smt2"), ("-o", "x")])
def test_a_missing_or_unknown_format_is_bad_usage(spec, tmp_path, args):
    done = export(spec, *args)
    assert done.returncode == 2
    assert not (ROOT / "x").exists()


def test_a_broken_spec_leaves_no_file(tmp_path):
    path = tmp_path / "broken.c"
    path.write_text("#include <refproof.h>\nACTOR(")
    done = export(path, "--format", "btor2", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert list((tmp_path / "out").iterdir()) == []
