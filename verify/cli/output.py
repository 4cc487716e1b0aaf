"""What a run says, and where: the only place that prints.

Anything that cannot be written is bad input; a reader that went away ends the output quietly.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from verify.program.errors import Diagnostic
    from verify.report.blamed import Blame
    from verify.report.outcome import Outcome
    from verify.report.progress import Progress


@contextmanager
def json_stream(name: str | None) -> Iterator[TextIO | None]:
    """Open the JSON file before any work, so that a report of an earlier run never looks like this one's."""
    from verify.program.errors import reject

    if name is None or name == "-":
        yield None if name is None else sys.stdout
        return
    try:
        output = Path(name).open("w", encoding="utf-8")  # noqa: SIM115 - closed below
    except (OSError, ValueError) as error:
        raise reject(None, f"cannot write {name}: {error}", "name a file that can be written with --json") from error
    with output:
        yield output


def write(output: TextIO, text: str) -> None:
    """Write and flush. A reader that went away ends the output quietly; other failures are bad input."""
    from verify.program.errors import reject

    try:
        output.write(text)
        output.flush()
    except BrokenPipeError:
        # What is still buffered would fail again when the interpreter closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
        raise reject(None, f"cannot write the report: {error}", "free some space or write elsewhere") from error


def write_errors(diagnostics: Sequence[Diagnostic]) -> None:
    from verify.report.values import printable_lines

    complain("".join(f"{printable_lines(str(diagnostic))}\n" for diagnostic in diagnostics))


def complain(text: str) -> None:
    """Write to standard error; where that fails nobody can be told, and the exit code still says it."""
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


def _is_fancy(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_report(outcome: Outcome, search: tuple[str, ...], *, brief: bool) -> None:
    from verify.report.text import plain_report, report

    if not _is_fancy(sys.stdout):
        write(sys.stdout, plain_report(outcome, search, brief=brief) + "\n")
        return
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(*report(outcome, search, brief=brief, width=console.width), sep="\n")
    console.print()


def print_matrix(outcomes: Mapping[str, Outcome | None]) -> None:
    from verify.report.matrix import matrix, matrix_report, matrix_text

    if not _is_fancy(sys.stdout):
        write(sys.stdout, matrix_text(matrix(outcomes)))
        return
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(matrix_report(matrix(outcomes), console.width))


def print_blame(blame: Blame, *, traces: bool) -> None:
    from verify.report.blame import blame_report, plain_blame

    if not _is_fancy(sys.stdout):
        write(sys.stdout, plain_blame(blame, traces=traces))
        return
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(*blame_report(blame, traces=traces, width=console.width), sep="\n")


@contextmanager
def progress_line(spec: str) -> Iterator[Callable[[Progress], None]]:
    """Give the function that shows progress: a status line on a terminal, else nothing.

    The line is redrawn only when told to: a drawing thread must not exist when solvers are forked.
    """
    if not _is_fancy(sys.stderr):
        yield lambda _progress: None
        return
    from rich.console import Console
    from rich.live import Live

    from verify.report.progress import status_line

    start = time.monotonic()
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with Live(
        console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as live:
        yield lambda progress: live.update(status_line(spec, progress, seconds=time.monotonic() - start), refresh=True)


def open_closed_streams() -> None:
    """Let a command that was started without standard streams (``>&-``) write to nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open until the end


def write_internal_error(error: Exception) -> None:
    from verify.report.values import printable

    if os.environ.get("REFPROOF_DEBUG"):
        complain("".join(traceback.format_exception(error)))
    what = printable(str(error)) or "no message"
    complain(f"internal error: {type(error).__name__}: {what}\n")
    complain("    please report it; set REFPROOF_DEBUG=1 to see the traceback\n")
