"""A certificate as it is kept: the evidence that a property is PROVED."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from verify.proofs.claimed import Claimed, claimed_of, head, tail
from verify.proofs.reading import DocumentError, Read, is_number

FORMAT: Final = "refproof certificate"
DEEPEST: Final = 100
FOCUS_MOST: Final = 4
"""Bounds within which deriving obligations takes little time."""


@dataclass(frozen=True, slots=True)
class LocationText:
    """Facts of a location as text; ``ranges`` are (local, least, largest value)."""

    actor: str
    node: int
    ranges: tuple[tuple[str, int, int], ...]
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The evidence. ``lemmas`` are (canonical text, the same in the notation of C); ``focus`` CPUs are kept exactly.

    ``system`` is the digest of the canonical text of the system that the lemmas are about.
    """

    k: int
    focus: int
    locations: tuple[LocationText, ...]
    lemmas: tuple[tuple[str, str], ...]
    system: str


@dataclass(frozen=True, slots=True)
class Document:
    """A certificate. ``tool`` and ``solvers`` are the versions that made it."""

    claimed: Claimed
    proof: Proof
    tool: str
    solvers: tuple[tuple[str, str], ...]

    @property
    def verdict(self) -> str:
        """The verdict that this is evidence of, as DESIGN section 5 spells it."""
        cpus = self.claimed.subject.cpus
        return "PROVED" if cpus is None else f"PROVED({cpus} cpus)"


def certificate_body(document: Document) -> dict[str, object]:
    """Return the fields of a certificate behind its format and version, in their order."""
    proof = document.proof
    return {
        "tool": document.tool,
        **head(document.claimed),
        "k": proof.k,
        "lemmas": [{"c": c, "smt": smt} for smt, c in proof.lemmas],
        "focus": proof.focus,
        "locations": [
            {"actor": at.actor, "node": at.node, "ranges": [list(r) for r in at.ranges], "holds": list(at.holds)}
            for at in proof.locations
        ],
        **tail(document.claimed),
        "system": proof.system,
        "solvers": dict(document.solvers),
    }


def certificate_in(root: Read) -> Document:
    """Return the certificate that the fields make. Raises DocumentError."""
    if not 0 <= root.number("k") <= DEEPEST or not 0 <= root.number("focus") <= FOCUS_MOST:
        raise DocumentError("its k or its number of focus CPUs is out of bounds")
    proof = Proof(
        root.number("k"),
        root.number("focus"),
        tuple(map(_location, root.objects("locations", "a location"))),
        tuple((one.text("smt"), one.text("c")) for one in root.objects("lemmas", "a lemma")),
        root.text("system"),
    )
    return Document(claimed_of(root), proof, root.text("tool"), root.pairs("solvers"))


def _location(read: Read) -> LocationText:
    return LocationText(
        read.text("actor"), read.number("node"), tuple(map(_range, read.items("ranges"))), read.texts("holds")
    )


def _range(item: object) -> tuple[str, int, int]:
    match item:
        case [str() as name, low, high] if is_number(low) and is_number(high):
            return name, low, high
        case _:
            raise DocumentError("a range is a name with its least and its largest value")
