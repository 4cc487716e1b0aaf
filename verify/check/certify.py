"""Discharging a certificate's obligations with fresh solvers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from verify.check.ask import Polled, poll
from verify.check.checked import Discharged, Rejected, Undecided
from verify.check.obligations import Obligation, invariant_obligations, obligations, require_sense
from verify.check.simulation import simulation_obligations
from verify.encode.counting import encode_counting
from verify.encode.steps import Compiled
from verify.program.errors import InputError
from verify.smt.select import CHECKERS
from verify.smt.solver import Status
from verify.system.system import TransitionSystem
from verify.term.term import Term
from verify.verdict.answer import Abstraction, Certificate


@dataclass(frozen=True, slots=True)
class Claim:
    """A certificate with its obligations, or with the reason why it makes no sense."""

    certificate: Certificate
    obligations: tuple[Obligation, ...]
    nonsense: str


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
                unknown = (
                    unknown or f"{solver} gave no answer to the obligation '{obligation.name}' in time; raise --timeout"
                )
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
