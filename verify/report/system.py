"""``refproof show``: the steps of a program in readable form, each with its C line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from verify.encode.steps import Compiled, ProgramStep, Target
from verify.program.program import Kind, Program
from verify.report.values import place, printable
from verify.term.build import TRUE
from verify.term.show import show
from verify.term.term import Term


def show_system(compiled: Compiled) -> str:
    """Return the shared state, the initial values and every step as text, one fact a line."""
    signed = frozenset(_signed(compiled))
    text = partial(show, signed=lambda name: name in signed)
    lines = [*_state(compiled, text), ""]
    for step in compiled.steps:
        lines += [*_step(step, text), ""]
    for prop in compiled.state_properties:
        lines.append(
            f"{prop.property.kind.value} {prop.property.id}: {text(prop.holds)}  [{place(prop.property.span)}]"
        )
    return "\n".join(printable(line) for line in lines).rstrip() + "\n"


def _signed(compiled: Compiled) -> Iterator[str]:
    program = compiled.program
    for var in (*program.cells, *program.ghosts, *(v for a in program.actors for v in a.body.locals)):
        if var.kind is Kind.SIGNED:
            yield var.name


def _state(compiled: Compiled, text: partial[str]) -> Iterator[str]:
    program: Program = compiled.program
    start = dict(compiled.init)
    yield f"{program.name}: {len(compiled.steps)} steps, {len(compiled.locations)} places to be suspended at"
    for cell in program.cells:
        yield f"  shared {cell.name}: {cell.width} bits, initially {text(start[cell.name])}"
    for ghost in program.ghosts:
        yield f"  ghost  {ghost.name}: {ghost.width} bits, initially {text(start[ghost.name])}"


def _step(step: ProgramStep, text: partial[str]) -> Iterator[str]:
    verb = "enter" if step.source is None else "in"
    yield f"{verb} {step.actor}: {step.operation or 'no shared access'}  [{place(step.span)}]"
    for given in step.inputs:
        yield f"    any {given.name} in {given.low} .. {given.high}"
    if step.guard is not TRUE:
        yield f"    when {text(step.guard)}"
    for check in step.checks:
        yield f"    check {check.property}: fails where {text(check.violated)}  [{place(check.span)}]"
    for name, value in step.updates:
        yield f"    {name} := {text(value)}"
    for target in step.targets:
        yield from _target(target, text)


def _target(target: Target, text: partial[str]) -> Iterator[str]:
    if target.location is None:
        yield f"    ends{' by a BUG' if target.bug else ''} where {_where(target.when, text)}"
        return
    yield f"    goes to {target.location.operation}  [{place(target.location.span)}] where {_where(target.when, text)}"
    for local, value in zip(target.location.live, target.locals, strict=True):
        yield f"        {local.label} := {text(value)}"


def _where(when: Term, text: partial[str]) -> str:
    return "always" if when is TRUE else text(when)
