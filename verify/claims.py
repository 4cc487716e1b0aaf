"""``claims``: what the tool finds of each verdict that a claim is tied to. Nothing is taken from the file of claims.

Each spec is decided once for each set of options, however many claims need it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from verify.blame import blame
from verify.bound import bound
from verify.check.checked import BlockReplay, Bounded, Checked, Proved, Refuted, Rejected, Undecided, Vacuous
from verify.check.refinement import NewHistory, NotCompared, Refines
from verify.decide import check_model
from verify.program.errors import reject
from verify.program.program import Program
from verify.program.wanted import wanted_properties
from verify.report.blame import run_text, steps_text
from verify.report.blamed import blame_exit_code
from verify.report.claimed import (
    NEW_HISTORY,
    OLD_HISTORIES,
    Change,
    Claim,
    Finding,
    Histories,
    Most,
    Repair,
    Settled,
    Tie,
    Verdict,
    sets_text,
)
from verify.report.compared import compared
from verify.report.exit_codes import ExitCode, worst
from verify.report.limits import closed_form, exact, form_text
from verify.report.outcome import Outcome, Row, verdict_text
from verify.report.refined import last_text, left_out
from verify.report.values import counted
from verify.stages.model import Settings, prepare
from verify.stages.refinement import refinement
from verify.stages.search import Tell
from verify.verdict.inclusion import Bounds

_ALL = 3
"""The most properties whose runs are all told; of more, the shortest."""


_Key = tuple[str, tuple[str, ...], tuple[str, ...], int | None]
"""A spec, its macros, the knobs that are on, and the number of CPUs (None is any number)."""


@dataclass(slots=True)
class _Run:
    """The settings of a run, which properties of each spec are asked about, and the outcomes found so far."""

    settings: Settings
    telling: Callable[[str], Tell]
    asked: Mapping[_Key, frozenset[str]]
    known: dict[_Key, Outcome] = field(default_factory=dict)

    def outcome(self, key: _Key) -> Outcome:
        """Return what was found of all properties that any claim asks about; decided once."""
        if key not in self.known:
            spec, defines, knobs, cpus = key
            settings = replace(self.with_options(defines, knobs), cpus=cpus)
            model = prepare(spec, settings)
            wanted = wanted_properties(model.compiled.program, sorted(self.asked[key]))
            self.known[key] = check_model(model, wanted, settings, self.telling(spec))
        return self.known[key]

    def with_options(self, defines: tuple[str, ...], knobs: tuple[str, ...] = ()) -> Settings:
        return replace(self.settings, options=replace(self.settings.options, defines=defines, knobs=knobs))


def _keys(tie: Tie) -> tuple[_Key, ...]:
    """Return what has to be decided for a tie by the ordinary pipeline."""
    match tie:
        case Verdict():
            return ((tie.spec, tie.defines, tie.knobs, tie.cpus),)
        case Change():
            return ((tie.before, (), (), None), (tie.spec, (), (), None))
        case Repair() | Most() | Histories():
            return ()


def _asked(claims: Sequence[Claim]) -> Mapping[_Key, frozenset[str]]:
    """Return the properties that any claim asks about; none where a claim asks about all of them."""
    found: dict[_Key, set[str]] = {}
    every: set[_Key] = set()
    for tie in chain.from_iterable(claim.ties for claim in claims):
        for key in _keys(tie):
            found.setdefault(key, set()).update(tie.properties)
            every |= set() if tie.properties else {key}
    return {key: frozenset() if key in every else frozenset(names) for key, names in found.items()}


def settle(claims: Sequence[Claim], settings: Settings, telling: Callable[[str], Tell]) -> Iterator[Settled]:
    """Yield each claim with what is found of it. ``settings.seconds`` is the limit for each question to the engines.

    ``telling`` gives what hears of the progress of a spec. Raises InputError for bad input, and for a property that a
    spec does not have.
    """
    run = _Run(settings, telling, _asked(claims))
    for claim in claims:
        yield Settled(claim, tuple(_finding(run, tie) for tie in claim.ties))


def _finding(run: _Run, tie: Tie) -> Finding:
    match tie:
        case Verdict():
            return _verdict(run, tie)
        case Change():
            return _change(run, tie)
        case Repair():
            return _repair(run, tie)
        case Most():
            return _most(run, tie)
        case Histories():
            return _histories(run, tie)


def _verdict(run: _Run, tie: Verdict) -> Finding:
    (key,) = _keys(tie)
    outcome = run.outcome(key)
    rows = _rows(outcome, tie.properties)
    found = sorted({verdict_text(row.result) for row in rows})
    code = worst(_code(row.result, same=verdict_text(row.result) == tie.verdict) for row in rows)
    return Finding(tie, _said(found, rows), _evidence(outcome.program, rows), code)


def _rows(outcome: Outcome, properties: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows of some properties, or of all when none is named."""
    rows = tuple(row for row in outcome.rows if not properties or row.property.id in properties)
    if not rows:
        raise reject(None, f"{outcome.program.name} has no property", "a claim cannot rest on nothing")
    return rows


def _said(found: Sequence[str], rows: Sequence[Row]) -> str:
    return " and ".join(found) + (f" ({len(rows)} properties)" if len(rows) > 1 else "")


def _code(result: Checked | Rejected, *, same: bool) -> ExitCode:
    match result:
        case Rejected():
            return ExitCode.BROKEN
        case Proved() | Refuted() | Vacuous():
            return ExitCode.AS_EXPECTED if same else ExitCode.DIFFERS
        case Bounded() | Undecided():
            return ExitCode.OPEN


def _evidence(program: Program, rows: Sequence[Row]) -> tuple[str, ...]:
    """Return in sentences what the verdicts of some rows rest on: solvers by name, runs step by step."""
    proofs = [row.result.evidence for row in rows if isinstance(row.result, Proved)]
    solvers = sorted({name for proof in proofs for name, _ in proof.solvers})
    said = [f"{counted(len(proofs), 'certificate')}, accepted by {' and '.join(solvers)}"] if proofs else []
    refuted = [row for row in rows if isinstance(row.result, Refuted)]
    runs = sorted((_length(row), row.property.id, _ran(program, row)) for row in refuted)
    said += [f"{name}: {text}" for _, name, text in (runs if len(runs) <= _ALL else runs[:1])]
    said += [f"{row.property.id}: {row.result.reason}" for row in rows if isinstance(row.result, Vacuous)]
    return tuple(said)


def _length(row: Row) -> int:
    if not isinstance(row.result, Refuted):
        return 0
    run = row.result.evidence
    return (
        sum(b.times * (1 if b.then is None else 2) for b in run.blocks)
        if isinstance(run, BlockReplay)
        else len(run.steps)
    )


def _ran(program: Program, row: Row) -> str:
    return run_text(program, row.result.evidence, row.property) if isinstance(row.result, Refuted) else ""


def _change(run: _Run, tie: Change) -> Finding:
    before, after = (run.outcome(key) for key in _keys(tie))
    rows = _rows(after, tie.properties)
    made = [one for one in compared(before, after).properties if one.id in tie.properties]
    restated = ", stated differently" if any(one.restated for one in made) else ""
    found = " and ".join(sorted({one.change.value for one in made})) + restated
    results = [row.result for one in made for row in (one.a, one.b) if row is not None]
    code = worst(_code(result, same=found == tie.change) for result in results)
    return Finding(tie, found, _evidence(after.program, rows), code)


def _repair(run: _Run, tie: Repair) -> Finding:
    found = blame(tie.spec, tie.properties, run.settings, lambda _set: run.telling(tie.spec))
    sets = {tuple(sorted(tuple(sorted(t.on)) for t in b.proved)) for b in found.blamed}
    held = [row.property.id for row in found.others]
    texts = sorted(sets_text(one) for one in sets) + ([f"not refuted: {', '.join(held)}"] if held else [])
    same = sets == {tie.sets} and not held
    code = worst([blame_exit_code(found), ExitCode.AS_EXPECTED if same else ExitCode.DIFFERS])
    trials = list(chain.from_iterable(b.trials for b in found.blamed))
    proofs, runs = (sum(isinstance(t.result, kind) for t in trials) for kind in (Proved, Refuted))
    said = f"{counted(proofs, 'set')} proved; {counted(runs, 'set')} refuted, each by a run that was replayed"
    return Finding(tie, ", and ".join(texts), (said,), code)


def _most(run: _Run, tie: Most) -> Finding:
    values = [1 << k for k in range(tie.to.bit_length()) if 1 << k <= tie.to]
    settings = run.with_options(tie.defines)
    found = list(bound(tie.spec, tie.macro, values, tie.properties, settings, lambda _question: run.telling(tie.spec)))
    texts, evidence, code = set[str](), list[str](), ExitCode.AS_EXPECTED
    for name in tie.properties:
        limits = [(b.value, limit) for b in found for limit in b.limits if limit.property == name]
        form = closed_form([(value, limit.low) for value, limit in limits if exact(limit)])
        whole = form is not None and all(exact(limit) for _, limit in limits)
        texts.add(form_text(form, tie.macro) if form is not None and whole else "no closed form")
        code = worst([code, ExitCode.AS_EXPECTED if whole else ExitCode.OPEN])
        told = ", ".join(f"{value}: {limit.low}" for value, limit in limits)
        evidence.append(f"{name}: the largest number of contexts for each {tie.macro}: {told}; proved there, and a run "
                        "with one more was replayed")  # fmt: skip
    if code is ExitCode.AS_EXPECTED and texts != {tie.wanted}:
        code = ExitCode.DIFFERS
    return Finding(tie, " and ".join(sorted(texts)), tuple(evidence), code)


def _histories(run: _Run, tie: Histories) -> Finding:
    settings = run.with_options(tie.defines)
    a, b = (prepare(spec, settings).compiled.program for spec in (tie.before, tie.spec))
    found = refinement(a, b, Bounds(tie.cpus, tie.operations), time.monotonic() + settings.seconds)
    match found:
        case Refines():
            code = ExitCode.AS_EXPECTED if tie.refines else ExitCode.DIFFERS
            return Finding(tie, OLD_HISTORIES, (f"{counted(found.states, 'state')} searched", *left_out(b)), code)
        case NewHistory():
            code = ExitCode.DIFFERS if tie.refines else ExitCode.AS_EXPECTED
            ran = "; ".join(
                [*steps_text(found.steps), f"and the old code cannot do what it does last: {last_text(found, b)}"]
            )
            return Finding(tie, NEW_HISTORY, (ran,), code)
        case NotCompared():
            return Finding(tie, f"UNKNOWN: {found.reason}", (), ExitCode.OPEN)
