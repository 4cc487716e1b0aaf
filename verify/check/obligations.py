"""What must be unsatisfiable for a certificate to be a proof. Generated anew from the system.

Nothing of an engine is used here: no unrolled formula, no core, no symmetry. Each obligation is a
width-1 term; the certificate holds when all of them are unsatisfiable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verify.system.system import TransitionSystem, state_violation, step_violation, violation
from verify.system.unroll import after_step, at_time, init_values, initial, transition, unviolated
from verify.term.build import FALSE, bvand, bvnot, conj, disj
from verify.term.term import Term, symbols
from verify.verdict.answer import Certificate


@dataclass(frozen=True, slots=True)
class Obligation:
    """A claim, in words, and the term that must have no model."""

    name: str
    term: Term


def obligations(
    system: TransitionSystem, certificate: Certificate, kept: Sequence[Obligation] | None = None
) -> tuple[Obligation, ...]:
    """Return the obligations of a certificate, without those that are false by themselves.

    ``kept`` are the ``invariant_obligations`` of its lemmas, if they were derived before.

    Raises:
        ValueError: the certificate names a property that the system does not have, a negative k,
            a lemma that is not a truth value, or a symbol that is not a state variable.
    """
    require_sense(system, certificate)
    kept = tuple(invariant_obligations(system, certificate.lemmas)) if kept is None else kept
    found = [*kept, *_property(system, certificate)]
    return tuple(o for o in found if o.term is not FALSE)


def require_sense(system: TransitionSystem, certificate: Certificate) -> None:
    if certificate.property not in system.properties():
        raise ValueError(f"the system has no property '{certificate.property}'")
    if certificate.k < 0:
        raise ValueError(f"k is at least 0, not {certificate.k}")
    require_state_terms(system, certificate.lemmas)


def require_state_terms(system: TransitionSystem, lemmas: tuple[Term, ...]) -> None:
    """Raise ValueError unless every lemma is a truth value over state variables of their widths."""
    widths = {v.name: v.width for v in system.state}
    for lemma in lemmas:
        if lemma.width != 1:
            raise ValueError(f"a lemma has width 1, not {lemma.width}")
        for symbol in symbols((lemma,)):
            if widths.get(symbol.name) != symbol.width:
                raise ValueError(f"a lemma mentions '{symbol.name}' of {symbol.width} bits, which is not state")


def invariant_obligations(system: TransitionSystem, lemmas: tuple[Term, ...]) -> Iterator[Obligation]:
    """Yield: every lemma holds initially, and every step from a state of all lemmas preserves them."""
    start = init_values(system, lemmas)
    yield Obligation("the lemmas hold initially", bvand(system.init_guard, bvnot(conj(start))))
    invariant = conj(lemmas)
    for step in system.steps:
        changed = [after for before, after in zip(lemmas, after_step(step, lemmas), strict=True) if after is not before]
        broken = disj(bvnot(after) for after in changed)
        yield Obligation(f"preserved by {step.label}", conj((invariant, step.guard, broken)))


def _property(system: TransitionSystem, certificate: Certificate) -> Iterator[Obligation]:
    if certificate.k == 0:
        yield from _excluded(system, certificate)
        return
    bad = violation(system, (certificate.property,))
    path = initial(system)
    for time in range(certificate.k):
        yield Obligation(f"base case {time}", bvand(path, at_time((bad,), time)[0]))
        path = bvand(path, transition(system, time))
    yield Obligation("induction step", _window(system, certificate, bad))


def _excluded(system: TransitionSystem, certificate: Certificate) -> Iterator[Obligation]:
    """Yield for k = 0: the lemmas exclude each violation, step by step and for states."""
    invariant = conj(certificate.lemmas)
    for step in system.steps:
        bad = step_violation(step, certificate.property)
        yield Obligation(f"no violation by {step.label}", bvand(invariant, bad))
    yield Obligation("no violation by a state", bvand(invariant, state_violation(system, certificate.property)))


def _window(system: TransitionSystem, certificate: Certificate, bad: Term) -> Term:
    """Return: k steps, each taken without a violation, through states of all lemmas, then a violation.

    Only the step that is taken must not violate: that every step could be taken without violation
    is not known, so it must not be assumed.
    """
    parts = []
    for time in range(certificate.k):
        parts += [
            *at_time(certificate.lemmas, time),
            transition(system, time),
            bvnot(at_time((state_violation(system, certificate.property),), time)[0]),
            *unviolated(system, certificate.property, time),
        ]
    return conj((*parts, *at_time((*certificate.lemmas, bad), certificate.k)))
