"""Discharging a certificate's obligations with fresh solvers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from verify.check.cases import cases
from verify.check.checked import Discharged, Rejected, Undecided
from verify.check.obligations import Obligation, invariant_obligations, obligations, require_sense
from verify.check.simulation import simulation_obligations
from verify.encode.counting import encode_counting
from verify.encode.steps import Compiled
from verify.program.errors import InputError
from verify.smt.select import CHECKERS, other_way, solver_maker
from verify.smt.solver import SHORTEST, Solver, Status, solver_version
from verify.system.system import TransitionSystem
from verify.term.term import Term
from verify.verdict.answer import Abstraction, Certificate
from verify.worker.tasks import Task, run_tasks

WHOLE: Final = 1.0
"""Seconds for which a solver is asked about a term as a whole."""

ALONE: Final = 3.0
"""The same for a solver that has no other way: it goes on to the cases, and one of them can be as hard as the whole."""

OTHERWISE: Final = 5.0
"""Seconds for which it is then asked in another way, and for which each of its cases is, before both have all time."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A certificate with its obligations, or with the reason why it makes no sense."""

    certificate: Certificate
    obligations: tuple[Obligation, ...]
    nonsense: str


@dataclass(frozen=True, slots=True)
class Polled:
    """A fresh solver's answer to every term of ``questions``, in that order."""

    solver: str
    version: str
    answers: tuple[Status, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where counting systems come from: a program, and what is asked of its counting system (``view``)."""

    compiled: Compiled
    view: Callable[[TransitionSystem], TransitionSystem]


def claims(
    system: TransitionSystem, certificates: Sequence[Certificate], origin: Origin | None = None
) -> tuple[Claim, ...]:
    """Derive the obligations of each certificate from the explicit system, or the counting system of ``origin``."""
    found = []
    bases: dict[Abstraction | None, _Base] = {None: _Base(system, ())}
    for certificate in certificates:
        try:
            found.append(Claim(certificate, _obligations(certificate, origin, bases), ""))
        except (ValueError, InputError) as error:
            found.append(Claim(certificate, (), str(error)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Base:
    """A system as it is asked about, what ties it to the program, and what keeps lemmas, once derived."""

    system: TransitionSystem
    ties: tuple[Obligation, ...]
    kept: dict[tuple[Term, ...], tuple[Obligation, ...]] = field(default_factory=dict)


def _obligations(
    certificate: Certificate, origin: Origin | None, bases: dict[Abstraction | None, _Base]
) -> tuple[Obligation, ...]:
    abstraction = certificate.abstraction
    if abstraction is not None and abstraction not in bases:
        if origin is None:
            raise ValueError("a certificate about counted CPUs needs the program they run")
        counting = encode_counting(origin.compiled, abstraction.facts, abstraction.focus)
        bases[abstraction] = _Base(origin.view(counting.system), simulation_obligations(counting))
    base = bases[abstraction]
    require_sense(base.system, certificate)
    if certificate.lemmas not in base.kept:
        base.kept[certificate.lemmas] = tuple(invariant_obligations(base.system, certificate.lemmas))
    return (*base.ties, *obligations(base.system, certificate, base.kept[certificate.lemmas]))


def questions(made: Sequence[Claim]) -> tuple[Term, ...]:
    """Return the distinct terms that must have no model; certificates share many."""
    return tuple({o.term: None for claim in made for o in claim.obligations})


def poll(name: str, terms: Sequence[Term], deadline: float) -> Polled:
    """Ask a fresh solver about every term; where it takes long, one that works another way, and then case by case.

    What is still open after that is asked in both ways again, for as long as there is time: a machine may be slow.

    ``deadline`` is in seconds of ``time.monotonic``.
    """
    make, other = solver_maker(name), other_way(name)
    return Polled(name, solver_version(name), tuple(_answer(make, other, term, deadline) for term in terms))


_Way = Callable[[Term], Solver | None]


def _answer(make: Callable[[], Solver], other: _Way | None, term: Term, deadline: float) -> Status:
    status = _asked(make, term, min(deadline, time.monotonic() + (ALONE if other is None else WHOLE)))
    if status is not Status.UNKNOWN:
        return status
    for most in (OTHERWISE, math.inf):
        if other is not None and _unsat_otherwise(other, term, _left(deadline, most)):
            return Status.UNSAT
        status = _by_cases(make, term, deadline, most)
        if status is not Status.UNKNOWN:
            return status
    return Status.UNKNOWN


def _by_cases(make: Callable[[], Solver], term: Term, deadline: float, most: float) -> Status:
    """Ask case by case, each for ``most`` seconds."""
    for case in cases(term):
        status = _asked(make, case, min(deadline, time.monotonic() + most))
        if status is not Status.UNSAT:
            return status
    return Status.UNSAT


def _unsat_otherwise(other: _Way, term: Term, seconds: float) -> bool:
    """Tell whether another way answers "unsat". It is asked in a process of its own, since it may kill its process."""
    told: list[object] = []

    def ask(send: Callable[[object], None]) -> None:
        solver = other(term)
        send(solver is not None and solver.check((), seconds) is Status.UNSAT)

    def listen(_task: str, message: object) -> bool:
        told.append(message)
        return False

    run_tasks([Task("otherwise", ask)], deadline=time.monotonic() + seconds + 1, on_message=listen)
    return told == [True]


def _left(deadline: float, most: float) -> float:
    """Return half of the seconds that are left, so that as much is left for the cases, or ``most`` if that is less."""
    return min(most, max(SHORTEST, (deadline - time.monotonic()) / 2))


def _asked(make: Callable[[], Solver], term: Term, until: float) -> Status:
    left = until - time.monotonic()
    if left <= 0:
        return Status.UNKNOWN
    solver = make()
    solver.add(term)
    return solver.check((), left)


def judge(
    made: Sequence[Claim], polled: Sequence[Polled], solvers: Sequence[str] = CHECKERS
) -> tuple[Discharged | Rejected | Undecided, ...]:
    """Return for each claim: accepted by every one of ``solvers``, rejected by one, or not answered by one."""
    terms = questions(made)
    answers = {p.solver: dict(zip(terms, p.answers, strict=True)) for p in polled}
    versions = tuple(sorted((p.solver, p.version) for p in polled))
    return tuple(_judge(claim, answers, versions, solvers) for claim in made)


def _judge(
    claim: Claim,
    answers: Mapping[str, Mapping[Term, Status]],
    versions: tuple[tuple[str, str], ...],
    solvers: Sequence[str],
) -> Discharged | Rejected | Undecided:
    name = claim.certificate.property
    if claim.nonsense:
        return Rejected(name, f"the certificate makes no sense: {claim.nonsense}")
    unknown = ""
    for solver in solvers:
        given = answers.get(solver, {})
        for obligation in claim.obligations:
            status = given.get(obligation.term, Status.UNKNOWN)
            if status is Status.SAT:
                return Rejected(name, f"{solver} refutes the obligation '{obligation.name}'")
            if status is Status.UNKNOWN:
                unknown = unknown or f"{solver} gave no answer to the obligation '{obligation.name}' in time"
    if unknown:
        return Undecided(name, unknown, None)
    if set(answers) != set(solvers):
        return Undecided(name, "not every solver was asked", None)
    return Discharged(claim.certificate, len(claim.obligations), versions)


def certify(
    system: TransitionSystem, certificates: Sequence[Certificate], deadline: float
) -> tuple[Discharged | Rejected | Undecided, ...]:
    """Ask all solvers, one after the other, about every certificate; one result each, in order."""
    made = claims(system, certificates)
    return judge(made, [poll(name, questions(made), deadline) for name in CHECKERS])
