"""Bounded model checking (Biere, Cimatti, Clarke, Zhu 1999), incremental over the depth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from verify.engines.messages import Answered, Budget, Report, Send
from verify.engines.trace import Violation, shortest_trace
from verify.smt.solver import Solver, Status
from verify.system.system import TransitionSystem, violation
from verify.system.unroll import at_time, initial, transition
from verify.term.build import disj
from verify.term.term import Term
from verify.verdict.answer import Unknown, Unsafe

ENGINE = "bmc"


def bmc(
    system: TransitionSystem,
    properties: Iterable[str],
    depth: int,
    solver: Solver,
    budget: Budget,
    send: Send,
) -> None:
    """Search runs of 0 … ``depth`` steps and send one answer per property.

    A property is sent as Unsafe with its canonical shortest trace, else as Unknown with the
    largest depth that was completed for it (None when not even depth 0 was).
    """
    opened = sorted(properties)
    bad = {p: violation(system, (p,)) for p in opened}
    solver.add(initial(system))
    done: int | None = None
    for time in range(depth + 1):
        goals = dict(zip(opened, at_time((bad[p] for p in opened), time), strict=True))
        status = solver.check((disj(goals.values()),), budget.left())
        if status is not Status.UNSAT:
            closed, decided = _decide(system, goals, time, solver, budget, send)
            opened = [p for p in opened if p not in closed]
            if not decided:
                break
        done = time
        send(Report(ENGINE, time, 0))
        if not opened or budget.spent():
            break
        if time < depth:
            solver.add(transition(system, time))
    reason = f"no violation within {done} steps" if done == depth else "time limit"
    for name in opened:
        send(Answered(ENGINE, Unknown(name, reason, done)))


def _decide(
    system: TransitionSystem, goals: Mapping[str, Term], time: int, solver: Solver, budget: Budget, send: Send
) -> tuple[frozenset[str], bool]:
    """Send a trace for each property violated at this time.

    Return these properties, and whether every other one is known not to be violated at this time.
    """
    closed = set()
    for name, goal in goals.items():
        status = solver.check((goal,), budget.left())
        trace = shortest_trace(system, Violation(name, time), solver, budget) if status is Status.SAT else None
        if trace is not None:
            send(Answered(ENGINE, Unsafe(name, trace)))
            closed.add(name)
        elif status is not Status.UNSAT:
            return frozenset(closed), False
    return frozenset(closed), True
