"""The house rules that a machine can check, on the files that git tracks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES_PER_FILE = 400
LINES_PER_FUNCTION = 60
# Put together from pieces, so that this file does not hold what it forbids.
FOREIGN = re.compile(
    "|".join(
        (
            r"(?<![\w.])/" + r"(work|root|home|opt)/\w",
            r"/usr/src/" + r"linux-headers-[\d.]+-\d",
            "pypi" + r"\.org",
            "python" + "hosted",
            "--(extra-)?" + "index-url[ =]",
            "--trusted" + "-host[ =]",
            "--find" + "-links[ =]",
        )
    )
)
GPL = re.compile("SPDX-License" + r"-Identifier:.*GPL|MODULE_LIC" + r"ENSE\(")


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, timeout=30).stdout
    return [path for name in listing.decode().split("\0") if name and (path := ROOT / name).is_file()]


def sources() -> list[Path]:
    return sorted((ROOT / "verify").rglob("*.py"))


def matches(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    return found


def test_no_file_is_too_long() -> None:
    lengths = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in sources()}
    assert {name: length for name, length in lengths.items() if length > LINES_PER_FILE} == {}


def test_no_function_is_too_long() -> None:
    long = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LINES_PER_FUNCTION:
                    long[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = length
    assert long == {}


def test_no_machine_path_and_no_index_name() -> None:
    assert matches(FOREIGN) == []


def test_no_gpl_text() -> None:
    assert matches(GPL) == []


@pytest.mark.parametrize(
    "line",
    [
        "see /wo" + "rk/main",
        "/ro" + "ot/x",
        "--extra-" + "index-url https://x",
        "/usr/src/" + "linux-headers-6.1.0-1-common",
    ],
)
def test_foreign_pattern_finds(line: str) -> None:
    assert FOREIGN.search(line)


def test_locks_name_version_and_hash_of_every_package() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"\n(?=[A-Za-z])", (ROOT / lock).read_text(encoding="utf-8").strip())
        assert entries
        for entry in entries:
            assert re.match(r"[A-Za-z0-9_.-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", entry), entry


def test_development_lock_holds_the_same_versions() -> None:
    def versions(lock: str) -> set[str]:
        return set(re.findall(r"^[A-Za-z0-9_.-]+==\S+", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))

    assert versions("requirements.lock") <= versions("requirements-dev.lock")


def test_import_contracts_hold() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint_imports, "--no-cache"], check=False, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_has_a_layer() -> None:
    layers = re.search(r"^layers = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.DOTALL | re.MULTILINE)
    assert layers
    named = set(re.findall(r"verify\.(\w+)", layers[1]))
    folders = {p.parent.name for p in (ROOT / "verify").glob("*/__init__.py")}
    modules = {p.stem for p in (ROOT / "verify").glob("*.py")} - {"__init__"}
    assert folders | modules <= named


def test_readme_commands_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"^    make ([a-z]+)", readme, re.MULTILINE)) <= targets
    commands = set(re.findall(r"^    refproof ([a-z]+)", readme, re.MULTILINE))
    cli = "".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "verify" / "cli").glob("*.py")))
    assert commands
    assert commands <= set(re.findall(r"^@app\.command\(\)\ndef (\w+)", cli, re.MULTILINE))
    for name in re.findall(r"specs/\S+\.c", readme + makefile):
        assert (ROOT / name).is_file(), name


def test_documents_link_to_files_that_exist() -> None:
    for page in (p for p in tracked() if p.suffix == ".md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
    for page in (ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"):
        for name in re.findall(r"`((?:verify|docs|tests)/[\w/.-]*\w)`", page.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_every_word_of_the_header_is_documented() -> None:
    header = (ROOT / "verify" / "frontend" / "include" / "refproof.h").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "spec-language.md").read_text(encoding="utf-8")
    words = set(re.findall(r"^\s*#\s*define\s+(?!REFPROOF_)([A-Z][A-Z_]*)\b", header, re.MULTILINE))
    assert {"ACTOR", "CHECK", "GHOST", "INIT"} <= words
    assert {word for word in words if not re.search(rf"\b{word}\b", page)} == set()
