"""prove and gate: the same bytes everywhere, files whole or not at all, exit codes."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.check.checked import Undecided
from verify.frontend.load import Options
from verify.program.errors import InputError
from verify.proofs import prove as proving
from verify.proofs import store
from verify.proofs.gate import Gate, gate
from verify.proofs.names import file_name, subject
from verify.proofs.prove import Evidence, Unkept, prove
from verify.report.exit_codes import ExitCode
from verify.stages.model import Settings

GOOD: Final = """#include <refproof.h>
#include <linux/atomic.h>
CPUS(1024);
atomic_t word;
GHOST unsigned int refs = 0;
INIT { atomic_set(&word, 0); }
ACTOR(get) { ASSUME(refs < LIMIT); refs += 1; atomic_inc(&word); }
ACTOR(put) { ASSUME(refs > 0); refs -= 1; CHECK("some-left", 1); atomic_dec(&word); }
QUIESCENT("counted", atomic_read(&word) == (int)refs);
"""
BAD: Final = GOOD.replace("atomic_dec(&word)", "atomic_sub(2, &word)")


def refproof(folder: Path, *arguments: str, seed: str = "0") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "verify", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/counter.c").write_text("#define LIMIT 1000\n" + GOOD)
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted((folder / "proofs").rglob("*.json"))}


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(folder: Path) -> None:
    written = []
    for seed in ("1", "2"):
        code, said = refproof(folder, "prove", "specs/counter.c", seed=seed)
        assert code == 0, said
        written.append(files(folder))
        for path in (folder / "proofs").rglob("*.json"):
            path.unlink()
    assert written[0] == written[1]
    assert set(written[0]) == {f"proofs/counter/{n}.json" for n in ("counted", "ledger-fits", "some-left")}
    assert not any(str(folder).encode() in data for data in written[0].values())


def test_the_gate_from_nothing_to_a_broken_spec(folder: Path) -> None:
    code, said = refproof(folder, "gate")
    assert code == 0
    assert "missing or stale" in said
    assert refproof(folder, "gate", "--update")[0] == 0
    code, said = refproof(folder, "gate", "--junit", "report.xml")
    assert code == 0
    assert said.count("certificate accepted") == 3
    cases = ET.parse(folder / "report.xml").getroot().findall(".//testcase")
    assert sorted(c.attrib["name"] for c in cases) == ["counted", "ledger-fits", "some-left"]

    kept = folder / "proofs/counter/counted.json"
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-9])
    assert refproof(folder, "gate")[0] == 4
    kept.write_bytes(whole)

    (folder / "specs/counter.c").write_text("#define LIMIT 1000\n" + BAD)
    assert refproof(folder, "recheck", "proofs")[0] == 3
    code, said = refproof(folder, "gate", "--junit", "report.xml")
    assert code == 1
    assert "counted" in said
    assert ET.parse(folder / "report.xml").getroot().findall(".//failure")
    assert kept.read_bytes() == whole

    (folder / "specs/counter.c").write_text("int (")
    assert refproof(folder, "gate")[0] == 2


def test_evidence_of_what_is_not_decided_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: with too short a time, --update removed evidence that was whole, and each property was named twice."""
    assert refproof(folder, "gate", "--update")[0] == 0
    before = files(folder)
    (folder / "specs/counter.c").write_text("#define LIMIT 999\n" + GOOD)
    monkeypatch.chdir(folder)
    on = Gate(Path("proofs"), Settings(None, "bmc", 1, 60, Options()), update=True)
    cases = [c for c in gate("specs", on, lambda _spec: lambda _progress: None) if not c.remark]
    assert [(c.property, c.code) for c in cases if c.code is not ExitCode.AS_EXPECTED] == [
        (c.property, ExitCode.OPEN) for c in cases
    ]
    assert sorted(c.property for c in cases) == ["counted", "ledger-fits", "some-left"]
    assert files(folder) == before


@pytest.mark.slow
def test_a_folder_that_is_marked_is_kept_out_of_the_gate_above_it(folder: Path) -> None:
    (folder / "specs/open/deep").mkdir(parents=True)
    (folder / "specs/open/deep/broken.c").write_text("int (")
    (folder / "specs/open/NOT-GATED").write_text("not settled\nyet\n")
    code, said = refproof(folder, "gate")
    assert code == 0, said
    assert "skipped   specs/open: not settled yet\n" in said
    assert "broken" not in said
    assert refproof(folder, "gate", "specs/open")[0] == 2
    (folder / "specs/open/NOT-GATED").unlink()
    assert refproof(folder, "gate")[0] == 2


def test_missing_evidence_is_a_remark_and_errors_stand_below_each_other(folder: Path) -> None:
    said = refproof(folder, "gate")[1]
    assert "note      counter: 3 files missing or stale; --update writes them\n" in said
    (folder / "specs/counter.c").write_text("int (")
    said = refproof(folder, "gate")[1]
    assert said.startswith("error     counter\n    specs/counter.c:1:6: error: ")
    assert all(line.startswith(" ") for line in said.splitlines()[1:])


@pytest.mark.slow
def test_options_and_exact_numbers_have_folders_of_their_own(folder: Path) -> None:
    (folder / "specs/counter.c").write_text(GOOD)
    code, said = refproof(folder, "prove", "specs/counter.c", "-D", "LIMIT=9", "--cpus", "2")
    assert code == 0, said
    assert set(files(folder)) == {
        f"proofs/counter/@LIMIT=9,cpus-2/{n}.json" for n in ("counted", "ledger-fits", "some-left")
    }
    assert refproof(folder, "recheck", "proofs")[0] == 0


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a" / "b.json"
    assert store.write(path, b"old")
    assert not store.write(path, b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        store.write(path, b"new")
    assert [p.read_bytes() for p in path.parent.iterdir()] == [b"old"]


def test_a_folder_that_cannot_be_made_is_bad_input(folder: Path) -> None:
    (folder / "proofs").write_text("a file")
    code, said = refproof(folder, "prove", "specs/counter.c")
    assert code == 2
    assert "cannot write" in said
    assert (folder / "proofs").read_text() == "a file"


@given(st.text(max_size=300), st.text(max_size=300))
def test_file_names_are_safe_and_distinct(one: str, other: str) -> None:
    name = file_name(one)
    assert name.isascii()
    assert "/" not in name
    assert not name.startswith(".") or one == ""
    assert len(name) < 255
    assert (name == file_name(other)) == (one == other)


def test_a_file_name_can_be_read() -> None:
    assert file_name("no-bug/page_ref_unfreeze/1") == "no-bug.page_ref_unfreeze.1.json"
    assert file_name("a.b") == "a%2Eb.json"


@pytest.mark.parametrize("spec", ["../a.c", "/etc/a.c"])
def test_a_spec_elsewhere_is_refused(spec: str) -> None:
    with pytest.raises(InputError, match="below the current folder"):
        subject(spec, Options(), None)


@pytest.mark.parametrize("below", ["", "deeper/still"])
@pytest.mark.parametrize("command", [("prove", "specs/counter.c"), ("gate", "--update")])
def test_a_folder_that_is_none_is_refused_before_any_work(folder: Path, command: tuple[str, ...], below: str) -> None:
    (folder / "afile").write_text("")
    code, said = refproof(folder, *command, "--proofs", str(Path("afile") / below))
    assert code == 2
    assert said.startswith("error: cannot write below afile")


def updated(monkeypatch: pytest.MonkeyPatch, change: Callable[[Evidence], Evidence]) -> set[str]:
    """Run ``gate --update`` where the certificate of "counted" is stale and the new verdicts are ``change`` of prove's.

    Return the names of the files that are left.
    """
    monkeypatch.setattr("verify.proofs.gate.prove", lambda *given: change(prove(*given)))
    on = Gate(Path("proofs"), Settings(None, "auto", 6, 60, Options()), update=True)
    assert list(gate("specs", on, lambda _spec: lambda _progress: None))
    return {p.name for p in Path("proofs").rglob("*.json")}


def undecided(evidence: Evidence) -> Evidence:
    rows = tuple(replace(r, result=Undecided(r.property.id, "time limit", None)) for r in evidence.outcome.rows)
    return replace(evidence, outcome=replace(evidence.outcome, rows=rows), files=())


def unkept(code: ExitCode) -> Callable[[Evidence], Evidence]:
    return lambda found: replace(found, files=(), unkept=tuple(Unkept(name, code, "why") for name, _ in found.files))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "stays"),
    [
        (undecided, True),
        (unkept(ExitCode.OPEN), True),
        (unkept(ExitCode.BROKEN), False),
        (lambda found: replace(found, files=()), False),
    ],
    ids=("undecided", "not minimised", "rejected", "not to be kept"),
)
def test_an_update_keeps_evidence_against_which_nothing_was_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Evidence], Evidence], stays: bool
) -> None:
    monkeypatch.chdir(folder)
    assert refproof(folder, "prove", "specs/counter.c")[0] == 0
    before = {Path(name).name for name in files(folder)}
    (folder / "specs/counter.c").write_text("#define LIMIT 999\n" + GOOD)
    assert updated(monkeypatch, change) == (before if stays else set())


@pytest.mark.slow
def test_an_update_removes_a_damaged_file_of_what_it_does_not_decide(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert refproof(folder, "prove", "specs/counter.c")[0] == 0
    path = folder / "proofs/counter/counted.json"
    path.write_bytes(path.read_bytes().replace(b'"k": 0', b'"k": 3'))
    assert updated(monkeypatch, undecided) == {"ledger-fits.json", "some-left.json"}


def lemmas(folder: Path) -> dict[str, list[str]]:
    documents = {name: json.loads(data) for name, data in files(folder).items()}
    return {name: [lemma["smt"] for lemma in made["lemmas"]] for name, made in documents.items() if "lemmas" in made}


@pytest.mark.slow
def test_lemmas_of_stale_evidence_are_tried_first_and_trusted_in_nothing(folder: Path) -> None:
    """A false one that somebody wrote into a file is dropped; those that still hold are kept."""
    assert refproof(folder, "prove", "specs/counter.c")[0] == 0
    before = lemmas(folder)
    assert any(before.values())
    spec = folder / "specs/counter.c"
    spec.write_text(spec.read_text().replace("GHOST", "/* a comment */ GHOST"))
    for path in (folder / "proofs").rglob("*.json"):
        text = path.read_text()
        path.write_text(text.replace('"lemmas": [', '"lemmas": [ {"c": "refs == 7", "smt": "(= |refs| #x00000007)"},'))
    assert refproof(folder, "recheck", "proofs")[0] in {3, 4}
    code, said = refproof(folder, "prove", "specs/counter.c")
    assert code == 0, said
    assert lemmas(folder) == before
    assert refproof(folder, "recheck", "proofs")[0] == 0


def test_no_more_evidence_is_read_for_hints_than_makes_sense(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refproof(folder, "prove", "specs/counter.c")[0] == 0
    there = folder / "proofs/counter"
    assert proving._kept_lemmas(there)
    (there / "a.json").write_bytes(b" " * proving.HINTS)
    assert proving._kept_lemmas(there) == ()


@pytest.mark.slow
def test_a_file_that_cannot_be_read_is_decided_anew_and_replaced(folder: Path) -> None:
    """Reading a process's memory from its start is an error, for whomever."""
    assert refproof(folder, "prove", "specs/counter.c")[0] == 0
    there = folder / "proofs/counter/counted.json"
    there.unlink()
    there.symlink_to("/proc/self/mem")
    code, said = refproof(folder, "recheck", "proofs")
    assert (code, "it cannot be read" in said) == (ExitCode.BAD_INPUT, True), said
    code, said = refproof(folder, "gate", "specs")
    assert (code, "1 file missing or stale" in said) == (0, True), said
    assert refproof(folder, "gate", "specs", "--update")[0] == 0
    assert not there.is_symlink()
    assert refproof(folder, "recheck", "proofs")[0] == 0


@pytest.mark.slow
def test_a_name_of_a_file_cannot_end_a_line(folder: Path) -> None:
    assert refproof(folder, "prove", "specs/counter.c")[0] == 0
    there = folder / "proofs/counter"
    (there / "n\nok        counter.json").write_bytes((there / "counted.json").read_bytes())
    for command in (("recheck", "proofs"), ("gate", "specs")):
        code, said = refproof(folder, *command)
        assert code == ExitCode.BROKEN
        assert "proofs/counter/n\\nok        counter.json" in said
        assert "\nok" not in said
