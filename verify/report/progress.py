"""What a long run tells about how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from verify.report.values import printable


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an engine is.

    ``depth`` is the number of steps (bmc) or the k (k-induction) now being tried, ``lemmas`` the
    number of candidate lemmas still alive; both are None when the engine has no such number.
    ``decided`` of ``total`` properties have a checked verdict.
    """

    engine: str
    depth: int | None
    lemmas: int | None
    decided: int
    total: int


def status_line(spec: str, progress: Progress, *, seconds: float) -> str:
    """Return one line for a terminal; ``seconds`` is the time since the run began."""
    parts = [f"{printable(spec)}: {progress.decided}/{progress.total} decided", progress.engine]
    if progress.depth is not None:
        parts.append(f"depth {progress.depth}")
    if progress.lemmas is not None:
        parts.append(f"{progress.lemmas} lemmas")
    return ", ".join([*parts, f"{seconds:.1f} s"])
