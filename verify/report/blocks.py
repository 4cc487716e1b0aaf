"""A refutation that was replayed in blocks, as text: how often each step was taken, and what that did to the word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from verify.check.checked import BlockReplay, BlockRun
from verify.program.program import Program, Property
from verify.program.run import Accessed, CheckRan, Drew, StepRun
from verify.report.source import c_line
from verify.report.trace import drawn, step_cell, values_of
from verify.report.values import line_of, place, printable, typed, word
from verify.report.wrap import fill, fold
from verify.term.source import Span

_NUMBER_COLUMN = 6


def blocks_text(program: Program, run: BlockReplay, violated: Property, *, width: int) -> list[RenderableType]:
    """Return the blocks of a run in ``width`` columns, and what its end violates."""
    first, *more = values_of(program, run.start.cells, run.start.ghosts) or ("no shared memory",)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=True, header_style="bold")
    table.add_column("block", justify="right", width=_NUMBER_COLUMN - 1)
    table.add_column("what happens", ratio=1, overflow="fold")
    room = width - _NUMBER_COLUMN - 1
    for number, block in enumerate(run.blocks, start=1):
        table.add_row(str(number), _cell(program, block, room))
    table.width = width
    parts: list[RenderableType] = [Text(fill((f"after INIT: {first}", *more), width)), "", table, ""]
    parts.append(Text(printable(f"VIOLATED {violated.id} {_when(run)}"), "bold red"))
    parts.append(Text(printable(f"  {violated.kind.value} {violated.text}")))
    parts.append(Text(printable(f"  at {place(_span(run, violated))}"), "cyan"))
    parts += [Text(printable(f"  {c_line(program, _span(run, violated))}"), "italic")]
    parts.append("replayed in blocks: the first and the last step of each block ran, the others follow in closed form")
    if run.also:
        parts += ["", Text(printable(f"the same run also violates {', '.join(run.also)}"))]
    return parts


def _when(run: BlockReplay) -> str:
    if run.trace.at_state:
        return f"after block {len(run.blocks)}" if run.blocks else "after INIT"
    return f"in block {len(run.blocks)}"


def _span(run: BlockReplay, violated: Property) -> Span:
    if not run.trace.at_state:
        for event in run.blocks[-1].last.events:
            if isinstance(event, CheckRan) and event.property == violated.id and not event.holds:
                return event.span
    return violated.span


def _cell(program: Program, block: BlockRun, room: int) -> Text:
    if block.times == 1 and block.then is None:
        one = step_cell(program, block.first, room)
        return Text("\n").join([one, *(Text(line) for line in _inside(program, block, room))])
    what = f"enters {block.actor}" if block.entered else f"goes on in {block.actor}"
    lines = [Text(printable(f"x {block.times:,} times: a CPU {what}"), "bold")]
    lines += [Text(line) for line in _first(program, block.actor, block.first)]
    if block.then is not None:
        lines.append(Text(printable(f"and the CPU that entered before it goes on and leaves {block.actor}"), "bold"))
        lines += [Text(line) for line in _first(program, block.actor, block.then[0])]
    lines += [Text(line, "bold") for line in _changes(program, block)]
    lines += [Text(line) for line in _inside(program, block, room)]
    return Text("\n").join(Text(part, line.style) for line in lines for part in fold(line.plain, room))


def _first(program: Program, name: str, run: StepRun) -> Iterator[str]:
    """Yield what every CPU of a block draws and does, as the first of them, in the actor of that name."""
    actor = next(a for a in program.actors if a.name == name)
    for event in run.events:
        if isinstance(event, Drew):
            name, value = drawn(program, actor, event)
            yield printable(f"{name} = {value}")
        if isinstance(event, Accessed):
            width = next(c.width for c in program.cells if c.name == event.cell)
            yield printable(line_of(event.span))
            yield printable(f" {c_line(program, event.span)}")
            if event.after is None:
                yield printable(f" {event.operation}: {word(event.before, width)} (no store)")
            else:
                yield printable(f" {event.operation}: first {word(event.before, width)} -> {word(event.after, width)}")


def _changes(program: Program, block: BlockRun) -> Iterator[str]:
    """Yield every cell and ghost that the whole block changes."""
    (cells, ghosts), (new_cells, new_ghosts) = block.before, block.after
    for cell, old, new in zip(program.cells, cells, new_cells, strict=True):
        if old != new:
            yield printable(f"all: {cell.name}: {word(old, cell.width)} -> {word(new, cell.width)}")
    for ghost, old, new in zip(program.ghosts, ghosts, new_ghosts, strict=True):
        if old != new:
            yield printable(
                f"all: {ghost.name}: {typed(old, ghost.width, ghost.kind)} -> {typed(new, ghost.width, ghost.kind)}"
            )


def _inside(program: Program, block: BlockRun, room: int) -> Sequence[str]:
    found = (
        f"then inside {actor}, before {span.file}:{span.line}: {number:,} CPUs"
        for actor, span, number in whereabouts(program, block)
    )
    return [part for line in found for part in fold(printable(line), room)]


def whereabouts(program: Program, block: BlockRun) -> tuple[tuple[str, Span, int], ...]:
    """Return where CPUs are suspended after a block: the actor, the place and their number."""
    bodies = {actor.name: actor.body for actor in program.actors}
    return tuple((actor, bodies[actor].nodes[node].span, number) for actor, node, number in block.inside)
