"""The exception for bad input."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from verify.term.source import Span


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong, where, and what to do about it. ``span`` is None when no place can be named."""

    span: Span | None
    message: str
    advice: str

    def __str__(self) -> str:
        where = f"{self.span}: " if self.span is not None else ""
        what = f"\n    {self.advice}" if self.advice else ""
        return f"{where}error: {self.message}{what}"


class InputError(Exception):
    """Bad usage, source or spec (exit code 2). Carries one or more diagnostics."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("\n".join(str(d) for d in diagnostics))
        self.diagnostics = diagnostics


def no_property(spec: str, name: str, known: Sequence[str]) -> InputError:
    """Return the error for the id of a property that a specification does not have."""
    return reject(None, f"{spec} has no property '{name}'", known_names(name, known))


def known_names(name: str, known: Sequence[str]) -> str:
    """Return the advice for a name that is not known: the one that was meant, perhaps, and all that there are."""
    near = difflib.get_close_matches(name, known, 1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"{meant}there are {', '.join(known)}"


def reject(span: Span | None, message: str, advice: str = "") -> InputError:
    """Return the error for one problem; the caller raises it."""
    return InputError(Diagnostic(span, message, advice))
