"""A pipeline that answers by the spec's name, so that the command line is tested without any solver."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import verify
import verify.frontend
from tests.outcomes import every_verdict, outcome, program, refuted
from verify.program.errors import Diagnostic, InputError
from verify.report.outcome import Outcome
from verify.report.progress import Progress
from verify.term.source import Span


@dataclass(frozen=True, slots=True)
class Options:
    defines: tuple[str, ...]
    undefines: tuple[str, ...]
    include_dirs: tuple[str, ...]
    kernel: str | None
    needs_property: bool
    knobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    cpus: int
    engine: str
    depth: int
    seconds: float
    options: Options


def check(
    spec: str,
    settings: Settings,
    progress: Callable[[Progress], None],
    _wanted: Sequence[str] = (),
    *,
    one_of_many: bool = False,
) -> Outcome:
    del one_of_many
    progress(Progress("bmc", 3, None, 0, 1))
    name = Path(spec).name
    if name.startswith("bad"):
        where = Span(spec, 3, 7)
        raise InputError(Diagnostic(where, "unsupported: goto", "remove it"), Diagnostic(None, "no \x1b INIT", ""))
    if name.startswith("boom"):
        raise ArithmeticError(f"cpus={settings.cpus}")
    if name.startswith("interrupt"):
        os.kill(os.getpid(), signal.SIGINT)
    if name.startswith("hang"):
        sys.stderr.write("ready\n")
        time.sleep(60)
    if name.startswith("echo"):
        raise InputError(Diagnostic(None, repr(settings), ""))
    if name.startswith("worst"):
        return every_verdict()
    if name.startswith("differs"):
        return outcome(refuted("PROVED(2 cpus)"), program=program(name=spec))
    return outcome(refuted(), program=program(name=spec))


def show(spec: str, settings: Settings) -> str:
    return f"system of {spec}\n  step\x1b 1 for {settings.cpus}\n"


def modules() -> dict[str, ModuleType]:
    """Return the stand-ins of the modules that the command imports, by name."""
    pipeline, load = ModuleType("verify.pipeline"), ModuleType("verify.frontend.load")
    vars(pipeline).update(check=check, show=show, Settings=Settings)
    vars(load).update(Options=Options)
    return {"verify.pipeline": pipeline, "verify.frontend.load": load}


def main() -> int:
    """Run the command line in a process of its own, on top of the stand-ins."""
    sys.modules.update(modules())
    vars(verify)["pipeline"] = sys.modules["verify.pipeline"]
    vars(verify.frontend)["load"] = sys.modules["verify.frontend.load"]
    from verify.cli.main import main as command

    return command()


if __name__ == "__main__":
    sys.exit(main())
