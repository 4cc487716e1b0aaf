"""Discharging a certificate's obligations with fresh solvers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from verify.check.checked import Discharged, Rejected, Undecided
from verify.check.obligations import Obligation, obligations
from verify.smt.bitwuzla_solver import bitwuzla_solver
from verify.smt.solver import Solver, Status, solver_versions
from verify.smt.z3_solver import z3_solver
from verify.system.system import TransitionSystem
from verify.term.term import Term
from verify.verdict.answer import Certificate

SOLVERS: Mapping[str, Callable[[], Solver]] = {"bitwuzla": bitwuzla_solver, "z3": z3_solver}


def certify(
    system: TransitionSystem, certificates: Sequence[Certificate], deadline: float
) -> tuple[Discharged | Rejected | Undecided, ...]:
    """Ask fresh solvers about every obligation of every certificate; one result each, in order.

    Obligations that several certificates share are asked once. ``deadline`` is in seconds of
    ``time.monotonic``; past it the answer is Undecided. Any "sat" gives Rejected.
    """
    claims: list[tuple[Obligation, ...] | str] = []
    for certificate in certificates:
        try:
            claims.append(obligations(system, certificate))
        except ValueError as error:
            claims.append(str(error))
    needed = {o.term: o for claim in claims if not isinstance(claim, str) for o in claim}
    answers = {name: _ask(make(), tuple(needed), deadline) for name, make in SOLVERS.items()}
    return tuple(_judge(c, claim, answers) for c, claim in zip(certificates, claims, strict=True))


def _ask(solver: Solver, terms: Sequence[Term], deadline: float) -> Mapping[Term, Status]:
    found = {}
    for term in terms:
        left = deadline - time.monotonic()
        found[term] = Status.UNKNOWN if left <= 0 else solver.check((term,), left)
    return found


def _judge(
    certificate: Certificate, claim: tuple[Obligation, ...] | str, answers: Mapping[str, Mapping[Term, Status]]
) -> Discharged | Rejected | Undecided:
    if isinstance(claim, str):
        return Rejected(certificate.property, f"the certificate makes no sense: {claim}")
    unknown = ""
    for obligation in claim:
        for name, answer in answers.items():
            if answer[obligation.term] is Status.SAT:
                return Rejected(certificate.property, f"{name} refutes the obligation '{obligation.name}'")
            if answer[obligation.term] is Status.UNKNOWN:
                unknown = unknown or f"{name} gave no answer to the obligation '{obligation.name}' in time"
    if unknown:
        return Undecided(certificate.property, unknown, None)
    return Discharged(certificate, len(claim), solver_versions())
