"""Two outcomes, property by property: what the second fixes, breaks or shares with the first."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from verify.check.checked import Bounded, Proved, Refuted, Rejected, Undecided, Vacuous
from verify.check.refinement import NewHistory, NotCompared, Refinement, Refines
from verify.report.exit_codes import ExitCode, worst
from verify.report.outcome import Outcome, Row, row_exit_code


class Change(enum.Enum):
    """What became of a property from A to B.

    PRE_EXISTING: refuted on both sides. UNKNOWN: undecided on a side, so nothing is said of the change.
    CHANGED: decided on both sides, vacuous on one. REJECTED: evidence of a side did not hold.
    """

    BROKEN = "BROKEN"
    FIXED = "FIXED"
    PRE_EXISTING = "PRE-EXISTING"
    SAME = "same"
    CHANGED = "CHANGED"
    ONLY_A = "only in A"
    ONLY_B = "only in B"
    UNKNOWN = "UNKNOWN"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Compared:
    """One property: its rows in A and in B, None where a side does not have it."""

    id: str
    change: Change
    a: Row | None
    b: Row | None

    @property
    def restated(self) -> bool:
        """Whether the two sides state different things under this id, so that ``change`` compares nothing."""
        if self.a is None or self.b is None:
            return False
        a, b = self.a.property, self.b.property
        return (a.kind, a.text) != (b.kind, b.text)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two outcomes found with the same settings, and their properties: those of A in order, then what only B has.

    ``refinement`` is None where it was not asked for.
    """

    a: Outcome
    b: Outcome
    properties: tuple[Compared, ...]
    refinement: Refinement | None


def compared(a: Outcome, b: Outcome, refinement: Refinement | None = None) -> Comparison:
    """Return the comparison of two outcomes. Properties are matched by id."""
    rows_a = {row.property.id: row for row in a.rows}
    rows_b = {row.property.id: row for row in b.rows}
    names = dict.fromkeys([*rows_a, *rows_b])
    properties = tuple(_compared(name, rows_a.get(name), rows_b.get(name)) for name in names)
    return Comparison(a, b, properties, refinement)


def _compared(name: str, a: Row | None, b: Row | None) -> Compared:
    return Compared(name, _change(a, b), a, b)


def _change(a: Row | None, b: Row | None) -> Change:
    results = [row.result for row in (a, b) if row is not None]
    if any(isinstance(result, Rejected) for result in results):
        return Change.REJECTED
    if b is None:
        return Change.ONLY_A
    if a is None:
        return Change.ONLY_B
    if any(isinstance(result, Bounded | Undecided) for result in results):
        return Change.UNKNOWN
    return _decided(a, b)


def _decided(a: Row, b: Row) -> Change:
    match a.result, b.result:
        case Refuted(), Refuted():
            return Change.PRE_EXISTING
        case _, Refuted():
            return Change.BROKEN
        case Refuted(), Proved():
            return Change.FIXED
        case (Proved(), Proved()) | (Vacuous(), Vacuous()):
            return Change.SAME
        case _:
            return Change.CHANGED


def compared_code(one: Compared) -> ExitCode:
    """Return what one property alone would make the process exit with; EXPECT plays no part on what both have."""
    match one.change:
        case Change.FIXED | Change.PRE_EXISTING | Change.SAME:
            return ExitCode.OPEN if one.restated else ExitCode.AS_EXPECTED
        case Change.BROKEN | Change.CHANGED:
            return ExitCode.DIFFERS
        case Change.ONLY_A | Change.UNKNOWN:
            return ExitCode.OPEN
        case Change.REJECTED:
            return ExitCode.BROKEN
        case Change.ONLY_B:
            if one.b is None or isinstance(one.b.result, Refuted):
                return ExitCode.DIFFERS
            return row_exit_code(one.b)


def comparison_code(comparison: Comparison) -> ExitCode:
    """Return the exit code of the comparison. A side without properties decides nothing: OPEN."""
    codes = [compared_code(one) for one in comparison.properties]
    if not comparison.a.rows or not comparison.b.rows:
        codes.append(ExitCode.OPEN)
    if comparison.refinement is not None:
        codes.append(refinement_code(comparison.refinement))
    return worst(codes)


def refinement_code(found: Refinement) -> ExitCode:
    """Return what an answer about refinement alone would make the process exit with."""
    match found:
        case Refines():
            return ExitCode.AS_EXPECTED
        case NewHistory():
            return ExitCode.DIFFERS
        case NotCompared():
            return ExitCode.OPEN
