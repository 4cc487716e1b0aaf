"""Quoting the source: the C line of a place."""

from __future__ import annotations

import re
from typing import Final

from verify.program.program import Program
from verify.term.source import Span

_LINE_END: Final = re.compile(r"\r\n|\n|\r")
"""What clang counts as the end of a line; ``str.splitlines`` knows more."""


def c_line(program: Program, span: Span) -> str:
    """Return the source line of a place with single blanks, or "" where the program holds no text for it."""
    for source in program.sources:
        if source.name == span.file:
            lines = _LINE_END.split(source.text)
            return " ".join(lines[span.line - 1].split()) if 0 < span.line <= len(lines) else ""
    return ""
