"""The exit codes of every command, and which one counts when several apply."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final


class ExitCode(enum.IntEnum):
    """The process's exit codes (DESIGN section 5), and 130 for Ctrl-C as shells have it."""

    AS_EXPECTED = 0
    DIFFERS = 1
    BAD_INPUT = 2
    OPEN = 3
    BROKEN = 4
    INTERRUPTED = 130


_GRAVITY: Final = (
    ExitCode.INTERRUPTED,
    ExitCode.BROKEN,
    ExitCode.BAD_INPUT,
    ExitCode.DIFFERS,
    ExitCode.OPEN,
    ExitCode.AS_EXPECTED,
)


def worst(codes: Iterable[int]) -> ExitCode:
    """Return the code that counts when several apply: 4 > 2 > 1 > 3 > 0. Raises ValueError when there is none."""
    return min((ExitCode(code) for code in codes), key=_GRAVITY.index)
