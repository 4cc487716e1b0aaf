"""Names and comments that no reader of an exported file can take for anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

_LONGEST: Final = 60


def plain(text: str) -> str:
    """Return text as printable ASCII on one line; everything else is written as an escape."""
    escaped = text.encode("unicode_escape").decode("ascii")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in escaped)


def file_names(ids: Iterable[str], suffix: str) -> Iterator[str]:
    """Yield a file name for each id: its number, and what of it every file system can hold."""
    for number, text in enumerate(ids, 1):
        kept = re.sub(r"[^A-Za-z0-9_.-]+", "-", text)[:_LONGEST].strip("-.")
        yield f"{number:03}{'-' if kept else ''}{kept}.{suffix}"


def one_word(names: Iterable[str]) -> Mapping[str, str]:
    """Return for each name one without blanks, semicolons or anything but ASCII; distinct names stay distinct."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        word = base = re.sub(r"[^A-Za-z0-9_.@!-]", "_", name) or "_"
        number = 1
        while word in taken:
            number += 1
            word = f"{base}!{number}"
        taken.add(word)
        found[name] = word
    return found
