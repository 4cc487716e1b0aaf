"""Whether a step of the specification holds code under test that makes more than one access."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from verify.frontend.state import Lowering, flush
from verify.program.errors import InputError, reject
from verify.program.program import Access, HeaderOrigin, successors

if TYPE_CHECKING:
    from verify.frontend.clang_unit import Unit
    from verify.frontend.graph import Graph
    from verify.term.source import Span

_DEFINE: Final = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)((?:\\\r?\n|.)*)", re.MULTILINE)
_WORD: Final = re.compile(r"\w+")
# Parameters, or a call. A macro with neither is a constant, or the name of an object.
_ACTS: Final = re.compile(r"^\(|\w\s*\(")
_ADVICE: Final = "ATOMICALLY and WAIT are for the specification's own code; call the code under test outside"


def refuse_repeated(low: Lowering, start: int, name: str, span: Span) -> None:
    """Raise InputError where an access emitted from node ``start`` on, inside the function ``name``, is in a loop."""
    if any(
        isinstance(low.graph.nodes[i], Access) and i in reached(low.graph, i, start) for i in _since(low.graph, start)
    ):
        raise reject(span, f"'{name}' makes an access in a loop and is called in a step", _ADVICE)


def refuse_merged(low: Lowering, start: int, file: str) -> None:
    """Raise InputError where code under test makes more than one access on a path of the step begun at ``start``.

    ``file`` holds the step's own text. Code under test is what it calls, and other files' macros; a macro that expands
    to another file's macro counts as that file's.
    """
    flush(low)
    sites = {index: (span, called) for index, span, called in low.sites if index >= start}
    after = {index: reached(low.graph, index, start) & sites.keys() for index in sites}
    if not any(after.values()):
        return
    foreign = _foreign_macros(low.world.unit, file)
    names = {index: _under_test(low.world.unit, foreign, *site) for index, site in sites.items()}
    for index in sorted(sites):
        for later in sorted(after[index]):
            if names[index] and names[later]:
                raise _merged(sites[later][0], names[index], names[later], same=sites[index] == sites[later])


def _merged(span: Span, first: str, second: str, *, same: bool) -> InputError:
    if same:
        return reject(span, f"{second} may make more than one access and is used in a step", _ADVICE)
    return reject(span, f"{first} and {second} each make an access in one step", _ADVICE)


def _under_test(unit: Unit, foreign: set[str], span: Span, called: str) -> str:
    """Return what of the code under test makes an access, in words; empty where the specification itself does."""
    named = sorted(foreign & set(_WORD.findall(_statement_text(unit, span))))
    return f"the macro '{named[0]}'" if named else f"'{called}'" if called else ""


def reached(graph: Graph, index: int, start: int) -> set[int]:
    """Return the nodes from ``start`` on that can run after a node without leaving those."""
    seen: set[int] = set()
    stack = list(successors(graph.nodes[index]))
    while stack:
        top = stack.pop()
        if top >= start and top not in seen:
            seen.add(top)
            stack.extend(successors(graph.nodes[top]))
    return seen


def _since(graph: Graph, start: int) -> range:
    return range(start, len(graph.nodes))


def _foreign_macros(unit: Unit, file: str) -> set[str]:
    bodies: dict[str, set[str]] = {}
    foreign: set[str] = set()
    for name, text in unit.texts.items():
        shown, origin = unit.origins[name]
        for macro, body in _DEFINE.findall(text):
            bodies.setdefault(macro, set()).update(_WORD.findall(body))
            if origin is not HeaderOrigin.STAND_IN and shown != file and _ACTS.search(body):
                foreign.add(macro)
    grown = True
    while grown:
        more = {macro for macro, words in bodies.items() if macro not in foreign and words & foreign}
        foreign |= more
        grown = bool(more)
    return foreign


def _statement_text(unit: Unit, span: Span) -> str:
    """Return the text from a place to the end of its statement."""
    name = next(n for n, (shown, _) in unit.origins.items() if shown == span.file)
    lines = unit.texts[name].split("\n")[span.line - 1 :]
    # Columns count bytes.
    lines[0] = lines[0].encode()[span.column - 1 :].decode(errors="replace")
    return "\n".join(lines).partition(";")[0]
