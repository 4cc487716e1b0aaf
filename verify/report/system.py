"""``refproof show``: the steps of a program in readable form, each with its C line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from verify.encode.steps import Compiled, ProgramStep, Target
from verify.program.program import Kind, Program
from verify.report.display import parts, readable
from verify.report.source import c_line
from verify.report.values import counted, place, printable
from verify.report.wrap import wrap_code
from verify.system.system import Check
from verify.term.build import FALSE, TRUE, substitute, symbol
from verify.term.show import show
from verify.term.source import Span
from verify.term.term import Op, Term

WIDTH: Final = 100
_Signed = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Writer:
    """How terms and places of one program are written. ``names`` has the C names of a step's inputs and locals."""

    program: Program
    signed: _Signed
    names: Mapping[Term, Term]

    def term(self, term: Term) -> str:
        return show(substitute(readable(term), self.names), self.signed)

    def where(self, when: Term) -> str:
        return "always" if when is TRUE else f"where {self.term(when)}"

    def line(self, span: Span) -> str:
        """Return file:line:column and, where it is known, the C line."""
        quoted = c_line(self.program, span)
        return f"{place(span)}  {quoted}" if quoted else place(span)


def show_system(compiled: Compiled) -> str:
    """Return the shared state, the initial values and every step as text, one fact a line.

    What follows "when" holds wherever the step is taken, so the lines below it do not repeat it. Inputs and the running
    CPU's locals have their C names where these are unambiguous. Lines have at most WIDTH characters where they can.
    """
    writer = _Writer(compiled.program, signed_names(compiled.program).__contains__, {})
    lines = [*_state(compiled, writer), ""]
    for step in compiled.steps:
        lines += [*_step(step, _inside(writer, step)), ""]
    for prop in compiled.state_properties:
        lines += [
            f"{prop.property.kind.value} {prop.property.id}: {writer.term(prop.holds)}",
            f"    at {writer.line(prop.property.span)}",
        ]
    short = (part for line in lines for given in line.split("\n") for part in _short(printable(given)))
    return "\n".join(short).rstrip() + "\n"


def _short(line: str) -> list[str]:
    """Return a line as lines that fit: a C line beneath its place, conditions broken at their operators."""
    text = line.lstrip()
    if len(line) > WIDTH and text.startswith("at ") and "  " in text:
        margin = " " * (len(line) - len(text))
        where, _, quoted = text.partition("  ")
        return [margin + where, f"{margin}   {quoted}"]
    return wrap_code(line, WIDTH)


def _inside(writer: _Writer, step: ProgramStep) -> _Writer:
    """Return the writer for one step: a name that would be ambiguous stays the internal one."""
    program = writer.program
    labels = [(given.name, given.width, given.label, given.signed) for given in step.inputs]
    labels += [(v.name, v.width, v.label, v.kind is Kind.SIGNED) for v in (step.source.live if step.source else ())]
    shared = [*(c.name for c in program.cells), *(g.name for g in program.ghosts)]
    uses = Counter([*(label for _, _, label, _ in labels), *shared])
    clear = [row for row in labels if uses[row[2]] == 1]
    names = {symbol(name, width): symbol(label, width) for name, width, label, _ in clear}
    signed = frozenset([label for _, _, label, signed_ in clear if signed_])
    rest = frozenset(name for name, _, _, signed_ in labels if signed_)

    def is_signed(name: str) -> bool:
        return name in signed or name in rest or writer.signed(name)

    return replace(writer, names=names, signed=is_signed)


def signed_names(program: Program) -> frozenset[str]:
    """Return the names of the cells, ghosts and locals whose C type is signed."""
    found = [cell.name for cell in program.cells if cell.kind is Kind.SIGNED]
    found += [ghost.name for ghost in program.ghosts if ghost.kind is Kind.SIGNED]
    for actor in program.actors:
        found += [local.name for local in actor.body.locals if local.kind is Kind.SIGNED]
    return frozenset(found)


def _state(compiled: Compiled, writer: _Writer) -> Iterator[str]:
    program = compiled.program
    start = dict(compiled.init)
    steps, places = counted(len(compiled.steps), "step"), counted(len(compiled.locations), "place")
    yield f"{program.name}: {steps}, {places} to be suspended at"
    for cell in program.cells:
        yield f"  shared {cell.name}: {_size(cell.width, cell.kind)}, initially {writer.term(start[cell.name])}"
    for ghost in program.ghosts:
        yield f"  ghost  {ghost.name}: {_size(ghost.width, ghost.kind)}, initially {writer.term(start[ghost.name])}"


def _size(width: int, kind: Kind) -> str:
    return kind.value if kind is Kind.BOOL else f"{kind.value}, {width} bit{'s' if width != 1 else ''}"


def _step(step: ProgramStep, writer: _Writer) -> Iterator[str]:
    verb = "enter" if step.source is None else "in"
    yield f"{verb} {step.actor}: {step.operation or 'no shared access'}"
    yield f"    at {writer.line(step.span)}"
    for given in step.inputs:
        yield f"    any {_name(given.term, writer)} in {given.low} .. {given.high}"
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
        if (after := readable(substitute(value, known))) is not symbol(name, value.width):
            yield f"    {name} := {writer.term(after)}"
    for target in step.targets:
        yield from _target(target, known, writer)


def _check(check: Check, facts: tuple[Term, ...], known: Mapping[Term, Term], writer: _Writer) -> Iterator[str]:
    """A check that can fail where the step cannot be completed is written in full."""
    under = frozenset(facts) <= frozenset(parts(check.violated, Op.AND))
    violated = readable(substitute(check.violated, known) if under else check.violated)
    fails = "cannot fail here" if violated is FALSE else f"fails {writer.where(violated)}"
    yield f"    check {check.property}: {fails}"
    yield f"        at {writer.line(check.span)}"


def _target(target: Target, known: Mapping[Term, Term], writer: _Writer) -> Iterator[str]:
    where = writer.where(readable(substitute(target.when, known)))
    if target.location is None:
        yield f"    ends{' by a BUG' if target.bug else ''} {where}"
        return
    yield f"    goes on to {target.location.operation} {where}"
    yield f"        at {writer.line(target.location.span)}"
    for local, value in zip(target.location.live, target.locals, strict=True):
        after = writer.term(substitute(value, known))
        if after != local.label:
            yield f"        {local.label} := {after}"


def _name(term: Term, writer: _Writer) -> str:
    return writer.names.get(term, term).name


def facts_of(guard: Term) -> tuple[Term, ...]:
    """Return the conjuncts that all ways through a guard have in common."""
    ways = [tuple(parts(way, Op.AND)) for way in parts(guard, Op.OR)]
    return tuple(fact for fact in ways[0] if fact is not TRUE and all(fact in way for way in ways[1:]))


def known_from(facts: tuple[Term, ...]) -> Mapping[Term, Term]:
    """Return what may be replaced where all facts hold."""
    false = {fact.args[0]: FALSE for fact in facts if fact.op is Op.NOT}
    return {**false, **dict.fromkeys(facts, TRUE)}
