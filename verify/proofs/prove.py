"""Making certificates: check, finish, and ask all solvers about what is to be kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from verify.check.checked import Discharged, Proved, Rejected, Undecided
from verify.encode.steps import compile_program
from verify.pipeline import check
from verify.proofs.compare import tool
from verify.proofs.derive import Systems, document
from verify.proofs.document import to_bytes
from verify.proofs.finish import finish
from verify.proofs.names import Subject, file_name, subject
from verify.proofs.recheck import judged
from verify.proofs.store import write
from verify.report.exit_codes import ExitCode, worst
from verify.report.outcome import Outcome, exit_code
from verify.stages.model import Settings
from verify.stages.search import Tell
from verify.verdict.answer import Certificate


@dataclass(frozen=True, slots=True)
class Unkept:
    """A property that was proved but has no certificate to keep, and why."""

    property: str
    code: ExitCode
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found out about a spec; ``files`` are the certificates to keep: (property, their bytes)."""

    about: Subject
    outcome: Outcome
    files: tuple[tuple[str, bytes], ...]
    unkept: tuple[Unkept, ...]

    @property
    def code(self) -> ExitCode:
        """The exit code: that of the verdicts, or worse where a proof is not kept."""
        return worst([exit_code([self.outcome]), *(u.code for u in self.unkept)])

    def path(self, root: Path, property_id: str) -> Path:
        """Return where the certificate of a property lies below the folder of all proofs."""
        return root / self.about.folder / file_name(property_id)


def prove(spec: str, settings: Settings, tell: Tell) -> Evidence:
    """Decide every property of a spec and make the certificates of those that are PROVED.

    Takes at most about twice ``settings.seconds``. Raises InputError for bad input, and for files that do not lie
    below the current folder.
    """
    about = subject(spec, settings.options, settings.cpus)
    outcome = check(about.spec, replace(settings, options=about.options(settings.options.kernel)), tell)
    proved = [r.result.evidence.certificate for r in outcome.rows if isinstance(r.result, Proved)]
    if not proved:
        return Evidence(about, outcome, (), ())
    deadline = time.monotonic() + settings.seconds
    systems = Systems(compile_program(outcome.program), about.cpus)
    kept = finish(systems.compiled, proved, about.cpus, settings.seconds / 2)
    if kept is None:
        reason = "its lemmas could not be minimised in time; raise --timeout"
        return Evidence(about, outcome, (), tuple(Unkept(c.property, ExitCode.OPEN, reason) for c in proved))
    return _evidence(about, outcome, systems, kept, deadline)


def _evidence(
    about: Subject, outcome: Outcome, systems: Systems, kept: Sequence[Certificate], deadline: float
) -> Evidence:
    files: list[tuple[str, bytes]] = []
    unkept: list[Unkept] = []
    for certificate, result in zip(kept, judged(systems.claimed(kept), deadline), strict=True):
        name = certificate.property
        match result:
            case Discharged():
                made = document(systems, about, certificate, tool(), result.solvers)
                files.append((name, to_bytes(made)))
            case Rejected():
                unkept.append(Unkept(name, ExitCode.BROKEN, result.reason))
            case Undecided():
                unkept.append(Unkept(name, ExitCode.OPEN, result.reason))
    return Evidence(about, outcome, tuple(files), tuple(unkept))


def keep(evidence: Evidence, root: Path) -> tuple[tuple[Path, bool], ...]:
    """Write the certificates below ``root``. Return the paths, and whether their bytes are new.

    Raises InputError where that fails; the certificate that was there is then intact.
    """
    paths = [(evidence.path(root, name), data) for name, data in evidence.files]
    return tuple((path, write(path, data)) for path, data in paths)
