"""The top level of a translation unit: shared memory, ghosts, actors, predicates and expectations."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from verify.frontend.attributes import refuse_attributes
from verify.frontend.clang_unit import Cursor, Kind, Unit, children, initializer, notes_of
from verify.program.errors import reject
from verify.program.program import HeaderOrigin

_PREDICATES: Final = ("always", "quiescent", "no-store", "lemma")
_WORD_FUNCTION: Final = re.compile(r"refproof_(?:actor|init|predicate|no_store)_")
REDECLARED = "give it another name"


@dataclass(frozen=True, slots=True)
class ActorDeclaration:
    """ACTOR, ACTOR_MAX or ACTOR_LIMIT."""

    name: str
    function: Cursor
    max_entries: int | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class PredicateDeclaration:
    """ALWAYS, QUIESCENT, NO_STORE or LEMMA (``kind`` says which); ``id`` is empty for a LEMMA."""

    kind: str
    id: str
    text: str
    function: Cursor


@dataclass(frozen=True, slots=True)
class ExpectationDeclaration:
    """EXPECT."""

    id: str
    verdict: str
    cursor: Cursor


@dataclass(slots=True)
class Declarations:
    """What the top level declares, in source order."""

    variables: list[Cursor] = field(default_factory=list)
    ghosts: list[Cursor] = field(default_factory=list)
    functions: list[Cursor] = field(default_factory=list)
    init: list[Cursor] = field(default_factory=list)
    actors: list[ActorDeclaration] = field(default_factory=list)
    predicates: list[PredicateDeclaration] = field(default_factory=list)
    expectations: list[ExpectationDeclaration] = field(default_factory=list)
    cpus: list[tuple[int, Cursor]] = field(default_factory=list)
    bounds: dict[str, tuple[int, Cursor]] = field(default_factory=dict)


def declarations(unit: Unit) -> Declarations:
    """Return the declarations of a translation unit. Raises InputError for misused words."""
    found = Declarations()
    for c in unit.tu.cursor.get_children():
        kind = c.kind
        if kind in (Kind.VAR_DECL, Kind.FUNCTION_DECL) and is_user_text(unit, c):
            refuse_attributes(unit, c)
        if kind == Kind.ENUM_DECL:
            _enum(found, c)
        elif kind == Kind.VAR_DECL:
            _variable(found, c)
        elif kind == Kind.FUNCTION_DECL and c.is_definition():
            _function(unit, found, c)
        elif kind == Kind.FUNCTION_DECL:
            _expectation(found, c)
    return found


def _enum(found: Declarations, c: Cursor) -> None:
    for constant in children(c):
        name = str(constant.spelling)
        if name == "refproof_cpus_max":
            found.cpus.append((constant.enum_value, constant))
        elif name.startswith(("refproof_max_", "refproof_limit_")):
            found.bounds[name] = (constant.enum_value, constant)


def _variable(found: Declarations, c: Cursor) -> None:
    (found.ghosts if "ghost" in notes_of(c) else found.variables).append(c)


def _expectation(found: Declarations, c: Cursor) -> None:
    if not str(c.spelling).startswith("refproof_expect_"):
        return
    notes = dict(n.split(":", 1) for n in notes_of(c) if ":" in n)
    found.expectations.append(ExpectationDeclaration(notes.get("expect", ""), notes.get("verdict", ""), c))


def _function(unit: Unit, found: Declarations, c: Cursor) -> None:
    # Kernel headers and stand-ins declare no words; asking every function for annotations would cost time.
    notes = notes_of(c) if str(c.spelling).startswith("refproof_") else []
    values = dict(n.split(":", 1) for n in notes if ":" in n)
    if "init" in notes:
        found.init.append(c)
    elif "actor" in values:
        _actor(unit, found, c, values["actor"])
    elif values.get("predicate") in _PREDICATES:
        found.predicates.append(
            PredicateDeclaration(values["predicate"], values.get("id", ""), values.get("text", ""), c)
        )
    elif "predicate" in values:
        raise reject(unit.span(c), "an annotation that no word makes", "use the words of <refproof.h>")
    elif _WORD_FUNCTION.match(c.spelling):
        raise reject(unit.span(c), f"the function '{c.spelling}' without the annotation of its word", REDECLARED)
    else:
        found.functions.append(c)


def _actor(unit: Unit, found: Declarations, c: Cursor, name: str) -> None:
    if not name:
        raise reject(unit.span(c), "an ACTOR without a name", "write ACTOR(name)")
    if any(a.name == name for a in found.actors):
        raise reject(unit.span(c), f"two actors are named '{name}'", REDECLARED)
    bounds = [found.bounds.get(f"refproof_{word}_{name}") for word in ("max", "limit")]
    for bound in bounds:
        if bound is not None and bound[0] < 1:
            raise reject(
                unit.span(bound[1]), f"the bound {bound[0]} of actor '{name}' is not positive", "use 1 or more"
            )
    most, limit = (b[0] if b is not None else None for b in bounds)
    found.actors.append(ActorDeclaration(name, c, most, limit))


def is_defined(c: Cursor) -> bool:
    """Return whether a declaration of a variable also defines it: it is not ``extern``, or has an initialiser."""
    return initializer(c) is not None or c.storage_class.name != "EXTERN"


def shared_variables(found: Declarations) -> tuple[list[Cursor], list[Cursor]]:
    """Return the definitions of shared variables, one per variable, in source order, and the undefined.

    A variable without an initialiser is zero when INIT begins.
    """
    chosen: dict[Cursor, Cursor] = {}
    for c in found.variables:
        before = chosen.get(c.canonical)
        if before is None or initializer(c) is not None or not is_defined(before):
            chosen[c.canonical] = c
    # By position: a constant may be computed from constants that are defined before it.
    defined = [c for c in found.variables if chosen[c.canonical] is c and is_defined(c)]
    return defined, [c for c in chosen.values() if not is_defined(c)]


def refuse_redeclared_ghosts(unit: Unit, found: Declarations) -> None:
    """Raise InputError for a ghost that is declared twice, or nowhere defined."""
    seen = {c.canonical for c in found.variables}
    for c in found.ghosts:
        if c.canonical in seen:
            raise reject(unit.span(c), f"a second declaration of the ghost '{c.spelling}'", "declare it once")
        if not is_defined(c):
            raise reject(unit.span(c), f"the ghost '{c.spelling}' is extern", "define it: GHOST type name = value;")
        seen.add(c.canonical)


def is_user_text(unit: Unit, c: Cursor) -> bool:
    """Return whether a declaration stands in the user's own files."""
    return unit.origin(c) is HeaderOrigin.SPEC
