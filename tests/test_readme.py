"""What the README shows is what the tool does: its example is run, its options exist, its trace is real."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of the README in one language ("" for none)."""
    return [text for name, text in re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
            if name == language]  # fmt: skip


def check(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "verify", *args]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=180, check=False)


def test_the_example_gives_the_verdicts_shown(tmp_path):
    (example,) = blocks("c")
    (tmp_path / "object.c").write_text(example)
    done = check("check", "object.c", "--brief", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert blocks("")[1] in done.stdout


def test_the_broken_example_is_refuted_as_told(tmp_path):
    (example,) = blocks("c")
    broken = example.replace("if (atomic_inc_not_zero(&count))", "atomic_inc(&count);")
    assert broken != example
    (tmp_path / "object.c").write_text(broken)
    done = check("check", "object.c", "--engine", "bmc", "--depth", "4", "--brief", cwd=tmp_path)
    assert re.search(r"^no-reference-after-free +REFUTED", done.stdout, re.MULTILINE)
    assert re.search(r"^freed-once +REFUTED", done.stdout, re.MULTILINE)


def test_the_example_of_the_language_is_proved(tmp_path):
    language = (ROOT / "docs" / "spec-language.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```c\n(.*?)^```$", language, re.DOTALL | re.MULTILINE)
    (tmp_path / "object.c").write_text(example)
    done = check("check", "object.c", "--brief", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_the_trace_is_real():
    done = check("check", "specs/page_ref/zero_unlocked.c", "--timeout", "150", cwd=ROOT)
    assert done.returncode == 0
    assert blocks("")[0].rstrip() in done.stdout


def test_the_options_exist(tmp_path):
    table = README.split("## Options of `check`")[1].split("##")[0]
    named = set(re.findall(r"`(--?\w[\w-]*)", table))
    known = set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", check("check", "--help", cwd=tmp_path).stdout))
    assert named <= known | {"--cpus"}
    assert {"--cpus", "--engine", "--depth", "--timeout", "-D", "-U", "-I", "--kernel", "--json", "--brief"} <= named


def test_files_and_folders_that_are_linked_exist():
    for link in re.findall(r"\]\(([^)#]+)", README):
        assert (ROOT / link).exists(), link
