"""``explain``: what each small change of the code under proof does to the properties that are proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from verify.check.checked import Checked, Proved, Rejected
from verify.decide import check_model
from verify.program.errors import InputError, reject
from verify.program.knobs import with_knobs
from verify.program.mutants import SAME, Mutant, code_files, mutants
from verify.program.wanted import wanted_properties
from verify.report.explained import Decided, Equivalent, Explained, Refused, Trial
from verify.stages.model import Model, Settings, prepare_program, read_open
from verify.stages.search import Tell


def explain(spec: str, wanted: Sequence[str], settings: Settings, telling: Callable[[str], Tell]) -> Explained:
    """Decide ``wanted`` properties (none: all) of a spec, and what is proved for each mutant of its code, a run each.

    ``settings.seconds`` is the limit for the spec and for each mutant. ``telling`` gives what hears of the progress of
    a mutant, by its number. Raises InputError for bad input, and where nothing is proved or nothing can be changed.
    """
    program = with_knobs(read_open(spec, settings), settings.options.knobs)
    base = prepare_program(program, settings)
    names = wanted_properties(program, wanted)
    rows = check_model(base, names, settings, telling("the spec as it is")).rows
    proved = tuple(sorted(row.property.id for row in rows if isinstance(row.result, Proved)))
    if not proved:
        raise reject(None, f"nothing is proved of {spec}", "explain says what proofs rest on: see refproof check")
    made = tuple(mutants(program))
    if not made:
        raise reject(None, f"{spec} has no code to change", "include the header under test, or write the code")
    trials: list[Trial] = []
    for number, mutant in enumerate(made, 1):
        tell = telling(f"mutant {number} of {len(made)}")
        try:
            model = prepare_program(mutant.program, settings)
        except InputError as error:
            trials.append(Trial(mutant.span, mutant.what, Refused(error.diagnostics[0].message)))
            continue
        trial = Trial(mutant.span, mutant.what, _decided(base, model, proved, settings, tell))
        trials.append(replace(trial, same=_same(mutant, settings, tell)) if trial.survives else trial)
    return Explained(program, settings.cpus, tuple(sorted(code_files(program))), rows, tuple(trials))


def _same(mutant: Mutant, settings: Settings, tell: Tell) -> Checked | Rejected | None:
    """Return whether the change never makes a difference in a run of the code as it is; None where nothing is known."""
    if mutant.watched is None:
        return None
    try:
        model = prepare_program(mutant.watched, settings)
    except InputError:
        return None
    (row,) = check_model(model, (SAME,), settings, tell).rows
    return row.result


def _decided(
    base: Model, model: Model, proved: tuple[str, ...], settings: Settings, tell: Tell
) -> Equivalent | Decided:
    if replace(model.compiled, program=base.compiled.program) == base.compiled:
        return Equivalent()
    return Decided(check_model(model, proved, settings, tell).rows)
