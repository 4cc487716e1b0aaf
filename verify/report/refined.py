"""What ``compare`` says of refinement: as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from verify.check.refinement import NewHistory, NotCompared, Refinement, Refines
from verify.program.history import ALL_UP_TO, Changes, Draws, Enters, Leaves, Shown, shown, values_tried, variables
from verify.program.program import Draw, Kind, Program
from verify.report.json import Json, step_json, values_json
from verify.report.trace import run_table, values_of
from verify.report.values import counted, printable, typed
from verify.report.wrap import fill, fold

_INDENT = 2


def refinement_text(found: Refinement, b: Program, width: int, *, brief: bool) -> Sequence[RenderableType]:
    """Return the answer for ``width`` columns; ``brief`` leaves out the run."""
    bounds = found.bounds
    who = f"{counted(bounds.cpus, 'CPU')}, {counted(bounds.operations, 'operation')} each"
    parts: list[RenderableType] = ["", Text(f"refinement, {who}", "bold")]
    match found:
        case Refines():
            parts.append(_line(f"every history of B is one of A ({counted(found.states, 'state')})", width, "green"))
            parts += [_line(text, width) for text in left_out(b)]
        case NotCompared():
            parts.append(_line(f"UNKNOWN: {found.reason}", width, "yellow"))
        case NewHistory():
            parts.append(_line("B has a history that A has not", width, "bold red"))
            parts += _run(found, b, width, brief=brief)
    return parts


def _run(found: NewHistory, b: Program, width: int, *, brief: bool) -> Iterator[RenderableType]:
    if not found.steps:
        yield _line("it has other ghosts after INIT than A", width)
        return
    yield _line(f"A can follow it up to its last step: {last_text(found, b)}", width)
    if not brief:
        first, *more = values_of(b, found.start.cells, found.start.ghosts) or ("no shared memory",)
        yield ""
        yield Text(fill((f"after INIT: {first}", *more), width))
        yield ""
        yield run_table(b, found.steps, (), width=width)


def last_text(found: NewHistory, b: Program) -> str:
    """Return what the last step of a run of B shows, which A cannot show then."""
    last = found.steps[-1]
    words = [_words(b, one) for one in shown(variables(b), last.actor if last.entered else None, last.events)]
    return f"CPU {last.cpu}, in {last.actor}, {', '.join(words)}"


def _line(text: str, width: int, style: str = "") -> RenderableType:
    return Padding(Text("\n".join(fold(printable(text), width - _INDENT)), style), (0, 0, 0, _INDENT))


def _words(program: Program, one: Shown) -> str:
    match one:
        case Enters():
            return f"enters {one.actor}"
        case Draws():
            return f"takes the value {one.value}"
        case Changes():
            ghost = next(g for g in program.ghosts if g.name == one.ghost)
            return f"sets {one.ghost} to {typed(one.value, ghost.width, ghost.kind)}"
        case Leaves():
            return "is stopped by BUG" if one.bug else "leaves"


def left_out(program: Program) -> Iterator[str]:
    """Yield for each ANY of B that had not all its values in a search which ones it had."""
    for actor in program.actors:
        for node in actor.body.nodes:
            if isinstance(node, Draw) and node.high - node.low >= ALL_UP_TO:
                local = next((v for v in actor.body.locals if v.name == node.target), None)
                width, kind = (local.width, local.kind) if local else (64, Kind.SIGNED)
                values = ", ".join(typed(v, width, kind) for v in values_tried(node.low, node.high, width))
                name = local.label if local else node.target
                yield f"where in {actor.name} {name} is {values}, out of {node.low} .. {node.high}"


def refinement_json(found: Refinement | None, b: Program) -> Json:
    """Return the answer as JSON; None where it was not asked for."""
    if found is None:
        return None
    known: dict[str, Json] = {
        "cpus": found.bounds.cpus, "operations": found.bounds.operations, "values_left_out": list(left_out(b)),
    }  # fmt: skip
    match found:
        case Refines():
            return {**known, "status": "refines", "states": found.states}
        case NotCompared():
            return {**known, "status": "UNKNOWN", "reason": found.reason}
        case NewHistory():
            start = values_json(b, found.start.cells, found.start.ghosts)
            return {**known, "status": "differs", "start": start, "steps": [step_json(b, s) for s in found.steps]}
