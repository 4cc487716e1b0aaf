"""What kept evidence says of its subject; all of it is derived anew from the sources when it is checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from verify.program.program import PropertyKind
from verify.proofs.names import Subject, is_local
from verify.proofs.reading import DocumentError, Read

CPUS_MOST: Final = 64
"""More CPUs than these are not encoded one by one."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The property that is proved or refuted, and of which text.

    ``at_most`` is the largest number of CPUs of evidence about any number; the digests of ``sources`` are of their
    bytes.
    """

    subject: Subject
    property: str
    kind: str
    text: str
    at_most: int | None
    assumptions: tuple[str, ...]
    memory_model: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]


def head(claimed: Claimed) -> dict[str, object]:
    """Return the fields that stand before the evidence."""
    about = claimed.subject
    return {
        "spec": about.spec,
        "property": {"id": claimed.property, "kind": claimed.kind, "text": claimed.text},
        "cpus": {"at_most": claimed.at_most} if about.cpus is None else {"exactly": about.cpus},
        "options": {
            "defines": list(about.defines),
            "undefines": list(about.undefines),
            "include_dirs": list(about.include_dirs),
            "kernel": about.kernel,
            **({"knobs": list(about.knobs)} if about.knobs else {}),
        },
    }


def tail(claimed: Claimed) -> dict[str, object]:
    """Return the fields that stand behind the evidence."""
    return {
        "assumptions": list(claimed.assumptions),
        "memory_model": list(claimed.memory_model),
        "sources": dict(claimed.sources),
    }


def claimed_of(root: Read) -> Claimed:
    """Return what a file says of its subject. Raises DocumentError."""
    about = Read(root.field("property"), "'property'")
    cpus = Read(root.field("cpus"), "'cpus'")
    exact = cpus.has("exactly")
    claimed = Claimed(
        _subject(root, cpus.number("exactly") if exact else None),
        about.text("id"),
        about.text("kind"),
        about.text("text"),
        None if exact else cpus.number("at_most"),
        root.texts("assumptions"),
        root.texts("memory_model"),
        root.pairs("sources"),
    )
    if claimed.kind not in {kind.value for kind in PropertyKind}:
        raise DocumentError(f"'{claimed.kind}' is no kind of property")
    return claimed


def _subject(root: Read, cpus: int | None) -> Subject:
    options = Read(root.field("options"), "'options'")
    if cpus is not None and not 1 <= cpus <= CPUS_MOST:
        raise DocumentError(f"this is about {cpus} CPUs; exactly n is at most {CPUS_MOST}")
    found = Subject(
        root.text("spec"),
        options.texts("defines"),
        options.texts("undefines"),
        options.texts("include_dirs"),
        options.flag("kernel"),
        cpus,
        options.texts("knobs") if options.has("knobs") else (),
    )
    if not all(map(is_local, (found.spec, *found.include_dirs))) or not PurePosixPath(found.spec).name:
        raise DocumentError("a path leads out of the folder in which refproof runs, or names no file")
    return found
