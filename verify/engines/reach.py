"""Goals that sampling did not reach: search for a run, or prove that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verify.encode.explicit import in_entry_order
from verify.engines.bmc import bmc
from verify.engines.kinduction import Prover, prove
from verify.engines.messages import Answered, Message, Send
from verify.engines.tasks import Job
from verify.engines.unchanged import unchanged
from verify.smt.select import engine_solver
from verify.term.term import Term
from verify.verdict.answer import Safe


def reach(job: Job, lemmas: Sequence[Term], send: Send) -> None:
    """Answer each goal of a job on a system of goals (``verify.encode.reach``).

    Safe: the goal can never be reached (from the lemmas, and from shared variables that never
    change). Unsafe: a run reaches it. Unknown: not reached within the depth.
    """
    impossible: set[str] = set()

    def note(message: Message) -> None:
        if isinstance(message, Answered) and isinstance(message.answer, Safe):
            impossible.add(message.answer.property)
            send(message)

    prove(Prover(job.system, tuple(lemmas), engine_solver, job.budget, job.prune), job.properties, 0, note)
    open_ = [p for p in job.properties if p not in impossible]
    shared = (v for v in job.system.state if v.cpu is None)
    kept = unchanged(job.system, shared, engine_solver(), job.budget) if open_ else ()
    if kept:
        prove(Prover(job.system, (*lemmas, *kept), engine_solver, job.budget, job.prune), open_, 0, note)
    left = replace(job, properties=tuple(p for p in job.properties if p not in impossible))
    if left.properties:
        ordered = in_entry_order(left.compiled, left.system, left.cpus)
        bmc(ordered, left.properties, left.depth, engine_solver(), left.budget, send)
