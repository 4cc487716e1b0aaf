"""The matrix of several specs: one line per property, one column per spec."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from verify.check.checked import Bounded, Proved, Refuted, Rejected, Undecided, Vacuous
from verify.report.exit_codes import ExitCode
from verify.report.outcome import Outcome, Row, row_exit_code
from verify.report.values import printable

MATRIX_WIDTH: Final = 99
_STYLES: Final = {
    ExitCode.AS_EXPECTED: "green",
    ExitCode.DIFFERS: "bold red",
    ExitCode.OPEN: "yellow",
    ExitCode.BROKEN: "bold red",
}
_NONE: Final = "-"
_GAP: Final = 2


@dataclass(frozen=True, slots=True)
class Matrix:
    """Verdicts by property and spec, both in the order of their first appearance.

    ``unread`` are the specs without an outcome: they could not be read. ``cells`` has no entry where a spec does not
    have the property.
    """

    specs: tuple[str, ...]
    properties: tuple[str, ...]
    cells: Mapping[tuple[str, str], Row]
    unread: frozenset[str]


def matrix(outcomes: Mapping[str, Outcome | None]) -> Matrix:
    """Return the matrix of specs by name; None stands for one that could not be read."""
    known = {spec: outcome for spec, outcome in outcomes.items() if outcome is not None}
    cells = {(row.property.id, spec): row for spec, outcome in known.items() for row in outcome.rows}
    return Matrix(
        tuple(outcomes), tuple(dict.fromkeys(name for name, _ in cells)), cells, frozenset(outcomes.keys() - known)
    )


def matrix_text(made: Matrix) -> str:
    """Return the matrix as plain text without trailing blanks, of at most 99 columns where the names allow it."""
    buffer = io.StringIO()
    console = Console(
        file=buffer, width=MATRIX_WIDTH, color_system=None, force_terminal=False, legacy_windows=False,
        highlight=False, markup=False, emoji=False, _environ={},
    )  # fmt: skip
    console.print(matrix_report(made, MATRIX_WIDTH))
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def matrix_report(made: Matrix, width: int) -> RenderableType:
    """Return the matrix for a console of ``width`` columns: words, or letters below numbers where words do not fit."""
    names = [printable(PurePath(spec).stem) for spec in made.specs]
    room = _room(made, width)
    words = room + sum(_GAP + max(len(name), len("REFUTED!")) for name in names)
    distinct = len(set(names)) == len(names)
    parts: list[RenderableType] = [Text("verdicts", "bold"), ""]
    if words <= width and distinct:
        parts.append(_table(made, names, _WORDS, room))
    else:
        numbers = [str(n) for n in range(1, len(names) + 1)]
        each = _GAP + max(2, len(numbers[-1]))
        most = max(1, (width - room) // each)
        for first in range(0, len(names), most):
            shown = Matrix(made.specs[first : first + most], made.properties, made.cells, made.unread)
            parts += [_table(shown, numbers[first : first + most], _LETTERS, room), ""]
        parts += [Text(f"{number:>3}  {printable(spec)}") for number, spec in zip(numbers, made.specs, strict=True)]
        parts += ["", Text(_LEGEND, "dim")]
    return Group(*parts, "", _summary(made))


_LEGEND: Final = (
    "P PROVED, R REFUTED, V VACUOUS, B BOUNDED, U UNKNOWN, X rejected, E not read, - no such property;\n"
    "! not as expected"
)


def _room(made: Matrix, width: int) -> int:
    """Return the columns for the names of properties: longer ones than half the width go on in further lines."""
    return min(max(len(printable(name)) for name in ("property", *made.properties)), width // 2)


def _table(made: Matrix, titles: Sequence[str], spell: Mapping[type, str], room: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    table.add_column("property", width=room, overflow="fold")
    for title in titles:
        table.add_column(title, no_wrap=True)
    for name in made.properties:
        table.add_row(printable(name), *(_cell(made, name, spec, spell) for spec in made.specs))
    return table


def _cell(made: Matrix, name: str, spec: str, spell: Mapping[type, str]) -> Text:
    if spec in made.unread:
        return Text(spell[type(None)], "bold red")
    row = made.cells.get((name, spec))
    if row is None:
        return Text(_NONE, "dim")
    code = row_exit_code(row)
    mark = "" if code is ExitCode.AS_EXPECTED else "!"
    return Text(spell[type(row.result)] + mark, _STYLES[code])


_WORDS: Final[Mapping[type, str]] = {
    Proved: "PROVED",
    Refuted: "REFUTED",
    Vacuous: "VACUOUS",
    Bounded: "BOUNDED",
    Undecided: "UNKNOWN",
    Rejected: "REJECTED",
    type(None): "not read",
}
_LETTERS: Final[Mapping[type, str]] = {
    Proved: "P",
    Refuted: "R",
    Vacuous: "V",
    Bounded: "B",
    Undecided: "U",
    Rejected: "X",
    type(None): "E",
}


def _summary(made: Matrix) -> Text:
    differing = [row for row in made.cells.values() if row_exit_code(row) is not ExitCode.AS_EXPECTED]
    specs = f"{len(made.specs)} spec{'s' if len(made.specs) != 1 else ''}"
    verdicts = f"{len(made.cells)} verdict{'s' if len(made.cells) != 1 else ''}"
    unread = f", {len(made.unread)} could not be read" if made.unread else ""
    if differing or unread or not made.cells:
        return Text(f"{specs}{unread}; {verdicts}, {len(differing)} not as expected", "bold red")
    return Text(f"{specs}; {verdicts}, all as expected", "bold green")
