"""The benchmark's limits, its copies of specs, and what its peers say about tiny systems."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from bench.measure import measure
from bench.peers import PEERS
from bench.specs import Case, copy
from bench.verilog import to_verilog
from tests.systems import excluded_by_the_guard, needs_k2, never_inductive, violated_in_middle, violated_in_state
from verify.export.model import circuit
from verify.frontend.load import load

BY_NAME = {peer.name: peer for peer in PEERS}
CASE = Case("mainline", 8, 2, 16)


def need(*programs: str) -> None:
    """Skip where a program is not installed, unless REFPROOF_REQUIRE_PEERS is set."""
    absent = [p for p in programs if shutil.which(p) is None]
    if absent and not os.environ.get("REFPROOF_REQUIRE_PEERS"):
        pytest.skip(f"needs {', '.join(absent)}")
    assert absent == []


def python(code: str, folder: Path, *, seconds: float = 20, memory: int = 1000):
    return measure([sys.executable, "-c", code], folder, seconds, memory)


def gone(state: Path, *, seconds: float) -> bool:
    """Whether a killed process is gone or a zombie within the time: a kill returns before the process has ended."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            if " Z " in state.read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.slow
def test_a_run_is_ended_at_its_time_limit_with_all_its_processes(tmp_path):
    child = "import time, os; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    start = time.monotonic()
    assert python(code, tmp_path, seconds=1.5).ended == "time"
    assert time.monotonic() - start < 10
    assert gone(Path("/proc") / (tmp_path / "pid").read_text() / "stat", seconds=10)


def test_a_run_is_ended_at_its_memory_limit(tmp_path):
    cost = python("x = bytearray(400 << 20); import time; time.sleep(60)", tmp_path, memory=200)
    assert (cost.ended, cost.memory > 200) == ("memory", True)


def test_what_a_run_says_and_its_exit_code_are_kept(tmp_path):
    cost = python("import sys; print('said'); sys.stderr.write('told'); sys.exit(3)", tmp_path)
    assert (cost.code, cost.ended, sorted(cost.output.split())) == (3, None, ["said", "told"])


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
@pytest.mark.parametrize("name", ["mainline", "locked_bit"])
def test_a_copy_of_a_spec_has_the_width_and_the_contexts_asked_for(tmp_path, name, bits):
    case = Case(name, bits, 2, 16)
    program = load(str(copy(case, 8, tmp_path / "spec")), case.options)
    assert program.cpus_max == 8
    assert [cell.width for cell in program.cells] == [bits]


@pytest.mark.parametrize("peer", ["berkeley-abc pdr", "z3 Spacer"])
@pytest.mark.parametrize(
    ("system", "shown"),
    [
        (violated_in_state(3), "violated"),
        (violated_in_middle(3), "violated"),
        (needs_k2(), "proved"),
        (never_inductive(), "proved"),
        (excluded_by_the_guard(), "proved"),
    ],
)
def test_peers_decide_tiny_systems(tmp_path, peer, system, shown):
    need(*BY_NAME[peer].needs)
    cost = measure(BY_NAME[peer].prepare(CASE, system, 2, tmp_path), tmp_path, 20, 2000)
    assert BY_NAME[peer].read(cost) == shown, cost.output


def test_smtbmc_finds_a_violation(tmp_path):
    peer = BY_NAME["yosys-smtbmc"]
    need(*peer.needs)
    cost = measure(peer.prepare(CASE, violated_in_middle(3), 2, tmp_path), tmp_path, 30, 2000)
    assert peer.read(cost) == "violated", cost.output


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mainline", "locked_bit"])
def test_spin_proves_the_model_by_hand(tmp_path, name):
    peer = BY_NAME["Spin"]
    need(*peer.needs)
    case = Case(name, 6, 2, 2)
    cost = measure(peer.prepare(case, needs_k2(), 2, tmp_path), tmp_path, 30, 2000)
    assert peer.read(cost) == "proved", cost.output


def test_verilog_is_the_same_every_time():
    assert to_verilog(circuit(needs_k2())) == to_verilog(circuit(needs_k2()))
