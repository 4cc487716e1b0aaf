"""A transition system as a circuit: an input chooses the step, and one expression gives each next value.

A step whose guard does not hold changes nothing. That adds only steps that stay where they are, so the
reachable states and the violations are those of the system. A violation in the middle of a step needs no
completed step; nothing is constrained, so no constraint can hide it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from verify.system.system import Step, TransitionSystem, violation
from verify.system.unroll import choice_width, initial_input
from verify.term.build import TRUE, bvand, bvor, const, eq, ite, substitute_all, symbol
from verify.term.term import Op, Term

STEP: Final = "!step"
"""The input that chooses the step by its index. No C name holds an exclamation mark."""

STARTED: Final = "!started"
"""The state variable that says whether INIT has run, where INIT has inputs or conditions."""


@dataclass(frozen=True, slots=True)
class Register:
    """A state variable with its first value and its next one, over state and inputs."""

    variable: Term
    first: Term
    next: Term


@dataclass(frozen=True, slots=True)
class Circuit:
    """Registers, free inputs, and for each property where it is violated, over state and inputs.

    ``first`` is a constant in every register. ``labels`` name the steps in the order of their indices.
    """

    registers: tuple[Register, ...]
    inputs: tuple[Term, ...]
    bad: tuple[tuple[str, Term], ...]
    labels: tuple[str, ...]


def circuit(system: TransitionSystem) -> Circuit:
    """Return the circuit of a system. Raises ValueError where two inputs of one name have two widths."""
    chosen = symbol(STEP, choice_width(system))
    inputs = {i.name: i.term for step in system.steps for i in step.inputs}
    if any(inputs[i.name] is not i.term for step in system.steps for i in step.inputs):
        raise ValueError("two inputs of one name have two widths")
    taken = [bvand(eq(chosen, const(i, chosen.width)), step.guard) for i, step in enumerate(system.steps)]
    after = {v.name: _next(system.steps, taken, v.term) for v in system.state}
    bad = {name: violation(system, (name,)) for name in system.properties()}
    free = (chosen, *(inputs[name] for name in sorted(inputs)))
    labels = tuple(step.label for step in system.steps)
    start = dict(system.init)
    if system.init_guard is TRUE and all(value.op is Op.CONST for value in start.values()):
        registers = tuple(Register(v.term, start[v.name], after[v.name]) for v in system.state)
        return Circuit(registers, free, tuple(bad.items()), labels)
    return _with_start(system, after, bad, free, labels)


def _next(steps: tuple[Step, ...], taken: list[Term], variable: Term) -> Term:
    value = variable
    for step, when in zip(steps, taken, strict=True):
        update = dict(step.updates).get(variable.name)
        if update is not None:
            value = ite(when, update, value)
    return value


def _with_start(
    system: TransitionSystem,
    after: Mapping[str, Term],
    bad: Mapping[str, Term],
    free: tuple[Term, ...],
    labels: tuple[str, ...],
) -> Circuit:
    """Return a circuit that runs INIT first, as soon as its inputs satisfy its conditions."""
    started = symbol(STARTED, 1)
    own = {i.term: initial_input(i) for i in system.init_inputs}
    may, *values = substitute_all((system.init_guard, *dict(system.init).values()), own)
    start = dict(zip(dict(system.init), values, strict=True))
    registers = [Register(started, const(0, 1), bvor(started, may))]
    for v in system.state:
        following = ite(started, after[v.name], ite(may, start[v.name], v.term))
        registers.append(Register(v.term, const(0, v.width), following))
    inputs = (*free, *(own[i.term] for i in system.init_inputs))
    return Circuit(tuple(registers), inputs, tuple((p, bvand(started, t)) for p, t in bad.items()), labels)
