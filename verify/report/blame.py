"""The report of ``blame`` as text: under 80 columns where it is plain."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from verify.check.checked import BlockReplay, BlockRun, Proved, Refuted, Replay, Vacuous
from verify.program.program import Program, Property
from verify.program.run import StepRun
from verify.report.blamed import Blame, Blamed, Trial, set_text
from verify.report.blocks import blocks_text
from verify.report.moment import violation_moment
from verify.report.outcome import verdict_text
from verify.report.text import PLAIN_WIDTH
from verify.report.trace import start_text, steps_table, violation_text
from verify.report.values import place, printable
from verify.report.wrap import fold

_STEP: Final = 4


def plain_blame(blame: Blame, *, traces: bool) -> str:
    """Return the report as plain text without trailing blanks, lines of at most 79 characters."""
    buffer = io.StringIO()
    console = Console(
        file=buffer, width=PLAIN_WIDTH, color_system=None, force_terminal=False, legacy_windows=False,
        highlight=False, markup=False, emoji=False, _environ={},
    )  # fmt: skip
    for part in blame_report(blame, traces=traces, width=PLAIN_WIDTH):
        console.print(part)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def blame_report(blame: Blame, *, traces: bool, width: int) -> tuple[RenderableType, ...]:
    """Return the report's parts for a console of ``width`` columns; ``traces`` shows every run in full."""
    program = blame.program
    count = "any number of CPUs" if blame.cpus is None else f"{blame.cpus} CPU{'s' if blame.cpus != 1 else ''}"
    lines = [f"{program.name}: blame, {count}", f"knobs: {', '.join(k.id for k in program.knobs)}"]
    parts: list[RenderableType] = [_text(line, 0, width) for line in lines]
    parts += _minimal_sets(blame, width)
    for blamed in blame.blamed:
        parts += ["", *_blamed(blamed, traces=traces, width=width)]
    if blame.others:
        parts += ["", "with all knobs off"]
        parts += [_text(f"{row.property.id}: {verdict_text(row.result)}", 2, width) for row in blame.others]
    if not blame.blamed:
        parts += ["", "no property is refuted with all knobs off: there is nothing to repair"]
    parts += ["", "assumptions"]
    for assumption in blame.assumptions:
        where = f"  {place(assumption.span)}" if assumption.span is not None else ""
        parts.append(_text(f"{assumption.kind}  {assumption.text}{where}", 2, width))
    parts += ["", "memory model", *(_text(sentence, 2, width) for sentence in blame.memory_model)]
    return (*parts, *_evidence(blame))


def _minimal_sets(blame: Blame, width: int) -> Iterator[RenderableType]:
    """Yield the minimal sets of all properties, those properties together that have the same ones."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for blamed in blame.blamed:
        sets = tuple(f"{set_text(t.on)}{' (?)' if blamed.open_below(t) else ''}" for t in blamed.proved)
        groups.setdefault(sets or ("no set of knobs",), []).append(blamed.row.property.id)
    if groups:
        yield from ("", Text("minimal sets of knobs", "bold"))
    for sets, names in groups.items():
        yield _text(f"{', or '.join(sets)}: {', '.join(names)}", 2, width)


def _evidence(blame: Blame) -> Iterator[RenderableType]:
    solvers = sorted({s for b in blame.blamed for t in b.proved for s in _solvers(t)})
    yield ""
    if solvers:
        yield Text(printable(f"certificates accepted by {' and '.join(solvers)}"))
    if blame.blamed:
        yield Text("traces replayed without a solver")


def _solvers(trial: Trial) -> Iterator[str]:
    if isinstance(trial.result, Proved):
        yield from (f"{name} {version}" for name, version in trial.result.evidence.solvers)


def _text(line: str, indent: int, width: int) -> Text:
    return Text("\n".join(" " * indent + part for part in fold(printable(line), width - indent)))


def _blamed(blamed: Blamed, *, traces: bool, width: int) -> Iterator[RenderableType]:
    violated = blamed.row.property
    yield Text(printable(f"{violated.id}: REFUTED with all knobs off"), "bold")
    for minimal in blamed.proved:
        yield Text(printable(f"  PROVED with {set_text(minimal.on)}"), "bold green")
        yield _text(_minimal_text(blamed, minimal), 4, width)
        for same in _alike(blamed.below(minimal), violated, traces=traces):
            name = f"with {', '.join(set_text(t.on) for t in same)}"
            yield from _trial(same[0], violated, name, traces=traces, width=width)
    if not blamed.proved:
        yield from _nothing_repairs(blamed, traces=traces, width=width)
    least = [t for t in blamed.vacuous if not any(set(less.on) < set(t.on) for less in blamed.vacuous)]
    for trial in (*least, *blamed.undecided):
        reason = f": {trial.result.reason}" if isinstance(trial.result, Vacuous) else ""
        yield _text(f"{verdict_text(trial.result)} with {set_text(trial.on)}{reason}", 2, width)
    yield _text(_counted(blamed), 2, width)


def _alike(trials: Sequence[Trial], violated: Property, *, traces: bool) -> list[list[Trial]]:
    """Return the trials, those together of which the same is shown."""
    groups: dict[object, list[Trial]] = {}
    for trial in trials:
        result = trial.result
        shown: object = verdict_text(result)
        if isinstance(result, Refuted):
            run = result.evidence
            short = run_text(trial.program, run, violated)
            full = (run.start, run.steps if isinstance(run, Replay) else run.blocks)
            shown = full if traces else short
        groups.setdefault((type(result), shown), []).append(trial)
    return list(groups.values())


def _minimal_text(blamed: Blamed, minimal: Trial) -> str:
    if blamed.open_below(minimal):
        return "minimal only if no set inside that is not decided, see below, is proved"
    if any(not isinstance(t.result, Refuted) for t in blamed.trials if set(t.on) < set(minimal.on)):
        return "minimal: no smaller set inside is proved"
    return "minimal: every smaller set inside is refuted"


def _nothing_repairs(blamed: Blamed, *, traces: bool, width: int) -> Iterator[RenderableType]:
    if blamed.undecided:
        yield _text("no set of knobs was shown to make it hold", 2, width)
    else:
        vacuous = ", though it says nothing with some" if blamed.vacuous else ""
        yield _text(f"no set of knobs makes it hold{vacuous}", 2, width)
    largest = blamed.trials[-1]
    yield from _trial(largest, blamed.row.property, f"with {set_text(largest.on)}", traces=traces, width=width)


def _trial(trial: Trial, violated: Property, name: str, *, traces: bool, width: int) -> Iterator[RenderableType]:
    if not isinstance(trial.result, Refuted):
        yield _text(f"{name}: {verdict_text(trial.result)}", _STEP, width)
        return
    evidence = trial.result.evidence
    if traces:
        yield _text(f"{name}: REFUTED", _STEP, width)
        shown = _full(trial.program, evidence, violated, width - _STEP - 2)
        yield Padding(Group(*shown, ""), (0, 0, 0, _STEP + 2))
        return
    yield _text(f"{name}: REFUTED: {run_text(trial.program, evidence, violated)}", _STEP, width)


def _full(program: Program, evidence: Replay | BlockReplay, violated: Property, width: int) -> Iterator[RenderableType]:
    if isinstance(evidence, BlockReplay):
        yield from blocks_text(program, evidence, violated, width=width)
        return
    yield start_text(program, evidence, width)
    if evidence.steps:
        yield steps_table(program, evidence, width=width)
    yield violation_text(program, evidence, violated, width)


def run_text(program: Program, evidence: Replay | BlockReplay, violated: Property, word: str = "violated") -> str:
    """Return a run in one sentence: which CPU enters which actor, and where the property is violated (``word``)."""
    if isinstance(evidence, BlockReplay):
        taken = [f"{b.times} x {_step_words(b)} {b.actor}" for b in evidence.blocks]
        return f"{'; '.join(taken)}; {word} at {place(violated.span)}"
    parts = steps_text(evidence.steps)
    at = place(violation_moment(program, evidence, violated).span)
    return f"{'; '.join([*parts, f'{word} at'] if parts else [f'{word} after INIT at'])} {at}"


def _step_words(block: BlockRun) -> str:
    if block.then is not None:
        return "one enters and the one before it goes on in"
    return "enter" if block.entered else "go on in"


def steps_text(steps: Sequence[StepRun]) -> list[str]:
    """Return which CPU enters which actor: a text for each stretch of one CPU."""
    parts: list[str] = []
    for cpu, taken in groupby(steps, key=lambda step: step.cpu):
        words = [f"enters {s.actor}" if s.entered else f"goes on in {s.actor}" for s in taken]
        parts.append(f"CPU {cpu} {', '.join(_repeated(words))}")
    return parts


def _repeated(words: Sequence[str]) -> Iterator[str]:
    for word, same in groupby(words):
        times = len(list(same))
        yield word if times == 1 else f"{word} ({times} steps)"


def _counted(blamed: Blamed) -> str:
    refuted = [t for t in blamed.trials if isinstance(t.result, Refuted)]
    borrowed = sum(t.tried is not None for t in refuted)
    sets = f"{len(blamed.trials)} sets looked at" if len(blamed.trials) != 1 else "1 set looked at"
    vacuous = f", {len(blamed.vacuous)} vacuous" if blamed.vacuous else ""
    again = f", {borrowed} of them by a run of another set, replayed" if borrowed else ""
    return f"{sets}: {len(blamed.proved)} proved{vacuous}, {len(refuted)} refuted{again}"
