"""What an engine may say. An answer is a claim with evidence; only ``verify.check`` makes it a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from verify.term.source import Span
from verify.term.term import Term


@dataclass(frozen=True, slots=True)
class LocationFacts:
    """What holds for the locals of every CPU that is just before node ``node`` of an actor.

    ``ranges`` give some live locals a least and a largest value, signed as the local is; ``holds``
    are width-1 terms over the live locals. A claim: whoever uses facts must prove them.
    """

    actor: str
    node: int
    ranges: tuple[tuple[str, int, int], ...]
    holds: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Abstraction:
    """What makes the counting system of a program: the facts of its locations, in their order.

    ``focus`` is the number of CPUs that are kept exactly.
    """

    facts: tuple[LocationFacts, ...]
    focus: int = 0


@dataclass(frozen=True, slots=True)
class Certificate:
    """A proof of one property by k-induction relative to an inductive invariant.

    With L the conjunction of ``lemmas`` (width 1, over the state) and V the property's violation
    at a position, the claims are:

    * L holds initially and every step preserves it (the property is not assumed for this);
    * k = 0: L excludes V;
    * k >= 1: V is excluded at the first k positions of every run, and after k steps through states
      that satisfy L, none of which violated the property, V is excluded too.

    Every reachable position then excludes V. L and not V is the k-inductive invariant (1-inductive
    for k = 0). The state is that of the explicit system, or, with an ``abstraction``, of the counting
    system that it makes.
    """

    property: str
    k: int
    lemmas: tuple[Term, ...]
    abstraction: Abstraction | None = None


@dataclass(frozen=True, slots=True)
class TraceStep:
    """A step by its index in the system, with the unsigned values of its inputs, sorted by name."""

    index: int
    inputs: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A run that violates a property.

    The last step violates it in the middle, or, when ``at_state`` is set, the state after the last
    step does. ``states`` are the unsigned values of the state variables in the system's order:
    before the first step, and after every step but the last one of a violation in the middle.
    """

    property: str
    initial_inputs: tuple[tuple[str, int], ...]
    steps: tuple[TraceStep, ...]
    states: tuple[tuple[int, ...], ...]
    at_state: bool


@dataclass(frozen=True, slots=True)
class Block:
    """The same step, taken ``times`` times, each time by a CPU that has not taken it in this block.

    With ``more``, each CPU goes on at once: it takes one further step for each entry, which holds its inputs.

    The CPUs enter ``actor`` (``node`` None) or stand before its ``node``, with the unsigned values ``locals`` of
    the locals that are live there; ``inputs`` are what every one of them draws. Both are sorted by name.

    With ``relay``, CPUs enter and take turns: one CPU stands already where the entering step leads, with ``locals``;
    whenever another one has entered, the one that stood there before goes on, draws ``relay``, and leaves the actor.
    """

    actor: str
    node: int | None
    inputs: tuple[tuple[str, int], ...]
    locals: tuple[tuple[str, int], ...]
    times: int
    more: tuple[tuple[tuple[str, int], ...], ...] = ()
    relay: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class BlockTrace:
    """A run of any number of CPUs, in blocks of equal steps.

    The last block is taken once and violates the property in the middle of a step, or, when ``at_state`` is set, the
    state after the last block does.
    """

    property: str
    initial_inputs: tuple[tuple[str, int], ...]
    blocks: tuple[Block, ...]
    at_state: bool


@dataclass(frozen=True, slots=True)
class Safe:
    """The property holds in every run; the certificate says why."""

    property: str
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Unsafe:
    """The property fails in this run."""

    property: str
    trace: Trace


@dataclass(frozen=True, slots=True)
class Standing:
    """How many CPUs stand before ``node`` of an actor, each about to do ``operation`` at ``span``.

    ``sums`` are the names of locals with the sum of their values over these CPUs, a signed number.
    """

    cpus: int
    actor: str
    operation: str
    span: Span
    sums: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A counterexample to induction: a state that every lemma allows, and a step from it that leads to a violation.

    It is no run: the state may be unreachable, and then a LEMMA that is false in it may make a proof.

    Attributes:
        before: the unsigned values of cells and ghosts by name, in the program's order.
        after: the same after the step; None where the step violates the property before it ends.
        standing: the CPUs inside actors.
        step: the step in words, and ``span`` its place.
        drawn: what it draws: names, and values as the program's types read them.
        lemmas: how many lemmas allow the state.
    """

    before: tuple[tuple[str, int], ...]
    after: tuple[tuple[str, int], ...] | None
    standing: tuple[Standing, ...]
    step: str
    span: Span
    drawn: tuple[tuple[str, int], ...]
    lemmas: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, and why. ``depth`` is the number of steps within which no violation exists, or None.

    ``gap`` is what the lemmas do not exclude, where that is known.
    """

    property: str
    reason: str
    depth: int | None
    gap: Gap | None = None


Answer = Safe | Unsafe | Unknown
