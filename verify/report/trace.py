"""A refutation as text: CPUs side by side, concrete values, and the violated check in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from verify.check.checked import Replay
from verify.program.program import Access, Actor, AtomicBegin, Program, Property, PropertyKind
from verify.program.run import Accessed, CheckRan, Drew, Event, Finished, GhostChanged, Inside, StepRun
from verify.report.moment import Moment, state_violations, violation_moment
from verify.report.source import c_line
from verify.report.values import line_of, place, printable, typed, word
from verify.report.wrap import fill, fold

_NARROWEST: Final = 22
_STEP_COLUMN: Final = 6
_INDENT: Final = 2
_FAILS: Final = {
    PropertyKind.CHECK: "fails at",
    PropertyKind.ALWAYS: "stated at",
    PropertyKind.QUIESCENT: "stated at",
    PropertyKind.BUG: "reached at",
    PropertyKind.WARN: "reached at",
    PropertyKind.BUILT_IN: "fails at",
}


def steps_table(program: Program, replay: Replay, *, width: int) -> RenderableType:
    """Return the steps of a run, one column per CPU that takes part, or one for all where ``width`` is too small."""
    return run_table(program, replay.steps, state_violations(program, replay), width=width)


def run_table(program: Program, steps: Sequence[StepRun], marks: Sequence[Sequence[str]], *, width: int) -> Table:
    """Return the table of ``steps``; ``marks`` are the properties that fail for the first time after INIT and each."""
    cpus = sorted({step.cpu for step in steps})
    side_by_side = bool(cpus) and (width - _STEP_COLUMN) // len(cpus) >= _NARROWEST
    room = (width - _STEP_COLUMN) // (len(cpus) if side_by_side else 1) - 1
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=True, header_style="bold")
    table.add_column("step", justify="right", width=_STEP_COLUMN - 2)
    for title in [f"CPU {cpu}" for cpu in cpus] if side_by_side else ["what happens"]:
        table.add_column(title, ratio=1, overflow="fold")
    for number, step in enumerate(steps, start=1):
        cell = step_cell(program, step, room, marks[number] if number < len(marks) else ())
        if side_by_side:
            table.add_row(str(number), *(cell if cpu == step.cpu else "" for cpu in cpus))
        else:
            table.add_row(str(number), Text.assemble((f"CPU {step.cpu} ", "bold"), cell))
    table.width = width
    return table


def step_cell(program: Program, step: StepRun, room: int, violated: Sequence[str] = ()) -> Text:
    """Return one step: what the CPU drew, accessed and changed, one fact a line, in lines of at most ``room``.

    ``violated`` are the ALWAYS and QUIESCENT properties that fail after it and did not before.
    """
    lines = [Text(printable(f"enters {step.actor}" if step.entered else f"goes on in {step.actor}"), "dim")]
    actor = next(a for a in program.actors if a.name == step.actor)
    for event in step.events:
        lines += _event_lines(program, actor, event, room)
    lines += [Text(printable(f"VIOLATED after this step: {name}"), "bold red") for name in violated]
    return Text("\n").join(Text(part, line.style) for line in lines for part in fold(line.plain, room))


def _event_lines(program: Program, actor: Actor, event: Event, room: int) -> list[Text]:
    match event:
        case Accessed():
            return _access_lines(program, event, room)
        case GhostChanged():
            ghost = next(g for g in program.ghosts if g.name == event.ghost)
            if event.before == event.after:
                return []
            before, after = (typed(v, ghost.width, ghost.kind) for v in (event.before, event.after))
            return [Text(printable(f"{ghost.name}: {before} -> {after}"))]
        case Drew():
            return [Text(printable(f"{label} = {value}")) for label, value in [drawn(program, actor, event)]]
        case CheckRan():
            return [] if event.holds else [Text(printable(f"VIOLATED {event.property}"), "bold red")]
        case Finished():
            return [Text(printable(f"{'stopped by BUG in' if event.bug else 'leaves'} {actor.name}"), "dim")]


def drawn(program: Program, actor: Actor, event: Drew) -> tuple[str, str]:
    """Return the C name of what ANY or FRESH chose a value for, and the value as C writes it."""
    for local in actor.body.locals:
        if local.name == event.target:
            return local.label, typed(event.value, local.width, local.kind)
    ghost = next(g for g in program.ghosts if g.name == event.target)
    return ghost.name, typed(event.value, ghost.width, ghost.kind)


def _access_lines(program: Program, event: Accessed, room: int) -> list[Text]:
    width = next(c.width for c in program.cells if c.name == event.cell)
    before = word(event.before, width)
    value = f"{before} -> {word(event.after, width)}" if event.after is not None else f"{before} (no store)"
    lines = [Text(line_of(event.span), "cyan")]
    if quoted := printable(c_line(program, event.span)):
        lines.append(Text(f" {quoted}", "italic"))
    if len(program.cells) > 1:
        lines.append(Text(f" {printable(event.cell)}"))
    operation = f" {printable(event.operation)}"
    if len(operation) + 2 + len(value) <= room:
        return [*lines, Text(f"{operation}: {value}", "bold")]
    return [*lines, Text(f"{operation}:", "bold"), Text(f"  {value}", "bold")]


def start_text(program: Program, replay: Replay, width: int) -> Text:
    """Return the values after INIT, in lines of at most ``width``."""
    first, *more = values_of(program, replay.start.cells, replay.start.ghosts) or ("no shared memory",)
    return Text(fill((f"after INIT: {first}", *more), width))


def values_of(program: Program, cells: Sequence[int], ghosts: Sequence[int]) -> tuple[str, ...]:
    """Return all cells in hex and all ghosts as C writes them; both sequences are in the program's order."""
    words = [f"{c.name} = {word(v, c.width)}" for c, v in zip(program.cells, cells, strict=True)]
    named = [f"{g.name} = {typed(v, g.width, g.kind)}" for g, v in zip(program.ghosts, ghosts, strict=True)]
    return tuple(printable(text) for text in words + named)


def violation_text(program: Program, replay: Replay, violated: Property, width: int) -> RenderableType:
    """Return in words which check fails, where, and with which values, for ``width`` columns."""
    moment = violation_moment(program, replay, violated)
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(violated.kind.value, Text(printable(violated.text)))
    table.add_row(_FAILS[violated.kind], Text(place(moment.span), "cyan"))
    if quoted := printable(c_line(program, moment.span)):
        table.add_row("", Text(quoted, "italic"))
    values = fill(values_of(program, moment.cells, moment.ghosts), width - 2 * _INDENT)
    where = printable(_whereabouts(program, replay, moment, violated))
    heading = Text.assemble(("VIOLATED ", "bold red"), (printable(violated.id), "bold"), f" {_when(violated, moment)}")
    then = "at the check" if moment.cpu is not None else _after(moment)
    state = Group(Text(f"values {then}", "dim"), Padding(Text(values), (0, 0, 0, _INDENT)), Text(where))
    return Group(heading, *(Padding(part, (0, 0, 0, _INDENT)) for part in (table, state)))


def _when(violated: Property, moment: Moment) -> str:
    if moment.cpu is not None:
        return f"in step {moment.step}, by CPU {moment.cpu}"
    after = _after(moment)
    return f"{after}, with no CPU inside an actor" if violated.kind is PropertyKind.QUIESCENT else after


def _after(moment: Moment) -> str:
    return f"after step {moment.step}" if moment.step else "after INIT"


def _whereabouts(program: Program, replay: Replay, moment: Moment, violated: Property) -> str:
    parts: list[str] = []
    for cpu, inside in enumerate(moment.cpus):
        if cpu == moment.cpu:
            stopped = violated.kind is PropertyKind.BUG
            where = "stopped by this BUG in" if stopped else "inside"
            parts.append(f"CPU {cpu} {where} {replay.steps[moment.step - 1].actor}")
        else:
            parts.append(f"CPU {cpu} {_inside_text(program, inside)}")
    return "; ".join(parts)


def _inside_text(program: Program, inside: Inside | None) -> str:
    if inside is None:
        return "outside"
    actor = program.actors[inside.actor]
    node = actor.body.nodes[inside.node]
    operation = f"{node.operation} at " if isinstance(node, Access | AtomicBegin) else ""
    return f"inside {actor.name}, before {operation}{node.span.file}:{node.span.line}"
