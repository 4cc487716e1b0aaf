"""The engines as tasks for worker processes: each takes what it needs and a function to send messages."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from verify.encode.concrete import for_explicit
from verify.encode.counting import encode_counting
from verify.encode.explicit import encode, in_entry_order
from verify.encode.steps import Compiled
from verify.engines.accelerate import Faster, accelerate
from verify.engines.bmc import bmc
from verify.engines.counted import Counted, counted, exclude, focused, keeping, pinned, promising
from verify.engines.exact_gap import exact_gap
from verify.engines.explore import EFFORTS, GLANCE, explore
from verify.engines.facts import infer_facts
from verify.engines.gap import gap
from verify.engines.ic3 import Task as Refinement
from verify.engines.ic3 import give_up, ic3
from verify.engines.ic3_counting import predicates_of
from verify.engines.infer import infer
from verify.engines.kinduction import ENGINE, Prover, prove_deeper, prove_together
from verify.engines.leap import Limits, leap
from verify.engines.messages import Answered, Budget, Lemmas, Message, Searching, Send
from verify.engines.minimise import without_implied
from verify.engines.sample import simulator
from verify.smt.select import engine_solver, engine_solvers
from verify.system.system import TransitionSystem
from verify.term.term import Term
from verify.verdict.answer import Certificate, Safe, Unknown

COUNTING_SHARE = 0.2
"""The part of its time for which a proof for exactly n CPUs looks for lemmas about counts; the rest is for its own."""

KEPT_SHARE = 0.25
"""The part of the time left in which lemmas of earlier evidence are tried, whatever they are."""

REFINE_SHARE = 0.5
"""The part of the time left that IC3 may use where CPUs are only counted; the rest is for one with a focus CPU."""

GAP_SHARE = 0.05
"""The part of the time left in which a counterexample to induction is looked for, for each property."""

DEEPER_SHARE = 0.5
"""The part of the time left that k-induction may use for deeper k; the rest is for IC3."""


class Pool(enum.Enum):
    """The guesses that a search for lemmas about counts begins with; see ``keeping``, ``promising``, ``pinned``."""

    KEPT = enum.auto()
    PLAIN = enum.auto()
    PROMISES = enum.auto()
    PINNED = enum.auto()


TURNS: tuple[tuple[Pool, int | None], ...] = (
    (Pool.KEPT, None),
    (Pool.PINNED, 600),
    (Pool.PLAIN, 260),
    (Pool.PROMISES, 600),
    (Pool.PLAIN, 1000),
    (Pool.PROMISES, None),
    (Pool.PINNED, None),
    (Pool.PLAIN, None),
)
"""Turns of the searches for lemmas about counts: with which guesses, and after how many questions it pauses."""

MORE_CPUS = 3
"""CPUs of the runs that are explored after those of the job's own CPUs."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to decide: ``properties`` of the explicit ``system`` of ``cpus`` CPUs, up to ``depth``.

    ``any_number``: for any number of CPUs up to CPUS(max); runs are still looked for with ``cpus`` CPUs first.
    ``prune`` drops every lemma that can be dropped from a certificate; it takes longer than checking
    a few lemmas more. ``kept`` are lemmas of earlier evidence, as text, which are tried first.
    """

    compiled: Compiled
    system: TransitionSystem
    cpus: int
    properties: tuple[str, ...]
    depth: int
    budget: Budget
    prune: bool = True
    any_number: bool = False
    kept: tuple[str, ...] = ()


def search(job: Job, send: Send, then: Callable[[], None] = lambda: None) -> None:
    """Explore, then run BMC on what that did not refute.

    For any number of CPUs explore a third one too, and then runs of many CPUs in blocks of equal steps.
    ``then`` is called after the first exploration, if anything is open.
    """
    system = in_entry_order(job.compiled, job.system, job.cpus)
    on = simulator(system)
    opened = job.properties
    for effort in EFFORTS:
        opened = explore(system, on, opened, job.depth, effort, job.budget, send)
        if opened and effort is EFFORTS[0]:
            then()
    if job.any_number and opened and job.cpus < (job.compiled.program.cpus_max or MORE_CPUS):
        send(Searching(MORE_CPUS))
        more = in_entry_order(job.compiled, encode(job.compiled, MORE_CPUS), MORE_CPUS)
        opened = explore(more, simulator(more), opened, job.depth, EFFORTS[0], job.budget, send)
        send(Searching(job.cpus))
    if job.any_number and opened:
        leap(_faster(job), opened, Limits(), job.budget, send)
    bmc(system, opened, job.depth, engine_solver(), job.budget, send)


def _faster(job: Job) -> Faster:
    """Return the counting system of the job's program with accelerated steps."""
    facts = infer_facts(job.compiled, engine_solver(), job.budget)
    return accelerate(encode_counting(job.compiled, facts))


def induct(job: Job, send: Send) -> None:
    """Infer lemmas, send them, and prove what they exclude; k-induction relative to them for the rest.

    What a short exploration refutes is left to the task that searches.
    """
    ordered = in_entry_order(job.compiled, job.system, job.cpus)
    opened = list(explore(ordered, simulator(ordered), job.properties, job.depth, GLANCE, job.budget, _ignore))
    for name in sorted(set(job.properties) - set(opened)):
        send(Answered(ENGINE, Unknown(name, "not provable: a short run violates it", None)))
    if not opened:
        return
    opened = _by_counting(job, opened, send)
    if not opened or job.any_number:
        return
    lemmas: tuple[Term, ...] = ()
    for lemmas in infer(job.compiled, job.system, job.cpus, engine_solver, job.budget):
        send(Lemmas(lemmas))
        opened = prove_together(Prover(job.system, lemmas, engine_solver, job.budget, job.prune), opened, send)
        if not opened:
            return
    deeper = Prover(job.system, lemmas, engine_solver, job.budget.part(DEEPER_SHARE), job.prune)
    opened = prove_deeper(deeper, opened, job.depth, send)
    for name in opened:
        _tell_exact_gap(job, lemmas, name, send)
    _refine_exact(job, lemmas, opened, send)


def _tell_exact_gap(job: Job, lemmas: tuple[Term, ...], name: str, send: Send) -> None:
    """Say what the lemmas about exactly n CPUs leave possible, if that is found in a part of the time."""
    budget = job.budget.part(GAP_SHARE)
    found = exact_gap(job.compiled, job.system, job.cpus, lemmas, name, engine_solver, budget)
    if found is not None:
        send(Answered(ENGINE, Unknown(name, _without_proof(lemmas), None, found)))


def _without_proof(lemmas: Sequence[Term]) -> str:
    return f"no inductive proof found ({len(lemmas)} lemma{'' if len(lemmas) == 1 else 's'})"


def refine(job: Job, send: Send) -> None:
    """Infer lemmas, send them, and prove by IC3 relative to them; what has no answer is Unknown."""
    if job.any_number:
        on = counted(job.compiled, engine_solvers(), job.budget)
        if exclude(on, job.properties) is not None:
            send(Lemmas(on.lemmas, on.abstraction))
        left = _refine_counted(on, job.properties, job.budget.part(REFINE_SHARE), send)
        if left:
            closer = focused(on, engine_solvers(), job.budget)
            exclude(closer, left)
            left = _refine_counted(closer, left, job.budget, send)
    else:
        lemmas = next(infer(job.compiled, job.system, job.cpus, engine_solver, job.budget.part(REFINE_SHARE)), ())
        send(Lemmas(lemmas))
        left = _refine_exact(job, lemmas, job.properties, send)
    give_up(left, send)


def _refine_exact(job: Job, lemmas: tuple[Term, ...], opened: Iterable[str], send: Send) -> list[str]:
    """Prove by IC3 what it can of the explicit system; return the other properties."""
    return ic3(Refinement(job.system, lemmas, job.compiled.lemmas, engine_solvers(), job.budget), opened, send)


def _refine_counted(on: Counted, opened: Iterable[str], budget: Budget, send: Send) -> list[str]:
    """Prove by IC3 what it can of a counting system; return the other properties."""
    system = on.counting.system
    task = Refinement(system, on.lemmas, predicates_of(on), engine_solvers(), budget, on.abstraction)
    return ic3(task, opened, send)


def _by_counting(job: Job, opened: list[str], send: Send) -> list[str]:
    """Prove what lemmas about counts and sums exclude, for any number of CPUs or for the job's; return the others."""
    if not job.any_number:
        return _by_counting_few(job, opened, send)
    on = counted(job.compiled, engine_solvers(), job.budget)
    left = _by_turns(job, on, opened, send)
    return _by_focus(job, on, left, send) if left else left


def _by_counting_few(job: Job, opened: list[str], send: Send) -> list[str]:
    """Prove for exactly the job's CPUs what lemmas about counts and sums exclude; return the others."""
    part = replace(job, budget=job.budget.part(COUNTING_SHARE))
    on = counted(part.compiled, engine_solvers(), part.budget)
    left = opened
    for searched, safe in _turns(part, on, opened):
        lemmas = for_explicit(searched.counting, searched.lemmas, job.cpus)
        send(Lemmas(lemmas))
        prover = Prover(job.system, lemmas, engine_solvers(), job.budget, job.prune)
        unproved = prove_together(prover, safe, send)
        left = [name for name in left if name not in safe or name in unproved]
    return left


def _open(on: Counted, name: str) -> Unknown:
    """Return that there is no proof, with what the lemmas leave possible, so that a LEMMA can be written."""
    return Unknown(name, _without_proof(on.lemmas), None, gap(on, name))


def _by_turns(job: Job, on: Counted, opened: list[str], send: Send) -> list[str]:
    """Prove for any number of CPUs what the lemmas of searches exclude, turn by turn; return the other properties.

    What was proved before is checked together with what comes later.
    """
    left = opened
    proven: tuple[Term, ...] = ()
    for searched, safe in _turns(job, on, opened):
        if not proven:
            send(Lemmas(searched.lemmas, searched.abstraction))
        proven = _prove(searched, safe, proven, send)
        left = [name for name in left if name not in safe]
    return left


def _turns(job: Job, on: Counted, opened: list[str]) -> Iterator[tuple[Counted, tuple[str, ...]]]:
    """Yield each search that comes to an end, with what its lemmas exclude of what no other excluded.

    Each search is left for a while where it asks too much: most proofs need the plain one, but without the guesses
    that they need it is long. Where words are pinned, which is seldom, its guesses alone do not suffice. What the
    counting system was seen to violate is asked about in the last turn only, for a counterexample to induction.
    """
    left = opened
    searches: dict[Pool, Counted | None] = {}
    ended: set[Pool] = set()
    seen: frozenset[str] = frozenset()
    for pool, patience in TURNS:
        if pool not in searches:
            searches[pool] = _searched(pool, on, job)
        searched = searches[pool]
        if searched is None or pool in ended:
            continue
        seen |= searched.violated
        last = (pool, patience) == TURNS[-1]
        safe = exclude(searched, [name for name in left if last or name not in seen], patience)
        if safe is not None:
            ended.add(pool)
            yield searched, safe
            left = [name for name in left if name not in safe]
        if not left:
            break


def _searched(pool: Pool, on: Counted, job: Job) -> Counted | None:
    """Return the search that begins with some guesses; None where there are none of this kind."""
    budget = job.budget
    match pool:
        case Pool.KEPT:
            return keeping(on, job.kept, engine_solvers(), budget.part(KEPT_SHARE))
        case Pool.PLAIN:
            return on
        case Pool.PROMISES:
            return promising(on, engine_solvers(), budget)
        case Pool.PINNED:
            return pinned(on, engine_solvers(), budget)


def _by_focus(job: Job, on: Counted, opened: list[str], send: Send) -> list[str]:
    """Prove what lemmas about one CPU's own locals exclude, for any number of CPUs, then by IC3; return the others.

    What is still open is first answered with what the lemmas about counts leave possible: how far IC3 comes in its
    time must not change that.
    """
    closer = focused(on, engine_solvers(), job.budget)
    safe = exclude(closer, opened) or ()
    _prove(closer, safe, (), send)
    left = [name for name in opened if name not in safe]
    for name in left:
        send(Answered(ENGINE, _open(on, name)))
    left = _refine_counted(on, left, job.budget.part(REFINE_SHARE), send)
    return _refine_counted(closer, left, job.budget, send)


def _prove(on: Counted, safe: Sequence[str], proven: tuple[Term, ...], send: Send) -> tuple[Term, ...]:
    """Send the proofs, with the lemmas ``proven`` for others and what they do not imply; return these lemmas."""
    if not safe:
        return proven
    solver = engine_solvers()()
    lemmas = (*proven, *without_implied(on.lemmas, proven, solver, on.search.budget))
    for name in safe:
        send(Answered(ENGINE, Safe(name, Certificate(name, 0, lemmas, on.abstraction))))
    return lemmas


def _ignore(_message: Message) -> None:
    """Send nothing."""
