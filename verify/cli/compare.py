"""``compare``: two specs, or one spec with two headers, property by property."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from verify.arguments import (
    DEPTH,
    SECONDS,
    Cpus,
    Define,
    Depth,
    EachTimeout,
    Engine,
    Include,
    Kernel,
    Knobs,
    Refine,
    Undefine,
    cpus_and_operations,
)
from verify.cli.app import app
from verify.cli.output import json_stream, progress_line, write
from verify.cli.run import front_options, run_settings


@app.command()
def compare(  # noqa: PLR0913 - typer documents the options
    a: Annotated[str, typer.Argument(metavar="A", help="The C file of the old code.")],
    b: Annotated[str | None, typer.Argument(metavar="B", help="The C file of the new code; without it, A.")] = None,
    *,
    cpus: Cpus = 0,
    depth: Depth = DEPTH,
    timeout: EachTimeout = SECONDS,
    define: Define = [],  # noqa: B006 - typer copies it
    undefine: Undefine = [],  # noqa: B006
    include: Include = [],  # noqa: B006
    include_b: Annotated[
        list[str], typer.Option("--include-b", metavar="DIR", help="For B, look in this folder before those of -I.")
    ] = [],  # noqa: B006
    kernel: Kernel = None,
    kernel_b: Annotated[
        str | None, typer.Option("--kernel-b", metavar="DIR", help="For B, the kernel tree instead of --kernel.")
    ] = None,
    knob: Knobs = [],  # noqa: B006
    refine: Refine = None,
    json_file: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help='Write a JSON report; "-" is standard output.')
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Leave out traces.")] = False,
) -> None:
    """Say which properties B breaks, fixes or shares with A. The limit --timeout is for each side, and for --refine."""
    from verify import pipeline
    from verify.program.errors import reject
    from verify.report.compare import comparison_json, plain_comparison
    from verify.report.compared import compared, comparison_code

    if b is None and not include_b and kernel_b is None:
        raise reject(None, "there is only one side to compare", "name a second spec, --include-b or --kernel-b")
    sides = ((a, include, kernel), (b or a, [*include_b, *include], kernel_b or kernel))
    found = []
    with json_stream(json_file) as json_output:
        for spec, folders, tree in sides:
            options = front_options(define, undefine, folders, tree, decides=True, knobs=knob)
            with progress_line(spec) as progress:
                settings = run_settings(cpus, Engine.AUTO.value, depth, timeout, options)
                found.append(pipeline.check(spec, settings, progress))
        a_found, b_found = found
        bounds = None if refine is None else cpus_and_operations(refine)
        refined = None if bounds is None else pipeline.refinement(a_found, b_found, bounds, timeout)
        made = compared(a_found, b_found, refined)
        if json_output is not sys.stdout:
            write(sys.stdout, plain_comparison(made, brief=brief))
        if json_output is not None:
            write(json_output, comparison_json(made))
    raise typer.Exit(int(comparison_code(made)))
