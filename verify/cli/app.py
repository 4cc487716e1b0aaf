"""The command line itself: what all commands share."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

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
