"""Checking kept evidence again: no engine runs; all but lemmas, facts and the choices of runs is derived from C."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from verify.check.checked import BlockReplay, Discharged, Rejected, Replay, Undecided
from verify.encode.steps import compile_program
from verify.frontend.load import load
from verify.program.errors import Diagnostic, InputError, reject
from verify.program.program import Program
from verify.proofs.compare import Kept, Result, WrongError, certified, doubt, edited, open_file, require_present
from verify.proofs.derive import Systems
from verify.proofs.document import Document
from verify.proofs.judged import Asked, Judgement, Unseen, judged
from verify.proofs.kept_run import KeptRun
from verify.proofs.names import Subject
from verify.proofs.rerun import Reruns, rerun
from verify.proofs.text import checksum_holds
from verify.report.exit_codes import ExitCode
from verify.smt.select import RECHECKERS, load_libraries
from verify.verdict.answer import Certificate
from verify.worker.tasks import Crashed, Ending, Task, TimedOut, run_tasks

Read = Program | tuple[Diagnostic, ...]
"""A spec that was read, or what is wrong with its sources."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A certificate with its obligations; ``doubt`` is why it is rejected even if they hold."""

    kept: Kept
    asked: Asked
    doubt: str


def recheck(
    paths: Sequence[Path],
    seconds: float,
    kernel: str | None = None,
    *,
    alone: Container[Path] = (),
    known: Mapping[Subject, Read] = MappingProxyType({}),
) -> tuple[Result, ...]:
    """Check every file again and return one result each, in order. Takes about ``seconds`` at most.

    ``alone`` are files that were named by themselves, and may lie anywhere; ``known`` are specs that were read before.
    Raises InputError for files that cannot be read; bad sources are results with the code BAD_INPUT.
    """
    deadline = time.monotonic() + seconds
    opened = [open_file(path, alone=path in alone) for path in paths]
    kept = [o for o in opened if isinstance(o, Kept)]
    found = {o.path: o for o in opened if isinstance(o, Result)}
    ready: list[_Ready] = []
    subjects = tuple(dict.fromkeys(k.document.claimed.subject for k in kept))
    unread = [about for about in subjects if about not in known]
    programs = {**known, **(read_programs(unread, kernel, deadline) if unread else {})}
    for about in subjects:
        for made in _group(about, programs[about], [k for k in kept if k.document.claimed.subject == about]):
            match made:
                case _Ready():
                    ready.append(made)
                case Result():
                    found[made.path] = made
    found |= {result.path: result for result in _judged(ready, deadline)}
    return tuple(found[path] for path in paths)


def read_programs(subjects: Sequence[Subject], kernel: str | None, deadline: float) -> Mapping[Subject, Read]:
    """Read each spec once, each in a worker of its own. Return programs, or what is wrong with the sources."""
    found: dict[Subject, Read] = {}
    tasks = {f"front end {number}": about for number, about in enumerate(subjects)}

    def listen(task: str, message: object) -> bool:
        if isinstance(message, Program | tuple):
            found[tasks[task]] = message
        return False

    work = [Task(name, partial(_load, about, kernel)) for name, about in tasks.items()]
    loading = partial(load_libraries, RECHECKERS)
    endings = run_tasks(work, deadline=deadline, on_message=listen, on_started=loading)
    return {about: found.get(about, _no_program(about.spec, endings[name])) for name, about in tasks.items()}


def _load(about: Subject, kernel: str | None, send: Callable[[object], None]) -> None:
    try:
        send(load(about.spec, about.options(kernel)))
    except InputError as error:
        send(error.diagnostics)


def _no_program(spec: str, ending: Ending) -> tuple[Diagnostic, ...]:
    if isinstance(ending, TimedOut):
        return reject(None, f"{spec} could not be read in time", "raise --timeout").diagnostics
    detail = ending.detail.strip().splitlines()[-1] if isinstance(ending, Crashed) else "no answer"
    return reject(None, f"the front end failed on {spec}: {detail}", "please report the input").diagnostics


def _require(program: Read) -> Program:
    if isinstance(program, tuple):
        raise InputError(*program)
    return program


def _group(about: Subject, program: Read, group: Sequence[Kept]) -> Iterable[_Ready | Result]:
    """Replay the runs of one subject, and derive the obligations of all its certificates."""
    try:
        compiled = compile_program(_require(program))
    except InputError as error:
        return [Result(k.path, k.document.claimed.property, ExitCode.BAD_INPUT, str(error)) for k in group]
    settled: list[Result] = []
    made: list[tuple[Kept, Document, Certificate]] = []
    systems, reruns = Systems(compiled, about.cpus), Reruns(compiled, about.cpus)
    for kept in group:
        try:
            match kept.document:
                case Document():
                    made.append((kept, kept.document, certified(systems, kept.document)))
                case KeptRun():
                    settled.append(_replayed(reruns, kept, kept.document))
        except WrongError as error:
            settled.append(_wrong(kept, error))
    stated = systems.claimed([certificate for _, _, certificate in made])
    ready = (
        _Ready(k, Asked(one, compiled, about.cpus), doubt(systems, d, c, k.data))
        for (k, d, c), one in zip(made, stated, strict=True)
    )
    return [*settled, *ready]


def _wrong(kept: Kept, error: WrongError) -> Result:
    """Return what is wrong; what is stale and damaged as well was not true of any version of the sources."""
    name = kept.document.claimed.property
    if error.code is ExitCode.OPEN and not checksum_holds(kept.data):
        return Result(kept.path, name, ExitCode.BROKEN, f"its checksum is wrong: it was damaged or edited; {error}")
    return Result(kept.path, name, error.code, str(error))


def _replayed(on: Reruns, kept: Kept, document: KeptRun) -> Result:
    """Replay a run. Raises WrongError where it is stale or no evidence."""
    require_present(on.compiled.program, document)
    name = document.claimed.property
    try:
        ran = rerun(on, document)
    except InputError as error:
        raise WrongError(ExitCode.BAD_INPUT, str(error)) from error
    match ran:
        case Rejected():
            raise WrongError(ExitCode.BROKEN, f"the run is not one of this program: {ran.reason}")
        case Replay() | BlockReplay():
            if why := edited(kept.data):
                raise WrongError(ExitCode.BROKEN, why)
            return Result(kept.path, name, ExitCode.AS_EXPECTED, "", document.verdict)


def _judged(ready: Sequence[_Ready], deadline: float) -> list[Result]:
    results = judged([r.asked for r in ready], deadline)
    return [_result(r, judgement) for r, judgement in zip(ready, results, strict=True)]


def _result(ready: _Ready, judgement: Judgement) -> Result:
    kept, name = ready.kept, ready.kept.document.claimed.property
    match judgement:
        case Rejected():
            return Result(kept.path, name, ExitCode.BROKEN, judgement.reason)
        case Undecided() | Unseen():
            return Result(kept.path, name, ExitCode.OPEN, judgement.reason, unsettled=True)
        case Discharged() if ready.doubt:
            return Result(kept.path, name, ExitCode.BROKEN, ready.doubt)
        case Discharged():
            return Result(kept.path, name, ExitCode.AS_EXPECTED, "", kept.document.verdict)
