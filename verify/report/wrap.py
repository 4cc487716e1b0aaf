"""Breaking long lines of C-like text where a reader would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_BREAK: Final = re.compile(r"(?<=[&|]{2}) | (?=[?:] )")
"""The blank after ``&&`` and ``||``, and the one before ``?`` and ``:``."""

_WEAK_BREAK: Final = re.compile(r" (?=(?:[!=]=|[<>]=?|[-+*&|^]) )")
"""The blank before other operators, for what has no better place."""

_STRING: Final = re.compile(r'"(?:\\.|[^"\\])*"')
_INDENT: Final = 4
_PATH_OR_CODE: Final = re.compile(r"(?<=[/,;(])(?![*/]) ?| ")


def wrap_code(line: str, width: int) -> list[str]:
    """Return a line as lines of at most ``width`` characters where ``&& || ? :`` or else other operators allow it.

    The outermost operators break first; what goes on is indented once, and once more per parenthesis.
    """
    margin = len(line) - len(line.lstrip())
    lines: list[str] = []
    rest, depth = line, 0
    while len(rest) > width:
        begin = len(rest) - len(rest.lstrip())
        places, weak = ([p for p in _places(rest, depth, b) if begin < p[1]] for b in (_BREAK, _WEAK_BREAK))
        near = [p for p in places if p[1] <= width] or [p for p in weak if p[1] <= width] or places[:1]
        if not near:
            break
        depth = min(d for d, _ in near)
        at = max(place for d, place in near if d == depth)
        lines.append(rest[:at])
        rest = " " * (margin + _INDENT * (1 + max(0, depth))) + rest[at + 1 :]
    return [*lines, rest]


def _places(text: str, depth: int, breaks: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield (depth of parentheses, position) of the blanks that match ``breaks``."""
    blind = _STRING.sub(lambda m: "x" * len(m[0]), text)
    passed = 0
    for match in breaks.finditer(blind):
        depth += blind.count("(", passed, match.start()) - blind.count(")", passed, match.start())
        passed = match.start()
        yield depth, match.start()


def fold(text: str, width: int) -> list[str]:
    """Return text as lines of at most ``width`` characters, broken at blanks or behind ``/ , ; (``.

    What goes on is indented by one more. A piece without such a place is broken anywhere.
    """
    margin = len(text) - len(text.lstrip()) + 1
    room = max(margin + 1, width)
    lines: list[str] = []
    while len(text) > room:
        begin = len(text) - len(text.lstrip())
        ends = [m.start() for m in _PATH_OR_CODE.finditer(text) if begin < m.start() <= room]
        at = ends[-1] if ends else room
        lines.append(text[:at].rstrip())
        text = " " * margin + text[at:].lstrip()
    return [*lines, text]


def fill(items: Sequence[str], width: int) -> str:
    """Return items with commas between, as lines of at most ``width`` characters where the items allow it."""
    lines = [""]
    for number, item in enumerate(items, start=1):
        piece = item if number == len(items) else f"{item},"
        if lines[-1] and len(lines[-1]) + 1 + len(piece) > width:
            lines.append(piece)
        else:
            lines[-1] += f"{' ' if lines[-1] else ''}{piece}"
    return "\n".join(lines)
