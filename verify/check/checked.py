"""Verdicts. Each holds the evidence that this package itself produced and accepted.

A ``Proved`` needs a ``Discharged``, a ``Refuted`` needs a ``Replay`` or a ``BlockReplay``; only ``certify``,
``replay`` and ``blocks`` make those. An engine's answer can therefore not be reported as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from verify.program.run import Machine, StepRun
from verify.verdict.answer import BlockTrace, Certificate, Gap, Trace


@dataclass(frozen=True, slots=True)
class Discharged:
    """Every obligation of ``certificate`` was answered "unsat" by each of the named solvers.

    ``obligations`` is their number; ``solvers`` are (name, version) pairs.
    """

    certificate: Certificate
    obligations: int
    solvers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """The interpreter ran ``trace`` without a solver and saw the violation.

    ``start`` is the machine after INIT, ``steps`` what each step did, ``machines`` the machine
    after each step, and ``also`` the other properties the same run violates, sorted.
    """

    trace: Trace
    start: Machine
    steps: tuple[StepRun, ...]
    machines: tuple[Machine, ...]
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlockRun:
    """A block of ``times`` equal steps that took place.

    ``first`` and ``last`` are what the interpreter did in the first and the last of them, each as CPU 0 of a
    machine of its own; ``before`` and ``after`` hold the cells and ghosts around the block. ``inside`` is how
    many CPUs stand where after it: (actor, node, number). ``violated`` are the properties that its first
    or last step or the state after it violates. Where CPUs take turns, ``then`` is what the CPU that leaves did in the
    first and in the last turn.
    """

    actor: str
    entered: bool
    times: int
    first: StepRun
    last: StepRun
    before: tuple[tuple[int, ...], tuple[int, ...]]
    after: tuple[tuple[int, ...], tuple[int, ...]]
    inside: tuple[tuple[str, int, int], ...]
    violated: tuple[str, ...]
    then: tuple[StepRun, StepRun] | None = None


@dataclass(frozen=True, slots=True)
class BlockReplay:
    """The run of ``trace`` was replayed in blocks and violates the property; no solver took part.

    ``start`` is the machine after INIT, without CPUs; ``also`` the other properties seen to be violated, sorted.
    """

    trace: BlockTrace
    start: Machine
    blocks: tuple[BlockRun, ...]
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proved:
    """The property holds for ``cpus`` CPUs; None means any number up to CPUS(max)."""

    property: str
    cpus: int | None
    evidence: Discharged


@dataclass(frozen=True, slots=True)
class Refuted:
    """A concrete run violates the property."""

    property: str
    evidence: Replay | BlockReplay


@dataclass(frozen=True, slots=True)
class Bounded:
    """No run of at most ``depth`` steps violates the property."""

    property: str
    depth: int


@dataclass(frozen=True, slots=True)
class Undecided:
    """No verdict (UNKNOWN), why, and the depth without violation, if any was completed.

    ``gap`` is a remark of an engine that says what kept it from a proof; nothing rests on it.
    """

    property: str
    reason: str
    depth: int | None
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Vacuous:
    """It is proved that the check can never be reached, or that a CPU can be stuck for ever (QUIESCENT)."""

    property: str
    reason: str
    evidence: Discharged | Replay


Checked = Proved | Refuted | Bounded | Undecided | Vacuous


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of one thing that should happen (an actor finishes, a step runs, a check is reached).

    ``reached`` True: a run that does it was replayed; False: proved impossible; None: not shown
    within ``depth`` steps.
    """

    what: str
    reached: bool | None
    depth: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """Evidence that did not hold, or engines that disagreed. Exit code 4."""

    property: str
    reason: str
