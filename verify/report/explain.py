"""The report of ``explain``: plain lines of at most 79 characters, and JSON (docs/explain.schema.json)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from verify.check.checked import Bounded, Proved, Refuted, Rejected, Undecided, Vacuous
from verify.program.mutants import SAME
from verify.program.program import Property, PropertyKind
from verify.report.blame import run_text
from verify.report.explained import Decided, Equivalent, Explained, Refused, Trial, explain_exit_code, kill_rate
from verify.report.json import Json, place_json
from verify.report.outcome import verdict_text
from verify.report.source import c_line
from verify.report.values import counted, line_of, place, printable
from verify.report.wrap import fold
from verify.term.source import Span

FORMAT: Final = "refproof-explain"
FORMAT_VERSION: Final = 1
_WIDTH: Final = 79


def explain_text(found: Explained) -> str:
    """Return the report as plain lines."""
    cpus = "any number of CPUs" if found.cpus is None else counted(found.cpus, "CPU")
    lines = [*_said(f"{found.program.name}: explain, {cpus}", 0), *_said(f"code: {', '.join(found.files)}", 0), ""]
    lines += [*_summary(found), "", "kill rate: mutants that violate the property, of those that were decided"]
    lines += [line for name in found.proved for line in _rate(found, name)]
    lines += ["", "what the proofs need: a change there violates"]
    for at in _lines(found):
        lines += _needs(found, at)
    for title, trials in _groups(found):
        if trials:
            lines += ["", title]
            lines += [line for trial in trials for line in _trial(found, trial)]
    return "\n".join(lines) + "\n"


def _said(text: str, indent: int) -> Iterator[str]:
    yield from (" " * indent + part for part in fold(printable(text), _WIDTH - indent))


def _summary(found: Explained) -> Iterator[str]:
    others = [f"{r.property.id}: {verdict_text(r.result)}" for r in found.rows if r.property.id not in found.proved]
    yield from _said(f"proved: {', '.join(found.proved)}", 0)
    for text in others:
        yield from _said(f"not explained: {text}", 2)
    killed = sum(t.killed for t in found.trials)
    harmless = sum(t.harmless for t in found.trials)
    survive = sum(t.survives for t in found.trials) - harmless
    same = sum(isinstance(t.result, Equivalent) for t in found.trials)
    refused = sum(isinstance(t.result, Refused) for t in found.trials)
    left = len(found.trials) - killed - survive - harmless - same - refused
    text = f"{counted(len(found.trials), 'mutant')}: {killed} killed, {same + harmless} proved to make no difference"
    yield from _said(f"{text}, {survive} survive otherwise, {refused} make no program, {left} not decided", 0)


def _rate(found: Explained, name: str) -> Iterator[str]:
    killed, of = kill_rate(found, name)
    yield from _said(f"{name}: {killed} of {of}", 2)


def _lines(found: Explained) -> list[tuple[Span, ...]]:
    """Return the places of the mutants that are programs, those on one line together."""
    spans = dict.fromkeys(t.span for t, _ in found.decided())
    return [tuple(same) for _, same in groupby(spans, key=lambda span: (span.file, span.line))]


def _needs(found: Explained, at: tuple[Span, ...]) -> Iterator[str]:
    names = [name for name in found.proved if not {*at}.isdisjoint(found.needed(name))]
    yield from _said(f"{line_of(at[0])}  {c_line(found.program, at[0])}", 2)
    everything = len(names) == len(found.proved) > 1
    yield from _said("every property" if everything else ", ".join(names) or "nothing", 6)


def _groups(found: Explained) -> Iterator[tuple[str, list[Trial]]]:
    trials = found.trials
    some = len(found.rows) < len(found.program.properties)
    none = "no property asked about" if some else "no property"
    yield f"mutants that survive: {none} tells them from the code", [t for t in trials if t.survives]
    yield "mutants with the very same steps", [t for t in trials if isinstance(t.result, Equivalent)]
    yield "mutants that make no program", [t for t in trials if isinstance(t.result, Refused)]
    open_ = [t for t in trials if isinstance(t.result, Decided) and not t.killed and not t.survives]
    yield "mutants that are not decided", open_


def _trial(found: Explained, trial: Trial) -> Iterator[str]:
    yield from _said(f"{place(trial.span)}  {c_line(found.program, trial.span)}", 2)
    yield from _said(trial.what, 6)
    match trial.result:
        case Refused(reason):
            yield from _said(reason, 6)
        case Decided() as result:
            if trial.survives:
                yield from _said(_why(found, trial), 6)
            if result.vacuous:
                yield from _said(f"vacuous now: {', '.join(result.vacuous)}", 6)
            for row in result.rows:
                if row.property.id in result.undecided:
                    yield from _said(f"{row.property.id}: {verdict_text(row.result)}", 6)
        case Equivalent():
            pass


def _why(found: Explained, trial: Trial) -> str:
    """Say why a mutant survives."""
    match trial.same:
        case Proved():
            return "proved: the change never makes a difference"
        case Refuted():
            run = run_text(found.program, trial.same.evidence, _at(trial.span), "seen")
            return f"the spec does not care: it makes a difference where {run}"
        case Bounded() | Undecided() | Vacuous() | Rejected():
            return f"whether it ever makes a difference: {verdict_text(trial.same)}"
        case None:
            return "whether it ever makes a difference was not found out"


def _at(span: Span) -> Property:
    return Property(SAME, PropertyKind.CHECK, "", span, None)


def explain_json(found: Explained) -> str:
    """Return the report as JSON: ASCII, sorted keys, no times, a line feed at the end."""
    document: Json = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "exit_code": int(explain_exit_code(found)),
        "spec": found.program.name,
        "cpus": found.cpus,
        "code": list(found.files),
        "options": list(found.program.options),
        "properties": [_property(found, row.property.id, verdict_text(row.result)) for row in found.rows],
        "mutants": [_mutant(found, trial) for trial in found.trials],
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _property(found: Explained, name: str, verdict: str) -> Json:
    if name not in found.proved:
        return {"id": name, "verdict": verdict, "kills": None, "of": None, "needs": []}
    killed, of = kill_rate(found, name)
    needs = [place_json(span) for span in found.needed(name)]
    return {"id": name, "verdict": verdict, "kills": killed, "of": of, "needs": needs}


def _mutant(found: Explained, trial: Trial) -> Json:
    made: dict[str, Json] = {
        "place": place_json(trial.span),
        "line": c_line(found.program, trial.span),
        "change": trial.what,
    }
    match trial.result:
        case Equivalent():
            return {**made, "status": "same steps"}
        case Refused(reason):
            return {**made, "status": "no program", "reason": reason}
        case Decided() as result:
            same = None if trial.same is None else verdict_text(trial.same)
            status = "killed" if trial.killed else "survives" if trial.survives else "not decided"
            by = {"killed_by": list(result.killed_by), "proved": list(result.proved)}
            return {
                **made,
                "status": status,
                **by,
                "vacuous": list(result.vacuous),
                "open": list(result.undecided),
                "makes_no_difference": same,
            }
