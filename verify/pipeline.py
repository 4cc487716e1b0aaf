"""The pipeline: C text → program → transition system → engines → checked verdicts → outcome.

What comes behind the front end is loaded while that works, in a process of its own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from verify.program.wanted import held_properties, wanted_properties
from verify.stages.model import Settings, prepare

if TYPE_CHECKING:
    from verify.check.refinement import Refinement
    from verify.report.outcome import Outcome
    from verify.stages.export import Exported
    from verify.stages.search import Tell

__all__ = ["Settings", "check", "export", "refinement", "show"]


def check(
    spec: str, settings: Settings, tell: Tell, wanted: Sequence[str] = (), *, one_of_many: bool = False
) -> Outcome:
    """Decide ``wanted`` properties (none: all) of a spec and check the evidence.

    Raises InputError for bad input, and for a property that the spec does not have, unless it is ``one_of_many``:
    others may have it. Takes at most ``settings.seconds`` and what the front end needs.
    """
    model = prepare(spec, settings, _load_the_rest)
    from verify.decide import check_model, nothing_asked
    from verify.stages.hints import false_lemmas

    names = (held_properties if one_of_many else wanted_properties)(model.compiled.program, wanted)
    if wanted and not names:
        return nothing_asked(model, settings)
    return replace(check_model(model, names, settings, tell), false_lemmas=false_lemmas(model))


def _load_the_rest() -> None:
    import verify.decide
    import verify.report.text
    import verify.stages.hints  # noqa: F401 - what ``check`` runs and prints with
    from verify.smt.select import CHECKERS, load_libraries

    load_libraries(CHECKERS)


def refinement(a: Outcome, b: Outcome, bounds: tuple[int, int], seconds: float) -> Refinement:
    """Return whether every history of B is one of A, for so many CPUs and operations of each, in ``seconds``."""
    from verify.stages.refinement import refinement as find
    from verify.verdict.inclusion import Bounds

    return find(a.program, b.program, Bounds(*bounds), time.monotonic() + seconds)


def show(spec: str, settings: Settings) -> str:
    """Return the transition system of a spec as text. Raises InputError for bad input."""
    from verify.report.system import show_system

    return show_system(prepare(spec, settings).compiled)


def export(spec: str, settings: Settings, form: str, folder: str, tell: Tell) -> Exported:
    """Write the obligations or the system of a spec in a format of other tools; see ``verify.stages.export``."""
    from verify.stages.export import export as write

    return write(spec, settings, form, folder, tell)
