"""IC3 (Bradley 2011): proves one property at a time by frames that are refined where a violation seems reachable.

It starts from lemmas that are inductive already. What it finds is an inductive set of clauses over predicates and bits;
the certificate is the lemmas with those clauses, and k = 0. Runs that violate a property are left to BMC, since on
the counting system they may not be runs of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from verify.engines.ic3_frames import (
    Cube,
    Effort,
    Frames,
    StoppedError,
    add_frame,
    ask,
    blocked_from,
    clause,
    inside,
    push,
)
from verify.engines.ic3_literals import literals_of
from verify.engines.ic3_obligations import Run, exclude, lift, with_inputs
from verify.engines.messages import Answered, Budget, Report, Send
from verify.smt.solver import Solver
from verify.system.system import Input, TransitionSystem, state_violation, step_violation
from verify.term.build import FALSE
from verify.term.term import Term
from verify.verdict.answer import Abstraction, Certificate, Safe, Unknown

ENGINE = "ic3"

QUERIES = 20_000
"""What one property may ask of the solvers."""


@dataclass(frozen=True, slots=True)
class Task:
    """A system with inductive ``lemmas`` and ``predicates`` that may help; ``abstraction`` goes into certificates."""

    system: TransitionSystem
    lemmas: tuple[Term, ...]
    predicates: tuple[Term, ...]
    make: Callable[[], Solver]
    budget: Budget
    abstraction: Abstraction | None = None
    queries: int = QUERIES


def ic3(task: Task, properties: Iterable[str], send: Send) -> list[str]:
    """Send Safe for every property that IC3 proves; return the others. Each gets an equal part of the time left.

    What is proved serves the properties after it: all certificates hold the lemmas known when they were made.
    """
    names = sorted(properties)
    known = task.lemmas
    opened = []
    for place, name in enumerate(names):
        part = task.budget.part(1 / (len(names) - place))
        found = _proof(task, known, name, Effort(task.queries, part), send)
        if found is None:
            opened.append(name)
        else:
            known = found
            send(Answered(ENGINE, Safe(name, Certificate(name, 0, known, task.abstraction))))
    return opened


def give_up(names: Iterable[str], send: Send) -> None:
    """Send Unknown for properties that IC3 left open."""
    for name in names:
        send(Answered(ENGINE, Unknown(name, "no inductive proof found (ic3)", None)))


def _proof(task: Task, known: tuple[Term, ...], name: str, effort: Effort, send: Send) -> tuple[Term, ...] | None:
    """Return an inductive set of lemmas that excludes the property's violation; None: none was found."""
    frames = Frames(task.system, known, task.make, effort)
    run = Run(frames, literals_of(task.system, task.predicates))
    bad = tuple(_violations(task.system, name))
    try:
        if any(ask(frames, frames.starting, (term,)) for term, _ in bad):
            return None
        while True:
            if not _exclude_all(run, bad):
                return None
            fixed = push(frames)
            if fixed is not None:
                return tuple(dict.fromkeys((*known, *map(clause, blocked_from(frames, fixed)))))
            send(Report(ENGINE, frames.top, len(known) + len(frames.learned)))
            add_frame(frames)
    except StoppedError:
        return None


def _violations(system: TransitionSystem, name: str) -> Iterator[tuple[Term, Sequence[Input]]]:
    """Yield where a step violates the property in its middle, whether or not it completes, and where a state does."""
    for step in system.steps:
        inside_step = step_violation(step, name)
        if inside_step is not FALSE:
            yield inside_step, step.inputs
    state = state_violation(system, name)
    if state is not FALSE:
        yield state, ()


def _exclude_all(run: Run, bad: Sequence[tuple[Term, Sequence[Input]]]) -> bool:
    """Make the last frame exclude every violation; False: a run of the system reaches one."""
    frames = run.frames
    for term, inputs in bad:
        while (values := inside(frames, (term,), frames.top, inputs)) is not None:
            cube: Cube = lift(run, with_inputs(term, inputs, values), values)
            if not exclude(run, cube, frames.top):
                return False
    return True
