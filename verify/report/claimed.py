"""Claims about a patch, the verdicts that they are tied to, and what was found of each."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Final

from verify.report.blamed import set_text
from verify.report.exit_codes import ExitCode, worst
from verify.report.limits import ClosedForm, form_text


@dataclass(frozen=True, slots=True)
class Verdict:
    """``properties`` of a spec (empty: all of it) have this verdict, each as DESIGN section 5 spells it.

    ``says`` is what that means for the claim, in a sentence. ``cpus`` None is any number of CPUs.
    """

    says: str
    spec: str
    defines: tuple[str, ...]
    knobs: tuple[str, ...]
    properties: tuple[str, ...]
    verdict: str
    cpus: int | None = None

    @property
    def command(self) -> str:
        """The command that decides it."""
        exactly = [] if self.cpus is None else ["--cpus", str(self.cpus)]
        words = [*exactly, *_options("-D", self.defines), *_options("--knob", self.knobs)]
        return shlex.join(["refproof", "check", self.spec, *words])

    @property
    def wanted(self) -> str:
        """The verdict that is claimed."""
        return self.verdict


@dataclass(frozen=True, slots=True)
class Change:
    """From one spec to another, ``properties`` (not empty) change like this; the words are those of ``compare``."""

    says: str
    before: str
    spec: str
    properties: tuple[str, ...]
    change: str

    @property
    def command(self) -> str:
        """The command that decides it."""
        return shlex.join(["refproof", "compare", self.before, self.spec])

    @property
    def wanted(self) -> str:
        """The change that is claimed."""
        return self.change


@dataclass(frozen=True, slots=True)
class Repair:
    """The minimal sets of knobs under which a refuted property holds are exactly ``sets``, each sorted, sorted."""

    says: str
    spec: str
    properties: tuple[str, ...]
    sets: tuple[tuple[str, ...], ...]

    @property
    def command(self) -> str:
        """The command that decides it."""
        words = _options("--property", self.properties)
        return shlex.join(["refproof", "blame", self.spec, *words])

    @property
    def wanted(self) -> str:
        """The sets that are claimed."""
        return sets_text(self.sets)


@dataclass(frozen=True, slots=True)
class Most:
    """For each power of two of a macro up to ``to``: (contexts + ``offset``) * value <= ``product``, and no more."""

    says: str
    spec: str
    defines: tuple[str, ...]
    properties: tuple[str, ...]
    macro: str
    to: int
    offset: int
    product: int

    @property
    def command(self) -> str:
        """The command that decides it."""
        words = [*_options("-D", self.defines), *_options("--property", self.properties)]
        return shlex.join(["refproof", "bound", self.spec, *words, "--over", self.macro, "--to", str(self.to)])

    @property
    def wanted(self) -> str:
        """The closed form that is claimed."""
        return form_text(ClosedForm(self.offset, self.product), self.macro)


@dataclass(frozen=True, slots=True)
class Histories:
    """Whether every history of a spec is one of another, for so many CPUs and operations of each: ``refines``."""

    says: str
    before: str
    spec: str
    defines: tuple[str, ...]
    cpus: int
    operations: int
    refines: bool

    @property
    def properties(self) -> tuple[str, ...]:
        """It is about no property."""
        return ()

    @property
    def command(self) -> str:
        """The command that decides it."""
        words = [*_options("-D", self.defines), "--refine", f"{self.cpus}x{self.operations}"]
        return shlex.join(["refproof", "compare", self.before, self.spec, *words])

    @property
    def wanted(self) -> str:
        """What is claimed."""
        return OLD_HISTORIES if self.refines else NEW_HISTORY


OLD_HISTORIES: Final = "every history is one of the old code"
NEW_HISTORY: Final = "a history that the old code has not"


Tie = Verdict | Change | Repair | Most | Histories


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that was claimed or asked: by whom and when, the answer in words, and what the answer rests on.

    ``undecided`` says why a claim has no answer; it has no ties then.
    """

    id: str
    who: str
    text: str
    answer: str
    undecided: str
    ties: tuple[Tie, ...]


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims of a file, in its order, with its title and its introduction."""

    title: str
    intro: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one tie: in a few words, the evidence in sentences, and whether it is what is claimed."""

    tie: Tie
    found: str
    evidence: tuple[str, ...]
    code: ExitCode


@dataclass(frozen=True, slots=True)
class Settled:
    """A claim with a finding for each of its ties, in their order."""

    claim: Claim
    findings: tuple[Finding, ...]


def _options(flag: str, values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in (flag, value)]


def claims_exit_code(settled: tuple[Settled, ...]) -> ExitCode:
    """Return the worst code of all findings; a claim that says itself that it is undecided is as it says."""
    return worst([ExitCode.AS_EXPECTED, *(f.code for s in settled for f in s.findings)])


def sets_text(sets: tuple[tuple[str, ...], ...]) -> str:
    """Return sets of knobs in words."""
    return "; or ".join(map(set_text, sets)) or "no set of knobs"
