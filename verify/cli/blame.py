"""``blame``: the smallest sets of knobs under which refuted properties hold."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from verify.arguments import (
    DEPTH,
    SECONDS,
    Cpus,
    Define,
    EachTimeout,
    Engine,
    Include,
    Kernel,
    Properties,
    Undefine,
)
from verify.cli.app import app
from verify.cli.output import json_stream, print_blame, progress_line, write
from verify.cli.run import front_options, run_settings


@app.command()
def blame(  # noqa: PLR0913 - typer documents the options
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A C file.")],
    *,
    properties: Properties = [],  # noqa: B006 - typer copies it
    traces: Annotated[bool, typer.Option("--traces", help="Show every run in full.")] = False,
    cpus: Cpus = 0,
    timeout: EachTimeout = SECONDS,
    define: Define = [],  # noqa: B006
    undefine: Undefine = [],  # noqa: B006
    include: Include = [],  # noqa: B006
    kernel: Kernel = None,
    json_file: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help='Write a JSON report; "-" is standard output.')
    ] = None,
) -> None:
    """Find the minimal sets of knobs that repair SPEC. The limit --timeout is for each set."""
    from verify.blame import blame as find
    from verify.report.blame_json import blame_json
    from verify.report.blamed import blame_exit_code

    options = front_options(define, undefine, include, kernel, decides=True)
    settings = run_settings(cpus, Engine.AUTO.value, DEPTH, timeout, options)
    with json_stream(json_file) as json_output:
        with progress_line(spec) as progress:
            found = find(spec, properties, settings, lambda _set: progress)
        if json_output is not sys.stdout:
            print_blame(found, traces=traces)
        if json_output is not None:
            write(json_output, blame_json(found))
    raise typer.Exit(int(blame_exit_code(found)))
