"""The command that gives a report again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

from verify.report.outcome import Outcome, not_asked
from verify.report.values import printable

_WIDTH: Final = 70
_FLAGS: Final = ("-D ", "-U ", "-I ", "--kernel ")


def reproduce_text(outcome: Outcome, search: Sequence[str]) -> str:
    """Return the one command that gives this report again, over several lines where it is long.

    ``search`` are options of the search, as a shell reads them. Files and folders stand as they were given.
    """
    program = outcome.program
    given = (option.split(" ", 1) for option in program.options if option.startswith(_FLAGS))
    flags = [f"{flag} {_quoted(value)}" for flag, value in given]
    flags += [f"--knob {_quoted(knob.id)}" for knob in program.knobs if knob.on]
    if not_asked(outcome):
        flags += [f"--property {_quoted(row.property.id)}" for row in outcome.rows]
    lines = [""]
    for piece in [
        "refproof check",
        _quoted(program.name),
        f"--cpus {'any' if outcome.cpus is None else outcome.cpus}",
        *search,
        *flags,
    ]:
        if lines[-1] and len(lines[-1]) + len(piece) > _WIDTH:
            lines[-1] += " \\"
            lines.append(f"    {piece}")
        else:
            lines[-1] += f"{' ' if lines[-1] else ''}{piece}"
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Return one word for a shell; what a terminal could act on as the escapes of bash's ``$'...'``."""
    if printable(text) == text:
        return shlex.quote(text)
    return "$'" + "".join(c if c.isprintable() and c not in "\\'" else _escaped(c) for c in text) + "'"


def _escaped(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode(errors="surrogateescape"))
