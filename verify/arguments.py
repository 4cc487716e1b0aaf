"""The arguments and options of the commands: their help, and what they refuse."""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from verify.verdict.inclusion import CPUS_MOST as REFINE_CPUS_MOST
from verify.verdict.inclusion import OPERATIONS_MOST as REFINE_OPERATIONS_MOST

if TYPE_CHECKING:
    from verify.pipeline import Settings

ANY_NUMBER: Final = "any"
CPUS_MOST: Final = 64
DEPTH: Final = 20
DEPTH_MOST: Final = 1_000_000
SECONDS: Final = 60.0


class Format(enum.StrEnum):
    """What ``export`` writes."""

    SMT2 = "smt2"
    BTOR2 = "btor2"
    VMT = "vmt"
    CHC = "chc"


class Engine(enum.StrEnum):
    """Who looks for the answer."""

    BMC = "bmc"
    K_INDUCTION = "k-induction"
    IC3 = "ic3"
    AUTO = "auto"


def _macro_names(values: list[str], pattern: str, form: str) -> list[str]:
    for value in values:
        if re.fullmatch(pattern, value, re.DOTALL) is None:
            raise typer.BadParameter(f"{value!r} is not of the form {form}")
    return values


def _defines(values: list[str]) -> list[str]:
    return _macro_names(values, r"[A-Za-z_]\w*(=.*)?", "NAME or NAME=VALUE")


def _undefines(values: list[str]) -> list[str]:
    return _macro_names(values, r"[A-Za-z_]\w*", "NAME")


def _whole(given: str | int, least: int, most: int) -> int:
    text = str(given)  # typer gives defaults to parsers, too
    value = int(text) if re.fullmatch("[0-9]{1,9}", text) else -1
    if not least <= value <= most:
        raise typer.BadParameter(f"{text!r} is not a whole number from {least} to {most}")
    return value


def _cpus(given: str | int) -> int:
    if given in {ANY_NUMBER, 0}:
        return 0
    text = str(given)
    value = int(text) if re.fullmatch("[0-9]{1,9}", text) else -1
    if not 1 <= value <= CPUS_MOST:
        raise typer.BadParameter(f"{text!r} is neither 'any' nor a whole number from 1 to {CPUS_MOST}")
    return value


def _depth(given: str | int) -> int:
    return _whole(given, 1, DEPTH_MOST)


def _engine(text: str) -> str:
    if text not in list(Engine):
        raise typer.BadParameter(f"{text!r} is no engine; there are {', '.join(Engine)}")
    return text


def _format(text: str) -> str:
    if text not in list(Format):
        raise typer.BadParameter(f"{text!r} is no format; there are {', '.join(Format)}")
    return text


def _bounds(text: str) -> str:
    cpus_and_operations(text)
    return text


def cpus_and_operations(text: str) -> tuple[int, int]:
    """Return the two numbers of --refine; one number stands for both. Raises typer.BadParameter."""
    found = re.fullmatch("([0-9]{1,3})(?:x([0-9]{1,3}))?", text)
    cpus, operations = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not (1 <= cpus <= REFINE_CPUS_MOST and 1 <= operations <= REFINE_OPERATIONS_MOST):
        limits = f"1 to {REFINE_CPUS_MOST} CPUs and 1 to {REFINE_OPERATIONS_MOST} operations"
        raise typer.BadParameter(f"{text!r} is not of the form 3 or 2x4, with {limits}")
    return cpus, operations


def _seconds(given: str | float) -> float:
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise typer.BadParameter(f"{str(given)!r} is not a positive number of seconds")
    return value


Define = Annotated[
    list[str],
    typer.Option("-D", metavar="NAME[=VALUE]", help="Define a macro, as for the C compiler.", callback=_defines),
]
Undefine = Annotated[
    list[str], typer.Option("-U", metavar="NAME", help="Undefine a macro, e.g. CONFIG_DEBUG_VM.", callback=_undefines)
]
Include = Annotated[list[str], typer.Option("-I", metavar="DIR", help="Look for headers in this folder first.")]
Kernel = Annotated[
    str | None, typer.Option("--kernel", metavar="DIR", help="Take the header under test from this kernel tree.")
]
Knobs = Annotated[
    list[str], typer.Option("--knob", metavar="ID", help="Switch on this KNOB of the specs; the others are off.")
]
Properties = Annotated[
    list[str], typer.Option("--property", metavar="ID", help="Look at this property only; may be repeated.")
]
Cpus = Annotated[
    int,
    typer.Option(
        "--cpus",
        metavar="any|N",
        parser=_cpus,
        show_default=ANY_NUMBER,
        help=f"Any number of CPUs up to CPUS(max), or exactly N, 1 to {CPUS_MOST}.",
    ),
]
Search = Annotated[
    str, typer.Option("--engine", metavar="|".join(Engine), parser=_engine, help="Who looks for the answer.")
]
Depth = Annotated[
    int,
    typer.Option("--depth", metavar="N", parser=_depth, help="The largest number of steps (bmc) or k (k-induction)."),
]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", parser=_seconds, help="The time limit for each spec.")
]
EachTimeout = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", parser=_seconds, help="The time limit, see above.")
]
Form = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="|".join(Format),
        parser=_format,
        help="smt2: what proves each property, for SMT solvers; the others: the system, for model checkers.",
    ),
]
Refine = Annotated[
    str | None,
    typer.Option(
        "--refine",
        metavar="CPUS[xOPERATIONS]",
        parser=_bounds,
        help="Say whether every history of B is one of A, for so many CPUs and operations of each.",
    ),
]
Proofs = Annotated[str, typer.Option("--proofs", metavar="DIR", help="The folder of all certificates.")]
Folder = Annotated[str, typer.Option("-o", metavar="DIR", help="A new or empty folder.")]


def spec_files(specs: Sequence[str]) -> tuple[str, ...]:
    """Return the files that the arguments name: a folder stands for every *.c directly in it, sorted."""
    from verify.program.errors import reject

    found: list[str] = []
    for spec in specs:
        try:
            is_folder = Path(spec).is_dir()
            inside = (
                sorted(str(p) for p in Path(spec).iterdir() if p.suffix == ".c" and p.is_file()) if is_folder else []
            )
        except OSError as error:
            raise reject(None, f"cannot read {spec}: {error.strerror}", "name a spec, or a folder of specs") from error
        if is_folder and not inside:
            below = sorted({str(p.parent) for p in Path(spec).glob("*/*.c")})
            advice = f"such folders are {', '.join(below)}" if below else "name a spec, or a folder of specs"
            raise reject(None, f"the folder {spec} holds no *.c file", advice)
        found += inside if is_folder else [spec]
    return tuple(found)


def search_flags(settings: Settings) -> tuple[str, ...]:
    """Return the options of the search that are not the default ones, for the command that repeats the run."""
    engine = () if settings.engine == Engine.AUTO.value else (f"--engine {settings.engine}",)
    depth = () if settings.depth == DEPTH else (f"--depth {settings.depth}",)
    return (*engine, *depth, *(() if settings.seconds == SECONDS else (f"--timeout {settings.seconds:.15g}",)))
