"""Textual mutants of C files: one small, realistic mistake each.

Mutated are the bodies of functions (the lines that begin with a tab) and the values of macros, except a macro between
``#ifndef`` and ``#endif``: that is a default which the narrow compilation replaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SWAPS: Final = (
    (r"(?<=[\w)] )\+(?= [\w(])", "-"),
    (r"(?<=[\w)] )-(?= [\w(])", "+"),
    (r"(?<=[\w)] )\*(?= [\w(])", "+"),
    (r"(?<=\()-(?=[\w(])", ""),
    (r"==", "!="),
    (r"!=", "=="),
    (r">=", ">"),
    (r"(?<=[\w)] )>(?= [\w(])", ">="),
    (r"(?<=[\w)] )<(?= [\w(])", "<="),
    (r"<<", ">>"),
    (r">>", "<<"),
    (r"(?<= )&(?= )", "|"),
    (r"(?<= )\|(?= )", "&"),
    (r"&&", "||"),
    (r"\|\|", "&&"),
    (r"!(?=[\w(])", ""),
    (r"atomic_add\(", "atomic_sub("),
    (r"atomic_add_return\(", "atomic_sub_return("),
    (r"atomic_inc\(", "atomic_dec("),
    (r"atomic_fetch_add_(\w+)\(", r"atomic_fetch_sub_\1("),
    (r"atomic_fetch_sub_(\w+)\(", r"atomic_fetch_add_\1("),
    (r"atomic_fetch_or_(\w+)\(", r"atomic_fetch_xor_\1("),
    (r"atomic_dec_and_test\(", "atomic_inc_and_test("),
    (r"sub_and_test", "add_negative"),
)
"""(what to find, what to put there); every occurrence is a mutant of its own."""

_LITERAL: Final = re.compile(r"(?<![\w.])(\d+)([uUlL]*)\b")
_MACRO: Final = re.compile(r"#define\s+\w+(\([^)]*\))?\s+(?=\S)")
_COMMENT: Final = re.compile(r"/\*.*?(\*/|$)")


@dataclass(frozen=True, slots=True)
class Mutant:
    """``text`` is the whole file; ``what`` says which line changed and how."""

    what: str
    text: str


def mutants(text: str) -> Iterator[Mutant]:
    """Yield every mutant of a C file, in order of the lines."""
    lines = text.split("\n")
    default = False
    for number, line in enumerate(lines):
        default = line.startswith("#ifndef") or (default and not line.startswith("#endif"))
        macro = _MACRO.match(line)
        if macro and not default:
            begin = macro.end()
        elif line.startswith("\t"):
            begin = 1
        else:
            continue
        for changed in dict.fromkeys(_changed(line, begin)):
            yield Mutant(f"{number + 1}: {changed.strip()}", _with(lines, number, changed))
        if line.startswith("\t") and line.strip() not in ("}", "{"):
            yield Mutant(f"{number + 1}: dropped {line.strip()}", _with(lines, number, ""))


def _changed(line: str, begin: int) -> Iterator[str]:
    """Yield the line with one operator, operation or integer literal changed, at ``begin`` or later."""
    comment = _COMMENT.search(line)
    end = comment.start() if comment else len(line)
    for pattern, instead in SWAPS:
        for match in re.finditer(pattern, line):
            if begin <= match.start() < end:
                yield line[: match.start()] + match.expand(instead) + line[match.end() :]
    for match in _LITERAL.finditer(line):
        if begin <= match.start() < end:
            value = int(match[1])
            for other in sorted({value + 1, value - 1, 0} - {value}):
                number = f"{other}{match[2]}" if other >= 0 else f"({other})"
                yield line[: match.start()] + number + line[match.end() :]


def _with(lines: list[str], number: int, changed: str) -> str:
    return "\n".join([*lines[:number], changed, *lines[number + 1 :]])
