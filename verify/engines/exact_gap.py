"""Why a proof for exactly n CPUs was not found: a step of the first CPU that the lemmas do not exclude."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from verify.encode.explicit import local_var, pc_values, pc_width
from verify.encode.steps import Compiled, Location
from verify.encode.tally import is_signed
from verify.engines.gap import told
from verify.engines.houdini import symmetric_steps
from verify.engines.messages import Budget
from verify.smt.solver import Solver, Status
from verify.system.system import Step, TransitionSystem, state_violation, step_violation
from verify.system.unroll import after_step
from verify.term.build import FALSE, bvnot, bvule, conj, const, eq, symbol
from verify.term.semantics import to_signed
from verify.term.term import Term
from verify.verdict.answer import Gap, Standing


def exact_gap(
    compiled: Compiled,
    system: TransitionSystem,
    cpus: int,
    lemmas: Sequence[Term],
    name: str,
    make: Callable[[], Solver],
    budget: Budget,
) -> Gap | None:
    """Return a counterexample to the induction of a property of the explicit system, with few CPUs inside if it can be.

    CPUs are alike and so are the lemmas, so that only the first one steps. None where nothing is found in time.
    """
    solver = make()
    solver.add(conj((*lemmas, *(_somewhere(compiled, cpu) for cpu in range(cpus)))))
    alone = conj(eq(_pc(compiled, cpu), const(0, pc_width(compiled))) for cpu in range(1, cpus))
    for few in ((alone,), ()):
        for step, bad in _questions(system, name):
            if budget.spent():
                return None
            if solver.check((*few, bad), budget.left()) is Status.SAT:
                known = [*(v.term for v in system.state), *(i.term for i in step.inputs)]
                values = dict(zip((t.name for t in known), solver.values(known), strict=True))
                return _told(compiled, cpus, name, step, values, len(lemmas))
    return None


def _pc(compiled: Compiled, cpu: int) -> Term:
    return symbol(f"cpu{cpu}.pc", pc_width(compiled))


def _somewhere(compiled: Compiled, cpu: int) -> Term:
    """Return: the program counter is that of a location, or of no actor; no run has another one."""
    return bvule(_pc(compiled, cpu), const(len(compiled.locations), pc_width(compiled)))


def _questions(system: TransitionSystem, name: str) -> Iterator[tuple[Step, Term]]:
    """Yield where a step violates the property in its middle, or leads from a good state to a bad one."""
    bad = state_violation(system, name)
    for step in symmetric_steps(system):
        inside = step_violation(step, name)
        if inside is not FALSE:
            yield step, inside
        after = after_step(step, (bad,))[0]
        if after is not bad:
            yield step, conj((step.guard, bvnot(bad), after))


def _told(compiled: Compiled, cpus: int, name: str, step: Step, values: Mapping[str, int], lemmas: int) -> Gap:
    places = {value: place for place, value in pc_values(compiled).items()}
    known = {(loc.actor, loc.node): loc for loc in compiled.locations}
    inside = ((cpu, values[f"cpu{cpu}.pc"]) for cpu in range(cpus))
    standing = tuple(_standing(cpu, known[places[pc]], values) for cpu, pc in inside if pc)
    found = told(compiled.program, name, step, values, standing, lemmas)
    return replace(found, step=found.step.removeprefix("cpu0: "))


def _standing(cpu: int, at: Location, values: Mapping[str, int]) -> Standing:
    held = ((v, values[local_var(cpu, v.name)]) for v in at.live)
    read = tuple((v.label, to_signed(n, v.width) if is_signed(v) else n) for v, n in held)
    return Standing(1, at.actor, at.operation, at.span, read)
