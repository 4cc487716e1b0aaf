"""Running one command with limits on time and memory, and what it cost."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

_TICK = 0.02


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall time in seconds, peak memory in MiB, and what was written; ``ended`` is None when it ended by itself.

    Memory is the sum over all its processes of what each has of its own and its share of the rest (PSS),
    sampled. ``ended`` says which limit ended it.
    """

    seconds: float
    memory: float
    output: str
    code: int
    ended: str | None


def measure(command: Sequence[str], folder: Path, seconds: float, memory: int) -> Cost:
    """Run a command in a session of its own. ``memory`` in MiB; both limits end the whole session by its id."""
    start = time.monotonic()
    peak, ended = 0.0, None
    with TemporaryFile() as output:
        child = subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_no_core,  # noqa: PLW1509 - this process has one thread
        )
        try:
            while child.poll() is None:
                peak = max(peak, _used(child.pid))
                if time.monotonic() - start > seconds:
                    ended = "time"
                elif peak > memory:
                    ended = "memory"
                if ended:
                    break
                time.sleep(_TICK)
            used = time.monotonic() - start
        finally:
            _end(child)
        output.seek(0)
        text = output.read().decode(errors="replace")
    return Cost(used, peak, text, child.returncode, ended)


def _no_core() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end(child: subprocess.Popen[bytes]) -> None:
    """End what is left of the command's session, which is its own process group."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _used(session: int) -> float:
    """Return the memory in MiB that the processes of a session use."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # After the name in parentheses: state, parent, group, session.
                if int((entry / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                    total += _share(entry)
            except (OSError, ValueError, IndexError):
                continue
    return total / 1024


def _share(process: Path) -> int:
    for line in (process / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
