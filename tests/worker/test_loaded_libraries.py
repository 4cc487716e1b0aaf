"""Libraries of solvers that are loaded before processes are forked: no thread is lost, and every child can use them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CODE = """
import os, time
from verify.check.ask import poll
from verify.smt.select import RECHECKERS, load_libraries
from verify.term.build import bvult, conj, const, eq, symbol
from verify.worker.tasks import Task, run_tasks

load_libraries(RECHECKERS)
assert len(os.listdir("/proc/self/task")) == 1
x = symbol("x", 32)
asked = (conj((bvult(x, const(5, 32)), eq(x, const(7, 32)))), bvult(x, const(5, 32)))
told = {}

def ask(name):
    return lambda send: send(poll(name, asked, time.monotonic() + 30).answers)

for round in range(2):
    tasks = [Task(f"{name} {round} {part}", ask(name)) for name in RECHECKERS for part in range(2)]
    run_tasks(tasks, deadline=time.monotonic() + 60, on_message=lambda task, answers: told.update({task: answers}))
assert len(told) == 12, told
assert {tuple(a.name for a in answers) for answers in told.values()} == {("UNSAT", "SAT")}, told
"""


MEANWHILE = """
import sys
from verify import pipeline
from verify.frontend.load import Options
from verify.stages.model import Settings

seen, prepare = [], pipeline.prepare
pipeline.prepare = lambda spec, settings, load: prepare(spec, settings, lambda: (load(), seen.extend(sys.modules)))
pipeline.check("specs/page_ref/mainline.c", Settings(2, "bmc", 1, 60, Options()), lambda _progress: None)
print({"verify.decide", "verify.report.text", "verify.stages.hints", "z3", "bitwuzla"} - set(seen))
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )


def test_children_use_libraries_that_their_parent_loaded() -> None:
    done = run(CODE)
    assert (done.returncode, done.stderr) == (0, "")


def test_check_loads_them_while_the_front_end_works() -> None:
    """Seen: a change left nothing to be loaded meanwhile, and each run of mainline took a fifth of a second more."""
    done = run(MEANWHILE)
    assert (done.stdout, done.stderr) == ("set()\n", "")
