"""How values and foreign text are written."""

from __future__ import annotations

from verify.program.program import Kind
from verify.term.source import Span


def printable(text: str) -> str:
    """Return ``text`` with everything a terminal could act on written as an escape, line ends included."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def printable_lines(text: str) -> str:
    """Like ``printable`` for text of several lines: line feeds and tabs stay."""
    return "".join(c if c in "\n\t" else printable(c) for c in text)


def word(value: int, width: int) -> str:
    """Return an unsigned value of ``width`` bits in hex with all its digits."""
    return f"0x{value:0{(width + 3) // 4}x}"


def typed(value: int, width: int, kind: Kind) -> str:
    """Return an unsigned value of ``width`` bits as C would write it: true, -5, 4294967295; a token as #3."""
    match kind:
        case Kind.BOOL:
            return "true" if value else "false"
        case Kind.SIGNED:
            return str(value - (1 << width) if value >> (width - 1) else value)
        case Kind.UNSIGNED:
            return str(value)
        case Kind.TOKEN:
            return f"#{value}"


def counted(number: int, noun: str) -> str:
    """Return a number of things: "1 step", "2 steps"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def line_of(span: Span) -> str:
    """Return file:line."""
    return printable(f"{span.file}:{span.line}")


def place(span: Span) -> str:
    """Return file:line:column."""
    return printable(str(span))
