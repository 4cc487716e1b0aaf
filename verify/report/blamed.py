"""What ``blame`` found out: the smallest sets of knobs under which a refuted property is proved."""

from __future__ import annotations

from dataclasses import dataclass

from verify.check.checked import Bounded, Checked, Proved, Refuted, Rejected, Undecided, Vacuous
from verify.program.program import Program
from verify.report.exit_codes import ExitCode, worst
from verify.report.outcome import Assumption, Row, row_exit_code

Knobs = tuple[str, ...]
"""The ids of the knobs that are on, sorted."""


def set_text(on: Knobs) -> str:
    """Return a set of knobs in words."""
    return " + ".join(on) if on else "no knob"


@dataclass(frozen=True, slots=True)
class Trial:
    """The verdict of a property with the knobs ``on``, all others off; ``program`` is the one it is about.

    ``tried`` is where the run was found that was replayed here; None where it was found here.
    """

    on: Knobs
    result: Checked | Rejected
    program: Program
    tried: Knobs | None


@dataclass(frozen=True, slots=True)
class Blamed:
    """A property that is refuted with all knobs off.

    ``trials`` holds every set of knobs that does not contain a smaller one with a proof, by size and then by name.
    """

    row: Row
    trials: tuple[Trial, ...]

    @property
    def proved(self) -> tuple[Trial, ...]:
        """The sets with a proof; no smaller set inside has one."""
        return tuple(t for t in self.trials if isinstance(t.result, Proved))

    @property
    def undecided(self) -> tuple[Trial, ...]:
        """The sets that are neither proved nor refuted nor vacuous."""
        return tuple(t for t in self.trials if not isinstance(t.result, Proved | Refuted | Vacuous))

    @property
    def vacuous(self) -> tuple[Trial, ...]:
        """The sets under which the property says nothing."""
        return tuple(t for t in self.trials if isinstance(t.result, Vacuous))

    def below(self, minimal: Trial) -> tuple[Trial, ...]:
        """Return the trials of all smaller sets inside a set, the largest first."""
        return tuple(sorted((t for t in self.trials if set(t.on) < set(minimal.on)), key=lambda t: -len(t.on)))

    def open_below(self, minimal: Trial) -> tuple[Trial, ...]:
        """Return the undecided trials of smaller sets inside: with one of them proved, the set is not minimal."""
        return tuple(t for t in self.undecided if set(t.on) < set(minimal.on))


@dataclass(frozen=True, slots=True)
class Blame:
    """What was found out about one spec.

    Attributes:
        program: with all knobs off.
        cpus: the number of CPUs of all verdicts; None is any number.
        blamed: the properties that are refuted with all knobs off, in the program's order.
        others: the verdicts of the other properties that were asked for, with all knobs off.
        assumptions: what the verdicts rest on, of all sets of knobs together.
        memory_model: sentences about the memory model, of all sets together.
    """

    program: Program
    cpus: int | None
    blamed: tuple[Blamed, ...]
    others: tuple[Row, ...]
    assumptions: tuple[Assumption, ...]
    memory_model: tuple[str, ...]


def blame_exit_code(blame: Blame) -> ExitCode:
    """Return the exit code: that of the verdicts with all knobs off, or worse where a set of knobs is open."""
    codes = [row_exit_code(row) for row in (*(b.row for b in blame.blamed), *blame.others)]
    codes += [_code(t.result) for b in blame.blamed for t in b.trials]
    return worst(codes)


def _code(result: Checked | Rejected) -> ExitCode:
    match result:
        case Rejected():
            return ExitCode.BROKEN
        case Bounded() | Undecided():
            return ExitCode.OPEN
        case Proved() | Refuted() | Vacuous():
            return ExitCode.AS_EXPECTED
