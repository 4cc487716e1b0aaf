"""What the commands that decide specs share: their settings, and one exit code for many specs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from verify.cli.output import write_errors

if TYPE_CHECKING:
    from verify.frontend.load import Options
    from verify.pipeline import Settings


def front_options(
    defines: list[str],
    undefines: list[str],
    include_dirs: list[str],
    kernel: str | None,
    *,
    decides: bool,
    knobs: Sequence[str] = (),
) -> Options:
    """Return what the front end is told; ``decides`` refuses a spec without properties."""
    from verify.frontend.load import Options

    return Options(
        defines=tuple(defines), undefines=tuple(undefines), include_dirs=tuple(include_dirs), kernel=kernel,
        needs_property=decides, knobs=tuple(sorted(set(knobs))),
    )  # fmt: skip


def run_settings(cpus: int, engine: str, depth: int, seconds: float, options: Options) -> Settings:
    """Return the settings of a run; no CPUs is any number."""
    from verify.pipeline import Settings

    return Settings(cpus=cpus or None, engine=engine, depth=depth, seconds=seconds, options=options)


def each_spec(specs: Sequence[str], work: Callable[[str], int]) -> int:
    """Return the worst exit code of the work on each spec; bad input is told, and the others go on."""
    from verify.program.errors import InputError
    from verify.report.exit_codes import ExitCode, worst

    codes: list[int] = []
    for spec in specs:
        try:
            codes.append(work(spec))
        except InputError as error:
            write_errors(error.diagnostics)
            codes.append(ExitCode.BAD_INPUT)
    return int(worst(codes))
