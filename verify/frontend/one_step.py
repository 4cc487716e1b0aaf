"""Whether a step of the specification holds code under test that makes more than one access."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from verify.frontend.state import Lowering, flush
from verify.program.errors import reject
from verify.program.program import Access, HeaderOrigin, successors

if TYPE_CHECKING:
    from verify.frontend.clang_unit import Unit
    from verify.frontend.graph import Graph
    from verify.term.source import Span

_DEFINE: Final = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)((?:\\\r?\n|.)*)", re.MULTILINE)
_WORD: Final = re.compile(r"\w+")
_ADVICE: Final = "ATOMICALLY and WAIT are for the specification's own code; call the code under test outside"


def refuse_repeated(low: Lowering, start: int, name: str, span: Span) -> None:
    """Raise InputError where an access emitted from node ``start`` on, inside the function ``name``, is in a loop."""
    if any(isinstance(low.graph.nodes[i], Access) and in_loop(low.graph, i, start) for i in _since(low.graph, start)):
        raise reject(span, f"'{name}' makes an access in a loop and is called in a step", _ADVICE)


def refuse_macros(low: Lowering, start: int, file: str) -> None:
    """Raise InputError where one use of another file's macro makes several accesses of the step begun at ``start``.

    ``file`` holds the step's own text. A macro that expands to another file's macro counts as that file's.
    """
    flush(low)
    places: dict[Span, list[int]] = {}
    for index, span in low.sites:
        if index >= start:
            places.setdefault(span, []).append(index)
    several = [s for s, found in places.items() if len(found) > 1 or in_loop(low.graph, found[0], start)]
    if not several:
        return
    foreign = _foreign_macros(low.world.unit, file)
    for span in several:
        named = sorted(foreign & set(_WORD.findall(_statement_text(low.world.unit, span))))
        if named:
            raise reject(span, f"the macro '{named[0]}' may make more than one access and is used in a step", _ADVICE)


def in_loop(graph: Graph, index: int, start: int) -> bool:
    """Return whether a node can run again without leaving the nodes from ``start`` on."""
    seen: set[int] = set()
    stack = list(successors(graph.nodes[index]))
    while stack:
        top = stack.pop()
        if top >= start and top not in seen:
            seen.add(top)
            stack.extend(successors(graph.nodes[top]))
    return index in seen


def _since(graph: Graph, start: int) -> range:
    return range(start, len(graph.nodes))


def _foreign_macros(unit: Unit, file: str) -> set[str]:
    bodies: dict[str, set[str]] = {}
    foreign: set[str] = set()
    for name, text in unit.texts.items():
        shown, origin = unit.origins[name]
        for macro, body in _DEFINE.findall(text):
            bodies.setdefault(macro, set()).update(_WORD.findall(body))
            if origin is not HeaderOrigin.STAND_IN and shown != file:
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
