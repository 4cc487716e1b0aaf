"""Which child of a ``for`` is what: libclang leaves out the missing ones without saying which."""

from __future__ import annotations

from verify.frontend.clang_unit import Cursor, Kind, Unit, children
from verify.program.errors import reject

Parts = tuple[Cursor | None, Cursor | None, Cursor | None, Cursor]


def for_parts(unit: Unit, c: Cursor) -> Parts:
    """Return (init, condition, step, body) of a FOR_STMT.

    Four children, or the body alone, say it all; otherwise the two semicolons are looked up in the source text, which
    is possible only where the loop is not written by a macro.
    """
    *header, body = children(c)
    if len(header) == 3:
        return header[0], header[1], header[2], body
    if not header:
        return None, None, None, body
    first, second = _semicolons(unit, c)
    parts: list[Cursor | None] = [None, None, None]
    for part in header:
        offset = part.extent.start.offset
        slot = 0 if offset <= first else 1 if offset <= second else 2
        # A declaration's extent ends with the first semicolon.
        slot = 0 if part.kind == Kind.DECL_STMT else slot
        if parts[slot] is not None:
            raise _ambiguous(unit, c)
        parts[slot] = part
    return parts[0], parts[1], parts[2], body


def _ambiguous(unit: Unit, c: Cursor) -> Exception:
    return reject(unit.span(c), "a for loop in a macro with a part left out", "write all three parts, or a while loop")


def _semicolons(unit: Unit, c: Cursor) -> tuple[int, int]:
    """Return the byte offsets of the two semicolons of a ``for``."""
    start = c.extent.start
    text = unit.texts.get(start.file.name if start.file is not None else "", "").encode()
    if not text.startswith(b"for", start.offset):
        raise _ambiguous(unit, c)
    found: list[int] = []
    depth = 0
    position = text.find(b"(", start.offset)
    while 0 <= position < len(text) and len(found) < 2:
        position, depth = _scan(text, position, depth, found)
        if depth == 0:
            break
    if len(found) != 2:
        raise _ambiguous(unit, c)
    return found[0], found[1]


def _scan(text: bytes, position: int, depth: int, found: list[int]) -> tuple[int, int]:
    """Step over one character, comment or literal; note semicolons of depth 1."""
    for opening, closing in ((b"/*", b"*/"), (b"//", b"\n")):
        if text.startswith(opening, position):
            end = text.find(closing, position + 2)
            return (len(text) if end < 0 else end + len(closing)), depth
    character = text[position : position + 1]
    if character in (b'"', b"'"):
        position += 1
        while position < len(text) and text[position : position + 1] != character:
            position += 2 if text[position : position + 1] == b"\\" else 1
        return position + 1, depth
    if character == b";" and depth == 1:
        found.append(position)
    if character in (b"(", b"{", b"["):
        depth += 1
    if character in (b")", b"}", b"]"):
        depth -= 1
    return position + 1, depth
