"""The engines as tasks for worker processes: each takes what it needs and a function to send messages."""

from __future__ import annotations

from dataclasses import dataclass

from verify.encode.explicit import in_entry_order
from verify.encode.steps import Compiled
from verify.engines.bmc import bmc
from verify.engines.explore import EFFORTS, explore
from verify.engines.infer import infer
from verify.engines.kinduction import ENGINE, Prover, prove_deeper, prove_together
from verify.engines.messages import Answered, Budget, Lemmas, Message, Send
from verify.engines.sample import simulator
from verify.smt.select import engine_solver
from verify.system.system import TransitionSystem
from verify.term.term import Term
from verify.verdict.answer import Unknown


@dataclass(frozen=True, slots=True)
class Job:
    """What to decide: ``properties`` of the explicit ``system`` of ``cpus`` CPUs, up to ``depth``.

    ``prune`` drops every lemma that can be dropped from a certificate; it takes longer than checking
    a few lemmas more.
    """

    compiled: Compiled
    system: TransitionSystem
    cpus: int
    properties: tuple[str, ...]
    depth: int
    budget: Budget
    prune: bool = True


def search(job: Job, send: Send) -> None:
    """Explore, then run BMC on what that did not refute."""
    system = in_entry_order(job.compiled, job.system, job.cpus)
    on = simulator(system)
    opened = job.properties
    for effort in EFFORTS:
        opened = explore(system, on, opened, job.depth, effort, job.budget, send)
    bmc(system, opened, job.depth, engine_solver(), job.budget, send)


def induct(job: Job, send: Send) -> None:
    """Infer lemmas, send them, and prove what they exclude; k-induction relative to them for the rest.

    What a short exploration refutes is left to the task that searches.
    """
    ordered = in_entry_order(job.compiled, job.system, job.cpus)
    opened = list(explore(ordered, simulator(ordered), job.properties, job.depth, EFFORTS[0], job.budget, _ignore))
    for name in sorted(set(job.properties) - set(opened)):
        send(Answered(ENGINE, Unknown(name, "not provable: a short run violates it", None)))
    if not opened:
        return
    lemmas: tuple[Term, ...] = ()
    for lemmas in infer(job.compiled, job.system, job.cpus, engine_solver, job.budget):
        send(Lemmas(lemmas))
        opened = prove_together(Prover(job.system, lemmas, engine_solver, job.budget, job.prune), opened, send)
        if not opened:
            return
    prove_deeper(Prover(job.system, lemmas, engine_solver, job.budget, job.prune), opened, job.depth, send)


def _ignore(_message: Message) -> None:
    """Send nothing."""
