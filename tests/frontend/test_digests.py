"""What a report says of a source file is about the bytes that were parsed, whatever became of the file since."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from clang import cindex

from verify.frontend.load import Options, load

SPEC = """#include <refproof.h>
#include <linux/compiler.h>
#include "limit.h"
unsigned int v;
INIT { WRITE_ONCE(v, 0); }
ACTOR(a) { WRITE_ONCE(v, 1); }
ALWAYS("low", v <= LIMIT);
"""
FILLED = "/* a file that is large enough to be mapped into memory */\n" * 2000


@pytest.mark.parametrize("more", ["", FILLED])
@pytest.mark.parametrize("changed", ["limit.h", "spec.c"])
def test_a_file_that_changes_after_it_was_parsed(
    changed: str, more: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: the digest was of the file as it was read a second time."""
    texts = {"limit.h": "#define LIMIT 1\n" + more, "spec.c": SPEC + more}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    parse = cindex.Index.parse

    def and_then_changed(*args: object, **named: object) -> object:
        unit = parse(*args, **named)
        with (tmp_path / changed).open("r+b") as file:
            file.write(b"/* here was another text */\n")
        return unit

    monkeypatch.setattr(cindex.Index, "parse", and_then_changed)
    program = load(str(tmp_path / "spec.c"), Options())
    digests = {Path(s.name).name: s.sha256 for s in program.sources}
    for name, text in texts.items():
        assert digests[name] == hashlib.sha256(text.encode()).hexdigest()
        assert (tmp_path / name).read_text().startswith("/* here") is (name == changed)


def test_an_empty_file_and_one_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "limit.h").write_bytes(b'\xef\xbb\xbf#define LIMIT 1\n#include "empty.h"\n')
    (tmp_path / "empty.h").write_bytes(b"")
    (tmp_path / "spec.c").write_text(SPEC)
    program = load(str(tmp_path / "spec.c"), Options())
    for source in program.sources:
        if source.name.startswith(str(tmp_path)):
            assert source.sha256 == hashlib.sha256(Path(source.name).read_bytes()).hexdigest()
    assert {Path(s.name).name for s in program.sources} >= {"limit.h", "empty.h", "spec.c"}
