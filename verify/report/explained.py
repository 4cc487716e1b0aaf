"""What ``explain`` found out: what each small change of the code under proof does to the properties that are proved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verify.check.checked import Bounded, Checked, Proved, Refuted, Rejected, Undecided, Vacuous
from verify.program.program import Program
from verify.report.exit_codes import ExitCode, worst
from verify.report.outcome import Row, row_exit_code
from verify.term.source import Span


@dataclass(frozen=True, slots=True)
class Equivalent:
    """The mutant has the very same steps."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The mutant makes no program, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What was found of each property that is proved without the change."""

    rows: tuple[Row, ...]

    @property
    def killed_by(self) -> tuple[str, ...]:
        """The properties that a run violates, which was replayed."""
        return tuple(r.property.id for r in self.rows if isinstance(r.result, Refuted))

    @property
    def proved(self) -> tuple[str, ...]:
        """The properties that are proved all the same."""
        return tuple(r.property.id for r in self.rows if isinstance(r.result, Proved))

    @property
    def vacuous(self) -> tuple[str, ...]:
        """The properties that say nothing any more."""
        return tuple(r.property.id for r in self.rows if isinstance(r.result, Vacuous))

    @property
    def undecided(self) -> tuple[str, ...]:
        """The properties without a verdict."""
        return tuple(r.property.id for r in self.rows if isinstance(r.result, Undecided | Bounded | Rejected))


@dataclass(frozen=True, slots=True)
class Trial:
    """A mutant: the place that was changed, what was changed, and what came of it.

    ``same`` is asked of one that survives: that the change never makes a difference in a run of the code as it is.
    """

    span: Span
    what: str
    result: Equivalent | Refused | Decided
    same: Checked | Rejected | None = None

    @property
    def killed(self) -> bool:
        """Whether a run of the mutant violates a property."""
        return isinstance(self.result, Decided) and bool(self.result.killed_by)

    @property
    def harmless(self) -> bool:
        """Whether it survives because it is proved that the change never makes a difference."""
        return self.survives and isinstance(self.same, Proved)

    @property
    def survives(self) -> bool:
        """Whether every property is decided and none is violated, though the steps are others."""
        return isinstance(self.result, Decided) and not self.result.killed_by and not self.result.undecided


@dataclass(frozen=True, slots=True)
class Explained:
    """``rows`` are the verdicts of the spec as it is; the mutants are tried on what is proved of it."""

    program: Program
    cpus: int | None
    files: tuple[str, ...]
    rows: tuple[Row, ...]
    trials: tuple[Trial, ...]

    @property
    def proved(self) -> tuple[str, ...]:
        """The properties whose proofs are explained."""
        return tuple(r.property.id for r in self.rows if isinstance(r.result, Proved))

    def decided(self) -> Iterator[tuple[Trial, Decided]]:
        """Yield the mutants that are programs with other steps."""
        for trial in self.trials:
            if isinstance(trial.result, Decided):
                yield trial, trial.result

    def needed(self, name: str) -> tuple[Span, ...]:
        """Return the places that the proof of a property needs: some change there makes a run that violates it."""
        return tuple(dict.fromkeys(t.span for t, result in self.decided() if name in result.killed_by))


def kill_rate(explained: Explained, name: str) -> tuple[int, int]:
    """Return how many mutants a property kills, of those with other steps of which it is decided."""
    known = [r for _, r in explained.decided() if name not in r.undecided]
    return sum(name in r.killed_by for r in known), len(known)


def explain_exit_code(explained: Explained) -> ExitCode:
    """Return the worst of: the spec's own verdicts, evidence that was rejected (BROKEN), a mutant that is open (OPEN).

    A mutant that one property kills is no longer open, whatever becomes of the others.
    """
    codes = [ExitCode.AS_EXPECTED, *(row_exit_code(row) for row in explained.rows)]
    for trial, result in explained.decided():
        rejected = any(isinstance(row.result, Rejected) for row in result.rows)
        codes += [ExitCode.BROKEN] if rejected or isinstance(trial.same, Rejected) else []
        codes += [] if trial.killed or trial.survives else [ExitCode.OPEN]
    return worst(codes)
