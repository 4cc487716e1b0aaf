"""Whether B refines A: a search in a worker, and its answer run again where it says no."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from verify.check.refinement import NewHistory, NotCompared, Refinement, Refines, new_history
from verify.engines.inclusion import included
from verify.engines.messages import Budget
from verify.program.history import different_clients
from verify.program.program import Program
from verify.verdict.inclusion import Bounds, Included, NotIncluded
from verify.worker.tasks import Crashed, Task, TimedOut, run_tasks

MEMORY = 4 << 30
"""Bytes that the search may use: it keeps every state."""

_GRACE = 1.0
"""Seconds in which the search may say that its time is over."""


def refinement(a: Program, b: Program, bounds: Bounds, deadline: float) -> Refinement:
    """Return whether every history of B within the bounds is one of A."""
    reason = different_clients(a, b) or _too_many(a, bounds) or _too_many(b, bounds)
    if reason:
        return NotCompared(bounds, reason)
    answers: list[object] = []

    def listen(_task: str, message: object) -> bool:
        answers.append(message)
        return False

    task = Task("refinement", partial(_search, a, b, bounds, Budget(deadline)))
    ending = run_tasks([task], deadline=deadline + _GRACE, on_message=listen, memory_bytes=MEMORY)[task.name]
    for answer in answers:
        if isinstance(answer, Refines | NewHistory | NotCompared):
            return answer
    match ending:
        case Crashed():
            return NotCompared(bounds, f"the search failed: {ending.detail.strip().splitlines()[-1]}")
        case TimedOut():
            return NotCompared(bounds, "time limit")
        case _:
            return NotCompared(bounds, "no answer")


def _too_many(program: Program, bounds: Bounds) -> str:
    most = program.cpus_max
    return "" if most is None or bounds.cpus <= most else f"{program.name} has CPUS({most})"


def _search(a: Program, b: Program, bounds: Bounds, budget: Budget, send: Callable[[object], None]) -> None:
    found = included(a, b, bounds, budget)
    match found:
        case None:
            send(NotCompared(bounds, "time limit"))
        case Included():
            send(Refines(bounds, found.states))
        case NotIncluded():
            send(new_history(a, b, bounds, found))
