"""``blame``: which smallest sets of knobs make a refuted property hold, each smaller set with a run that breaks it.

Every set is decided on its own: that a set is proved says nothing about the sets that contain it. What is saved:
a run that is known from one set is tried on the next one by replay, and no set is looked at that contains a proved one,
since it is not minimal whatever its verdict is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from verify.check.checked import Checked, Proved, Refuted, Rejected, Replay
from verify.check.replay import replay
from verify.check.transfer import transferred
from verify.decide import check_model
from verify.encode.explicit import pc_values
from verify.program.errors import reject
from verify.program.knobs import with_knobs
from verify.program.program import Program
from verify.program.wanted import wanted_properties
from verify.report.assumptions import assumptions, memory_model
from verify.report.blamed import Blame, Blamed, Knobs, Trial
from verify.report.outcome import Row
from verify.stages.model import Model, Settings, prepare_program, read_open
from verify.stages.search import Tell

KNOBS_MOST: Final = 10
"""The largest number of knobs whose sets are all looked at."""


@dataclass(slots=True)
class _Known:
    """Runs of one property that were replayed, each with the set of knobs and the model it belongs to."""

    runs: list[tuple[Replay, Knobs, Model]] = field(default_factory=list)


def blame(spec: str, wanted: Sequence[str], settings: Settings, telling: Callable[[str], Tell]) -> Blame:
    """Decide ``wanted`` properties (none: all) with all knobs off, and those that are refuted under sets of knobs.

    ``settings.seconds`` is the limit for each set. ``telling`` gives what hears of the progress of a set, by its name.
    Raises InputError for bad input, for a spec without knobs or with too many, and for an unknown property.
    """
    program = read_open(spec, settings)
    names = wanted_properties(program, wanted)
    knobs = tuple(knob.id for knob in program.knobs)
    if not knobs:
        raise reject(None, f"{spec} has no KNOB", 'let a repair depend on KNOB("id"), and blame switches it')
    if len(knobs) > KNOBS_MOST:
        what = f"{spec} has {len(knobs)} knobs, which are {1 << len(knobs)} sets"
        raise reject(None, what, f"use at most {KNOBS_MOST} knobs in one spec")
    base = prepare_program(with_knobs(program, ()), settings)
    rows = check_model(base, names, settings, telling("no knob")).rows
    refuted = [row for row in rows if isinstance(row.result, Refuted)]
    trials = {row.property.id: [Trial((), row.result, base.compiled.program, None)] for row in refuted}
    known = {name: _Known() for name in trials}
    _learn(known, [row.result for row in refuted], (), base)
    for on in _sets(knobs):
        left = tuple(name for name, tried in trials.items() if not _contains_proved(tried, on))
        if left:
            for name, trial in _decide(program, on, left, known, settings, telling):
                trials[name].append(trial)
    blamed = tuple(Blamed(row, tuple(trials[row.property.id])) for row in refuted)
    others = tuple(row for row in rows if not isinstance(row.result, Refuted))
    looked_at = {t.on: t.program for b in blamed for t in b.trials} or {(): base.compiled.program}
    rests_on = dict.fromkeys(a for p in looked_at.values() for a in assumptions(p, settings.cpus) if a.kind != "KNOB")
    ordered = dict.fromkeys(text for p in looked_at.values() for text in memory_model(p))
    return Blame(base.compiled.program, settings.cpus, blamed, others, tuple(rests_on), tuple(ordered))


def _sets(knobs: Knobs) -> Iterator[Knobs]:
    """Yield every set of knobs but the empty one, smaller ones first."""
    for size in range(1, len(knobs) + 1):
        yield from combinations(knobs, size)


def _contains_proved(trials: Sequence[Trial], on: Knobs) -> bool:
    return any(isinstance(t.result, Proved) and set(t.on) <= set(on) for t in trials)


def _decide(
    program: Program,
    on: Knobs,
    names: tuple[str, ...],
    known: dict[str, _Known],
    settings: Settings,
    telling: Callable[[str], Tell],
) -> Iterator[tuple[str, Trial]]:
    """Yield the trial of each property with the knobs ``on``: by a run that is known, else by the engines."""
    model = prepare_program(with_knobs(program, on), settings)
    here = model.compiled.program
    left: list[str] = []
    for name in names:
        found = _borrowed(model, name, known[name])
        if found is None:
            left.append(name)
        else:
            yield name, Trial(on, Refuted(name, found[0]), here, found[1])
    rows: tuple[Row, ...] = check_model(model, tuple(left), settings, telling(" + ".join(on))).rows if left else ()
    _learn(known, [row.result for row in rows], on, model)
    for row in rows:
        yield row.property.id, Trial(on, row.result, here, None)


def _learn(known: dict[str, _Known], results: Sequence[Checked | Rejected], on: Knobs, model: Model) -> None:
    """Keep the runs that were replayed, for the properties that they violate."""
    for result in results:
        if isinstance(result, Refuted) and isinstance(result.evidence, Replay):
            for name in (result.property, *result.evidence.also):
                if name in known:
                    known[name].runs.append((result.evidence, on, model))


def _borrowed(model: Model, name: str, known: _Known) -> tuple[Replay, Knobs] | None:
    """Return a run of another set of knobs that violates the property here too, replayed here."""
    for run, on, found in known.runs:
        cpus = len(run.start.cpus)
        shown = model.of(cpus)
        trace = transferred(run.trace, found.of(cpus).system, shown.system, name)
        if trace is not None:
            ran = replay(model.compiled.program, shown.system, trace, cpus, pc_values(model.compiled))
            if isinstance(ran, Replay):
                return ran, on
    return None
