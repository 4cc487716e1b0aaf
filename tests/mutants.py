"""Textual mutants of C headers: one small, realistic mistake each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SWAPS: Final = (
    (r"(?<=[\w)] )\+(?= [\w(])", "-"),
    (r"(?<=[\w)] )-(?= [\w(])", "+"),
    (r"==", "!="),
    (r"!=", "=="),
    (r">=", ">"),
    (r"(?<=[\w)] )>(?= [\w(])", ">="),
    (r"(?<=[\w)] )<(?= [\w(])", "<="),
    (r"&&", "||"),
    (r"\|\|", "&&"),
    (r"(?<=[(,] )0\b|(?<=\()0\b", "1"),
    (r"(?<=[(,] )1\b|(?<=\()1\b", "0"),
    (r"!(?=[\w(])", ""),
    (r"atomic_add\(", "atomic_sub("),
    (r"atomic_fetch_add_(\w+)\(", r"atomic_fetch_sub_\1("),
    (r"atomic_fetch_sub_(\w+)\(", r"atomic_fetch_add_\1("),
    (r"sub_and_test", "add_negative"),
)
"""(what to find, what to put there); every occurrence is a mutant of its own."""

_STATEMENT: Final = re.compile(r"^\t+(?!return|int |unsigned |bool |\}|do |if |while |for )[^{}]*;$")


@dataclass(frozen=True, slots=True)
class Mutant:
    """``text`` is the whole header; ``what`` says which line changed and how."""

    what: str
    text: str


def mutants(header: str) -> Iterator[Mutant]:
    """Yield every mutant of a header's functions, in order of the lines; comments and directives stay."""
    lines = header.split("\n")
    for number, line in enumerate(lines):
        if not line.startswith("\t"):
            continue
        for pattern, instead in SWAPS:
            for match in re.finditer(pattern, line):
                changed = line[: match.start()] + match.expand(instead) + line[match.end() :]
                yield Mutant(f"{number + 1}: {changed.strip()}", _with(lines, number, changed))
        if _STATEMENT.match(line):
            yield Mutant(f"{number + 1}: dropped {line.strip()}", _with(lines, number, ""))


def _with(lines: list[str], number: int, changed: str) -> str:
    return "\n".join([*lines[:number], changed, *lines[number + 1 :]])
