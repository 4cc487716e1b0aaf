"""What a certificate does not say: that its property is ever checked. Runs of the interpreter show it, or it is open.

Of a spec in which nothing happens everything is true, and a certificate of it is right. ``verify.decide`` calls that
VACUOUS, by a proof of its own; here, where no engine runs, a property counts only if a run was seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from verify.check.reach import Samples, sampled_goals
from verify.check.vacuity import unshown
from verify.encode.steps import Compiled
from verify.encode.stuck import place_name, waiting_places
from verify.program.program import Property, PropertyKind
from verify.stages.model import shown_cpus

LONGER: Final = Samples(runs=2000, length=40, idle=500)
"""Runs where the first ones do not show everything."""


def unwitnessed(compiled: Compiled, cpus: int | None, names: Sequence[str]) -> Mapping[str, str]:
    """Return, of these properties, those of which a proof may say nothing, and why; the same on every machine.

    ``cpus`` None is any number. Runs no solver; takes about a second.
    """
    wanted = [p for p in compiled.program.properties if p.id in names]
    shown = shown_cpus(compiled.program, cpus)
    found: dict[str, str] = {}
    for samples in (Samples(), LONGER):
        reached = sampled_goals(compiled, shown, samples)
        reasons = {p.id: unshown(compiled, p, reached, begun=bool(reached)) for p in wanted}
        found = {name: f"{reason}; refproof check looks further" for name, reason in reasons.items() if reason}
        if not found:
            break
    return found | {p.id: why for p in wanted if (why := _waiting(compiled, p))}


def _waiting(compiled: Compiled, prop: Property) -> str:
    """Return why a QUIESCENT property may be checked in no state: CPUs may be inside for ever."""
    places = waiting_places(compiled)
    if prop.kind is not PropertyKind.QUIESCENT or not places:
        return ""
    return (
        f"a CPU may be stuck for ever at {place_name(places[0])}, which a certificate does not tell; ask refproof check"
    )
