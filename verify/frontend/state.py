"""The mutable state of one ``load``: the world of the whole program, and one routine being lowered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from verify.frontend.clang_unit import Cursor, Unit
from verify.frontend.ctype import Blob, Integer, Token, Types, program_kind, value_width
from verify.frontend.graph import OPEN, Graph, Label, alive, emit
from verify.frontend.taint import carry
from verify.frontend.values import Number, Place, Pointer, PointerVariable, Private, Proof, Shared, Value
from verify.program.errors import reject
from verify.program.program import LEDGER_FITS, Assign, Check, Ghost, Local, Property, PropertyKind
from verify.term.build import TRUE, conj, implies, symbol
from verify.term.source import Span

if TYPE_CHECKING:
    from verify.frontend.analysis import Facts
    from verify.program.program import Node
    from verify.term.term import Term

DEFINED_BEHAVIOUR = "defined-behaviour"


@dataclass(frozen=True, slots=True)
class NoStore:
    """NO_STORE: no store to bits (the first, and behind the last) of a shared object while ``condition`` holds."""

    property: str
    object: str
    bits: tuple[int, int]
    condition: Term


@dataclass(slots=True)
class World:
    """What all routines of a program share.

    ``sizes`` and ``alignments`` of shared objects are in bits. ``undefined`` are the variables that are declared but
    defined nowhere, ``constants`` the shared objects that C declares const. ``bools`` are the bytes that are read as a
    _Bool, by object and first bit: how messages name each, and where it is read.
    """

    unit: Unit
    types: Types
    ghosts: dict[str, Ghost] = field(default_factory=dict)
    globals: dict[Cursor, Shared | Proof | Number] = field(default_factory=dict)
    undefined: set[Cursor] = field(default_factory=set)
    constants: set[str] = field(default_factory=set)
    visits: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    alignments: dict[str, int] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    paths: dict[tuple[str, int, int], set[tuple[str, bool]]] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)
    bools: dict[tuple[str, int], tuple[str, Span]] = field(default_factory=dict)
    no_stores: list[NoStore] = field(default_factory=list)
    knobs: dict[str, Span] = field(default_factory=dict)
    facts: dict[Cursor, Facts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoutineRole:
    """What the routine is. ``accesses_are_steps``: false where it runs alone or as a predicate."""

    is_actor: bool
    is_predicate: bool
    what: str


@dataclass(slots=True)
class Target:
    """A label of the C text; ``atomic`` and ``sources`` say in which atomic regions it and its gotos stand."""

    label: Label = field(default_factory=Label)
    placed: bool = False
    atomic: int = 0
    sources: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Frame:
    """One inlined call, or the routine itself. ``span`` is where it was called."""

    function: str
    facts: Facts
    caller: Frame | None
    span: Span
    variables: dict[Cursor, Place | Value | PointerVariable] = field(default_factory=dict)
    targets: dict[Cursor, Pointer] = field(default_factory=dict)
    labels: dict[int, Target] = field(default_factory=dict)
    exit: Label = field(default_factory=Label)
    returned: list[Value] = field(default_factory=list)
    result: Private | None = None
    breaks: list[Label] = field(default_factory=list)
    continues: list[Label] = field(default_factory=list)
    cases: dict[Cursor, Target] = field(default_factory=dict)


@dataclass(slots=True)
class Lowering:
    """One routine being lowered.

    ``atomic``: 0 outside every atomic region, else the number of the innermost ATOMICALLY or WAIT; ``atomic_frame`` the
    frame in which it was written. ``sites``: node and place of each access in a region, as ``atomic_frame`` sees it,
    and the function that it calls there, empty where it makes the access itself.
    ``ledger``: arithmetic must not wrap. ``valued``: a value is computed
    that a variable gets; ``judging``: inside the condition of a CHECK or ASSUME. ``tainted`` locals may hold what came
    from a ghost integer; ``unchecked`` ones were used as if they did not. ``path``: conditions under
    which the term being built matters.
    """

    world: World
    owner: str
    role: RoutineRole
    frame: Frame
    block: Callable[[Lowering, Cursor], None]
    rvalue: Callable[[Lowering, Cursor], Value]
    call: Callable[[Lowering, Cursor], Value]
    graph: Graph = field(default_factory=Graph)
    atomic: int = 0
    atomic_count: int = 0
    atomic_frame: Frame | None = None
    accesses: int = 0
    sites: list[tuple[int, Span, str]] = field(default_factory=list)
    depth: int = 0
    ledger: bool = False
    valued: bool = False
    judging: bool = False
    tainted: set[str] = field(default_factory=set)
    unchecked: set[str] = field(default_factory=set)
    path: list[Term] = field(default_factory=list)
    escaping: set[str] = field(default_factory=set)
    pending: list[tuple[Term, Span]] = field(default_factory=list)


_MAX_DEPTH = 250
_MAX_VISITS = 25_000


def deeper(low: Lowering, span: Span) -> None:
    """Note one more level of nesting. Raises InputError where Python's own stack would be in danger.

    An exception for too deep a recursion inside a callback of libclang would be lost, and children with it.
    """
    low.depth += 1
    low.world.visits += 1
    if low.world.visits > _MAX_VISITS:
        raise reject(span, "a program that is too large once its calls are inlined", "split the specification")
    if low.depth > _MAX_DEPTH:
        raise reject(span, "an expression, statement or call nested too deeply", "split it up")


def unique(world: World, name: str) -> str:
    """Return a name that no variable of the program has yet: itself, or with ``#2``, ``#3`` … behind it."""
    candidate, n = name, 1
    while candidate in world.names:
        n += 1
        candidate = f"{name}#{n}"
    world.names.add(candidate)
    return candidate


def new_local(low: Lowering, label: str, kind: Integer | Token | Blob) -> Private:
    """Return a new local variable of the routine."""
    name = unique(low.world, f"{low.owner}.{label}")
    low.graph.locals.append(Local(name, value_width(kind), program_kind(kind), label))
    return Private(name, 0, kind)


def variable_term(place: Private) -> Term:
    """Return the whole of a local variable."""
    return symbol(place.local, value_width(place.type))


def add(low: Lowering, node: Node) -> None:
    """Emit a node, behind the checks that are due."""
    flush(low)
    emit(low.graph, node)


def assign(low: Lowering, place: Private, term: Term, span: Span) -> None:
    """Emit the assignment of a whole local variable."""
    if not isinstance(place.type, Token) and not (isinstance(place.type, Integer) and place.type.is_bool):
        carry(low, place.local, term, span)
    add(low, Assign(place.local, term, span, OPEN))


def snapshot(low: Lowering, value: Number, span: Span, label: str = "held") -> Number:
    """Return a value that later assignments cannot change."""
    place = new_local(low, label, value.type)
    assign(low, place, value.term, span)
    return replace(value, term=variable_term(place))


def oblige(low: Lowering, property_id: str, condition: Term, span: Span) -> None:
    """Check a condition before the next node, if the term being built matters at all."""
    for guard in reversed(low.path):
        condition = implies(guard, condition)
    if condition is TRUE:
        return
    if property_id != LEDGER_FITS:
        built_in_check(low, property_id, condition, span)
    else:
        low.pending.append((condition, span))


def flush(low: Lowering) -> None:
    """Emit the pending ledger checks as one."""
    if low.pending:
        pending, low.pending = low.pending, []
        condition = conj(c for c, _ in pending)
        built_in_check(low, LEDGER_FITS, condition, pending[0][1])


_BUILT_IN_TEXT = {
    LEDGER_FITS: "no ghost variable wraps, and no value changes on its way into one",
    DEFINED_BEHAVIOUR: "no shift by the width of its type or more, and no unreachable code reached",
}


def built_in_property(world: World, property_id: str, span: Span) -> None:
    """Add a built-in property, unless the program has it."""
    if property_id not in world.properties:
        text = _BUILT_IN_TEXT[property_id]
        world.properties[property_id] = Property(property_id, PropertyKind.BUILT_IN, text, span, None)


def built_in_check(low: Lowering, property_id: str, condition: Term, span: Span) -> None:
    """Emit a check of a built-in property."""
    if not alive(low.graph):
        return
    if low.role.is_predicate and property_id == DEFINED_BEHAVIOUR:
        # Nothing looks at the checks of a predicate.
        raise reject(span, f"{low.role.what} may compute what C does not define", "bound the operand: n & 31, say")
    if low.role.is_actor:
        built_in_property(low.world, property_id, span)
    emit(low.graph, Check(property_id, condition, span, OPEN))


def touch(world: World, place: Shared, width: int, *, signed: bool) -> None:
    """Remember that bits of a shared object are accessed, under which name and with which sign."""
    world.paths.setdefault((place.object, place.offset, width), set()).add((place.path, signed))
