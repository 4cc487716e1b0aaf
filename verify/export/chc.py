"""Constrained Horn clauses: SMT-LIB 2, logic HORN, as z3's Spacer and Eldarica read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from verify.export.names import plain
from verify.smt.smtlib import comment_lines, quoted, shared_parts, sort
from verify.system.system import TransitionSystem, violation
from verify.system.unroll import initial_input
from verify.term.build import FALSE, substitute_all
from verify.term.term import Term, symbols

_REACHED = "!reached"


def to_chc(system: TransitionSystem, properties: Sequence[str], comment: Iterable[str] = ()) -> str:
    """Return clauses that are satisfiable exactly if no run violates one of the properties: ``sat`` is safe.

    One clause for INIT, one for each step, one for the violation. Raises ValueError for a name that
    SMT-LIB cannot quote.
    """
    state = [v.term for v in system.state]
    about = (*comment, *(f"property {name}" for name in properties), "sat: it holds; unsat: it fails")
    lines = comment_lines(map(plain, about))
    lines.append("(set-logic HORN)")
    lines.append(f"(declare-fun {quoted(_REACHED)} ({' '.join(sort(v.width) for v in state)}) Bool)")
    own = {i.term: initial_input(i) for i in system.init_inputs}
    start = dict(system.init)
    may, *first = substitute_all((system.init_guard, *(start[v.name] for v in state)), own)
    lines += _clause("INIT", (may,), None, first)
    for step in system.steps:
        updates = dict(step.updates)
        lines += _clause(step.label, (step.guard,), state, [updates.get(v.name, v) for v in state])
    lines += _clause("violation", (violation(system, properties),), state, None)
    lines.append("(check-sat)")
    return "\n".join(lines) + "\n"


def _clause(
    label: str, when: tuple[Term, ...], before: Sequence[Term] | None, after: Sequence[Term] | None
) -> Iterator[str]:
    """Yield: where ``when`` holds in a reached state ``before``, ``after`` is reached (None: nothing may be)."""
    yield from comment_lines([plain(label)])
    if FALSE in when:
        yield f"{comment_lines(['never'])[0]}"
        return
    roots = [*when, *(after or ())]
    bound = list(dict.fromkeys((*(before or ()), *symbols((*roots, *(before or ()))))))
    parts, texts = shared_parts(roots, bound)
    body = texts[0]
    if before is not None:
        body = f"(and {_reached([quoted(v.name) for v in before])} {body})"
    head = "false" if after is None else _reached(texts[1:])
    text = f"(=> {body} {head})"
    for name, _, value in reversed(parts):
        text = f"(let (({name} {value}))\n  {text})"
    if bound:
        text = f"(forall ({' '.join(f'({quoted(v.name)} {sort(v.width)})' for v in bound)})\n  {text})"
    yield f"(assert {text})"


def _reached(values: Sequence[str]) -> str:
    return f"({quoted(_REACHED)} {' '.join(values)})" if values else quoted(_REACHED)
