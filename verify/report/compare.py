"""The report of ``compare``: as text under 80 columns with refutations side by side, and as JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from verify.check.checked import BlockReplay, Refuted
from verify.report.blocks import blocks_text
from verify.report.compared import Compared, Comparison, compared_code, comparison_code
from verify.report.exit_codes import ExitCode
from verify.report.json import Json, assumption_json, result_json
from verify.report.outcome import Outcome, Row, verdict_text
from verify.report.refined import refinement_json, refinement_text
from verify.report.text import PLAIN_WIDTH, cpus_text
from verify.report.trace import start_text, steps_table, violation_text
from verify.report.values import printable

FORMAT: Final = "refproof-compare"
FORMAT_VERSION: Final = 2
_GAP: Final = 3
_STYLES: Final = {
    ExitCode.AS_EXPECTED: "green",
    ExitCode.DIFFERS: "bold red",
    ExitCode.OPEN: "yellow",
    ExitCode.BROKEN: "bold red",
}


def plain_comparison(made: Comparison, *, brief: bool) -> str:
    """Return the comparison as plain text without trailing blanks; ``brief`` leaves out the traces."""
    buffer = io.StringIO()
    console = Console(
        file=buffer, width=PLAIN_WIDTH, color_system=None, force_terminal=False, legacy_windows=False,
        highlight=False, markup=False, emoji=False, _environ={},
    )  # fmt: skip
    for part in _parts(made, brief=brief):
        console.print(part)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _parts(made: Comparison, *, brief: bool) -> Sequence[RenderableType]:
    parts: list[RenderableType] = [_side("A", made.a), _side("B", made.b), "", _table(made)]
    parts += _assumed_by_one(made)
    if not brief:
        for one in made.properties:
            parts += _traces(made, one)
    if made.refinement is not None:
        parts += refinement_text(made.refinement, made.b.program, PLAIN_WIDTH, brief=brief)
    return parts


def _side(name: str, outcome: Outcome) -> Text:
    words = ", ".join([cpus_text(outcome.cpus), *outcome.program.options])
    return Text(printable(f"{name}: {outcome.program.name}: {words}"))


def _table(made: Comparison) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("property", "A", "B", "change"):
        table.add_column(title, overflow="fold")
    for one in made.properties:
        stated = "\nstated differently" if one.restated else ""
        change = Text(one.change.value + stated, _STYLES[compared_code(one)])
        table.add_row(printable(one.id), _verdict(one.a), _verdict(one.b), change)
    return table


def _verdict(row: Row | None) -> str:
    return "-" if row is None else printable(verdict_text(row.result))


def _assumed_by_one(made: Comparison) -> list[RenderableType]:
    """Return the assumptions that only one side makes: the verdicts are not about the same environment then."""
    a, b = ({f"{x.kind}: {x.text}" for x in side.assumptions} for side in (made.a, made.b))
    lines = [f"  A only: {text}" for text in sorted(a - b)] + [f"  B only: {text}" for text in sorted(b - a)]
    return ["", Text("assumptions of one side", "bold"), *(Text(printable(x)) for x in lines)] if lines else []


def _traces(made: Comparison, one: Compared) -> list[RenderableType]:
    sides = [(name, out, row) for name, out, row in (("A", made.a, one.a), ("B", made.b, one.b)) if row is not None]
    shown = [(name, out, row) for name, out, row in sides if isinstance(row.result, Refuted)]
    if not shown:
        return []
    width = (PLAIN_WIDTH - _GAP) // 2 if len(shown) > 1 else PLAIN_WIDTH
    grid = Table.grid(padding=(0, _GAP, 0, 0), pad_edge=False)
    for _ in shown:
        grid.add_column(width=width, overflow="fold")
    grid.add_row(*(Text(f"in {name}", "bold") for name, _, _ in shown))
    grid.add_row(*(_run(out, row, width) for _, out, row in shown))
    return ["", Text(printable(f"{one.change.value}: {one.id}"), "bold"), grid]


def _run(outcome: Outcome, row: Row, width: int) -> RenderableType:
    if not isinstance(row.result, Refuted):
        return ""
    program, run = outcome.program, row.result.evidence
    if isinstance(run, BlockReplay):
        return Group(*blocks_text(program, run, row.property, width=width))
    steps = steps_table(program, run, width=width)
    return Group(start_text(program, run, width), "", steps, "", violation_text(program, run, row.property, width))


def comparison_json(made: Comparison) -> str:
    """Return the comparison: ASCII, sorted keys, no times, a line feed at the end."""
    document: Json = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "exit_code": int(comparison_code(made)),
        "a": _side_json(made.a),
        "b": _side_json(made.b),
        "properties": [
            {
                "id": one.id,
                "change": one.change.value,
                "stated_differently": one.restated,
                "a": _row(made.a, one.a),
                "b": _row(made.b, one.b),
            }
            for one in made.properties
        ],
        "refinement": refinement_json(made.refinement, made.b.program),
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _side_json(outcome: Outcome) -> Json:
    return {
        "spec": outcome.program.name,
        "cpus": outcome.cpus,
        "options": list(outcome.program.options),
        "assumptions": [assumption_json(a) for a in outcome.assumptions],
        "memory_model": list(outcome.memory_model),
        "sources": [{"name": s.name, "sha256": s.sha256} for s in outcome.program.sources],
    }


def _row(outcome: Outcome, row: Row | None) -> Json:
    if row is None:
        return None
    return {"verdict": verdict_text(row.result), **result_json(outcome.program, row.property, row.result)}
