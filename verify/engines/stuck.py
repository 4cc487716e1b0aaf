"""Can a blocked CPU ever step again? A proof that it cannot, or a run in which it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verify.encode.explicit import in_entry_order
from verify.engines.bmc import bmc
from verify.engines.explore import EFFORTS, explore
from verify.engines.infer import infer
from verify.engines.kinduction import Prover, prove_deeper, prove_together
from verify.engines.messages import Answered, Message, Send
from verify.engines.reach import reach
from verify.engines.sample import simulator
from verify.engines.tasks import Job
from verify.engines.unchanged import unchanged
from verify.smt.select import engine_solver
from verify.system.system import TransitionSystem
from verify.term.term import Term
from verify.verdict.answer import Unknown


def blocked_runs(job: Job, lemmas: Sequence[Term], depth: int, send: Send) -> None:
    """Answer the goals of a system of blocked goals: by exploration up to ``depth``, then as ``reach`` does."""
    ordered = in_entry_order(job.compiled, job.system, job.cpus)
    on = simulator(ordered)
    opened: Sequence[str] = job.properties
    for effort in EFFORTS:
        opened = explore(ordered, on, opened, depth, effort, job.budget, send)
    if opened:
        reach(replace(job, properties=tuple(opened)), job.system, lemmas, None, send)


def released(job: Job, send: Send) -> None:
    """Answer the property of a waiting system (``verify.encode.stuck``).

    Safe: the CPU never steps again. Unsafe: a run in which it can. Nothing is sent for Unknown.
    """

    def note(message: Message) -> None:
        if isinstance(message, Answered) and not isinstance(message.answer, Unknown):
            answered.append(message)
            send(message)

    answered: list[Answered] = []
    system = _asked_everywhere(job.system)
    kept = unchanged(system, system.state, engine_solver(), job.budget)
    opened = prove_together(Prover(system, kept, engine_solver, job.budget), job.properties, note)
    if opened:
        bmc(job.system, opened, job.depth, engine_solver(), job.budget, note)
    if answered:
        return
    lemmas = kept
    for inferred in infer(job.compiled, system, job.cpus, engine_solver, job.budget):
        lemmas = (*kept, *inferred)
        opened = prove_together(Prover(system, lemmas, engine_solver, job.budget), opened, note)
        if not opened:
            return
    prove_deeper(Prover(system, lemmas, engine_solver, job.budget), opened, job.depth, note)


def _asked_everywhere(system: TransitionSystem) -> TransitionSystem:
    """Return the system with every step given to CPU 0, so that the engines ask about all of them.

    They ask about the steps of CPU 0 alone where all CPUs are alike; here one of them is not. A
    certificate does not mention steps, so it is one for the original.
    """
    return replace(system, steps=tuple(replace(step, cpu=0) for step in system.steps))
