"""A certificate as it is kept: JSON, of which every byte is determined by what it says."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

from verify.program.program import PropertyKind
from verify.proofs.names import Subject, is_local

FORMAT: Final = "refproof certificate"
VERSION: Final = 1
LARGEST: Final = 4 << 20
"""The size in bytes from which a file is not read."""

CPUS_MOST: Final = 64
DEEPEST: Final = 100
FOCUS_MOST: Final = 4
"""Bounds within which deriving obligations takes little time."""


class DocumentError(ValueError):
    """The bytes are not a certificate of this format version."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is proved, and of which text; all of it is derived anew from the sources when it is checked.

    ``at_most`` is the largest number of CPUs of a certificate for any number; ``system`` the digest of the
    canonical text of the system that the lemmas are about; the digests of ``sources`` are of their bytes.
    """

    subject: Subject
    property: str
    kind: str
    text: str
    at_most: int | None
    assumptions: tuple[str, ...]
    memory_model: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    system: str


@dataclass(frozen=True, slots=True)
class LocationText:
    """Facts of a location as text; ``ranges`` are (local, least, largest value)."""

    actor: str
    node: int
    ranges: tuple[tuple[str, int, int], ...]
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The evidence. ``lemmas`` are (canonical text, the same in the notation of C); ``focus`` CPUs are kept exactly."""

    k: int
    focus: int
    locations: tuple[LocationText, ...]
    lemmas: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A certificate. ``tool`` and ``solvers`` are the versions that made it."""

    claimed: Claimed
    proof: Proof
    tool: str
    solvers: tuple[tuple[str, str], ...]


def to_bytes(document: Document) -> bytes:
    """Return the one text of a certificate."""
    body = _body(document)
    body["checksum"] = _checksum(body)
    return (json.dumps(body, indent=1, ensure_ascii=True) + "\n").encode()


def _checksum(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _body(document: Document) -> dict[str, object]:
    claimed, proof = document.claimed, document.proof
    about = claimed.subject
    return {
        "format": FORMAT,
        "version": VERSION,
        "tool": document.tool,
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
        "k": proof.k,
        "lemmas": [{"c": c, "smt": smt} for smt, c in proof.lemmas],
        "focus": proof.focus,
        "locations": [
            {"actor": at.actor, "node": at.node, "ranges": [list(r) for r in at.ranges], "holds": list(at.holds)}
            for at in proof.locations
        ],
        "assumptions": list(claimed.assumptions),
        "memory_model": list(claimed.memory_model),
        "sources": dict(claimed.sources),
        "system": claimed.system,
        "solvers": dict(document.solvers),
    }


def from_bytes(data: bytes) -> Document:
    """Return the certificate that has this text, and whose checksum may be wrong.

    Raises DocumentError for anything else: no JSON, an unknown version, a field that is missing, of another type or
    too much, and any text but the one that ``to_bytes`` gives.
    """
    if len(data) > LARGEST:
        raise DocumentError(f"the file is larger than {LARGEST} bytes")
    try:
        read = json.loads(data.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_no_constant)
    except DocumentError:
        raise
    except (ValueError, RecursionError) as error:
        raise DocumentError("the file is not JSON, or ends too early") from error
    root = _Object(read, "the certificate")
    if root.field("format") != FORMAT:
        raise DocumentError(f"the file is no {FORMAT}")
    if root.field("version") != VERSION:
        raise DocumentError(f"this is not format version {VERSION}, the only one that is known here")
    found = _document(root)
    body = _body(found)
    body["checksum"] = root.text("checksum")
    if (json.dumps(body, indent=1, ensure_ascii=True) + "\n").encode() != data:
        raise DocumentError("the file is not written in the one way in which this certificate is written")
    return found


def checksum_holds(data: bytes) -> bool:
    """Tell whether a text that ``from_bytes`` accepts was left as it was written."""
    body = json.loads(data)
    stated = body.pop("checksum")
    return bool(stated == _checksum(body))


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DocumentError("a field stands twice")
    return found


def _no_constant(name: str) -> object:
    raise DocumentError(f"{name} is no JSON")


@dataclass(frozen=True, slots=True)
class _Object:
    """A JSON object that has the fields that are asked for, each of the type that is asked for."""

    value: object
    where: str

    def field(self, name: str) -> object:
        if not isinstance(self.value, dict) or name not in self.value:
            raise DocumentError(f"{self.where} has no field '{name}'")
        return self.value[name]

    def text(self, name: str) -> str:
        value = self.field(name)
        if not isinstance(value, str):
            raise DocumentError(f"'{name}' is no text")
        return value

    def number(self, name: str) -> int:
        value = self.field(name)
        if not _is_number(value):
            raise DocumentError(f"'{name}' is no whole number")
        return value

    def flag(self, name: str) -> bool:
        value = self.field(name)
        if not isinstance(value, bool):
            raise DocumentError(f"'{name}' is neither true nor false")
        return value

    def items(self, name: str) -> list[object]:
        value = self.field(name)
        if not isinstance(value, list):
            raise DocumentError(f"'{name}' is no list")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(_text(item, name) for item in self.items(name))

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        value = self.field(name)
        if not isinstance(value, dict):
            raise DocumentError(f"'{name}' is no object")
        return tuple((key, _text(item, name)) for key, item in value.items())


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise DocumentError(f"'{name}' holds something that is no text")
    return value


def _document(root: _Object) -> Document:
    about = _Object(root.field("property"), "'property'")
    cpus = _Object(root.field("cpus"), "'cpus'")
    exact = isinstance(cpus.value, dict) and "exactly" in cpus.value
    claimed = Claimed(
        _subject(root, cpus.number("exactly") if exact else None),
        about.text("id"),
        about.text("kind"),
        about.text("text"),
        None if exact else cpus.number("at_most"),
        root.texts("assumptions"),
        root.texts("memory_model"),
        root.pairs("sources"),
        root.text("system"),
    )
    if claimed.kind not in {kind.value for kind in PropertyKind}:
        raise DocumentError(f"'{claimed.kind}' is no kind of property")
    lemmas = (_Object(item, "a lemma") for item in root.items("lemmas"))
    if not 0 <= root.number("k") <= DEEPEST or not 0 <= root.number("focus") <= FOCUS_MOST:
        raise DocumentError("its k or its number of focus CPUs is out of bounds")
    proof = Proof(
        root.number("k"),
        root.number("focus"),
        tuple(_location(_Object(item, "a location")) for item in root.items("locations")),
        tuple((one.text("smt"), one.text("c")) for one in lemmas),
    )
    return Document(claimed, proof, root.text("tool"), root.pairs("solvers"))


def _subject(root: _Object, cpus: int | None) -> Subject:
    options = _Object(root.field("options"), "'options'")
    if cpus is not None and not 1 <= cpus <= CPUS_MOST:
        raise DocumentError(f"this is about {cpus} CPUs; exactly n is at most {CPUS_MOST}")
    found = Subject(
        root.text("spec"),
        options.texts("defines"),
        options.texts("undefines"),
        options.texts("include_dirs"),
        options.flag("kernel"),
        cpus,
        options.texts("knobs") if isinstance(options.value, dict) and "knobs" in options.value else (),
    )
    if not all(map(is_local, (found.spec, *found.include_dirs))) or not re.search(r"[^/]\Z", found.spec):
        raise DocumentError("a path leads out of the folder in which refproof runs")
    return found


def _location(read: _Object) -> LocationText:
    return LocationText(
        read.text("actor"), read.number("node"), tuple(map(_range, read.items("ranges"))), read.texts("holds")
    )


def _range(item: object) -> tuple[str, int, int]:
    match item:
        case [str() as name, low, high] if _is_number(low) and _is_number(high):
            return name, low, high
        case _:
            raise DocumentError("a range is a name with its least and its largest value")


__all__: Sequence[str] = ("Claimed", "Document", "DocumentError", "LocationText", "Proof", "from_bytes", "to_bytes")
