"""The command line: options, exit codes, errors, and ends without tracebacks or orphans."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LATE = 8.0  # seconds; on a quiet machine these ends take a tenth of a second, on a loaded one longer


def command(*args: str, **options) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80", **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "tests.cli.fake_pipeline", *args],
        capture_output=True, text=True, timeout=30, cwd=ROOT, env=environment, check=False, **options,
    )  # fmt: skip


def real(*args: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, timeout=30, cwd=ROOT, check=False, **options
    )


@pytest.mark.parametrize("args", [["--help"], ["check", "--help"], ["show", "-h"], ["--version"]])
def test_help_is_quick_and_loads_no_solver(args):
    code = (
        "import sys; from verify.cli.main import main; sys.argv[1:] = sys.argv[1:]; code = main();"
        "print(sorted({'z3', 'clang', 'bitwuzla', 'rich.console'} & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    start = time.monotonic()
    done = real("-c", code, *args)
    assert time.monotonic() - start < LATE
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert done.stdout.strip()


def test_the_module_is_the_command():
    done = real("-m", "verify", "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("refproof ")


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["prove"],
        ["check"],
        ["show"],
        ["check", "a.c", "--cpus", "0"],
        ["check", "a.c", "--cpus", "65"],
        ["check", "a.c", "--cpus", "two"],
        ["check", "a.c", "--depth", "-1"],
        ["check", "a.c", "--depth", "0"],
        ["check", "a.c", "--timeout", "0"],
        ["check", "a.c", "--timeout", "nan"],
        ["check", "a.c", "--timeout", "inf"],
        ["check", "a.c", "--engine", "magic"],
        ["check", "a.c", "-D", "3=4"],
        ["check", "a.c", "-D", ""],
        ["check", "a.c", "-D", "A\nB"],
        ["check", "a.c", "-U", "A=1"],
        ["check", "a.c", "--nonsense"],
        ["show", "a.c", "b.c"],
    ],
)
def test_bad_usage_exits_2_and_says_what(args):
    done = command(*args)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "rror" in done.stderr or "Usage" in done.stderr


@pytest.mark.parametrize(
    ("option", "value", "what"),
    [
        ("--cpus", "0", "'0' is neither 'any' nor a whole number from 1 to 64"),
        ("--cpus", "two", "'two' is neither 'any' nor a whole number from 1 to 64"),
        ("--depth", "-1", "'-1' is not a whole number from 1 to 1000000"),
        ("--timeout", "soon", "'soon' is not a positive number of seconds"),
        ("--timeout", "inf", "'inf' is not a positive number of seconds"),
        ("--engine", "magic", "'magic' is no engine; there are bmc, k-induction, ic3, auto"),
    ],
)
def test_a_bad_value_is_told_in_plain_words(option, value, what):
    done = command("check", "a.c", option, value)
    assert done.returncode == 2
    assert done.stderr.endswith(f"Error: Invalid value for '{option}': {what}\n")


def test_the_command_that_repeats_the_run_has_all_options_that_matter():
    done = command("check", "fine.c", "--timeout", "90", "--depth", "7", "--engine", "bmc", "--brief")
    repeat = done.stdout.split("reproduce with\n")[1].split("\n\n")[0]
    words = " ".join(line.strip().removesuffix("\\").strip() for line in repeat.splitlines())
    assert words == ("refproof check fine.c --cpus 2 --engine bmc --depth 7 --timeout 90 -D NR_MAX=1024 --kernel DIR")
    usual = command("check", "fine.c", "--timeout", "60", "--depth", "20", "--engine", "auto").stdout
    assert not any(option in usual for option in ("--engine", "--depth", "--timeout"))


def test_options_reach_the_pipeline():
    done = command(
        "check", "echo.c", "--cpus", "3", "--engine", "k-induction", "--depth", "7", "--timeout", "1.5",
        "-D", "A=1", "-DB", "-U", "C", "-I", "x", "-I", "y", "--kernel", "k",
        "--knob", "b", "--knob", "a", "--knob", "b",
    )  # fmt: skip
    assert done.returncode == 2
    assert (
        "Settings(cpus=3, engine='k-induction', depth=7, seconds=1.5, options=Options(defines=('A=1', 'B'), "
        "undefines=('C',), include_dirs=('x', 'y'), kernel='k', needs_property=True, "
        "knobs=('a', 'b')))"
    ) in done.stderr


def test_the_defaults():
    done = command("check", "echo.c")
    assert "Settings(cpus=None, engine='auto', depth=20, seconds=60.0, options=Options(defines=(), " in done.stderr


@pytest.mark.parametrize(
    ("specs", "code"),
    [
        (["fine.c"], 0),
        (["differs.c"], 1),
        (["bad.c"], 2),
        (["worst.c"], 4),
        (["fine.c", "differs.c"], 1),
        (["differs.c", "bad.c", "fine.c"], 2),
        (["worst.c", "bad.c"], 4),
    ],
)
def test_exit_codes(specs, code):
    done = command("check", *specs)
    assert done.returncode == code
    assert done.stdout.count("reproduce with") == sum(spec != "bad.c" for spec in specs)


def test_every_diagnostic_is_on_stderr():
    done = command("check", "bad.c")
    assert done.stdout == ""
    assert done.stderr == "bad.c:3:7: error: unsupported: goto\n    remove it\nerror: no \\x1b INIT\n"


def test_a_folder_stands_for_its_c_files_in_order(tmp_path):
    for name in ("b.c", "a.c", "lifecycle.h", "c.txt"):
        (tmp_path / name).touch()
    (tmp_path / "deeper.c").mkdir()
    done = command("check", str(tmp_path), "--json", "-")
    specs = [spec["spec"] for spec in json.loads(done.stdout)["specs"]]
    assert specs == [str(tmp_path / "a.c"), str(tmp_path / "b.c")]


def test_a_folder_without_specs(tmp_path):
    done = command("check", str(tmp_path))
    assert done.returncode == 2
    assert "holds no *.c file" in done.stderr
    assert "name a spec" in done.stderr
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper/a.c").touch()
    assert f"such folders are {tmp_path / 'deeper'}" in command("check", str(tmp_path)).stderr


@pytest.mark.parametrize("name", ["a" * 5000, "a/" * 3000])
def test_a_name_that_the_system_refuses(name):
    done = command("check", name)
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot read aa" if "/" not in name else "error: cannot read a/")


@pytest.mark.parametrize("streams", [">&-", "2>&-", ">&- 2>&-", "2>/dev/full"])
@pytest.mark.parametrize(("spec", "code"), [("differs.c", 1), ("bad.c", 2), ("boom.c", 4)])
def test_the_exit_code_needs_no_streams(streams, spec, code):
    line = f"{sys.executable} -m tests.cli.fake_pipeline check {spec} {streams}"
    done = subprocess.run(line, shell=True, cwd=ROOT, timeout=30, capture_output=True, check=False)
    assert done.returncode == code


def test_json_on_stdout_is_all_there_is():
    done = command("check", "fine.c", "bad.c", "--json", "-")
    document = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode == 2
    assert len(document["specs"]) == 1
    assert len(document["errors"]) == 2


def test_json_file_beside_the_text(tmp_path):
    target = tmp_path / "report.json"
    done = command("check", "fine.c", "--json", str(target))
    assert json.loads(target.read_text())["exit_code"] == done.returncode == 0
    assert "REFUTED" in done.stdout


@pytest.mark.parametrize("name", ["/nonexistent/x.json", "/", "/dev/full"])
def test_an_unwritable_json_file(name):
    done = command("check", "fine.c", "--json", name)
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot write")
    assert "Traceback" not in done.stderr


def test_an_old_json_file_does_not_survive_a_failing_run(tmp_path):
    target = tmp_path / "report.json"
    target.write_text('{"exit_code": 0}')
    assert command("check", "boom.c", "--json", str(target)).returncode == 4
    assert target.read_text() == ""


def test_an_internal_error_is_one_line_and_a_hint():
    done = command("check", "boom.c")
    assert done.returncode == 4
    assert done.stderr.startswith("internal error: ArithmeticError: cpus=None\n")
    assert "REFPROOF_DEBUG=1" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in command("check", "boom.c", env={"REFPROOF_DEBUG": "1"}).stderr


def test_a_full_disk():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tests.cli.fake_pipeline", "check", "fine.c"],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, cwd=ROOT, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot write the report")
    assert "Exception ignored" not in done.stderr


def test_a_reader_that_goes_away():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as broken:
        done = subprocess.run(
            [sys.executable, "-m", "tests.cli.fake_pipeline", "check", "differs.c", "fine.c"],
            stdout=broken, stderr=subprocess.PIPE, text=True, timeout=30, cwd=ROOT, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")


def test_brief():
    done = command("check", "fine.c", "--brief")
    assert "atomic_add_return" not in done.stdout
    assert "REFUTED" in done.stdout


def test_show():
    done = command("show", "fine.c", "--cpus", "3")
    assert (done.returncode, done.stdout) == (0, "system of fine.c\n  step\\x1b 1 for 3\n")


def test_ctrl_c_is_130_without_a_traceback():
    done = command("check", "interrupt.c")
    assert (done.returncode, done.stderr) == (130, "")


@pytest.mark.parametrize("module", ["typer", "verify.cli.main", "verify.program.errors"])
def test_ctrl_c_while_the_command_is_loaded_is_quiet(module):
    code = (
        "import sys\nclass Interrupt:\n def find_spec(self, name, *_):\n"
        f"  if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\nfrom verify.__main__ import main\nsys.exit(main())"
    )
    done = real("-c", code, "check", "a.c")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_the_installed_command_starts_there():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert settings["project"]["scripts"] == {"refproof": "verify.__main__:main"}


def test_ctrl_c_while_waiting_ends_within_a_second():
    with subprocess.Popen(
        [sys.executable, "-m", "tests.cli.fake_pipeline", "check", "hang.c"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert time.monotonic() - start < LATE
    assert (process.returncode, err) == (130, "")


def on_terminal(*args: str, **env: str) -> str:
    """Return what the command writes to a terminal."""
    controller, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **env}
    environment = {name: value for name, value in environment.items() if value}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.fake_pipeline", *args],
        stdin=terminal, stdout=terminal, stderr=terminal, cwd=ROOT, env=environment,
    )  # fmt: skip
    os.close(terminal)
    output = b""
    while True:
        try:
            piece = os.read(controller, 4096)
        except OSError:
            break
        if not piece:
            break
        output += piece
    os.close(controller)
    assert process.wait(timeout=30) == 0
    return output.decode()


def test_a_terminal_gets_colours_and_progress():
    output = on_terminal("check", "fine.c", NO_COLOR="")
    assert "\x1b[1" in output
    assert "0/1 decided, bmc, depth 3" in output


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_color_is_plain_and_narrow(env):
    output = on_terminal("check", "fine.c", **env)
    assert "\x1b" not in output
    assert "decided," not in output
    assert all(len(line) < 80 for line in output.splitlines())


def test_nothing_but_the_report_when_piped():
    done = command("check", "fine.c", env={"FORCE_COLOR": "1", "TERM": "xterm-256color"})
    assert done.stderr == ""
    assert "\x1b" not in done.stdout


def test_an_ascii_locale_can_print_any_name():
    done = command("check", "fïne.c", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert "f\\xefne.c" in done.stdout
