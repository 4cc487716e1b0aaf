"""The gate: every spec and its certificates, against the verdicts that the spec expects."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from verify.check.checked import Undecided
from verify.program.errors import Diagnostic, InputError, reject
from verify.program.program import Program
from verify.proofs.compare import Kept, Result, open_file
from verify.proofs.names import SUFFIX, Subject, file_name, subject
from verify.proofs.prove import Evidence, keep, prove
from verify.proofs.recheck import read_programs, recheck
from verify.proofs.store import listed, read, remove
from verify.report.assumptions import expected
from verify.report.exit_codes import ExitCode, worst
from verify.report.outcome import row_exit_code, verdict_text
from verify.report.values import counted, printable
from verify.stages.model import Settings
from verify.stages.search import Tell

UNGATED: Final = "NOT-GATED"
"""A file of this name in a folder keeps the gate of a folder above out of it; it says why."""


@dataclass(frozen=True, slots=True)
class Case:
    """One property of one spec (``property`` empty: the spec as a whole); ``detail`` says how, or what is wrong.

    ``remark``: nothing is decided by it.
    """

    about: Subject
    property: str
    code: ExitCode
    detail: str
    remark: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """How the gate works: with the certificates below ``root``; ``update`` writes and removes certificates."""

    root: Path
    settings: Settings
    update: bool


def gate(folder: str, on: Gate, telling: Callable[[str], Tell]) -> Iterator[Case]:
    """Yield one case for each property of each spec below a folder.

    Certificates of sources that did not change are checked again; what has none, or a stale one, is proved anew.
    ``settings.seconds`` is the limit for each spec. Raises InputError for a folder without specs.
    """
    subjects = tuple(_subjects(folder, on))
    kernel = on.settings.options.kernel
    deadline = time.monotonic() + on.settings.seconds
    programs = read_programs(subjects, kernel, deadline)
    files = {about: _files(on.root / about.folder) for about in subjects}
    every = [path for paths in files.values() for path in paths]
    results = {r.path: r for r in recheck(every, on.settings.seconds, kernel, known=programs)} if every else {}
    for about in subjects:
        program = programs[about]
        if isinstance(program, Program):
            yield from _cases(about, program, {p: results[p] for p in files[about]}, on, telling)
        else:
            yield _bad_input(about, program)


def _bad_input(about: Subject, diagnostics: Sequence[Diagnostic]) -> Case:
    return Case(about, "", ExitCode.BAD_INPUT, "\n".join(map(str, diagnostics)))


def _subjects(folder: str, on: Gate) -> Iterator[Subject]:
    """Yield every spec below the folder as it is, and as its certificates say that it was compiled."""
    specs = tuple(_gated(Path(folder)))
    if not specs:
        raise reject(None, f"{folder} is no folder that holds specs", "name the folder of the specs")
    for spec in specs:
        plain = subject(str(spec), replace(on.settings.options, kernel=None), None)
        others = {_subject_of(path) for path in listed(on.root / plain.folder, f"@*/*{SUFFIX}")}
        yield plain
        yield from sorted((s for s in others if s is not None and s.spec == plain.spec), key=lambda s: s.folder)


def _gated(folder: Path) -> Iterator[Path]:
    """Yield the specs below a folder, sorted, without those in folders below it that are marked as not gated."""
    for spec in listed(folder, "**/*.c"):
        above = spec.relative_to(folder).parents
        try:
            kept_out = spec.is_dir() or any((folder / part / UNGATED).is_file() for part in above if part != Path())
        except OSError as error:
            raise reject(None, f"cannot read {spec}: {error.strerror or error}", "check its permissions") from error
        if not kept_out:
            yield spec


def ungated(folder: str) -> tuple[tuple[str, str], ...]:
    """Return the folders below one that are marked as not gated, sorted, each with the reason that is given there."""
    marks = (p for p in listed(Path(folder), f"**/{UNGATED}") if p.parent != Path(folder))
    return tuple((str(mark.parent), _reason(mark)) for mark in marks)


def _reason(mark: Path) -> str:
    try:
        return " ".join(read(mark).decode(errors="replace").split())
    except OSError as error:
        return f"the reason cannot be read: {error.strerror or error}"


def _subject_of(path: Path) -> Subject | None:
    opened = open_file(path)
    return opened.document.claimed.subject if isinstance(opened, Kept) else None


def _files(folder: Path) -> tuple[Path, ...]:
    return listed(folder, f"*{SUFFIX}")


def _cases(
    about: Subject, program: Program, results: Mapping[Path, Result], on: Gate, telling: Callable[[str], Tell]
) -> Iterator[Case]:
    by_name = {path.name: result for path, result in results.items()}
    rejected = [r for r in by_name.values() if r.code is ExitCode.BROKEN]
    if rejected and not on.update:
        yield from (Case(about, r.property, r.code, f"{printable(str(r.path))}: {r.reason}") for r in rejected)
        return
    wanted = {p.id: expected(program, p, about.cpus) for p in program.properties}
    accepted = {r.property: r.verdict for r in by_name.values() if not r.reason}
    if accepted == wanted and {file_name(name) for name in wanted} == by_name.keys():
        for name, verdict in wanted.items():
            how = "run replayed" if verdict == "REFUTED" else "certificate accepted"
            yield Case(about, name, ExitCode.AS_EXPECTED, f"{verdict}, {how}")
        return
    try:
        settings = replace(on.settings, cpus=about.cpus, options=about.options(on.settings.options.kernel))
        evidence = prove(about.spec, settings, telling(about.spec), on.root)
        yield from _anew(evidence, results, on)
    except InputError as error:
        yield _bad_input(about, error.diagnostics)


def _anew(evidence: Evidence, results: Mapping[Path, Result], on: Gate) -> Iterator[Case]:
    """Yield the verdicts that were found; with ``update`` their evidence replaces what was there."""
    about = evidence.about
    unkept = {u.property: u for u in evidence.unkept}
    for row in evidence.outcome.rows:
        name, verdict = row.property.id, verdict_text(row.result)
        codes = [row_exit_code(row), *([unkept[name].code] if name in unkept else [])]
        why = f"; {unkept[name].reason}" if name in unkept else ""
        yield Case(about, name, worst(codes), f"{verdict}, expected {row.expected}{why}")
    wanted = {evidence.path(on.root, name): data for name, data in evidence.files}
    leftover = [path for path, r in results.items() if path not in wanted and _refuted(evidence, r)]
    if on.update:
        changed = [path for path, new in keep(evidence, on.root) if new]
        for path in leftover:
            remove(path)
        detail = f"{counted(len(changed), 'file')} written, {len(leftover)} removed"
        yield Case(about, "", ExitCode.AS_EXPECTED, detail, remark=True)
        return
    for path in leftover:
        detail = f"{printable(str(path))} is evidence of no verdict that was found now"
        yield Case(about, results[path].property, ExitCode.OPEN, detail)
    unsettled = sum(result.unsettled for result in results.values())
    if unsettled:
        detail = f"{counted(unsettled, 'file')} could not be settled by checking again, so this was decided anew"
        yield Case(about, "", ExitCode.AS_EXPECTED, detail, remark=True)
    missing = sum(path not in results or _is_wrong(results[path]) for path in wanted)
    if missing:
        detail = f"{counted(missing, 'file')} missing or stale; --update writes them"
        yield Case(about, "", ExitCode.AS_EXPECTED, detail, remark=True)


def _is_wrong(result: Result) -> bool:
    return bool(result.reason) and not result.unsettled


def _refuted(evidence: Evidence, result: Result) -> bool:
    """Tell whether what was found says something against a file that is there, or this file is no evidence.

    What was not decided now, on a slow machine perhaps, says nothing against it.
    """
    undecided = {row.property.id for row in evidence.outcome.rows if isinstance(row.result, Undecided)}
    undecided |= {made.property for made in evidence.unkept if made.code is not ExitCode.BROKEN}
    return result.code is ExitCode.BROKEN or result.property not in undecided
