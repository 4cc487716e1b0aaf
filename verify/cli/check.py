"""``check``, ``show`` and ``export``: one run of the pipeline each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TextIO

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
    Knobs,
    Properties,
    Search,
    Timeout,
    Undefine,
    search_flags,
    spec_files,
)
from verify.cli.app import app
from verify.cli.output import json_stream, print_matrix, print_report, progress_line, write, write_errors
from verify.cli.run import front_options, run_settings

if TYPE_CHECKING:
    from verify.pipeline import Settings
    from verify.program.errors import Diagnostic
    from verify.report.outcome import Outcome


@app.command()
def check(  # noqa: PLR0913 - typer documents the options
    specs: Annotated[list[str], typer.Argument(metavar="SPEC...", help="C files, or folders of *.c files.")],
    *,
    properties: Properties = [],  # noqa: B006 - typer copies it
    cpus: Cpus = 0,
    engine: Search = Engine.AUTO.value,
    depth: Depth = DEPTH,
    timeout: Timeout = SECONDS,
    define: Define = [],  # noqa: B006
    undefine: Undefine = [],  # noqa: B006
    include: Include = [],  # noqa: B006
    kernel: Kernel = None,
    knob: Knobs = [],  # noqa: B006
    json_file: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help='Write a JSON report; "-" is standard output.')
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Leave out traces and lemmas.")] = False,
) -> None:
    """Decide every property of each SPEC, with checked evidence."""
    settings = run_settings(
        cpus, engine, depth, timeout, front_options(define, undefine, include, kernel, decides=True, knobs=knob)
    )
    with json_stream(json_file) as json_output:
        raise typer.Exit(_check_all(spec_files(specs), settings, properties, json_output=json_output, brief=brief))


@app.command()
def show(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A C file.")],
    *,
    cpus: Cpus = 0,
    define: Define = [],  # noqa: B006
    undefine: Undefine = [],  # noqa: B006
    include: Include = [],  # noqa: B006
    kernel: Kernel = None,
    knob: Knobs = [],  # noqa: B006
) -> None:
    """Show the transition system of SPEC: every step with its C line."""
    from verify import pipeline
    from verify.report.values import printable_lines

    options = front_options(define, undefine, include, kernel, decides=False, knobs=knob)
    settings = run_settings(cpus, Engine.AUTO.value, 0, SECONDS, options)
    write(sys.stdout, printable_lines(pipeline.show(spec, settings)).rstrip("\n") + "\n")


@app.command()
def export(  # noqa: PLR0913 - typer documents the options
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
    knob: Knobs = [],  # noqa: B006
) -> None:
    """Write the proof obligations of SPEC, or its system. For solvers and model checkers of your own."""
    from verify import pipeline
    from verify.report.values import printable

    options = front_options(define, undefine, include, kernel, decides=True, knobs=knob)
    settings = run_settings(cpus, Engine.AUTO.value, DEPTH, timeout, options)
    with progress_line(spec) as progress:
        done = pipeline.export(spec, settings, form, folder, progress)
    lines = [f"{len(done.files)} files in {folder}"] if len(done.files) != 1 else [f"{folder}/{done.files[0]}"]
    lines += [f"no proof of {name}: {reason}" for name, reason in done.left]
    write(sys.stdout, "".join(f"{printable(line)}\n" for line in lines))
    raise typer.Exit(int(done.code))


def _nobodys(properties: Sequence[str], outcomes: Sequence[Outcome]) -> Sequence[Diagnostic]:
    """Tell and return the errors for properties that none of the specs has."""
    from verify.program.errors import known_names, reject

    known = sorted({p.id for outcome in outcomes for p in outcome.program.properties})
    missing = sorted(set(properties).difference(known)) if outcomes else []
    found = [reject(None, f"no spec has a property '{name}'", known_names(name, known)) for name in missing]
    errors = [diagnostic for error in found for diagnostic in error.diagnostics]
    write_errors(errors)
    return errors


def _check_all(
    specs: Sequence[str], settings: Settings, properties: Sequence[str], *, json_output: TextIO | None, brief: bool
) -> int:
    from verify import pipeline
    from verify.program.errors import InputError
    from verify.report.exit_codes import ExitCode, worst
    from verify.report.json import to_json
    from verify.report.outcome import exit_code

    outcomes: dict[str, Outcome | None] = {}
    errors: list[Diagnostic] = []
    for spec in specs:
        try:
            with progress_line(spec) as progress:
                outcome = pipeline.check(spec, settings, progress, properties, one_of_many=len(specs) > 1)
        except InputError as error:
            errors += error.diagnostics
            write_errors(error.diagnostics)
            outcomes[spec] = None
            continue
        outcomes[spec] = outcome
        if outcome.rows and json_output is not sys.stdout:
            print_report(outcome, search_flags(settings), brief=brief)
    if len(outcomes) > 1 and json_output is not sys.stdout:
        print_matrix(outcomes)
    found = [outcome for outcome in outcomes.values() if outcome is not None]
    errors += _nobodys(properties, found)
    if json_output is not None:
        write(json_output, to_json(found, errors))
    codes = [ExitCode.BAD_INPUT] if errors else []
    return int(worst([*codes, *([exit_code(found)] if found else [])]))
