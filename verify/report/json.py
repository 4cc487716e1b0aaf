"""The report as JSON. The schema is docs/report.schema.json, its words are explained in docs/json.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from verify.check.checked import (
    BlockReplay,
    Bounded,
    Checked,
    Discharged,
    Proved,
    Reach,
    Refuted,
    Rejected,
    Replay,
    Undecided,
    Vacuous,
)
from verify.program.errors import Diagnostic
from verify.program.program import Actor, Program, Property, SourceFile
from verify.program.run import Accessed, CheckRan, Drew, Event, Finished, GhostChanged, StepRun
from verify.report.blocks import whereabouts
from verify.report.exit_codes import ExitCode, worst
from verify.report.gap import shown
from verify.report.moment import violation_moment
from verify.report.outcome import Assumption, Outcome, Row, exit_code, not_asked, row_exit_code, verdict_text
from verify.report.source import c_line
from verify.report.trace import drawn
from verify.report.values import typed, word
from verify.term.source import Span
from verify.verdict.answer import Gap

FORMAT: Final = "refproof-report"
FORMAT_VERSION: Final = 5

Json = str | int | bool | None | Sequence["Json"] | dict[str, "Json"]


def to_json(outcomes: Sequence[Outcome], errors: Sequence[Diagnostic] = ()) -> str:
    """Return the report of one run of the command: ASCII, sorted keys, no times, a line feed at the end.

    ``errors`` are the problems of specs that could not be read. ``exit_code`` is the process's.
    """
    codes = [ExitCode.BAD_INPUT] if errors else []
    if outcomes or not errors:
        codes.append(ExitCode(exit_code(outcomes)))
    document: Json = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "exit_code": int(worst(codes)),
        "specs": [_outcome(o) for o in outcomes],
        "matrix": _matrix(outcomes),
        "errors": [{"message": e.message, "advice": e.advice, "place": place_json(e.span)} for e in errors],
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _outcome(outcome: Outcome) -> Json:
    program = outcome.program
    return {
        "spec": program.name,
        "cpus": outcome.cpus,
        "cpus_max": program.cpus_max,
        "options": list(program.options),
        "knobs": {knob.id: bool(knob.on) for knob in program.knobs},
        "exit_code": exit_code([outcome]),
        "properties": [_row(program, row) for row in outcome.rows],
        "not_asked": list(not_asked(outcome)),
        "reach": [_reach(r) for r in outcome.reach],
        "stuck": list(outcome.stuck),
        "assumptions": [assumption_json(a) for a in outcome.assumptions],
        "memory_model": list(outcome.memory_model),
        "lemmas": list(outcome.lemmas),
        "false_lemmas": [assumption_json(Assumption("LEMMA", hint.text, hint.span)) for hint in outcome.false_lemmas],
        "sources": [_source(s) for s in program.sources],
        "versions": _versions(outcome.versions),
    }


def _matrix(outcomes: Sequence[Outcome]) -> Json:
    """Return each property's verdict by spec, for the specs that have it."""
    rows: dict[str, dict[str, Json]] = {}
    for outcome in outcomes:
        for row in outcome.rows:
            rows.setdefault(row.property.id, {})[outcome.program.name] = verdict_text(row.result)
    return dict(rows)


def _versions(versions: Iterable[tuple[str, str]]) -> Json:
    return [{"name": name, "version": version} for name, version in versions]


def place_json(span: Span | None) -> Json:
    return None if span is None else {"file": span.file, "line": span.line, "column": span.column}


def _reach(reach: Reach) -> Json:
    status = "not shown" if reach.reached is None else "reached" if reach.reached else "impossible"
    return {"what": reach.what, "status": status, "depth": reach.depth}


def assumption_json(assumption: Assumption) -> Json:
    """Return an assumption as JSON."""
    return {"kind": assumption.kind, "text": assumption.text, "place": place_json(assumption.span)}


def _source(source: SourceFile) -> Json:
    return {"name": source.name, "origin": source.origin.value, "sha256": source.sha256}


def _row(program: Program, row: Row) -> Json:
    return {
        "id": row.property.id,
        "kind": row.property.kind.value,
        "text": row.property.text,
        "place": place_json(row.property.span),
        "verdict": verdict_text(row.result),
        "expected": row.expected,
        "as_expected": row_exit_code(row) is ExitCode.AS_EXPECTED,
        **result_json(program, row.property, row.result),
    }


def result_json(program: Program, decided: Property, result: Checked | Rejected) -> dict[str, Json]:
    """Return what was made of a property: ``status`` and the fields that go with it."""
    match result:
        case Proved():
            return {"status": "PROVED", "cpus": result.cpus, "certificate": _certificate(result.evidence)}
        case Refuted():
            if isinstance(result.evidence, BlockReplay):
                return {"status": "REFUTED", "blocks": _blocks(program, result.evidence)}
            violation = _violation(program, decided, result.evidence)
            return {"status": "REFUTED", "trace": _trace(program, result.evidence), "violation": violation}
        case Bounded():
            return {"status": "BOUNDED", "depth": result.depth}
        case Undecided():
            known: dict[str, Json] = {} if result.gap is None else {"induction": gap_json(program, result.gap)}
            return {"status": "UNKNOWN", "reason": result.reason, "depth": result.depth, **known}
        case Vacuous():
            evidence: dict[str, Json] = (
                {"trace": _trace(program, result.evidence)}
                if isinstance(result.evidence, Replay)
                else {"certificate": _certificate(result.evidence)}
            )
            return {"status": "VACUOUS", "reason": result.reason, **evidence}
        case Rejected():
            return {"status": "REJECTED", "reason": result.reason}


def _certificate(evidence: Discharged) -> Json:
    return {
        "k": evidence.certificate.k,
        "lemmas": len(evidence.certificate.lemmas),
        "obligations": evidence.obligations,
        "accepted_by": _versions(evidence.solvers),
    }


def _trace(program: Program, replay: Replay) -> Json:
    return {
        "start": values_json(program, replay.start.cells, replay.start.ghosts),
        "steps": [step_json(program, step) for step in replay.steps],
        "also_violates": list(replay.also),
    }


def _blocks(program: Program, run: BlockReplay) -> Json:
    return {
        "start": values_json(program, run.start.cells, run.start.ghosts),
        "blocks": [
            {
                "times": block.times,
                "actor": block.actor,
                "entered": block.entered,
                "before": values_json(program, *block.before),
                "after": values_json(program, *block.after),
                "first": _events(program, block.first),
                "last": _events(program, block.last),
                "then": None if block.then is None else [_events(program, run) for run in block.then],
                "inside": [
                    {"actor": actor, "place": place_json(span), "cpus": number}
                    for actor, span, number in whereabouts(program, block)
                ],
            }
            for block in run.blocks
        ],
        "at_state": run.trace.at_state,
        "also_violates": list(run.also),
    }


def values_json(program: Program, cells: Sequence[int], ghosts: Sequence[int]) -> Json:
    return {
        "words": {c.name: word(v, c.width) for c, v in zip(program.cells, cells, strict=True)},
        "ghosts": {g.name: typed(v, g.width, g.kind) for g, v in zip(program.ghosts, ghosts, strict=True)},
    }


def _violation(program: Program, violated: Property, replay: Replay) -> Json:
    moment = violation_moment(program, replay, violated)
    return {
        "step": moment.step,
        "cpu": moment.cpu,
        "place": place_json(moment.span),
        "line": c_line(program, moment.span),
        "values": values_json(program, moment.cells, moment.ghosts),
    }


def step_json(program: Program, step: StepRun) -> Json:
    return {
        "cpu": step.cpu,
        "actor": step.actor,
        "entered": step.entered,
        "events": _events(program, step),
    }


def _events(program: Program, step: StepRun) -> Json:
    actor = next(a for a in program.actors if a.name == step.actor)
    return [_event(program, actor, event) for event in step.events]


def _event(program: Program, actor: Actor, event: Event) -> Json:
    where: dict[str, Json] = {"place": place_json(event.span), "line": c_line(program, event.span)}
    match event:
        case Accessed():
            width = next(c.width for c in program.cells if c.name == event.cell)
            return {
                "event": "access",
                "word": event.cell,
                "operation": event.operation,
                "before": word(event.before, width),
                "after": None if event.after is None else word(event.after, width),
                **where,
            }
        case GhostChanged():
            ghost = next(g for g in program.ghosts if g.name == event.ghost)
            before, after = (typed(v, ghost.width, ghost.kind) for v in (event.before, event.after))
            return {"event": "ghost", "name": ghost.name, "before": before, "after": after, **where}
        case Drew():
            name, value = drawn(program, actor, event)
            return {"event": "input", "name": name, "value": value, **where}
        case CheckRan():
            return {"event": "check", "property": event.property, "holds": event.holds, **where}
        case Finished():
            return {"event": "finish", "bug": event.bug, **where}


def gap_json(program: Program, gap: Gap) -> dict[str, Json]:
    """Return a gap for a JSON report; ``after`` is null where the step violates the property before it ends."""
    return {
        "before": dict(shown(program, gap.before)),
        "after": None if gap.after is None else dict(shown(program, gap.after)),
        "cpus": [
            {
                "number": at.cpus,
                "actor": at.actor,
                "operation": at.operation,
                "place": place_json(at.span),
                "sums": {name: str(value) for name, value in at.sums},
            }
            for at in gap.standing
        ],
        "step": gap.step,
        "place": place_json(gap.span),
        "inputs": {name: str(value) for name, value in gap.drawn},
        "lemmas": gap.lemmas,
    }
