"""The report of ``blame`` as JSON. The schema is docs/blame.schema.json."""

from __future__ import annotations

import json
from typing import Final

from verify.check.checked import Refuted
from verify.report.blame import run_text
from verify.report.blamed import Blame, Blamed, Trial, blame_exit_code
from verify.report.json import Json, assumption_json, result_json
from verify.report.outcome import verdict_text

FORMAT: Final = "refproof-blame"
FORMAT_VERSION: Final = 1


def blame_json(blame: Blame) -> str:
    """Return the report: ASCII, sorted keys, no times, a line feed at the end."""
    document: Json = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "exit_code": int(blame_exit_code(blame)),
        "spec": blame.program.name,
        "cpus": blame.cpus,
        "knobs": [knob.id for knob in blame.program.knobs],
        "options": list(blame.program.options),
        "properties": [_blamed(blamed) for blamed in blame.blamed],
        "not_refuted": [{"id": row.property.id, "verdict": verdict_text(row.result)} for row in blame.others],
        "assumptions": [assumption_json(a) for a in blame.assumptions],
        "memory_model": list(blame.memory_model),
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _blamed(blamed: Blamed) -> Json:
    minimal = [t for t in blamed.proved if not blamed.open_below(t)]
    return {
        "id": blamed.row.property.id,
        "minimal": [list(t.on) for t in minimal],
        "minimal_if_open_sets_are_not_proved": [list(t.on) for t in blamed.proved if t not in minimal],
        "sets": [_trial(blamed, trial) for trial in blamed.trials],
    }


def _trial(blamed: Blamed, trial: Trial) -> Json:
    decided = blamed.row.property
    found: dict[str, Json] = {
        "on": list(trial.on),
        "verdict": verdict_text(trial.result),
        "run_of": None if trial.tried is None else list(trial.tried),
        **result_json(trial.program, decided, trial.result),
    }
    if isinstance(trial.result, Refuted):
        found["run"] = run_text(trial.program, trial.result.evidence, decided)
    return found
