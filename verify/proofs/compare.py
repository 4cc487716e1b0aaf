"""Kept evidence against the sources: is it about them, and is it what it says it is?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from verify.program.errors import InputError
from verify.program.program import Program
from verify.proofs.claimed import Claimed
from verify.proofs.derive import Systems, certificate_of, claim
from verify.proofs.document import Document
from verify.proofs.names import PROOFS, file_name
from verify.proofs.reading import DocumentError
from verify.proofs.store import read
from verify.proofs.text import Kind, checksum_holds, from_bytes
from verify.report.counted import counted_texts
from verify.report.exit_codes import ExitCode
from verify.report.values import counted
from verify.smt.select import RECHECKERS
from verify.verdict.answer import Certificate

_MOST_STEPS: Final = 20_000
"""Steps of all positions of k-induction from which obligations are derived: some fifteen seconds."""

_VERSION: Final = re.compile(r"[0-9][\w.+-]{0,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file: ``reason`` is empty where it was accepted as evidence of ``verdict``.

    ``verdict`` is spelled as in DESIGN section 5; empty where the file is no evidence of any. ``unsettled``: nothing
    was found against it.
    """

    path: Path
    property: str
    code: ExitCode
    reason: str
    verdict: str = ""
    unsettled: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A file's text and the evidence that it is."""

    path: Path
    data: bytes
    document: Kind


class WrongError(Exception):
    """Evidence that is not asked about: stale (OPEN) or no evidence (BROKEN)."""

    def __init__(self, code: ExitCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def tool() -> str:
    """Return the name and version of this program, as certificates state it."""
    return f"refproof {version('refproof')}"


def open_file(path: Path, *, alone: bool = False) -> Kept | Result:
    """Read a file as evidence that lies where it belongs. One that cannot be read is a result, BAD_INPUT.

    ``alone``: it was named by itself, and may lie in any folder but in another's place below ``proofs``.
    """
    try:
        if not path.is_file():
            return Result(path, "", ExitCode.BROKEN, "this is no file, or a link that leads nowhere")
        data = read(path)
    except OSError as error:
        return Result(path, "", ExitCode.BAD_INPUT, f"it cannot be read: {error.strerror or error}")
    try:
        document = from_bytes(data)
    except DocumentError as error:
        return Result(path, "", ExitCode.BROKEN, str(error))
    name = document.claimed.property
    wanted = file_name(name)
    if path.name != wanted:
        return Result(path, name, ExitCode.BROKEN, f"evidence of this property has to be named {wanted}")
    folder = f"{document.claimed.subject.folder}/{wanted}"
    if not _lies_there(path.absolute().parts, folder, alone=alone):
        return Result(path, name, ExitCode.BROKEN, f"this file belongs into {PROOFS}/{folder}")
    return Kept(path, data, document)


def _lies_there(parts: tuple[str, ...], wanted: str, *, alone: bool) -> bool:
    """Tell whether a file lies where it belongs: right below ``proofs``, if it is below that at all."""
    if PROOFS in parts:
        return "/".join(parts[len(parts) - parts[::-1].index(PROOFS) :]) == wanted
    return alone or "/".join(parts).endswith(f"/{wanted}")


def require_present(program: Program, document: Kind) -> None:
    """Raise WrongError where evidence is not about the sources as they are: stale, or never so."""
    stated = document.claimed
    if changed := _changed(stated.sources, tuple((s.name, s.sha256) for s in program.sources)):
        raise WrongError(ExitCode.OPEN, f"stale: {changed}")
    prop = next((p for p in program.properties if p.id == stated.property), None)
    if prop is None:
        raise WrongError(ExitCode.BROKEN, f"the spec has no property '{stated.property}'")
    _require_same(stated, claim(program, stated.subject, prop))
    if not _VERSION.fullmatch(document.tool.removeprefix("refproof ")):
        raise WrongError(ExitCode.BROKEN, "the version of the tool is not stated")


def certified(systems: Systems, document: Document) -> Certificate:
    """Return the certificate of a document that agrees with the sources in all but its proof.

    Raises WrongError for one that is stale or no evidence.
    """
    require_present(systems.compiled.program, document)
    if tuple(name for name, _ in document.solvers) != RECHECKERS or not all(
        _VERSION.fullmatch(v) for _, v in document.solvers
    ):
        raise WrongError(ExitCode.BROKEN, "the versions of the solvers are not stated")
    try:
        certificate = certificate_of(systems, document)
        digest = systems.digest(certificate.abstraction)
    except (ValueError, InputError) as error:
        raise WrongError(ExitCode.BROKEN, f"the certificate makes no sense: {error}") from error
    steps = len(systems.system(certificate.abstraction).steps)
    if certificate.k * steps > _MOST_STEPS:
        raise WrongError(ExitCode.OPEN, f"too large: k = {certificate.k} with {steps} steps; use fewer CPUs")
    if document.proof.system != digest and document.tool != tool():
        raise WrongError(ExitCode.OPEN, f"stale: {document.tool} derived another system from these sources")
    texts = counted_texts(systems.compiled, certificate.lemmas)
    if texts != tuple(text for _, text in document.proof.lemmas):
        raise WrongError(ExitCode.BROKEN, "a lemma's C text is not what the lemma says")
    return certificate


def _changed(stated: tuple[tuple[str, str], ...], present: tuple[tuple[str, str], ...]) -> str:
    """Return which files differ, in words; empty where none does."""
    before, now = dict(stated), dict(present)
    names = sorted(n for n in before.keys() | now.keys() if before.get(n) != now.get(n))
    if not names:
        return ""
    first, *more = names
    if more:
        return f"{first} and {counted(len(more), 'more file')} changed since then"
    if first not in now:
        return f"{first} is not read any more"
    return f"{first} changed since then" if first in before else f"{first} is read too now"


def _require_same(stated: Claimed, derived: Claimed) -> None:
    for field in ("kind", "text", "at_most", "assumptions", "memory_model"):
        if getattr(stated, field) != getattr(derived, field):
            raise WrongError(ExitCode.BROKEN, f"its '{field}' is not the spec's")
    if stated != derived:
        raise WrongError(ExitCode.BROKEN, "it claims something else than the spec")


def doubt(systems: Systems, document: Document, certificate: Certificate, data: bytes) -> str:
    """Return why a certificate whose obligations hold is rejected all the same; empty where it is accepted."""
    if document.proof.system != systems.digest(certificate.abstraction):
        return "its system is not the one that follows from the sources"
    return edited(data)


def edited(data: bytes) -> str:
    """Return that a file that is evidence is not as it was written; empty where it is."""
    if not checksum_holds(data):
        return "its checksum is wrong: the file was damaged or edited, though what it says now is evidence"
    return ""
