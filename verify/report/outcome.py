"""What one run of the pipeline found out about one spec, and the exit code that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verify.check.checked import Bounded, Checked, Proved, Reach, Refuted, Rejected, Undecided, Vacuous
from verify.program.program import Lemma, Program, Property
from verify.report.exit_codes import ExitCode, worst
from verify.term.source import Span


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something the verdicts rest on. ``kind`` is a word such as ASSUME, ANY, CPUS, option."""

    kind: str
    text: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Row:
    """A property, what was found, and the verdict that the spec expects (``PROVED(2 cpus)``, ``REFUTED`` ...)."""

    property: Property
    result: Checked | Rejected
    expected: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a report says about one spec.

    Attributes:
        program: the spec together with the code under test.
        cpus: the number of CPUs that the verdicts are about; None is any number.
        rows: one per property that was asked about, in the program's order.
        reach: what is known of actors that should finish and checks that should be reached.
        stuck: one sentence per place at which a CPU can never step again.
        assumptions: what the verdicts rest on.
        memory_model: sentences about the memory model.
        lemmas: the lemmas of the certificates in C-like text.
        versions: (name, version) of the tool and of every solver that was used.
        false_lemmas: the hints of the spec of which a run is known in which they are false.
    """

    program: Program
    cpus: int | None
    rows: tuple[Row, ...]
    reach: tuple[Reach, ...]
    stuck: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    memory_model: tuple[str, ...]
    lemmas: tuple[str, ...]
    versions: tuple[tuple[str, str], ...]
    false_lemmas: tuple[Lemma, ...] = ()


def not_asked(outcome: Outcome) -> tuple[str, ...]:
    """Return the ids of the properties of the spec that have no verdict, in the program's order."""
    asked = {row.property.id for row in outcome.rows}
    return tuple(p.id for p in outcome.program.properties if p.id not in asked)


def proved_text(cpus: int | None) -> str:
    """Return the name of the verdict PROVED for exactly ``cpus`` CPUs, or for any number (None)."""
    return "PROVED" if cpus is None else f"PROVED({cpus} cpus)"


def verdict_text(result: Checked | Rejected) -> str:
    """Return the verdict's name as DESIGN section 5 spells it; evidence that did not hold is REJECTED(reason)."""
    match result:
        case Proved():
            return proved_text(result.cpus)
        case Refuted():
            return "REFUTED"
        case Bounded():
            return f"BOUNDED({result.depth})"
        case Undecided():
            return f"UNKNOWN({result.reason})"
        case Vacuous():
            return "VACUOUS"
        case Rejected():
            return f"REJECTED({result.reason})"


def row_exit_code(row: Row) -> ExitCode:
    """Return what one row alone would make the process exit with.

    A proof for another number of CPUs than expected decides nothing against the expectation, and
    does not meet it either: OPEN.
    """
    same = verdict_text(row.result) == row.expected
    match row.result:
        case Rejected():
            return ExitCode.BROKEN
        case Bounded() | Undecided():
            return ExitCode.OPEN
        case Proved():
            other_bound = row.expected.startswith("PROVED")
            return ExitCode.AS_EXPECTED if same else ExitCode.OPEN if other_bound else ExitCode.DIFFERS
        case Refuted() | Vacuous():
            return ExitCode.AS_EXPECTED if same else ExitCode.DIFFERS


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return the process's exit code. A spec without any property, or no spec at all, decides nothing: OPEN."""
    codes = [row_exit_code(row) for outcome in outcomes for row in outcome.rows]
    if not outcomes or any(not outcome.program.properties and not outcome.rows for outcome in outcomes):
        codes.append(ExitCode.OPEN)
    return int(worst([ExitCode.AS_EXPECTED, *codes]))
