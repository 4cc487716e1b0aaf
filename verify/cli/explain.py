"""``explain``: what the proofs of a spec rest on, by what small changes of its code break."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from verify.arguments import DEPTH, Cpus, Define, EachTimeout, Engine, Include, Kernel, Knobs, Properties, Undefine
from verify.cli.app import app
from verify.cli.output import json_stream, progress_line, write
from verify.cli.run import front_options, run_settings

if TYPE_CHECKING:
    from verify.report.progress import Progress

LIMIT: Final = 10.0
"""Seconds for each mutant; one that is killed at once would else be searched for more violations for long."""


@app.command()
def explain(  # noqa: PLR0913 - typer documents the options
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A C file.")],
    *,
    properties: Properties = [],  # noqa: B006 - typer copies it
    cpus: Cpus = 0,
    timeout: EachTimeout = LIMIT,
    define: Define = [],  # noqa: B006
    undefine: Undefine = [],  # noqa: B006
    include: Include = [],  # noqa: B006
    kernel: Kernel = None,
    knob: Knobs = [],  # noqa: B006
    json_file: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help='Write a JSON report; "-" is standard output.')
    ] = None,
) -> None:
    """Show which lines the proofs of SPEC need, by mutants of its code. The limit --timeout is for each of them."""
    from verify.explain import explain as find
    from verify.report.explain import explain_json, explain_text
    from verify.report.explained import explain_exit_code

    options = front_options(define, undefine, include, kernel, decides=True, knobs=knob)
    settings = run_settings(cpus, Engine.AUTO.value, DEPTH, timeout, options)
    with json_stream(json_file) as json_output:
        with progress_line(spec) as progress:
            found = find(spec, properties, settings, lambda name: partial(_tell, progress, name))
        if json_output is not sys.stdout:
            write(sys.stdout, explain_text(found))
        if json_output is not None:
            write(json_output, explain_json(found))
    raise typer.Exit(int(explain_exit_code(found)))


def _tell(progress: Callable[[Progress], None], name: str, what: Progress) -> None:
    progress(replace(what, engine=f"{name}, {what.engine}"))
