"""The report of ``bound`` as JSON. The schema is docs/bound.schema.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from verify.report.json import Json, result_json
from verify.report.limits import PROCESSORS, TASKS, Bound, Limit, bound_exit_code, closed_form, exact

FORMAT: Final = "refproof-bound"
FORMAT_VERSION: Final = 1


def bound_json(bounds: Sequence[Bound]) -> str:
    """Return the report: ASCII, sorted keys, no times, a line feed at the end."""
    names = dict.fromkeys(limit.property for bound in bounds for limit in bound.limits)
    document: Json = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "exit_code": int(bound_exit_code(bounds)),
        "spec": bounds[0].program.name if bounds else None,
        "macro": bounds[0].macro if bounds else None,
        "kernel": {"processors": PROCESSORS, "tasks": TASKS},
        "rows": [{"value": b.value, "limits": [_limit(b, limit) for limit in b.limits]} for b in bounds],
        "closed_forms": {name: _form(bounds, name) for name in names},
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _limit(bound: Bound, limit: Limit) -> Json:
    decided = next(p for p in bound.program.properties if p.id == limit.property)
    return {
        "property": limit.property,
        "proved": limit.low or None,
        "refuted": limit.high,
        "exact": exact(limit),
        "undecided": limit.reason or None,
        "proof": None if limit.proof is None else result_json(bound.program, decided, limit.proof),
        "run": None if limit.run is None else result_json(bound.program, decided, limit.run),
    }


def _form(bounds: Sequence[Bound], name: str) -> Json:
    rows = [(b.value, x.low) for b in bounds for x in b.limits if x.property == name and exact(x)]
    form = closed_form(rows) if len(rows) == len(bounds) else None
    return None if form is None else {"offset": form.offset, "product": form.product}
