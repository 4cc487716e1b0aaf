"""Goals that sampling did not reach: search for a run, or prove that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verify.encode.counting import encode_counting
from verify.encode.explicit import in_entry_order
from verify.encode.reach import reach_system
from verify.engines.accelerate import accelerate
from verify.engines.bmc import bmc
from verify.engines.facts import infer_facts
from verify.engines.kinduction import ENGINE, Prover, prove
from verify.engines.leap import Limits, leap
from verify.engines.messages import Answered, Message, Send
from verify.engines.tasks import Job
from verify.engines.unchanged import unchanged
from verify.smt.select import engine_solver, solver_maker
from verify.smt.solver import Status
from verify.system.system import TransitionSystem, violation
from verify.term.term import Term
from verify.verdict.answer import Abstraction, Certificate, Safe


def reach(
    job: Job,
    base: TransitionSystem,
    lemmas: Sequence[Term],
    abstraction: Abstraction | None,
    send: Send,
    *,
    leaped: bool = False,
) -> None:
    """Answer each goal of a job on a system of goals (``verify.encode.reach``).

    The lemmas are about ``base``, which is the job's explicit system or the counting system of the abstraction.
    ``leaped`` tells that runs of many CPUs in blocks were searched for already; candidates may come otherwise.

    Safe: the goal can never be reached (from the lemmas, and from shared variables that never
    change). Unsafe: a run reaches it. Unknown: not reached within the depth.
    """
    impossible: set[str] = set()

    def note(message: Message) -> None:
        if isinstance(message, Answered) and isinstance(message.answer, Safe):
            impossible.add(message.answer.property)
            certificate = replace(message.answer.certificate, abstraction=abstraction)
            send(replace(message, answer=replace(message.answer, certificate=certificate)))

    if abstraction is None:
        prove(Prover(base, tuple(lemmas), engine_solver, job.budget, job.prune), job.properties, 0, note)
    else:
        _exclude(job, base, tuple(lemmas), note)
    open_ = [p for p in job.properties if p not in impossible]
    shared = (v for v in base.state if v.cpu is None)
    kept = unchanged(base, shared, engine_solver(), job.budget) if open_ else ()
    # Variables that never change come first by themselves: among all lemmas a needless one may be hard to preserve.
    for asked in (kept, (*lemmas, *kept)) if kept else ():
        open_ = [p for p in open_ if p not in impossible]
        if open_:
            prove(Prover(base, asked, engine_solver, job.budget, job.prune), open_, 0, note)
    left = replace(job, properties=tuple(p for p in job.properties if p not in impossible))
    if left.properties and job.any_number and not leaped:
        leap_to(left, send)
    if left.properties:
        ordered = in_entry_order(left.compiled, left.system, left.cpus)
        bmc(ordered, left.properties, left.depth, engine_solver(), left.budget, send)


def leap_to(job: Job, send: Send) -> None:
    """Send candidates for runs of any number of CPUs in blocks that reach the goals of a job."""
    counting = encode_counting(job.compiled, infer_facts(job.compiled, engine_solver(), job.budget))
    goals = replace(counting, system=reach_system(job.compiled, counting.system))
    leap(accelerate(goals), job.properties, Limits(), job.budget, send)


def _exclude(job: Job, base: TransitionSystem, lemmas: tuple[Term, ...], send: Send) -> None:
    """Send Safe for each goal that lemmas, inductive as they are, exclude, with all of them: they are checked once."""
    make = solver_maker("z3")
    for name in job.properties:
        solver = make()
        for lemma in lemmas:
            solver.add(lemma)
        solver.add(violation(base, (name,)))
        if solver.check((), job.budget.left()) is Status.UNSAT:
            send(Answered(ENGINE, Safe(name, Certificate(name, 0, lemmas))))
