"""The command line: the only file that prints. Everything heavy is imported inside the commands.

Exit codes are those of ``verify.report.exit_codes.ExitCode``.
"""

from __future__ import annotations

import io
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TextIO

import typer

from verify.arguments import (
    DEPTH,
    SECONDS,
    Cpus,
    Define,
    Depth,
    Engine,
    Folder,
    Form,
    Include,
    Kernel,
    Proofs,
    Search,
    Timeout,
    Undefine,
    search_flags,
    spec_files,
)

if TYPE_CHECKING:
    from verify.frontend.load import Options
    from verify.pipeline import Settings
    from verify.program.errors import Diagnostic
    from verify.report.outcome import Outcome
    from verify.report.progress import Progress

app: Final = typer.Typer(
    name="refproof",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the flag's value
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"refproof {version('refproof')}\n")
        raise typer.Exit


@app.callback()
def _refproof(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Decide properties of a kernel reference counter from its own C code.

    Exit code: 0 every verdict is as expected; 1 a decided verdict differs; 2 bad usage, source or spec; 3 UNKNOWN
    or BOUNDED where something else was expected; 4 evidence rejected, engines disagree, or an internal error.
    """


@app.command()
def check(  # noqa: PLR0913 - typer documents the options
    specs: Annotated[list[str], typer.Argument(metavar="SPEC", help="C files, or folders of *.c files.")],
    *,
    cpus: Cpus = 0,
    engine: Search = Engine.AUTO.value,
    depth: Depth = DEPTH,
    timeout: Timeout = SECONDS,
    define: Define = [],  # noqa: B006 - typer copies it
    undefine: Undefine = [],  # noqa: B006
    include: Include = [],  # noqa: B006
    kernel: Kernel = None,
    json_file: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help='Write a JSON report; "-" is standard output.')
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Leave out traces and lemmas.")] = False,
) -> None:
    """Decide every property of each SPEC, with checked evidence."""
    settings = _settings(cpus, engine, depth, timeout, _options(define, undefine, include, kernel, decides=True))
    with _json_output(json_file) as json_output:
        raise typer.Exit(_check_all(spec_files(specs), settings, json_output=json_output, brief=brief))


@app.command()
def show(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A C file.")],
    *,
    cpus: Cpus = 0,
    define: Define = [],  # noqa: B006
    undefine: Undefine = [],  # noqa: B006
    include: Include = [],  # noqa: B006
    kernel: Kernel = None,
) -> None:
    """Show the transition system of SPEC: every step with its C line."""
    from verify import pipeline
    from verify.report.values import printable_lines

    options = _options(define, undefine, include, kernel, decides=False)
    settings = _settings(cpus, Engine.AUTO.value, 0, SECONDS, options)
    _write(sys.stdout, printable_lines(pipeline.show(spec, settings)).rstrip("\n") + "\n")


@app.command()
def export(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A C file.")],
    *,
    form: Form,
    folder: Folder,
    cpus: Cpus = 0,
    timeout: Timeout = SECONDS,
    define: Define = [],  # noqa: B006
    undefine: Undefine = [],  # noqa: B006
    include: Include = [],  # noqa: B006
    kernel: Kernel = None,
) -> None:
    """Write the proof obligations of SPEC, or its transition system, for other tools."""
    from verify import pipeline
    from verify.report.values import printable

    options = _options(define, undefine, include, kernel, decides=True)
    settings = _settings(cpus, Engine.AUTO.value, DEPTH, timeout, options)
    with _progress(spec) as progress:
        done = pipeline.export(spec, settings, form, folder, progress)
    lines = [f"{len(done.files)} files in {folder}"] if len(done.files) != 1 else [f"{folder}/{done.files[0]}"]
    lines += [f"no proof of {name}: {reason}" for name, reason in done.left]
    _write(sys.stdout, "".join(f"{printable(line)}\n" for line in lines))
    raise typer.Exit(int(done.code))


@app.command()
def prove(
    specs: Annotated[list[str], typer.Argument(metavar="SPEC", help="C files, or folders of *.c files.")],
    *,
    cpus: Cpus = 0,
    timeout: Timeout = SECONDS,
    define: Define = [],  # noqa: B006
    undefine: Undefine = [],  # noqa: B006
    include: Include = [],  # noqa: B006
    kernel: Kernel = None,
    proofs: Proofs = "proofs",
) -> None:
    """Check each SPEC and write a certificate of every PROVED property."""
    from verify.proofs import prove as proving
    from verify.proofs.words import written_text

    options = _options(define, undefine, include, kernel, decides=True)
    settings = _settings(cpus, Engine.AUTO.value, DEPTH, timeout, options)

    def one(spec: str) -> int:
        with _progress(spec) as progress:
            evidence = proving.prove(spec, settings, progress)
        _print_report(evidence.outcome, search_flags(settings), brief=True)
        _write(sys.stdout, written_text(proving.keep(evidence, Path(proofs)), evidence.unkept) + "\n")
        return evidence.code

    raise typer.Exit(_each(spec_files(specs), one))


def _each(specs: Sequence[str], work: Callable[[str], int]) -> int:
    """Return the worst exit code of the work on each spec; bad input is told, and the others go on."""
    from verify.program.errors import InputError
    from verify.report.exit_codes import ExitCode, worst

    codes: list[int] = []
    for spec in specs:
        try:
            codes.append(work(spec))
        except InputError as error:
            _write_errors(error.diagnostics)
            codes.append(ExitCode.BAD_INPUT)
    return int(worst(codes))


@app.command()
def recheck(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Certificates, or folders of them.")],
    *,
    timeout: Timeout = SECONDS,
    kernel: Kernel = None,
) -> None:
    """Check certificates again with three solvers, against the C text; no engine runs."""
    from verify.proofs.recheck import recheck as again
    from verify.proofs.store import certificates_in
    from verify.proofs.words import rechecked_text
    from verify.report.exit_codes import worst

    results = again(certificates_in(paths), timeout, kernel)
    _write(sys.stdout, rechecked_text(results))
    raise typer.Exit(int(worst(r.code for r in results)))


@app.command()
def gate(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder of the specs.")] = "specs",
    *,
    timeout: Timeout = SECONDS,
    kernel: Kernel = None,
    proofs: Proofs = "proofs",
    junit: Annotated[str | None, typer.Option("--junit", metavar="FILE", help="Write a JUnit report.")] = None,
    update: Annotated[bool, typer.Option("--update", help="Write new certificates, remove old ones.")] = False,
) -> None:
    """Hold every spec to its certificates and to what it expects: what changed is proved anew."""
    from verify.proofs import gate as gates
    from verify.proofs.junit import to_junit
    from verify.proofs.store import write
    from verify.proofs.words import case_text
    from verify.report.exit_codes import worst

    settings = _settings(0, Engine.AUTO.value, DEPTH, timeout, _options([], [], [], kernel, decides=True))
    cases = []
    for case in gates.gate(folder, gates.Gate(Path(proofs), settings, update), lambda _spec: lambda _progress: None):
        cases.append(case)
        _write(sys.stdout, case_text(case))
    if junit is not None:
        write(Path(junit), to_junit(cases))
    raise typer.Exit(int(worst(case.code for case in cases)))


def _options(
    defines: list[str], undefines: list[str], include_dirs: list[str], kernel: str | None, *, decides: bool
) -> Options:
    from verify.frontend.load import Options

    return Options(
        defines=tuple(defines), undefines=tuple(undefines), include_dirs=tuple(include_dirs), kernel=kernel,
        needs_property=decides,
    )  # fmt: skip


def _settings(cpus: int, engine: str, depth: int, seconds: float, options: Options) -> Settings:
    from verify.pipeline import Settings

    return Settings(cpus=cpus or None, engine=engine, depth=depth, seconds=seconds, options=options)


def _check_all(specs: Sequence[str], settings: Settings, *, json_output: TextIO | None, brief: bool) -> int:
    from verify import pipeline
    from verify.program.errors import InputError
    from verify.report.exit_codes import ExitCode, worst
    from verify.report.json import to_json
    from verify.report.outcome import exit_code

    outcomes: list[Outcome] = []
    errors: list[Diagnostic] = []
    for spec in specs:
        try:
            with _progress(spec) as progress:
                outcome = pipeline.check(spec, settings, progress)
        except InputError as error:
            errors += error.diagnostics
            _write_errors(error.diagnostics)
            continue
        outcomes.append(outcome)
        if json_output is not sys.stdout:
            _print_report(outcome, search_flags(settings), brief=brief)
    if json_output is not None:
        _write(json_output, to_json(outcomes, errors))
    codes = [ExitCode.BAD_INPUT] if errors else []
    return int(worst([*codes, *([exit_code(outcomes)] if outcomes else [])]))


@contextmanager
def _json_output(name: str | None) -> Iterator[TextIO | None]:
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


def _write(output: TextIO, text: str) -> None:
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


def _write_errors(diagnostics: Sequence[Diagnostic]) -> None:
    from verify.report.values import printable_lines

    _complain("".join(f"{printable_lines(str(diagnostic))}\n" for diagnostic in diagnostics))


def _complain(text: str) -> None:
    """Write to standard error; where that fails nobody can be told, and the exit code still says it."""
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


def _is_fancy(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _print_report(outcome: Outcome, search: tuple[str, ...], *, brief: bool) -> None:
    from verify.report.text import plain_report, report

    if not _is_fancy(sys.stdout):
        _write(sys.stdout, plain_report(outcome, search, brief=brief) + "\n")
        return
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(*report(outcome, search, brief=brief, width=console.width), sep="\n")
    console.print()


@contextmanager
def _progress(spec: str) -> Iterator[Callable[[Progress], None]]:
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


def _open_closed_streams() -> None:
    """Let a command that was started without standard streams (``>&-``) write to nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open until the end


def main() -> int:
    """Run the command line and return the exit code. No input leads to a traceback."""
    from verify.program.errors import InputError
    from verify.report.exit_codes import ExitCode

    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(ExitCode.AS_EXPECTED)
    except InputError as error:
        _write_errors(error.diagnostics)
        return int(ExitCode.BAD_INPUT)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last resort; the code says that it is our fault
        _write_internal_error(error)
        return int(ExitCode.BROKEN)
    return int(ExitCode.AS_EXPECTED)


def _write_internal_error(error: Exception) -> None:
    from verify.report.values import printable

    if os.environ.get("REFPROOF_DEBUG"):
        _complain("".join(traceback.format_exception(error)))
    what = printable(str(error)) or "no message"
    _complain(f"internal error: {type(error).__name__}: {what}\n")
    _complain("    please report it; set REFPROOF_DEBUG=1 to see the traceback\n")
