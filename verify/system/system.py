"""Transition systems: state, inputs, initial states and named steps.

A system is a set of runs: an initial state, then any sequence of steps whose guards hold. The step
relation need not be total, and no stutter step exists. A *position* is a state together with the
inputs of the step that would be taken next; a check stands in the middle of a step, so a violation
happens at a position and does not need the step to complete.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from verify.term.build import bvsle, bvule, conj, const, disj, symbol
from verify.term.source import Span
from verify.term.term import Term


@dataclass(frozen=True, slots=True)
class StateVar:
    """A state variable of a width in bits. ``cpu`` owns it, or None when it is shared."""

    name: str
    width: int
    signed: bool
    cpu: int | None

    @property
    def term(self) -> Term:
        return symbol(self.name, self.width)


@dataclass(frozen=True, slots=True)
class Input:
    """A value chosen anew at every step, in [low, high]; ``label`` is its name for people."""

    name: str
    width: int
    signed: bool
    low: int
    high: int
    label: str

    @property
    def term(self) -> Term:
        return symbol(self.name, self.width)

    @property
    def in_range(self) -> Term:
        """The width-1 term that says low <= input <= high in the input's own signedness."""
        low, high = const(self.low, self.width), const(self.high, self.width)
        compare = bvsle if self.signed else bvule
        return conj((compare(low, self.term), compare(self.term, high)))


@dataclass(frozen=True, slots=True)
class Check:
    """A check inside a step: both terms (width 1) are over the state before and the step's inputs.

    ``reached`` is where the check is evaluated, ``violated`` where it fails; neither depends on
    what the step assumes after the check.
    """

    property: str
    reached: Term
    violated: Term
    span: Span


@dataclass(frozen=True, slots=True)
class Outcome:
    """One of the ways a step can end. The ``when`` terms of a step partition its guard."""

    label: str
    when: Term
    finishes: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A named step. Variables that ``updates`` does not name keep their values.

    ``guard`` (width 1) and the updates are over the state before and the inputs; the guard holds
    the ranges of the inputs.
    """

    label: str
    cpu: int
    actor: str
    guard: Term
    updates: tuple[tuple[str, Term], ...]
    inputs: tuple[Input, ...]
    checks: tuple[Check, ...]
    outcomes: tuple[Outcome, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class StateCheck:
    """A property of states: ``violated`` and ``reached`` (width 1) are over the state."""

    property: str
    reached: Term
    violated: Term
    span: Span


@dataclass(frozen=True, slots=True)
class TransitionSystem:
    """State, initial states, steps and checks.

    ``init`` gives each state variable a term over ``init_inputs``; ``init_guard`` (width 1)
    restricts those inputs and holds their ranges.
    """

    state: tuple[StateVar, ...]
    init_inputs: tuple[Input, ...]
    init: tuple[tuple[str, Term], ...]
    init_guard: Term
    steps: tuple[Step, ...]
    state_checks: tuple[StateCheck, ...]

    def properties(self) -> tuple[str, ...]:
        """Return the sorted ids of all properties that a check or state check names."""
        found = {c.property for s in self.steps for c in s.checks}
        return tuple(sorted(found | {c.property for c in self.state_checks}))


def violation(system: TransitionSystem, properties: Iterable[str]) -> Term:
    """Return the width-1 term over state and inputs: some step or state here violates a property."""
    wanted = frozenset(properties)
    inside = (c.violated for s in system.steps for c in s.checks if c.property in wanted)
    return disj((*inside, *(c.violated for c in system.state_checks if c.property in wanted)))


def step_violation(step: Step, property_id: str) -> Term:
    """Return where one step violates a property before it completes."""
    return disj(c.violated for c in step.checks if c.property == property_id)


def state_violation(system: TransitionSystem, property_id: str) -> Term:
    """Return where a state violates a property."""
    return disj(c.violated for c in system.state_checks if c.property == property_id)
