"""Law 8, front end: whatever the text, ``load`` returns a program or raises InputError, in bounded time.

libclang may crash on a text and take the process with it, so every text is loaded in a child process, as the pipeline
does. A crash of libclang inside a child is not an error of ours; an exception other than InputError is.
"""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.laws.bad_snippets import HEAD, IN_ACTOR, SPEC, TOP_LEVEL
from verify.frontend.load import Options, load
from verify.program.errors import InputError
from verify.program.program import Program

_SECONDS = 30
_TOKENS = re.findall(r"\w+|\"[^\"\n]*\"|\s+|\S", SPEC)
_ODD = (
    "1<<40", "99999999999999999999", "0", "-1", ";", "{", "}", "(", ")", ",", "&", "*", "\"", "'", "/*", "//", "\\\n", "#", "#define x x x",
    "refs", "word", "life", "ANY", "ASSUME", "ACTOR", "INIT", "float", "return", "goto", "void", "__VA_ARGS__", "é", "\x01",
)  # fmt: skip

Task = tuple[str, Options]


def _outcome(task: Task) -> str:
    """Return ``program``, the text of the InputError, or ``crash: …`` for any other exception."""
    try:
        found = load(*task)
    except InputError as error:
        if not error.diagnostics or not all(d.message for d in error.diagnostics):
            return "crash: an InputError that says nothing"
        return f"refused: {error}"
    except BaseException as error:  # noqa: BLE001 - that there is none is the law
        return f"crash: {type(error).__name__}: {error}"
    return "program" if isinstance(found, Program) else f"crash: {found!r}"


def _serve(pipe) -> None:
    while True:
        pipe.send(_outcome(pipe.recv()))


class _Child:
    """A process that loads one text after another; a new one takes over where libclang killed it."""

    def __init__(self) -> None:
        self.process: multiprocessing.Process | None = None

    def load(self, task: Task) -> str:
        if self.process is None or not self.process.is_alive():
            context = multiprocessing.get_context("fork")
            self.pipe, theirs = context.Pipe()
            self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
            self.process.start()
            theirs.close()
        self.pipe.send(task)
        if not self.pipe.poll(_SECONDS):
            self.close()
            return f"crash: no answer within {_SECONDS} s"
        try:
            return self.pipe.recv()
        except EOFError:
            self.process.join()
            return f"libclang died: {self.process.exitcode}"

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bytes | str], str]]:
    """Return a function from a text to what ``load`` makes of it; "crash" and why is what the law forbids."""
    child, spec = _Child(), tmp_path_factory.mktemp("law8") / "spec.c"

    def run(text: bytes | str) -> str:
        spec.write_bytes(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
        return child.load((str(spec), Options()))

    yield run
    child.close()


def _lawful(found: str) -> bool:
    return found == "program" or found.startswith(("refused", "libclang died"))


def _places(found: str) -> bool:
    return found == "program" or found.startswith("libclang died") or re.search(r":\d+:\d+: error: ", found) is not None


def test_the_text_that_is_mutated_is_a_program(outcome) -> None:
    assert outcome(SPEC) == "program"


@pytest.mark.parametrize("part", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 4))])
def test_an_odd_declaration(part: int, outcome) -> None:
    for snippet in TOP_LEVEL[part::4]:
        found = outcome(f"{HEAD}{snippet}\nINIT {{ }}\nACTOR(a) {{ atomic_inc(&word); }}\n")
        assert _places(found), (found, snippet)
        found = outcome(f"{SPEC}\n{snippet}\n")
        assert _places(found), (found, snippet)


@pytest.mark.parametrize("part", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 6))])
def test_an_odd_statement(part: int, outcome) -> None:
    """In an actor, in INIT, and in a function that a predicate calls."""
    helper = SPEC.split("INIT")[0]
    for s in IN_ACTOR[part::6]:
        found = outcome(f"{helper}INIT {{ }}\nACTOR(a) {{ {s} }}\n")
        assert _places(found), (found, s)
        found = outcome(f"{helper}INIT {{ {s} }}\nACTOR(a) {{ atomic_inc(&word); }}\n")
        assert _places(found), (found, s)
        text = f'{helper}INIT {{ }}\nACTOR(a) {{ atomic_inc(&word); }}\nstatic int f(void) {{ {s} return 1; }}\nALWAYS("f", f());\n'
        found = outcome(text)
        assert _places(found), (found, s)


_FUZZ = settings(
    max_examples=max(12, settings().max_examples // 8),
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@_FUZZ
@given(cut=st.integers(0, len(SPEC)))
def test_a_truncated_text(cut: int, outcome) -> None:
    found = outcome(SPEC[:cut])
    assert _places(found), (found, cut)


@_FUZZ
@given(edits=st.lists(st.tuples(st.integers(0, len(_TOKENS) - 1), st.sampled_from(("", "twice", *_ODD))), max_size=3))
def test_mutated_tokens(edits: list[tuple[int, str]], outcome) -> None:
    tokens = list(_TOKENS)
    for at, new in edits:
        tokens[at] = tokens[at] * 2 if new == "twice" else new
    found = outcome("".join(tokens))
    assert _lawful(found), found


@_FUZZ
@given(at=st.integers(0, len(SPEC)), noise=st.binary(min_size=1, max_size=4))
def test_bytes_that_are_not_text(at: int, noise: bytes, outcome) -> None:
    data = SPEC.encode()
    found = outcome(data[:at] + noise + data[at:])
    assert _lawful(found), found


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "\ufeff" + SPEC, SPEC.replace("\n", "\r\n"), SPEC + "/* open", SPEC + '"open', SPEC + "'", SPEC + "\\", "??=include <refproof.h>",
        HEAD + "INIT { }\nACTOR(a) { refs = " + "(" * 3000 + "1" + ")" * 3000 + "; }",
        HEAD + "INIT { }\nACTOR(a) " + "{" * 3000 + "}" * 3000,
        HEAD + "INIT { }\nACTOR(a) { " + "if (flag) " * 3000 + "; }",
        HEAD + "INIT { }\nACTOR(a) { refs = " + "!" * 5000 + "flag; }",
        HEAD + "INIT { }\nACTOR(a) { refs = " + "flag ? 1 : " * 2000 + "2; }",
        HEAD + "INIT { }\nACTOR(a) { " + "refs += 1; " * 3000 + "}",
        HEAD + "#define A(x) x x x x x x x x\nINIT { }\nACTOR(a) { A(A(A(refs = 1;))) }",
        HEAD + "struct s { " + "struct { " * 300 + "int x; " + "}; " * 300 + "} s;\nINIT { }\nACTOR(a) { s.x = 1; }",
        HEAD + "".join(f"static int f{n}(void) {{ return {f'f{n - 1}() + f{n - 1}()' if n else 1}; }}\n" for n in range(30)) + "INIT { }\nACTOR(a) { refs = f29(); }",
        HEAD + "".join(f"static int f{n}(void) {{ return {f'f{n - 1}()' if n else 1}; }}\n" for n in range(400)) + "INIT { }\nACTOR(a) { refs = f399(); }",
    ],
)  # fmt: skip
def test_a_text_of_odd_shape(text: str, outcome) -> None:
    found = outcome(text)
    assert _lawful(found), found


@pytest.mark.parametrize("name", ["with space.c", 'quo"te.c', "apo'strophe.c", "new\nline.c", "ünïcode😀.c", "-leading.c", "-DX.c", "@file.c", "a:1:1.c", "%s%n.c", "no-suffix", "spec.py", "x" * 250 + ".c"])  # fmt: skip
def test_a_hostile_file_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(SPEC)
    child = _Child()
    found = [child.load((spec, Options())) for spec in (name, f"./{name}", str(tmp_path / name), "none/" + name)]
    child.close()
    assert found[0].startswith(("program", "refused"))
    assert found[1][:7] == found[2][:7]
    assert found[3].startswith("refused")


@pytest.mark.parametrize("spec", ["", ".", "/dev/null", "x" * 5000, "a\0b", "\ud800.c", "~", "no/such/file.c"])
def test_what_is_no_file(spec: str) -> None:
    assert _outcome((spec, Options())).startswith("refused")


@pytest.mark.parametrize(
    "options",
    [
        Options(defines=("refs=flag",)),
        Options(defines=("ACTOR=",)),
        Options(defines=("int=long",)),
        Options(defines=('X="',)),
        Options(defines=("A=" + "(" * 9999,)),
        Options(undefines=("ACTOR", "__x86_64__")),
        Options(include_dirs=("", "/none", "-x", "/dev/null", "\ud800", "a\0b")),
        Options(kernel="/none"),
        Options(kernel=""),
        Options(kernel="a\0b"),
        Options(int_bits=0),
        Options(int_bits=6),
    ],
)
def test_odd_options(options: Options, tmp_path: Path) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(SPEC)
    child = _Child()
    found = child.load((str(spec), options))
    child.close()
    assert found.startswith(("program", "refused")), found


def test_include_cycles_and_folders(tmp_path: Path) -> None:
    (tmp_path / "a.h").write_text('#include "b.h"\n')
    (tmp_path / "b.h").write_text('#include "a.h"\n')
    (tmp_path / "folder.h").mkdir()
    child = _Child()
    for line in ('#include "a.h"', '#include "folder.h"', '#include "/dev/null"', "#include <>", '#include ""'):
        (tmp_path / "spec.c").write_text(f"{line}\n{SPEC}")
        assert child.load((str(tmp_path / "spec.c"), Options())).startswith(("program", "refused"))
    child.close()
