"""Law 5 for kept certificates: what is kept checks; what is damaged, edited, foreign or stale does not."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.shipped import ROOT
from verify.check import ask
from verify.encode import counting, tally
from verify.proofs import text
from verify.proofs.recheck import recheck
from verify.proofs.store import certificates_in
from verify.proofs.text import LARGEST, from_bytes, to_bytes
from verify.report.exit_codes import ExitCode
from verify.smt.solver import Status
from verify.term.term import Term

MAINLINE: Final = "page_ref/mainline"
SECONDS: Final = 120

Body = dict[str, Any]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a spec with its certificates, in a folder of its own."""
    shutil.copytree(ROOT / "specs/page_ref", tmp_path / "specs/page_ref")
    shutil.copytree(ROOT / "proofs" / MAINLINE, tmp_path / "proofs" / MAINLINE)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "proofs" / MAINLINE / "freed-once.json"


def rewritten(path: Path, change: Callable[[Body], None], *, checksum: bool = True) -> None:
    """Change the certificate and, as a forger would, its checksum."""
    body = json.loads(path.read_bytes())
    change(body)
    stated = body.pop("checksum")
    body["checksum"] = text.checksum(body) if checksum else stated
    path.write_bytes((json.dumps(body, indent=1, ensure_ascii=True) + "\n").encode())


def judged(path: Path) -> tuple[ExitCode, str]:
    (result,) = recheck([path], SECONDS)
    return result.code, result.reason


def test_every_shipped_certificate_gives_its_bytes_back() -> None:
    paths = sorted((ROOT / "proofs").rglob("*.json"))
    assert paths
    for path in paths:
        assert to_bytes(from_bytes(path.read_bytes())) == path.read_bytes()


def test_the_copy_is_accepted(kept: Path) -> None:
    assert judged(kept) == (ExitCode.AS_EXPECTED, "")


def drop(place: int) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        del body["lemmas"][place]

    return change


@pytest.mark.slow
def test_no_lemma_of_the_shared_set_can_be_dropped(kept: Path) -> None:
    """The properties share their lemmas, so some property must miss each of them."""
    paths = sorted(kept.parent.glob("*.json"))
    whole = {path: path.read_bytes() for path in paths}
    for place in range(len(json.loads(kept.read_bytes())["lemmas"])):
        for path in paths:
            path.write_bytes(whole[path])
            rewritten(path, drop(place))
        results = recheck(paths, SECONDS)
        assert any(r.code is ExitCode.BROKEN and "obligation" in r.reason for r in results), place


def swap_lemma(body: Body) -> None:
    smt = "(= |in_use| #x00000000)"
    body["lemmas"][0] = {"c": "in_use == 0", "smt": smt}


def wrong_range(body: Body) -> None:
    body["locations"][0]["ranges"][0][2] = 1023


def wrong_fact(body: Body) -> None:
    body["locations"][0]["holds"] = ["(= |unfreeze.nr| #x00000001)"]


def other_text(body: Body) -> None:
    body["lemmas"][0]["c"] = "refs <= 1"


def set_field(name: str, value: object) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        body[name] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (swap_lemma, "refutes the obligation 'preserved by"),
        (wrong_range, "refutes the obligation"),
        (wrong_fact, "refutes the obligation 'facts at"),
        (other_text, "C text"),
        (set_field("lemmas", []), "refutes the obligation 'no violation by"),
        (set_field("k", 10**9), "out of bounds"),
        (set_field("k", -1), "out of bounds"),
        (set_field("focus", 1), "makes no sense|refutes the obligation"),
        (set_field("version", 2), "format version 1"),
        (set_field("version", "1"), "format version 1"),
        (set_field("format", "certificate"), "no refproof certificate"),
        (set_field("cpus", {"at_most": 8}), "'at_most' is not the spec's"),
        (set_field("cpus", {"exactly": 2}), "belongs into"),
        (set_field("assumptions", []), "'assumptions' is not the spec's"),
        (set_field("memory_model", []), "'memory_model' is not the spec's"),
        (set_field("system", "0" * 64), "system is not the one"),
        (set_field("solvers", {}), "versions"),
        (set_field("tool", "x"), "version of the tool"),
        (set_field("locations", []), "the locations are not those"),
        (set_field("spec", "../specs/page_ref/mainline.c"), "leads out of the folder"),
        (set_field("spec", "/etc/passwd"), "leads out of the folder"),
        (set_field("extra", 1), "not written in the one way"),
        (set_field("property", {"id": "no-leak", "kind": "quiescent", "text": ""}), "has to be named"),
        (set_field("property", {"id": "freed-once", "kind": "check", "text": "1"}), "'text' is not the spec's"),
    ],
)
def test_an_edited_certificate_is_rejected(kept: Path, change: Callable[[Body], None], reason: str) -> None:
    rewritten(kept, change)
    code, why = judged(kept)
    assert code is ExitCode.BROKEN
    assert any(part in why for part in reason.split("|")), why


@pytest.mark.parametrize(
    "spec", [".", "specs/\ud800.c", *(pytest.param(path, marks=pytest.mark.slow) for path in ("/", "", "..", "a/.."))]
)
def test_a_path_that_names_no_file_is_rejected_alone(kept: Path, spec: str) -> None:
    """Seen: an internal error, and no file that was asked about had a result."""
    rewritten(kept, set_field("spec", spec))
    results = recheck(certificates_in(["proofs"]), SECONDS)
    assert [r.path.name for r in results if r.code is not ExitCode.AS_EXPECTED] == [kept.name]


@pytest.mark.parametrize("field", ["id", "text"])
def test_half_a_surrogate_pair_is_rejected(kept: Path, field: str) -> None:
    rewritten(kept, lambda body: body["property"].update({field: "\ud800"}))
    code, why = judged(kept)
    assert (code, "no character" in why) == (ExitCode.BROKEN, True)


def test_what_would_take_long_to_derive_is_not_derived(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.proofs.compare._MOST_STEPS", 20)
    rewritten(kept, set_field("k", 3))
    code, why = judged(kept)
    assert (code, why.startswith("too large: k = 3 with ")) == (ExitCode.OPEN, True)


@pytest.mark.slow
def test_answers_that_came_in_time_count(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: near the time limit no certificate was accepted, though most were answered."""
    answered = ask.answers

    def late(name: str, terms: Sequence[Term], deadline: float) -> Iterator[Status]:
        yield from answered(name, terms, deadline)
        if name == "cvc5":
            time.sleep(60)

    monkeypatch.setattr("verify.stages.evidence.answers", late)
    assert recheck([kept], 5)[0].code is ExitCode.AS_EXPECTED


def test_the_checksum_is_looked_at_last(kept: Path) -> None:
    rewritten(kept, set_field("tool", "refproof 0.0.9"), checksum=False)
    assert "checksum" in judged(kept)[1]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{}" * 9,
        b"[" * 200_000,
        b'{"version": NaN}',
        b" " * (LARGEST + 2),
        b"1" * 9999,
    ],
)
def test_what_is_no_certificate_is_rejected(kept: Path, data: bytes) -> None:
    kept.write_bytes(data)
    assert judged(kept)[0] is ExitCode.BROKEN


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_a_truncated_certificate_is_rejected(kept: Path, part: float) -> None:
    whole = kept.read_bytes()
    kept.write_bytes(whole[: int(len(whole) * part)])
    assert judged(kept)[0] is ExitCode.BROKEN


def test_a_certificate_under_another_name_is_rejected(kept: Path) -> None:
    other = kept.with_name("no-leak.json")
    shutil.copyfile(kept, other)
    assert judged(other)[0] is ExitCode.BROKEN


def test_a_changed_source_makes_it_stale(kept: Path) -> None:
    header = Path("specs/page_ref/lifecycle.h")
    header.write_text(header.read_text() + "\n")
    code, reason = judged(kept)
    assert (code, reason) == (ExitCode.OPEN, "stale: specs/page_ref/lifecycle.h changed since then")


def test_another_specs_certificate_is_rejected_in_a_folder_of_any_name(kept: Path) -> None:
    """A copy of all evidence: what lies in another spec's place is found, what is in its own is accepted."""
    whole = Path("evidence") / MAINLINE
    shutil.copytree(kept.parent, whole)
    moved = Path("evidence/page_ref/locked_bit")
    moved.mkdir()
    shutil.copyfile(kept, moved / kept.name)
    results = {r.path: r for r in recheck(certificates_in(["evidence"]), SECONDS)}
    wrong = {path for path, r in results.items() if r.code is not ExitCode.AS_EXPECTED}
    assert wrong == {moved / kept.name}
    assert "this file belongs into proofs/page_ref/mainline/" in results[moved / kept.name].reason


def test_nothing_lies_deeper_below_the_proofs_than_it_belongs(kept: Path) -> None:
    deeper = Path("proofs/more") / MAINLINE / kept.name
    deeper.parent.mkdir(parents=True)
    shutil.copyfile(kept, deeper)
    assert judged(deeper)[0] is ExitCode.BROKEN


def test_a_file_that_is_named_by_itself_may_lie_anywhere(kept: Path) -> None:
    lone = Path("attached") / kept.name
    lone.parent.mkdir()
    shutil.copyfile(kept, lone)
    assert judged(lone)[0] is ExitCode.BROKEN
    (result,) = recheck([lone], SECONDS, alone={lone})
    assert result.code is ExitCode.AS_EXPECTED
    (result,) = recheck([kept.rename(kept.parent.parent / kept.name)], SECONDS, alone={lone})
    assert result.code is ExitCode.BROKEN


def test_a_source_that_is_left_out_is_no_stale_certificate(kept: Path) -> None:
    rewritten(kept, lambda body: body["sources"].popitem(), checksum=False)
    code, reason = judged(kept)
    assert code is ExitCode.BROKEN
    assert "damaged or edited" in reason
    rewritten(kept, lambda _body: None)
    code, reason = judged(kept)
    assert code is ExitCode.OPEN
    assert reason.startswith("stale: ")
    assert "is read too now" in reason


def test_what_is_named_like_evidence_and_is_no_file_is_rejected(kept: Path) -> None:
    kept.unlink()
    kept.symlink_to("nowhere.json")
    kept.with_name("folder.json").mkdir()
    results = recheck(certificates_in(["proofs"]), SECONDS)
    wrong = sorted(r.path.name for r in results if r.code is ExitCode.BROKEN and "no file" in r.reason)
    assert wrong == ["folder.json", "freed-once.json"]


def test_sources_that_do_not_compile_are_bad_input(kept: Path) -> None:
    Path("specs/page_ref/lifecycle.h").write_text("int (")
    assert judged(kept)[0] is ExitCode.BAD_INPUT


def wrong_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seed: the encoding forgets to take the leaving CPU's value out of the sum."""
    before = counting._summed

    def broken(at: object, source: object, index: int, step: object, own: object) -> object:
        return before(at, None, index, step, own)  # type: ignore[arg-type]

    monkeypatch.setattr(counting, "_summed", broken)


def wrong_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seed: the encoding believes that sums have no more than the least value of each CPU."""
    before = tally.sum_in_range
    monkeypatch.setattr(counting, "sum_in_range", lambda count, total, low, high: before(count, total, low, low))


@pytest.mark.parametrize("seed", [wrong_sum, wrong_count])
def test_a_wrong_encoding_makes_recheck_fail(
    kept: Path, monkeypatch: pytest.MonkeyPatch, seed: Callable[[pytest.MonkeyPatch], None]
) -> None:
    from verify.proofs import derive

    seed(monkeypatch)
    # The digest would tell at once; here the obligations must.
    monkeypatch.setattr(derive, "digest", lambda _system: json.loads(kept.read_bytes())["system"])
    code, reason = judged(kept)
    assert code is ExitCode.BROKEN
    assert "refutes the obligation 'counting" in reason
