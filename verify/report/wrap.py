"""Breaking long lines of C-like text where a reader would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_BREAK: Final = re.compile(r"(?<=[&|]{2}) | (?=[?:] )")
"""The blank after ``&&`` and ``||``, and the one before ``?`` and ``:``."""

_STRING: Final = re.compile(r'"(?:\\.|[^"\\])*"')
_INDENT: Final = 4
_PATH_OR_CODE: Final = re.compile(r"(?<=[/,;(]) ?| ")


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

    What goes on is indented by one. A piece without such a place is broken anywhere.
    """
    room = max(2, width)
    lines: list[str] = []
    while len(text) > room:
        ends = [m.start() for m in _PATH_OR_CODE.finditer(text) if len(text) - len(text.lstrip()) < m.start() <= room]
        at = ends[-1] if ends else room
        lines.append(text[:at].rstrip())
        text = " " + text[at:].lstrip()
    return [*lines, text]
