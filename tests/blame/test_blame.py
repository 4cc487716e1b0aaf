"""Blame against an explicit search of every set of knobs, and what it says where a set is open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Final

import jsonschema
import pytest

import verify.blame as blaming
from tests.explicit_search import search
from verify.check.checked import Checked, Proved, Refuted, Rejected, Replay, Undecided, Vacuous
from verify.check.replay import replay
from verify.check.transfer import transferred
from verify.decide import check_model
from verify.encode.explicit import pc_values
from verify.frontend.load import Options, load_open
from verify.program.errors import InputError
from verify.program.knobs import with_knobs
from verify.report.blame import plain_blame
from verify.report.blame_json import blame_json
from verify.report.blamed import Blame, Knobs, blame_exit_code
from verify.report.exit_codes import ExitCode
from verify.report.outcome import Outcome, Row
from verify.stages.model import Model, Settings, prepare_program, read_open
from verify.stages.search import Tell

SPEC: Final = "tests/blame/producers.c"
FREE: Final = "no-reference-while-free"
SETTINGS: Final = Settings(None, "auto", 20, 60.0, Options(needs_property=True))


def telling(_name: str) -> Tell:
    return lambda _progress: None


def blame(spec: str = SPEC, *wanted: str) -> Blame:
    return blaming.blame(spec, wanted, SETTINGS, telling)


@pytest.fixture(scope="module")
def found() -> Blame:
    return blame(SPEC, FREE)


def subsets(knobs: Knobs) -> list[Knobs]:
    return [on for size in range(len(knobs) + 1) for on in combinations(knobs, size)]


def test_the_minimal_sets_are_those_of_an_explicit_search(found: Blame) -> None:
    opened = load_open(SPEC, Options())
    knobs = tuple(knob.id for knob in opened.knobs)
    holds = {on: FREE not in search(with_knobs(opened, on), 2) for on in subsets(knobs)}
    minimal = [on for on in holds if holds[on] and not any(holds[less] for less in subsets(on)[:-1])]
    assert minimal == [("all",), ("boot", "tail")]
    # Not monotone: a proved set says nothing of those that contain it.
    assert not holds["all", "worse"]
    (blamed,) = found.blamed
    assert [t.on for t in blamed.proved] == minimal
    for trial in blamed.trials:
        assert isinstance(trial.result, Proved if holds[trial.on] else Refuted), trial.on
    looked_at = {t.on for t in blamed.trials}
    assert looked_at == {on for on in holds if not any(set(m) < set(on) for m in minimal)}


def test_every_run_is_one_of_its_own_set(found: Blame) -> None:
    """A run that was found with other knobs stands only where its replay with these knobs accepts it."""
    (blamed,) = found.blamed
    assert sum(t.tried is not None for t in blamed.trials) == 4
    for trial in blamed.trials:
        if isinstance(trial.result, Refuted):
            assert {k.id for k in trial.program.knobs if k.on} == set(trial.on)
            run = trial.result.evidence
            assert isinstance(run, Replay)
            model = prepare_program(trial.program, SETTINGS).of(len(run.start.cpus))
            again = replay(trial.program, model.system, run.trace, model.cpus, pc_values(model.compiled))
            assert again == run


def test_a_run_that_is_none_of_another_set_is_not_transferred(found: Blame) -> None:
    opened = read_open(SPEC, SETTINGS)
    (blamed,) = found.blamed
    by_set = {t.on: t for t in blamed.trials}
    source = prepare_program(with_knobs(opened, ()), SETTINGS)
    repaired = prepare_program(with_knobs(opened, ("boot", "tail")), SETTINGS)
    run = by_set[()].result
    assert isinstance(run, Refuted)
    assert isinstance(run.evidence, Replay)
    assert transferred(run.evidence.trace, source.system, repaired.system, FREE) is None


def test_a_wrong_transfer_is_caught_by_its_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the engines are asked, and nothing but time is lost."""
    monkeypatch.setattr(blaming, "transferred", lambda trace, _known, _other, _name: trace)
    (blamed,) = blame(SPEC, FREE).blamed
    assert [t.on for t in blamed.proved] == [("all",), ("boot", "tail")]


def test_text_and_json_say_the_same(found: Blame) -> None:
    text = plain_blame(found, traces=False)
    assert max(map(len, text.splitlines())) < 80
    assert "  PROVED with boot + tail\n    minimal: every smaller set inside is refuted\n" in text
    assert "    with boot: REFUTED: CPU 0 enters tail, enters lookup; violated at" in text
    assert "    with tail, no knob: REFUTED: CPU 0 enters boot, enters lookup; violated at" in text
    assert "all is off" not in text
    document = json.loads(blame_json(found))
    jsonschema.validate(document, json.loads(Path("docs/blame.schema.json").read_text()))
    (said,) = document["properties"]
    assert said["minimal"] == [["all"], ["boot", "tail"]]
    assert [s["verdict"] for s in said["sets"]].count("REFUTED") == 6
    assert "VIOLATED no-reference-while-free in step 2" in plain_blame(found, traces=True)


def test_exit_code_is_that_of_all_knobs_off(found: Blame) -> None:
    assert blame_exit_code(found) is ExitCode.AS_EXPECTED


def opened_at(open_sets: Mapping[Knobs, Checked | Rejected], monkeypatch: pytest.MonkeyPatch) -> Blame:
    """Return the blame of the spec where some sets get another answer than the true one, and no run is transferred."""

    def other(model: Model, names: tuple[str, ...], settings: Settings, tell: Tell) -> Outcome:
        outcome = check_model(model, names, settings, tell)
        on = tuple(k.id for k in model.compiled.program.knobs if k.on)
        if on not in open_sets:
            return outcome
        rows = tuple(Row(r.property, open_sets[on], r.expected) for r in outcome.rows)
        return Outcome(
            outcome.program, None, rows, outcome.reach, (), outcome.assumptions, outcome.memory_model, (), ()
        )

    monkeypatch.setattr(blaming, "check_model", other)
    monkeypatch.setattr(blaming, "transferred", lambda *_: None)
    return blame(SPEC, FREE)


def test_an_open_set_is_told_and_makes_minimal_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    given = opened_at({("tail",): Undecided(FREE, "no time", None)}, monkeypatch)
    text = plain_blame(given, traces=False)
    assert "UNKNOWN(no time) with tail" in text
    assert "  PROVED with boot + tail\n    minimal only if no set inside that is not decided" in text
    assert "  PROVED with all\n    minimal: every smaller set inside is refuted" in text
    assert json.loads(blame_json(given))["properties"][0]["minimal"] == [["all"]]
    assert blame_exit_code(given) is ExitCode.OPEN


def test_rejected_evidence_is_code_4(found: Blame) -> None:
    (blamed,) = found.blamed
    wrong = replace(blamed.trials[1], result=Rejected(FREE, "the evidence does not hold"))
    given = replace(found, blamed=(replace(blamed, trials=(*blamed.trials[:1], wrong, *blamed.trials[2:])),))
    assert blame_exit_code(given) is ExitCode.BROKEN


def test_a_vacuous_set_is_no_repair(found: Blame) -> None:
    (blamed,) = found.blamed
    proof = blamed.proved[0].result
    assert isinstance(proof, Proved)
    silent = Vacuous(FREE, "its check can never be reached", proof.evidence)
    trials = tuple(replace(t, result=silent) if isinstance(t.result, Proved) else t for t in blamed.trials)
    more = replace(trials[-1], on=("all", "tail"), result=silent)
    given = replace(found, blamed=(replace(blamed, trials=(*trials, more)),))
    text = plain_blame(given, traces=False)
    assert "PROVED" not in text.replace("harmless: PROVED", "")
    assert "no set of knobs makes it hold, though it says nothing with some" in text
    assert "  VACUOUS with all: its check can never be reached\n  VACUOUS with boot + tail: its check" in text
    assert "0 proved, 3 vacuous, 6 refuted" in text
    assert json.loads(blame_json(given))["properties"][0]["minimal"] == []


def small(folder: Path, body: str) -> str:
    spec = folder / "spec.c"
    spec.write_text(
        f'#include <refproof.h>\n#include <linux/atomic.h>\natomic_t word;\nINIT {{ }}\n{body}\nALWAYS("p", 1);'
    )
    return str(spec)


def test_bad_input_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no KNOB\n    let a repair depend on"):
        blame(small(tmp_path, "ACTOR(a) { atomic_inc(&word); }"))
    with pytest.raises(InputError, match="has no property 'no-references'\n    did you mean no-reference-while-free"):
        blame(SPEC, "no-references")
    many = "".join(f'if (KNOB("k{n}")) ' for n in range(11))
    with pytest.raises(InputError, match="has 11 knobs, which are 2048 sets"):
        blame(small(tmp_path, f"ACTOR(a) {{ {many} atomic_inc(&word); }}"))
