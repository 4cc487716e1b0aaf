"""Making evidence to keep: check; finish certificates, and ask all solvers about them; replay runs once more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Final

from verify.check.checked import BlockReplay, Discharged, Proved, Refuted, Rejected, Replay, Undecided
from verify.encode.steps import Compiled, compile_program
from verify.pipeline import check
from verify.proofs.compare import Kept, Result, open_file, tool
from verify.proofs.derive import Systems, claim, document
from verify.proofs.document import Document
from verify.proofs.finish import finish
from verify.proofs.judged import Asked, Unseen, judged
from verify.proofs.kept_run import KeptRun, run_of
from verify.proofs.names import SUFFIX, Subject, file_name, subject
from verify.proofs.rerun import Reruns, rerun
from verify.proofs.store import listed, size, write
from verify.proofs.text import Kind, checksum_holds, to_bytes
from verify.report.exit_codes import ExitCode, worst
from verify.report.outcome import Outcome, exit_code
from verify.stages.model import Settings
from verify.stages.search import Tell

HINTS: Final = 1 << 20
"""Bytes of evidence in a folder that are read for hints; the largest folder that was seen has a tenth of it."""


@dataclass(frozen=True, slots=True)
class Unkept:
    """A property that was decided but has no evidence to keep, and why."""

    property: str
    code: ExitCode
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found out about a spec; ``files`` is what to keep: (property, evidence)."""

    about: Subject
    outcome: Outcome
    files: tuple[tuple[str, Kind], ...]
    unkept: tuple[Unkept, ...]

    @property
    def code(self) -> ExitCode:
        """The exit code: that of the verdicts, or worse where evidence is not kept."""
        return worst([exit_code([self.outcome]), *(u.code for u in self.unkept)])

    def path(self, root: Path, property_id: str) -> Path:
        """Return where the evidence of a property lies below the folder of all proofs."""
        return root / self.about.folder / file_name(property_id)


def prove(spec: str, settings: Settings, tell: Tell, root: Path | None = None) -> Evidence:
    """Decide every property of a spec and make evidence to keep of those that are PROVED or REFUTED.

    Lemmas of evidence that lies below ``root`` are tried first, stale or not: they are hints, whatever the files say.
    Takes at most about twice ``settings.seconds``. Raises InputError for bad input, and for files that do not lie
    below the current folder.
    """
    about = subject(spec, settings.options, settings.cpus)
    kept = () if root is None else _kept_lemmas(root / about.folder)
    settings = replace(settings, options=about.options(settings.options.kernel), kept=kept)
    outcome = check(about.spec, settings, tell)
    compiled = compile_program(outcome.program)
    made = (*_runs(about, outcome, compiled), *_proofs(about, outcome, compiled, settings.seconds))
    files = tuple((m.claimed.property, m) for m in made if not isinstance(m, Unkept))
    return Evidence(about, outcome, files, tuple(m for m in made if isinstance(m, Unkept)))


def _kept_lemmas(folder: Path) -> tuple[str, ...]:
    """Return the distinct lemmas of the certificates in a folder, in the order of files; of what is none, none.

    What would take long to read is left out: it is not a hint that is worth it.
    """
    paths = listed(folder, f"*{SUFFIX}")
    opened = (open_file(path) for path, all_ in zip(paths, accumulate(map(size, paths)), strict=True) if all_ <= HINTS)
    documents = (made.document for made in opened if isinstance(made, Kept) and isinstance(made.document, Document))
    return tuple(dict.fromkeys(text for made in documents for text, _ in made.proof.lemmas))


def _runs(about: Subject, outcome: Outcome, compiled: Compiled) -> Iterator[KeptRun | Unkept]:
    """Yield the runs of what is REFUTED, each replayed as it is kept."""
    on = Reruns(compiled, about.cpus)
    for row in outcome.rows:
        if isinstance(row.result, Refuted):
            claimed = claim(outcome.program, about, row.property)
            kept = KeptRun(claimed, run_of(row.result.evidence), tool())
            match rerun(on, kept):
                case Rejected() as rejected:
                    yield Unkept(row.property.id, ExitCode.BROKEN, rejected.reason)
                case Replay() | BlockReplay():
                    yield kept


def _proofs(about: Subject, outcome: Outcome, compiled: Compiled, seconds: float) -> Iterator[Document | Unkept]:
    """Yield the certificates of what is PROVED, finished, and accepted by every solver."""
    proved = [r.result.evidence.certificate for r in outcome.rows if isinstance(r.result, Proved)]
    if not proved:
        return
    deadline = time.monotonic() + seconds
    systems = Systems(compiled, about.cpus)
    kept = finish(compiled, proved, about.cpus, seconds / 2)
    if kept is None:
        reason = "its lemmas could not be minimised in time; raise --timeout"
        yield from (Unkept(c.property, ExitCode.OPEN, reason) for c in proved)
        return
    stated = [Asked(one, compiled, about.cpus) for one in systems.claimed(kept)]
    for certificate, result in zip(kept, judged(stated, deadline), strict=True):
        name = certificate.property
        match result:
            case Discharged():
                yield document(systems, about, certificate, tool(), result.solvers)
            case Rejected():
                yield Unkept(name, ExitCode.BROKEN, result.reason)
            case Undecided():
                yield Unkept(name, ExitCode.OPEN, result.reason)
            case Unseen():
                yield Unkept(name, ExitCode.AS_EXPECTED, result.reason)


def keep(evidence: Evidence, root: Path) -> tuple[tuple[Path, bool], ...]:
    """Write the evidence below ``root``. Return the paths, and whether their bytes are new.

    A run that is there and still one of the program stays: which run an engine finds first is left to chance.
    Raises InputError where writing fails; what was there is then intact.
    """
    on = Reruns(compile_program(evidence.outcome.program), evidence.about.cpus)
    paths = [(evidence.path(root, name), made) for name, made in evidence.files]
    return tuple((path, not _stays(on, path, made) and write(path, to_bytes(made))) for path, made in paths)


def _stays(on: Reruns, path: Path, made: Kind) -> bool:
    if not isinstance(made, KeptRun) or not path.is_file():
        return False
    match open_file(path):
        case Kept(_, data, KeptRun() as there):
            same = there.claimed == made.claimed and checksum_holds(data)
            return same and not isinstance(rerun(on, there), Rejected)
        case Kept() | Result():
            return False
