"""``refproof show``: the steps of a program in readable form, each with its C line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from verify.encode.steps import Compiled, ProgramStep, Target
from verify.program.program import Kind, Program
from verify.report.source import c_line
from verify.report.values import place, printable
from verify.system.system import Check
from verify.term.build import FALSE, TRUE, substitute
from verify.term.show import show
from verify.term.source import Span
from verify.term.term import Op, Term


@dataclass(frozen=True, slots=True)
class _Writer:
    """How terms and places of one program are written."""

    program: Program
    term: Callable[[Term], str]

    def where(self, when: Term) -> str:
        return "always" if when is TRUE else self.term(when)

    def line(self, span: Span) -> str:
        """Return file:line:column and, where it is known, the C line."""
        quoted = c_line(self.program, span)
        return f"{place(span)}  {quoted}" if quoted else place(span)


def show_system(compiled: Compiled) -> str:
    """Return the shared state, the initial values and every step as text, one fact a line.

    What follows "when" holds wherever the step is taken, so the lines below it do not repeat it.
    """
    signed = frozenset(_signed(compiled.program))
    writer = _Writer(compiled.program, partial(show, signed=lambda name: name in signed))
    lines = [*_state(compiled, writer), ""]
    for step in compiled.steps:
        lines += [*_step(step, writer), ""]
    for prop in compiled.state_properties:
        lines += [
            f"{prop.property.kind.value} {prop.property.id}: {writer.term(prop.holds)}",
            f"    at {writer.line(prop.property.span)}",
        ]
    return "\n".join(printable(line) for line in lines).rstrip() + "\n"


def _signed(program: Program) -> Iterator[str]:
    yield from (cell.name for cell in program.cells if cell.kind is Kind.SIGNED)
    yield from (ghost.name for ghost in program.ghosts if ghost.kind is Kind.SIGNED)
    for actor in program.actors:
        yield from (local.name for local in actor.body.locals if local.kind is Kind.SIGNED)


def _state(compiled: Compiled, writer: _Writer) -> Iterator[str]:
    program = compiled.program
    start = dict(compiled.init)
    yield f"{program.name}: {len(compiled.steps)} steps, {len(compiled.locations)} places to be suspended at"
    for cell in program.cells:
        yield f"  shared {cell.name}: {_bits(cell.width)}, initially {writer.term(start[cell.name])}"
    for ghost in program.ghosts:
        yield f"  ghost  {ghost.name}: {_bits(ghost.width)}, initially {writer.term(start[ghost.name])}"


def _bits(width: int) -> str:
    return f"{width} bit{'s' if width != 1 else ''}"


def _step(step: ProgramStep, writer: _Writer) -> Iterator[str]:
    verb = "enter" if step.source is None else "in"
    yield f"{verb} {step.actor}: {step.operation or 'no shared access'}"
    yield f"    at {writer.line(step.span)}"
    for given in step.inputs:
        yield f"    any {given.name} in {given.low} .. {given.high}"
    facts = facts_of(step.guard)
    known = known_from(facts)
    for fact in facts:
        yield f"    when {writer.term(fact)}"
    rest = substitute(step.guard, known)
    if rest is not TRUE:
        yield f"    when {writer.term(rest)}"
    for check in step.checks:
        yield from _check(check, facts, known, writer)
    for name, value in step.updates:
        yield f"    {name} := {writer.term(substitute(value, known))}"
    for target in step.targets:
        yield from _target(target, known, writer)


def _check(check: Check, facts: tuple[Term, ...], known: Mapping[Term, Term], writer: _Writer) -> Iterator[str]:
    """A check that can fail where the step cannot be completed is written in full."""
    under = frozenset(facts) <= frozenset(_parts(check.violated, Op.AND))
    violated = substitute(check.violated, known) if under else check.violated
    yield f"    check {check.property}: fails where {writer.where(violated)}"
    yield f"        at {writer.line(check.span)}"


def _target(target: Target, known: Mapping[Term, Term], writer: _Writer) -> Iterator[str]:
    where = writer.where(substitute(target.when, known))
    if target.location is None:
        yield f"    ends{' by a BUG' if target.bug else ''} where {where}"
        return
    yield f"    goes on to {target.location.operation} where {where}"
    yield f"        at {writer.line(target.location.span)}"
    for local, value in zip(target.location.live, target.locals, strict=True):
        yield f"        {local.label} := {writer.term(substitute(value, known))}"


def _parts(term: Term, op: Op) -> Iterator[Term]:
    """Yield the operands of nested conjunctions (AND) or disjunctions (OR) of truth values, from left to right."""
    if term.op is op and term.width == 1:
        for argument in term.args:
            yield from _parts(argument, op)
    else:
        yield term


def facts_of(guard: Term) -> tuple[Term, ...]:
    """Return the conjuncts that all ways through a guard have in common."""
    ways = [tuple(_parts(way, Op.AND)) for way in _parts(guard, Op.OR)]
    return tuple(fact for fact in ways[0] if fact is not TRUE and all(fact in way for way in ways[1:]))


def known_from(facts: tuple[Term, ...]) -> Mapping[Term, Term]:
    """Return what may be replaced where all facts hold."""
    false = {fact.args[0]: FALSE for fact in facts if fact.op is Op.NOT}
    return {**false, **dict.fromkeys(facts, TRUE)}
