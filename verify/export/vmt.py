"""VMT-LIB: SMT-LIB 2 with annotations for next values, initial states, transitions and properties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from verify.export.model import Circuit, Register
from verify.export.names import plain
from verify.smt.smtlib import comment_lines, quoted, shared_parts, sort
from verify.term.build import FALSE, bvnot, bvor, conj, eq, symbol
from verify.term.term import Term, symbols

_VIOLATED: Final = "!violated"


def to_vmt(model: Circuit, comment: Iterable[str] = ()) -> str:
    """Return the circuit in VMT-LIB: one ``invar-property`` for each property, with its index, in order.

    A property of VMT is over states alone, so a violation in the middle of a step is kept in a state
    variable of its own. Raises ValueError for a name that SMT-LIB cannot quote.
    """
    registers, properties = _over_states(model)
    state = [r.variable for r in registers]
    after = [symbol(f"{v.name}!next", v.width) for v in state]
    first = conj(eq(r.variable, r.first) for r in registers)
    # A list of equations stays one, so that the text follows the registers.
    moves = [eq(then, r.next) for then, r in zip(after, registers, strict=True)]
    lines = comment_lines(plain(line) for line in comment)
    lines += comment_lines(f"step {index}: {plain(label)}" for index, label in enumerate(model.labels))
    lines += [f"(declare-fun {quoted(v.name)} () {sort(v.width)})" for v in (*state, *after, *model.inputs)]
    for index, (now, then) in enumerate(zip(state, after, strict=True)):
        name = quoted(f"!state {index}")
        lines.append(f"(define-fun {name} () {sort(now.width)} (! {quoted(now.name)} :next {quoted(then.name)}))")
    roots = [first, *moves, *properties]
    parts, texts = shared_parts(roots, (*state, *after, *model.inputs))
    lines += [f"(define-fun {name} () {sort(width)} {body})" for name, width, body in parts]
    lines.append(f"(define-fun |!init| () Bool (! {texts[0]} :init true))")
    moved = "\n  ".join(texts[1 : len(moves) + 1])
    lines.append(f"(define-fun |!trans| () Bool (! (and true\n  {moved}) :trans true))")
    for index, ((name, _), text) in enumerate(zip(model.bad, texts[len(moves) + 1 :], strict=True)):
        lines += comment_lines([f"property {plain(name)}"])
        lines.append(f"(define-fun {quoted(f'!property {index}')} () Bool (! {text} :invar-property {index}))")
    return "\n".join(lines) + "\n"


def _over_states(model: Circuit) -> tuple[list[Register], list[Term]]:
    """Return the registers with those for violations, and what holds of states where each property does."""
    registers, properties = list(model.registers), []
    inputs = frozenset(model.inputs)
    for index, (_, bad) in enumerate(model.bad):
        if inputs.isdisjoint(symbols((bad,))):
            properties.append(bvnot(bad))
        else:
            kept = symbol(f"{_VIOLATED} {index}", 1)
            registers.append(Register(kept, FALSE, bvor(kept, bad)))
            properties.append(bvnot(kept))
    return registers, properties
