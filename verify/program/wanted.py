"""Which properties of a program a command was asked about."""

from __future__ import annotations

from collections.abc import Sequence

from verify.program.errors import no_property
from verify.program.program import Program


def held_properties(program: Program, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of those wanted properties that the program has, sorted; of all of them when none is named."""
    known = {p.id for p in program.properties}
    return tuple(sorted(known.intersection(wanted) if wanted else known))


def wanted_properties(program: Program, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the wanted properties, sorted, or of all of them when none is named.

    Raises InputError for one that the program does not have.
    """
    known = sorted(p.id for p in program.properties)
    for name in wanted:
        if name not in known:
            raise no_property(program.name, name, known)
    return tuple(sorted(set(wanted))) or tuple(known)
