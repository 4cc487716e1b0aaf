"""A rule over the finished graphs: no plain access races."""

from __future__ import annotations

from collections.abc import Sequence

from verify.frontend.cells import accesses
from verify.program.errors import reject
from verify.program.program import Actor, Marking


def refuse_races(actors: Sequence[Actor], written: Sequence[str]) -> None:
    """Raise InputError for a plain access in an actor to a cell that some actor writes."""
    for access in accesses(a.body for a in actors):
        if access.marking is Marking.PLAIN and access.cell in written:
            raise reject(
                access.span,
                f"data race: a plain {access.operation} of '{access.cell}', which other CPUs may write",
                "use READ_ONCE, WRITE_ONCE or an atomic operation",
            )
