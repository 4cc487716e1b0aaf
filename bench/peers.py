"""The tools that are compared: how each is fed, and what its answer means.

All are fed the system that refproof's own front end makes of the C text, but Spin, which has a model by hand.
Making the input is not counted in a peer's time.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.measure import Cost
from bench.specs import Case
from bench.verilog import to_verilog
from verify.encode.explicit import encode
from verify.encode.steps import compile_program
from verify.export.chc import to_chc
from verify.export.model import circuit
from verify.frontend.load import load
from verify.stages.export import counting_system
from verify.system.system import TransitionSystem

PREPARATION: Final = 120.0
STEPS: Final = 1000


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool: the programs it needs, and how its command is made and its answer read.

    ``prepare`` returns the command after writing its input into a folder; ``read`` what was shown, or "".
    """

    name: str
    needs: tuple[str, ...]
    counts: bool
    prepare: Callable[[Case, TransitionSystem, int | None, Path], list[str]]
    read: Callable[[Cost], str]


def system_of(case: Case, spec: Path, cpus: int | None) -> TransitionSystem:
    """Return the exact system of ``cpus`` CPUs, or the counting system for any number."""
    compiled = compile_program(load(str(spec), case.options))
    return encode(compiled, cpus) if cpus else counting_system(compiled, time.monotonic() + PREPARATION).system


def _spacer(_case: Case, system: TransitionSystem, _cpus: int | None, folder: Path) -> list[str]:
    (folder / "clauses.smt2").write_text(to_chc(system, system.properties()))
    return [str(Path(sys.executable).with_name("z3")), "clauses.smt2"]


def _read_spacer(cost: Cost) -> str:
    return {"sat": "proved", "unsat": "violated"}.get(cost.output.strip(), "")


def _yosys(system: TransitionSystem, folder: Path, script: str, *, formal: bool) -> None:
    (folder / "top.v").write_text(to_verilog(circuit(system)))
    read = "read_verilog -formal top.v" if formal else "read_verilog top.v"
    _run(["yosys", "-q", "-p", f"{read}; prep -top top; {script}"], folder)


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=PREPARATION)  # noqa: S603


def _pdr(_case: Case, system: TransitionSystem, _cpus: int | None, folder: Path) -> list[str]:
    _yosys(
        system,
        folder,
        "techmap; opt -nodffe -nosdff; dffunmap; aigmap; opt_clean; write_aiger -zinit top.aig",
        formal=False,
    )
    return ["berkeley-abc", "-c", "read_aiger top.aig; strash; scorr; dc2; pdr"]


def _read_pdr(cost: Cost) -> str:
    if "Property proved" in cost.output or "Networks are equivalent" in cost.output:
        return "proved"
    return "violated" if "was asserted in frame" in cost.output else ""


def _smtbmc(_case: Case, system: TransitionSystem, _cpus: int | None, folder: Path) -> list[str]:
    _yosys(
        system, folder, "async2sync; opt -nodffe -nosdff; dffunmap; opt_clean; write_smt2 -wires top.smt2", formal=True
    )
    return ["yosys-smtbmc", "-s", "z3", "--unroll", "--noprogress", "-t", str(STEPS), "top.smt2"]


def _read_smtbmc(cost: Cost) -> str:
    if "BMC failed" in cost.output:
        return "violated"
    steps = re.findall(r"Checking assertions in step (\d+)", cost.output)
    return f"bounded: {int(steps[-1])} steps" if steps and int(steps[-1]) else ""


def _spin(case: Case, _system: TransitionSystem, cpus: int | None, folder: Path) -> list[str]:
    shutil.copy(Path(__file__).with_name("models") / "page_ref.pml", folder)
    given = [f"-DN={cpus}", f"-DBITS={case.bits}", f"-DNR_MAX={case.nr_max}", f"-DREFS_MAX={case.refs_max}"]
    given += ["-DLOCKED_BIT"] if case.name == "locked_bit" else []
    _run(["spin", "-a", *given, "page_ref.pml"], folder)
    _run(["gcc", "-O2", "-DSAFETY", "-o", "pan", "pan.c"], folder)
    return ["./pan", "-E", "-m5000000"]


def _read_spin(cost: Cost) -> str:
    if "errors: 1" in cost.output:
        return "violated"
    complete = "errors: 0" in cost.output and "max search depth too small" not in cost.output
    return "proved" if complete else ""


PEERS: Final = (
    Peer("berkeley-abc pdr", ("yosys", "berkeley-abc"), counts=True, prepare=_pdr, read=_read_pdr),
    Peer("z3 Spacer", (), counts=True, prepare=_spacer, read=_read_spacer),
    Peer("yosys-smtbmc", ("yosys", "yosys-smtbmc", "z3"), counts=False, prepare=_smtbmc, read=_read_smtbmc),
    Peer("Spin", ("spin", "gcc"), counts=False, prepare=_spin, read=_read_spin),
)


def missing() -> tuple[str, ...]:
    """Return the programs that are not installed, sorted."""
    return tuple(sorted({p for peer in PEERS for p in peer.needs if shutil.which(p) is None}))
