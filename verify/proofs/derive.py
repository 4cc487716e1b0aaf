"""What a certificate says, derived from the C text: never taken over from a certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from verify.check.certify import Claim, Origin, claims
from verify.encode.steps import Compiled
from verify.encode.tally import contexts
from verify.program.program import Program, Property
from verify.proofs.claimed import Claimed
from verify.proofs.document import Document, LocationText, Proof
from verify.proofs.finish import system_of
from verify.proofs.names import Subject
from verify.report.assumptions import assumptions, memory_model
from verify.report.counted import counted_texts
from verify.system.system import Input, TransitionSystem
from verify.term.build import rebuilt
from verify.term.text import TextError, from_text, quoted, to_text
from verify.verdict.answer import Abstraction, Certificate, LocationFacts


@dataclass(slots=True)
class Systems:
    """The systems of one program that certificates speak of, and what was derived of them, each once."""

    compiled: Compiled
    cpus: int | None
    made: dict[Abstraction | None, TransitionSystem] = field(default_factory=dict)
    digests: dict[Abstraction | None, str] = field(default_factory=dict)

    def system(self, abstraction: Abstraction | None) -> TransitionSystem:
        """Return the system that an abstraction makes; see ``system_of``."""
        if abstraction not in self.made:
            self.made[abstraction] = system_of(self.compiled, abstraction, self.cpus)
        return self.made[abstraction]

    def digest(self, abstraction: Abstraction | None) -> str:
        """Return the digest of the system that an abstraction makes; see ``system_of``."""
        if abstraction not in self.digests:
            self.digests[abstraction] = digest(self.system(abstraction))
        return self.digests[abstraction]

    def claimed(self, certificates: Sequence[Certificate]) -> tuple[Claim, ...]:
        """Return the certificates with their obligations."""
        if not certificates:
            return ()
        system = self.system(certificates[0].abstraction)
        return claims(system, certificates, Origin(self.compiled, lambda counting: counting))


def claim(program: Program, about: Subject, prop: Property) -> Claimed:
    """Return what evidence about this property has to say of it."""
    assumed = assumptions(program, about.cpus)
    # A kernel tree's place differs from machine to machine; the digests say what was read.
    texts = (f"{a.kind}: {a.text}" + (f" ({a.span})" if a.span else "") for a in assumed)
    return Claimed(
        about,
        prop.id,
        prop.kind.value,
        prop.text,
        contexts(program) if about.cpus is None else None,
        tuple("option: --kernel" if t.startswith("option: --kernel ") else t for t in texts),
        memory_model(program),
        tuple(sorted((s.name, s.sha256) for s in program.sources)),
    )


def document(
    systems: Systems, about: Subject, certificate: Certificate, tool: str, solvers: Sequence[tuple[str, str]]
) -> Document:
    """Return a certificate as it is kept. Raises ValueError where it has no text."""
    abstraction, compiled = certificate.abstraction, systems.compiled
    prop = next(p for p in compiled.program.properties if p.id == certificate.property)
    texts = counted_texts(compiled, certificate.lemmas)
    proof = Proof(
        certificate.k,
        0 if abstraction is None else abstraction.focus,
        () if abstraction is None else tuple(_location_text(facts) for facts in abstraction.facts),
        tuple((to_text(lemma), text) for lemma, text in zip(certificate.lemmas, texts, strict=True)),
        systems.digest(abstraction),
    )
    return Document(claim(compiled.program, about, prop), proof, tool, tuple(sorted(solvers)))


def _location_text(facts: LocationFacts) -> LocationText:
    return LocationText(facts.actor, facts.node, facts.ranges, tuple(to_text(t) for t in facts.holds))


def certificate_of(systems: Systems, kept: Document) -> Certificate:
    """Return the claim of a kept certificate, with terms. Raises TextError or ValueError where it makes no sense."""
    proof, about = kept.proof, kept.claimed.subject
    facts = tuple(_facts(systems.compiled, kept)) if about.cpus is None else ()
    abstraction = Abstraction(facts, proof.focus) if about.cpus is None else None
    if about.cpus is not None and (proof.locations or proof.focus):
        raise TextError("a certificate for exactly n CPUs has no facts of locations and no focus CPUs")
    widths = {v.name: v.width for v in systems.system(abstraction).state}
    lemmas = tuple(rebuilt(from_text(text, widths)) for text, _ in proof.lemmas)
    return Certificate(kept.claimed.property, proof.k, lemmas, abstraction)


def _facts(compiled: Compiled, kept: Document) -> Iterator[LocationFacts]:
    """Yield the facts of the locations, which are those of the program, in its order."""
    places = [(at.actor, at.node) for at in kept.proof.locations]
    if places != [(at.actor, at.node) for at in compiled.locations]:
        raise TextError("the locations are not those of the program")
    for at, location in zip(kept.proof.locations, compiled.locations, strict=True):
        widths = {v.name: v.width for v in location.live}
        for name, _, _ in at.ranges:
            if name not in widths:
                raise TextError(f"'{name}' is not live before {location.operation} of {location.actor}")
        yield LocationFacts(at.actor, at.node, at.ranges, tuple(rebuilt(from_text(t, widths)) for t in at.holds))


def digest(system: TransitionSystem) -> str:
    """Return the SHA-256 of the canonical text of a system."""
    sha = hashlib.sha256()
    for line in system_text(system):
        sha.update(line.encode() + b"\n")
    return sha.hexdigest()


def system_text(system: TransitionSystem) -> Iterator[str]:
    """Yield the canonical text of a system, line by line: state, initial states, every step, every check."""
    yield from (f"state {quoted(v.name)} {v.width} {'signed' if v.signed else 'unsigned'}" for v in system.state)
    yield from map(_input_text, system.init_inputs)
    yield from (f"init {quoted(name)} {to_text(term)}" for name, term in system.init)
    yield f"init guard {to_text(system.init_guard)}"
    for step in system.steps:
        yield f"step {quoted(step.label)} cpu {step.cpu} of {quoted(step.actor)} at {step.span}"
        yield from map(_input_text, step.inputs)
        yield f"guard {to_text(step.guard)}"
        yield from (f"update {quoted(name)} {to_text(term)}" for name, term in step.updates)
        for check in step.checks:
            yield f"check {quoted(check.property)} reached {to_text(check.reached)} violated {to_text(check.violated)}"
        for end in step.outcomes:
            yield f"outcome {quoted(end.label)} {'finishes' if end.finishes else 'goes on'} {to_text(end.when)}"
    for state in system.state_checks:
        yield f"always {quoted(state.property)} reached {to_text(state.reached)} violated {to_text(state.violated)}"


def _input_text(one: Input) -> str:
    read = "signed" if one.signed else "unsigned"
    return f"input {quoted(one.name)} {one.width} {read} from {one.low} to {one.high}"
