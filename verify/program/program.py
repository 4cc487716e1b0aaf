"""A program under proof as plain data: shared cells, ghost state, and one control-flow graph per actor.

Nothing here knows clang, a solver, or how CPUs are represented. Expressions are bit-vector terms
(``verify.term``) over three kinds of symbols, whose names are unique in the program:

* a *cell*: a piece of shared memory (``page._refcount.counter``), little-endian, one bit-vector;
* a *ghost*: proof-only state (``refs``);
* a *local*: private to one CPU inside one actor (``lookup.nr``).

C's integer semantics (promotions, conversions, wrapping) are already in the terms. Only an
``Access`` reads or writes a cell; every other term of an actor mentions ghosts and locals only.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from verify.term.source import Span
from verify.term.term import Term


class Ordering(enum.Enum):
    """The ordering of an access, in the kernel's words. Kept for the ordering analysis."""

    RELAXED = "relaxed"
    ACQUIRE = "acquire"
    RELEASE = "release"
    FULL = "full"


class Marking(enum.Enum):
    """How an access is marked for the kernel's memory model."""

    ATOMIC = "atomic"
    ONCE = "once"
    PLAIN = "plain"


class Kind(enum.Enum):
    """What a variable holds. A TOKEN is only compared for equality."""

    BOOL = "bool"
    SIGNED = "signed"
    UNSIGNED = "unsigned"
    TOKEN = "token"  # noqa: S105  (no password)


TOKEN_WIDTH = 16
"""Width of a TOKEN in bits; an encoding must refuse 2**16 or more live copies."""

LEDGER_FITS = "ledger-fits"
"""The built-in property that no ghost wraps."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of shared memory that is accessed as a unit or in slices. Width in bits.

    ``aligned``: every access to it is at a multiple of its own size, in an object aligned to that.
    """

    name: str
    width: int
    kind: Kind
    aligned: bool = True


@dataclass(frozen=True, slots=True)
class Ghost:
    """A ghost variable. ``initial`` is its unsigned value before INIT runs."""

    name: str
    width: int
    kind: Kind
    initial: int
    span: Span


@dataclass(frozen=True, slots=True)
class Local:
    """A variable private to one CPU inside one actor. ``label`` is its name in the C source."""

    name: str
    width: int
    kind: Kind
    label: str


@dataclass(frozen=True, slots=True)
class Assign:
    """``target`` (a local) becomes ``value``."""

    target: str
    value: Term
    span: Span
    next: int


@dataclass(frozen=True, slots=True)
class GhostAssign:
    """``target`` (a ghost) becomes ``value``."""

    target: str
    value: Term
    span: Span
    next: int


@dataclass(frozen=True, slots=True)
class Draw:
    """``target`` (a local) becomes any value in [low, high], read with the local's kind."""

    target: str
    low: int
    high: int
    span: Span
    next: int


@dataclass(frozen=True, slots=True)
class Fresh:
    """``target`` (a TOKEN ghost or local) becomes a value that no live TOKEN has."""

    target: str
    span: Span
    next: int


class GuardKind(enum.Enum):
    """An ASSUME is listed in the verdict; a WAIT may leave a CPU stuck."""

    ASSUME = "assume"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Guard:
    """The run goes on only where ``condition`` (width 1) holds. ``text`` is the C text."""

    kind: GuardKind
    condition: Term
    text: str
    span: Span
    next: int


@dataclass(frozen=True, slots=True)
class Check:
    """Where ``condition`` (width 1) is false, the property ``property`` is violated by this step.

    Other properties take no notice. A violated BUG_ON also ends the actor: the front end adds a
    Branch to a Stop with ``bug`` set behind the check.
    """

    property: str
    condition: Term
    span: Span
    next: int


@dataclass(frozen=True, slots=True)
class Access:
    """One indivisible access to bits [offset, offset + width) of a cell.

    The value found there is first assigned to the local ``old`` (of that width). ``stores``
    (width 1) and ``new`` (of that width) are terms over locals and ghosts, ``old`` included; where
    ``stores`` holds the bits become ``new``. A load has ``stores`` FALSE. Results are computed by
    the ``Assign`` nodes that follow.

    A scheduling point stands before an access, unless ``inside_atomic`` (the point is then the
    AtomicBegin that dominates it).
    """

    cell: str
    offset: int
    width: int
    old: str
    stores: Term
    new: Term
    operation: str
    ordering: Ordering
    marking: Marking
    inside_atomic: bool
    span: Span
    next: int


@dataclass(frozen=True, slots=True)
class AtomicBegin:
    """A scheduling point: an ATOMICALLY block or a WAIT begins here. ``operation`` says which."""

    operation: str
    span: Span
    next: int


@dataclass(frozen=True, slots=True)
class Branch:
    """Control goes to ``then`` where ``condition`` (width 1) holds, else to ``otherwise``."""

    condition: Term
    span: Span
    then: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class Stop:
    """The end of the routine; ``bug`` when a reached BUG_ON ended it."""

    bug: bool
    span: Span


Node = Assign | GhostAssign | Draw | Fresh | Guard | Check | Access | AtomicBegin | Branch | Stop


def successors(node: Node) -> tuple[int, ...]:
    """Return the indices of the nodes that may run next."""
    match node:
        case Branch():
            return (node.then, node.otherwise)
        case Stop():
            return ()
        case Assign() | GhostAssign() | Draw() | Fresh() | Guard() | Check() | Access() | AtomicBegin():
            return (node.next,)


@dataclass(frozen=True, slots=True)
class Routine:
    """A control-flow graph. Execution starts at node 0; ``locals`` start as zero."""

    nodes: tuple[Node, ...]
    locals: tuple[Local, ...]


@dataclass(frozen=True, slots=True)
class Actor:
    """What any number of CPUs may do at any time, again and again.

    ``max_entries`` bounds how often it is entered in a whole run (ACTOR_MAX), ``limit`` how many
    CPUs are inside at once (ACTOR_LIMIT); None means no bound.
    """

    name: str
    body: Routine
    max_entries: int | None
    limit: int | None
    span: Span


class PropertyKind(enum.Enum):
    """Where a property comes from."""

    CHECK = "check"
    ALWAYS = "always"
    QUIESCENT = "quiescent"
    BUG = "bug"
    WARN = "warn"
    BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True)
class Property:
    """Something to decide.

    ``predicate`` is given for ALWAYS and QUIESCENT: a routine whose every access is a load inside
    an AtomicBegin-less atomic region (``inside_atomic``), with its truth value in the local named
    ``result`` (width 1) when it stops. The others are violated by ``Check`` nodes.
    """

    id: str
    kind: PropertyKind
    text: str
    span: Span
    predicate: Predicate | None


@dataclass(frozen=True, slots=True)
class Predicate:
    """A side-effect-free routine over cells and ghosts; ``result`` names the width-1 local with its value."""

    body: Routine
    result: str


class ExpectedVerdict(enum.Enum):
    """What an EXPECT may say."""

    REFUTED = "REFUTED"
    VACUOUS = "VACUOUS"


@dataclass(frozen=True, slots=True)
class Expectation:
    """EXPECT(property, verdict)."""

    property: str
    verdict: ExpectedVerdict
    span: Span


@dataclass(frozen=True, slots=True)
class Lemma:
    """LEMMA(cond): a hint over cells and ghosts, never trusted."""

    text: str
    predicate: Predicate
    span: Span


class HeaderOrigin(enum.Enum):
    """Whose text a file is: the user's own, refproof's stand-in, or the kernel tree's."""

    SPEC = "spec"
    STAND_IN = "stand-in"
    KERNEL = "kernel"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that the translation unit read. ``sha256`` is of its bytes; ``text`` is for quoting its lines."""

    name: str
    origin: HeaderOrigin
    sha256: str
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Knob:
    """KNOB(id): a constant that the tool may switch, the same wherever the id stands.

    ``on`` is None as long as the value is open: terms then mention the symbol ``knob:id`` (width 1).
    ``span`` is one place where it stands.
    """

    id: str
    on: bool | None
    span: Span


@dataclass(frozen=True, slots=True)
class Program:
    """A specification together with the code under test.

    Attributes:
        name: the spec's file name as given.
        cells, ghosts: shared and ghost state; all cells are zero before ``init`` runs.
        init: runs alone, before everything else; its accesses are all ``inside_atomic``.
        actors: in source order.
        properties: in source order, built-in ones last.
        cpus_max: CPUS(max), the largest number of contexts inside an actor, or None.
        written: names of cells that some actor may write.
        sources: every file read, the spec first.
        options: what changes the meaning of the text, e.g. ``-D NR_MAX=1024``, in order.
        knobs: sorted by id; the values of all of them are open, or none.
    """

    name: str
    cells: tuple[Cell, ...]
    ghosts: tuple[Ghost, ...]
    init: Routine
    actors: tuple[Actor, ...]
    properties: tuple[Property, ...]
    lemmas: tuple[Lemma, ...]
    expectations: tuple[Expectation, ...]
    cpus_max: int | None
    written: tuple[str, ...]
    sources: tuple[SourceFile, ...]
    options: tuple[str, ...]
    knobs: tuple[Knob, ...] = ()
