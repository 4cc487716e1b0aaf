"""``bound``: the largest number of contexts for which properties hold."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from verify.arguments import (
    DEPTH,
    SECONDS,
    Define,
    EachTimeout,
    Engine,
    Include,
    Kernel,
    Properties,
    Undefine,
)
from verify.cli.app import app
from verify.cli.output import json_stream, progress_line, write
from verify.cli.run import front_options, run_settings


@app.command()
def bound(  # noqa: PLR0913 - typer documents the options
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A C file.")],
    *,
    properties: Properties = [],  # noqa: B006 - typer copies it
    macro: Annotated[
        str, typer.Option("--over", metavar="NAME", help="The macro whose values make the rows.")
    ] = "NR_MAX",
    largest: Annotated[
        int, typer.Option("--to", metavar="N", min=1, max=1 << 30, help="The largest value; rows are powers of two.")
    ] = 1024,
    timeout: EachTimeout = SECONDS,
    define: Define = [],  # noqa: B006
    undefine: Undefine = [],  # noqa: B006
    include: Include = [],  # noqa: B006
    kernel: Kernel = None,
    json_file: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help='Write a JSON report; "-" is standard output.')
    ] = None,
) -> None:
    """Find how many contexts SPEC bears, by values of a macro. The limit --timeout is for each question."""
    from verify.bound import bound as find
    from verify.report.bound_json import bound_json
    from verify.report.limits import Bound, bound_exit_code, forms_text, row_text

    options = front_options(define, undefine, include, kernel, decides=True)
    settings = run_settings(0, Engine.AUTO.value, DEPTH, timeout, options)
    values = [1 << k for k in range(largest.bit_length()) if 1 << k <= largest]
    found: list[Bound] = []
    with json_stream(json_file) as json_output:
        for value in values:
            with progress_line(f"{spec} {macro}={value}") as progress:
                rows = list(find(spec, macro, [value], properties, settings, lambda _question: progress))
            found += rows
            if json_output is not sys.stdout:
                write(sys.stdout, "".join(map(row_text, rows)))
        if json_output is not sys.stdout:
            write(sys.stdout, forms_text(found))
        if json_output is not None:
            write(json_output, bound_json(found))
    raise typer.Exit(int(bound_exit_code(found)))
