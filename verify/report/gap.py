"""A counterexample to induction, for who is to write a LEMMA: a state, the CPUs inside, a step, the state after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verify.encode.steps import compile_program
from verify.program.program import LEDGER_FITS, Lemma, Program, Property
from verify.report.values import counted, line_of, typed, word
from verify.term.semantics import evaluate
from verify.verdict.answer import Gap, Standing

Shown = Mapping[str, str]
"""Values as people write them, by the names of cells and ghosts."""


def gap_lines(program: Program, gap: Gap, violated: Property) -> Iterator[str]:
    """Yield a gap as lines without an indent; long ones are folded by whoever prints them."""
    yield f"no proof: {counted(gap.lemmas, 'lemma')} found, true in this state; a step from it violates the property."
    yield "No run was found that leads to the state. If there is none, a LEMMA that is false in it may make a proof."
    if violated.id == LEDGER_FITS:
        yield "An ASSUME bounds who enters, not who is inside: docs/spec-language.md says how to count those."
    for hint in left_out(program, gap):
        yield f"LEMMA({hint.text}) at {line_of(hint.span)} is false in it: it was not found to be inductive."
    before, after = shown(program, gap.before), None if gap.after is None else shown(program, gap.after)
    yield f"state: {', '.join(f'{name} = {value}' for name, value in before.items())}"
    if not gap.standing:
        yield "no CPU inside an actor"
    for standing in gap.standing:
        yield _standing(standing)
    drawn = ", ".join(f"{name} = {value}" for name, value in gap.drawn)
    yield f"step: a CPU {gap.step}{f', with {drawn}' if drawn else ''}"
    if after is None:
        yield f"VIOLATED {violated.id} in the step"
        return
    changes = [f"{name}: {before[name]} -> {value}" for name, value in after.items() if before[name] != value]
    yield f"changes: {', '.join(changes) or 'no word and no ghost'}"
    yield f"VIOLATED {violated.id} after the step"


def left_out(program: Program, gap: Gap) -> tuple[Lemma, ...]:
    """Return the LEMMAs of the spec that are false in the state of a gap, and so are none of the lemmas found."""
    if not program.lemmas:
        return ()
    values = dict(gap.before)
    terms = compile_program(program).lemmas
    return tuple(hint for hint, term in zip(program.lemmas, terms, strict=True) if not evaluate(term, values))


def _standing(at: Standing) -> str:
    together = " in all" if at.cpus > 1 else ""
    sums = ", ".join(f"{name} = {value}{together}" for name, value in at.sums)
    what = f"{counted(at.cpus, 'CPU')} inside {at.actor}, before {at.operation} at {line_of(at.span)}"
    return what + (f", {sums}" if sums else "")


def shown(program: Program, values: tuple[tuple[str, int], ...]) -> Shown:
    """Return values of cells in hex and of ghosts as C writes them."""
    cells = {c.name: c for c in program.cells}
    ghosts = {g.name: g for g in program.ghosts}
    return {
        name: word(value, cells[name].width) if name in cells else typed(value, ghosts[name].width, ghosts[name].kind)
        for name, value in values
    }
