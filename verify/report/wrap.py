"""Breaking long lines of C-like text where a reader would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_BREAK: Final = re.compile(r"(?<=[&|]{2}) | (?=[?:] )")
"""The blank after ``&&`` and ``||``, and the one before ``?`` and ``:``."""

_STRING: Final = re.compile(r'"(?:\\.|[^"\\])*"')
_INDENT: Final = 4
_PATH_OR_CODE: Final = re.compile(r"(?<=[/,;(])(?![*/]) ?| ")


def wrap_code(line: str, width: int) -> list[str]:
    """Return a line as lines of at most ``width`` characters where ``&& || ? :`` allow it.

    The outermost operators break first; what goes on is indented once, and once more per parenthesis.
    """
    margin = len(line) - len(line.lstrip())
    lines: list[str] = []
    rest, depth = line, 0
    while len(rest) > width:
        begin = len(rest) - len(rest.lstrip())
        places = [(d, at) for d, at in _places(rest, depth) if begin < at]
        near = [(d, at) for d, at in places if at <= width] or places[:1]
        if not near:
            break
        depth = min(d for d, _ in near)
        at = max(place for d, place in near if d == depth)
        lines.append(rest[:at])
        rest = " " * (margin + _INDENT * (1 + max(0, depth))) + rest[at + 1 :]
    return [*lines, rest]


def _places(text: str, depth: int) -> Iterator[tuple[int, int]]:
    """Yield (depth of parentheses, position) of the blanks at which the text may be broken."""
    blind = _STRING.sub(lambda m: "x" * len(m[0]), text)
    passed = 0
    for match in _BREAK.finditer(blind):
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
