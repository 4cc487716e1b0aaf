"""Kept evidence as bytes: JSON, of which every byte is determined by what it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from verify.proofs import document, kept_run
from verify.proofs.document import Document, certificate_body, certificate_in
from verify.proofs.kept_run import KeptRun, run_body, run_in
from verify.proofs.reading import DocumentError, read_json

VERSION: Final = 1
LARGEST: Final = 4 << 20
"""The size in bytes from which a file is not read."""

Kind = Document | KeptRun


def to_bytes(kept: Kind) -> bytes:
    """Return the one text of evidence."""
    return _written(kept, checksum(_body(kept)))


def _written(kept: Kind, stated: str) -> bytes:
    return (json.dumps({**_body(kept), "checksum": stated}, indent=1, ensure_ascii=True) + "\n").encode()


def checksum(body: Mapping[str, object]) -> str:
    """Return the checksum that goes with all other fields."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _body(kept: Kind) -> dict[str, object]:
    match kept:
        case Document():
            return {"format": document.FORMAT, "version": VERSION, **certificate_body(kept)}
        case KeptRun():
            return {"format": kept_run.FORMAT, "version": VERSION, **run_body(kept)}


def from_bytes(data: bytes) -> Kind:
    """Return the evidence that has this text, and whose checksum may be wrong.

    Raises DocumentError for anything else: no JSON, an unknown version, a field that is missing, of another type or
    too much, and any text but the one that ``to_bytes`` gives.
    """
    if len(data) > LARGEST:
        raise DocumentError(f"the file is larger than {LARGEST} bytes")
    root = read_json(data, "the file")
    form = root.field("format")
    if form not in (document.FORMAT, kept_run.FORMAT):
        raise DocumentError(f"the file is no {document.FORMAT} and no {kept_run.FORMAT}")
    if root.field("version") != VERSION:
        raise DocumentError(f"this is not format version {VERSION}, the only one that is known here")
    found = certificate_in(root) if form == document.FORMAT else run_in(root)
    if _written(found, root.text("checksum")) != data:
        raise DocumentError("the file is not written in the one way in which this evidence is written")
    return found


def checksum_holds(data: bytes) -> bool:
    """Tell whether a text that ``from_bytes`` accepts was left as it was written."""
    body = json.loads(data)
    stated = body.pop("checksum")
    return bool(stated == checksum(body))
