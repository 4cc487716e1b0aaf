"""The report as text. On a terminal with colours; else plain, under 80 columns, the same bytes everywhere."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from verify.check.checked import (
    BlockReplay,
    Bounded,
    Checked,
    Discharged,
    Proved,
    Refuted,
    Rejected,
    Replay,
    Undecided,
    Vacuous,
)
from verify.program.program import HeaderOrigin, Program
from verify.report.blocks import blocks_text
from verify.report.command import reproduce_text
from verify.report.exit_codes import ExitCode
from verify.report.gap import gap_lines
from verify.report.lemmas import lemma_texts
from verify.report.outcome import Outcome, Row, not_asked, row_exit_code, verdict_text
from verify.report.trace import start_text, steps_table, violation_text
from verify.report.values import counted, place, printable
from verify.report.wrap import fold

PLAIN_WIDTH: Final = 79
_STYLES: Final = {
    ExitCode.AS_EXPECTED: "green",
    ExitCode.DIFFERS: "bold red",
    ExitCode.OPEN: "yellow",
    ExitCode.BROKEN: "bold red",
}


def plain_report(outcome: Outcome, search: Sequence[str] = (), *, brief: bool) -> str:
    """Return the report as plain text without trailing blanks, lines of at most 79 characters."""
    buffer = io.StringIO()
    console = Console(
        file=buffer, width=PLAIN_WIDTH, color_system=None, force_terminal=False, legacy_windows=False,
        highlight=False, markup=False, emoji=False, _environ={},
    )  # fmt: skip
    for part in report(outcome, search, brief=brief, width=PLAIN_WIDTH):
        console.print(part)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def report(outcome: Outcome, search: Sequence[str] = (), *, brief: bool, width: int) -> tuple[RenderableType, ...]:
    """Return the report's parts from top to bottom for a console of ``width`` columns.

    ``search`` are the command line's options of the search, such as ``--depth 7``, for the command that repeats the
    run. ``brief`` leaves out traces, lemmas and the files that were read.
    """
    parts: list[RenderableType] = [_heading(outcome)]
    if not brief:
        parts += _section("files read", [_sources(outcome.program)])
    parts += ["", _verdicts(outcome)]
    if left := not_asked(outcome):
        parts += ["", Text(printable(f"not asked about: {', '.join(left)}"))]
    parts += _section("assumptions", [_assumptions(outcome)] if outcome.assumptions else [])
    parts += _section("memory model", map(_sentence, outcome.memory_model))
    parts += ["", *map(Text, remarks)] if (remarks := tuple(_remarked(outcome))) else []
    parts += _section("CPUs that can be stuck", map(_sentence, outcome.stuck))
    if not brief:
        parts += _lemmas(outcome)
        for replay, rows in _replays(outcome.rows):
            parts += _refutation(outcome, replay, rows, width)
        for run, row in _in_blocks(outcome.rows):
            shown = blocks_text(outcome.program, run, row.property, width=width - 2)
            parts += _section(printable(f"REFUTED: {row.property.id}"), shown)
        parts += _gaps(outcome, width)
    elif any(True for _ in _gaps(outcome, width)):
        parts += ["", Text("refproof check, without --brief, shows what kept a property from a proof", "dim")]
    command = reproduce_text(outcome, search)
    parts += _section("reproduce with", [Text(command, no_wrap=True, overflow="ignore")])
    return (*parts, "", _summary(outcome))


def _heading(outcome: Outcome) -> Text:
    program = outcome.program
    knobs = [f"--knob {knob.id}" for knob in program.knobs if knob.on]
    parts = ", ".join([cpus_text(outcome.cpus), *program.options, *knobs])
    return Text.assemble((printable(program.name), "bold"), printable(f": {parts}"))


def cpus_text(cpus: int | None) -> str:
    """Return how many CPUs verdicts are about; None is any number."""
    return "any number of CPUs" if cpus is None else counted(cpus, "CPU")


def _section(title: str, parts: Iterable[RenderableType]) -> list[RenderableType]:
    body = [Padding(part, (0, 0, 0, 2)) for part in parts]
    return ["", Text(title, "bold"), *body] if body else []


def _sentence(text: str) -> Table:
    """Lay one item out with a dash, so that its further lines are indented."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("-", Text(printable(text)))
    return table


def _sources(program: Program) -> Table:
    words = {
        HeaderOrigin.SPEC: "spec",
        HeaderOrigin.KERNEL: "real kernel",
        HeaderOrigin.STAND_IN: "stand-in",
    }
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)
    for source in program.sources:
        table.add_row(words[source.origin], Text(printable(source.name)), f"sha256 {source.sha256[:12]}")
    return table


def _verdicts(outcome: Outcome) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("property", overflow="fold")
    table.add_column("verdict", overflow="fold")
    table.add_column("", no_wrap=True)
    for row in outcome.rows:
        code = row_exit_code(row)
        verdict = Text(printable(verdict_text(row.result)), _STYLES[code])
        verdict.append("".join(f"\n{printable(line)}" for line in _remarks(row.result)), "dim")
        met = code is ExitCode.AS_EXPECTED
        table.add_row(printable(row.property.id), verdict, "as expected" if met else f"expected {row.expected}")
    return table


def _remarks(result: Checked | Rejected) -> tuple[str, ...]:
    match result:
        case Refuted():
            return ("replayed in blocks",) if isinstance(result.evidence, BlockReplay) else ()
        case Proved() | Bounded() | Rejected():
            return ()
        case Undecided():
            return (f"no violation within {result.depth} steps",) if result.depth is not None else ()
        case Vacuous():
            return (result.reason,)


def _assumptions(outcome: Outcome) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for assumption in outcome.assumptions:
        text = Text(printable(assumption.text))
        if assumption.span is not None:
            text.append(f"  {place(assumption.span)}", "dim")
        table.add_row(Text(printable(assumption.kind)), text)
    return table


def _remarked(outcome: Outcome) -> Iterator[str]:
    for reach in outcome.reach:
        if reach.reached is None:
            yield printable(f"reach: not shown (depth {reach.depth}): {reach.what}")
        elif not reach.reached:
            yield printable(f"reach: proved impossible: {reach.what}")
    for hint in outcome.false_lemmas:
        yield printable(f"LEMMA({hint.text}) at {place(hint.span)} is false in some run: not used")


def _lemmas(outcome: Outcome) -> list[RenderableType]:
    texts, legend = lemma_texts(outcome)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, meaning in legend:
        table.add_row(Text(printable(name)), Text(printable(meaning), "dim"))
    body: list[RenderableType] = [*map(_sentence, texts)]
    if legend:
        body += ["", table]
    return _section("in every state (lemmas of the certificates)", body)


def _gaps(outcome: Outcome, width: int) -> Iterator[RenderableType]:
    """Yield a section for each property without a proof of which it is known what the lemmas leave possible."""
    for row in outcome.rows:
        if isinstance(row.result, Undecided) and row.result.gap is not None:
            lines = gap_lines(outcome.program, row.result.gap, row.property)
            folded = [Text(part) for line in lines for part in fold(printable(line), width - 2)]
            yield from _section(printable(f"UNKNOWN: {row.property.id}, a counterexample to induction"), folded)


def _replay_of(result: Checked | Rejected) -> Replay | None:
    match result:
        case Refuted() | Vacuous():
            return result.evidence if isinstance(result.evidence, Replay) else None
        case Proved() | Bounded() | Undecided() | Rejected():
            return None


def _replays(rows: Sequence[Row]) -> list[tuple[Replay, list[Row]]]:
    """Return each different run once, with the rows whose evidence it is."""
    groups: dict[object, tuple[Replay, list[Row]]] = {}
    for row in rows:
        replay = _replay_of(row.result)
        if replay is not None:
            groups.setdefault((replay.start, replay.steps), (replay, []))[1].append(row)
    return list(groups.values())


def _refutation(outcome: Outcome, replay: Replay, rows: Sequence[Row], width: int) -> list[RenderableType]:
    program = outcome.program
    ids = ", ".join(row.property.id for row in rows)
    parts: list[RenderableType] = [start_text(program, replay, width - 2)]
    if replay.steps:
        parts += ["", steps_table(program, replay, width=width - 2)]
    for row in rows:
        if isinstance(row.result, Vacuous):
            parts += ["", Text(printable(f"VACUOUS {row.property.id}: {row.result.reason}"))]
        else:
            parts += ["", violation_text(program, replay, row.property, width - 2)]
    also = sorted(set(replay.also) - {row.property.id for row in rows})
    if also:
        parts += ["", Text(printable(f"the same run also violates {', '.join(also)}"))]
    return _section(printable(f"{_kinds(rows)}: {ids}"), parts)


def _in_blocks(rows: Sequence[Row]) -> list[tuple[BlockReplay, Row]]:
    return [
        (row.result.evidence, row)
        for row in rows
        if isinstance(row.result, Refuted) and isinstance(row.result.evidence, BlockReplay)
    ]


def _kinds(rows: Sequence[Row]) -> str:
    return " and ".join(sorted({verdict_text(row.result) for row in rows}))


def _summary(outcome: Outcome) -> Text:
    """Return the last lines: who checked the evidence, and how the verdicts compare to what the spec expects."""
    codes = [row_exit_code(row) for row in outcome.rows]
    differing = sum(code is not ExitCode.AS_EXPECTED for code in codes)
    text = Text()
    solvers = _solvers(outcome.rows)
    if solvers:
        text.append(f"certificates accepted by {' and '.join(solvers)}\n", "dim")
    if any(_replay_of(row.result) for row in outcome.rows):
        text.append("traces replayed without a solver\n", "dim")
    if _in_blocks(outcome.rows):
        text.append("traces of many steps replayed in blocks, without a solver\n", "dim")
    if outcome.program.expectations and any(knob.on for knob in outcome.program.knobs):
        text.append("the spec's EXPECTs are about all knobs off; with a knob on, PROVED is expected\n", "dim")
    kernel = next((o for o in outcome.program.options if o.startswith("--kernel ")), None)
    if kernel is not None and all(s.origin is not HeaderOrigin.KERNEL for s in outcome.program.sources):
        text.append(printable(f"{kernel}: the spec reads no header of that tree\n"), "yellow")
    total = f"{len(codes)} propert{'ies' if len(codes) != 1 else 'y'}"
    if not codes:
        return text.append("no property was decided", "bold red")
    if differing:
        return text.append(f"{total}, {differing} not as expected", "bold red")
    return text.append(f"{total}, all as expected", "bold green")


def _solvers(rows: Sequence[Row]) -> list[str]:
    found: set[tuple[str, str]] = set()
    for row in rows:
        if isinstance(row.result, Proved | Vacuous) and isinstance(row.result.evidence, Discharged):
            found.update(row.result.evidence.solvers)
    return [printable(f"{name} {version}") for name, version in sorted(found)]
