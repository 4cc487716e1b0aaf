"""The law of knobs: a setting is the text with constants in their place, and a proof of one is no proof of another."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from tests.explicit_search import explore
from verify.encode.steps import compile_program
from verify.frontend.load import Options, load, load_open
from verify.program.errors import InputError
from verify.program.knobs import open_knobs, with_knobs
from verify.proofs import prove as proving
from verify.proofs.compare import Kept, open_file
from verify.proofs.derive import Systems, claim
from verify.proofs.recheck import recheck
from verify.proofs.text import to_bytes
from verify.report.assumptions import assumptions, expected, memory_model
from verify.report.exit_codes import ExitCode
from verify.stages.model import Settings

HEAD: Final = """#include <refproof.h>
#include <linux/atomic.h>
CPUS(2);
atomic_t word;
GHOST unsigned int refs;
GHOST bool gone;
"""
EVERYWHERE: Final = (
    HEAD
    + """
atomic_t other;
static inline bool taken(atomic_t *w)
{
	if (KNOB("careful") && !KNOB("late"))
		return atomic_add_unless(w, 1, 0);
	atomic_inc(w);
	return true;
}
INIT { atomic_set(&word, KNOB("late") ? 2 : 1); }
ACTOR(take)
{
	bool careful = KNOB("careful");
	ASSUME(refs < 3 - (KNOB("late") ? 1 : 0));
	if (taken(&word)) {
		CHECK("not-gone", !gone || (careful && KNOB("late")));
		refs += 1;
	}
}
ACTOR(put)
{
	ASSUME(refs > 0);
	refs -= 1;
	if (KNOB("late"))
		atomic_set(&other, 1);
	while (KNOB("late")) {
		if (atomic_read(&word) >= 0)
			break;
	}
	switch (KNOB("careful")) {
	case 1: atomic_dec(&word); gone = !gone; break;
	default: gone = atomic_dec_and_test(&word);
	}
}
ALWAYS("small", atomic_read(&word) < (KNOB("careful") ? 3 : 4));
QUIESCENT("even", !gone || KNOB("late"));
"""
)
KNOBS: Final = ("careful", "late")
SETTINGS: Final = [
    tuple(k for k, on in zip(KNOBS, values, strict=True) if on) for values in product((False, True), repeat=2)
]


def written(folder: Path, text: str) -> str:
    spec = folder / "spec.c"
    spec.write_text(text)
    return str(spec)


@pytest.mark.parametrize("on", SETTINGS, ids=lambda on: "+".join(on) or "none")
def test_a_setting_behaves_as_the_text_with_constants(on: tuple[str, ...], tmp_path: Path) -> None:
    opened = load_open(written(tmp_path, EVERYWHERE), Options())
    assert open_knobs(opened) == KNOBS
    constants = re.sub(r'KNOB\("(\w+)"\)', lambda m: str(int(m[1] in on)), EVERYWHERE)
    program, other = with_knobs(opened, on), load(written(tmp_path, constants), Options())
    assert program.written == other.written
    assert memory_model(program) == memory_model(other)
    assert [(a.kind, a.text) for a in assumptions(program, 2) if a.kind not in {"KNOB", "ASSUME"}] == [
        (a.kind, a.text) for a in assumptions(other, 2) if a.kind != "ASSUME"
    ]
    ours, theirs = explore(program, 2), explore(other, 2)
    assert ours.complete
    assert ours.states > 2
    assert (ours.depths, ours.states, ours.checks, ours.finished) == (
        theirs.depths,
        theirs.states,
        theirs.checks,
        theirs.finished,
    )


def test_settings_differ(tmp_path: Path) -> None:
    """Otherwise the law above would say nothing."""
    opened = load_open(written(tmp_path, EVERYWHERE), Options())
    found = [explore(with_knobs(opened, on), 2) for on in SETTINGS]
    assert len({(tuple(sorted(f.depths.items())), f.states) for f in found}) == len(SETTINGS)


def test_open_knobs_have_no_steps(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="open"):
        compile_program(load_open(written(tmp_path, EVERYWHERE), Options()))


def test_an_unknown_knob_is_told_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"has no KNOB 'careless'\n    did you mean careful\? there are: careful, late"
    ):
        load(written(tmp_path, EVERYWHERE), Options(knobs=("careless",)))


def test_every_knob_is_an_assumption_with_its_value(tmp_path: Path) -> None:
    program = load(written(tmp_path, EVERYWHERE), Options(knobs=("late",)))
    told = [(a.text, a.span is not None) for a in assumptions(program, None) if a.kind == "KNOB"]
    assert told == [("careful is off", True), ("late is on", True)]


def test_what_a_spec_expects_is_about_all_knobs_off(tmp_path: Path) -> None:
    spec = written(tmp_path, EVERYWHERE + 'EXPECT("small", REFUTED);\n')
    for on, verdict in ((), "REFUTED"), (("late",), "PROVED"):
        program = load(spec, Options(knobs=on))
        small = next(p for p in program.properties if p.id == "small")
        assert expected(program, small, None) == verdict


REPAIRED: Final = (
    HEAD
    + """
INIT { atomic_set(&word, 0); }
ACTOR(get) { ASSUME(refs < 1000); refs += 1; atomic_inc(&word); }
ACTOR(put) { ASSUME(refs > 0); refs -= 1; atomic_sub(KNOB("repair") ? 1 : 2, &word); }
QUIESCENT("counted", atomic_read(&word) == (int)refs);
"""
)


def test_a_certificate_of_one_setting_is_none_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, REPAIRED)
    settings = Settings(None, "auto", 20, 60.0, Options(knobs=("repair",), needs_property=True))
    evidence = proving.prove("spec.c", settings, lambda _progress: None)
    (path,) = [p for p, _ in proving.keep(evidence, Path("proofs")) if p.name == "counted.json"]
    assert path.as_posix() == "proofs/spec/@knob-repair/counted.json"
    assert [r.code for r in recheck([path], 60)] == [ExitCode.AS_EXPECTED]
    kept = open_file(path)
    assert isinstance(kept, Kept)
    (moved := Path("proofs/spec")).mkdir(exist_ok=True)
    other = moved / "counted.json"

    # The claim is kept and only the setting is denied, as an editor would.
    denied = replace(kept.document.claimed, subject=replace(kept.document.claimed.subject, knobs=()))
    other.write_bytes(to_bytes(replace(kept.document, claimed=denied)))
    (result,) = recheck([other], 60)
    assert (result.code, result.reason) == (ExitCode.BROKEN, "its 'assumptions' is not the spec's")

    # Everything but the lemmas is that of the other setting, as a forger would: now the solvers must object.
    systems = Systems(compile_program(load("spec.c", Options())), None)
    prop = next(p for p in systems.compiled.program.properties if p.id == "counted")
    forged = claim(systems.compiled.program, denied.subject, prop)
    other.write_bytes(to_bytes(replace(kept.document, claimed=forged)))
    (result,) = recheck([other], 60)
    assert result.code is ExitCode.BROKEN
    assert "refutes the obligation" in result.reason
