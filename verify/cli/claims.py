"""``claims``: what was claimed about a patch, each claim with the verdicts it is tied to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from verify.arguments import DEPTH, SECONDS, Engine, Timeout
from verify.cli.app import app
from verify.cli.output import json_stream, progress_line, write
from verify.cli.run import front_options, run_settings


@app.command()
def claims(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of claims (TOML).")],
    *,
    only: Annotated[
        list[str], typer.Option("--claim", metavar="ID", help="Look at this claim only; may be repeated.")
    ] = [],  # noqa: B006 - typer copies it
    timeout: Timeout = SECONDS,
    page: Annotated[
        str | None, typer.Option("--markdown", metavar="FILE", help="Write a page with all claims and evidence.")
    ] = None,
    json_file: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help='Write a JSON report; "-" is standard output.')
    ] = None,
) -> None:
    """Decide what the claims of FILE are tied to. The limit --timeout is for each spec."""
    from dataclasses import replace

    from verify.claims import settle
    from verify.claims_file import read_claims, some_claims
    from verify.proofs.store import write as write_file
    from verify.report.claimed import Settled, claims_exit_code
    from verify.report.claims import claims_json, claims_page, settled_text, summary_text

    read = read_claims(file)
    read = replace(read, claims=some_claims(read, only))
    settings = run_settings(0, Engine.AUTO.value, DEPTH, timeout, front_options([], [], [], None, decides=True))
    found: list[Settled] = []
    with json_stream(json_file) as json_output:
        with progress_line(file) as progress:
            for one in settle(read.claims, settings, lambda _spec: progress):
                found.append(one)
                if json_output is not sys.stdout:
                    write(sys.stdout, settled_text(one))
        if json_output is not sys.stdout:
            write(sys.stdout, summary_text(found))
        if json_output is not None:
            write(json_output, claims_json(tuple(found)))
    if page is not None:
        write_file(Path(page), claims_page(read, found).encode())
    raise typer.Exit(int(claims_exit_code(tuple(found))))
