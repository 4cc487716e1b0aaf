"""Small programs built by hand, without the front end.

A body is a list of statements; ``routine`` numbers the nodes in order, so the flow falls through
from each statement to the next. Every actor ends in a Stop that ``routine`` adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from verify.program.program import (
    Access,
    Actor,
    Assign,
    AtomicBegin,
    Branch,
    Cell,
    Check,
    Draw,
    Fresh,
    Ghost,
    GhostAssign,
    Guard,
    GuardKind,
    Kind,
    Local,
    Marking,
    Node,
    Ordering,
    Predicate,
    Program,
    Property,
    PropertyKind,
    Routine,
    Stop,
    successors,
)
from verify.term.build import FALSE, TRUE, bvadd, bvnot, bvslt, bvsub, const, eq, ne, symbol
from verify.term.source import Span
from verify.term.term import Term

ATOMIC, PLAIN = Marking.ATOMIC, Marking.PLAIN
COUNTER = "page._refcount.counter"
NEXT = -1
"""The ``next`` of a statement before ``routine`` has numbered it."""


def at(line: int) -> Span:
    return Span("hand.c", line, 1)


@dataclass(frozen=True, slots=True)
class If:
    """Run ``then`` where the condition holds, else ``otherwise``."""

    condition: Term
    then: Sequence[Statement]
    otherwise: Sequence[Statement] = ()


@dataclass(frozen=True, slots=True)
class Forever:
    """Run the body again and again."""

    body: Sequence[Statement]


Statement = Node | If | Forever


def local(name: str, width: int, kind: Kind = Kind.UNSIGNED) -> Local:
    return Local(name, width, kind, name.rsplit(".", 1)[-1])


def ghost(name: str, width: int, initial: int = 0, kind: Kind = Kind.UNSIGNED) -> Ghost:
    return Ghost(name, width, kind, initial, at(1))


def assign(target: str, value: Term) -> Assign:
    return Assign(target, value, at(10), NEXT)


def give(target: str, value: Term) -> GhostAssign:
    return GhostAssign(target, value, at(11), NEXT)


def draw(target: str, low: int, high: int) -> Draw:
    return Draw(target, low, high, at(12), NEXT)


def fresh(target: str) -> Fresh:
    return Fresh(target, at(13), NEXT)


def assume(condition: Term) -> Guard:
    return Guard(GuardKind.ASSUME, condition, "assume", at(14), NEXT)


def check(name: str, condition: Term) -> Check:
    return Check(name, condition, at(15), NEXT)


def begin(operation: str = "ATOMICALLY") -> AtomicBegin:
    return AtomicBegin(operation, at(16), NEXT)


def wait(condition: Term) -> Guard:
    return Guard(GuardKind.WAIT, condition, "wait", at(17), NEXT)


def stop(*, bug: bool = False) -> Stop:
    return Stop(bug, at(19))


def access(old: Term, new: Term | None, stores: Term = TRUE, *, cell: str = COUNTER, offset: int = 0) -> Access:
    """Return an atomic access of the width of the local ``old``; ``new`` None makes it a load."""
    return Access(
        cell=cell,
        offset=offset,
        width=old.width,
        old=old.name,
        stores=FALSE if new is None else stores,
        new=const(0, old.width) if new is None else new,
        operation="load" if new is None else "rmw",
        ordering=Ordering.FULL,
        marking=ATOMIC,
        inside_atomic=False,
        span=at(18),
        next=NEXT,
    )


def inside(node: Access) -> Access:
    return replace(node, inside_atomic=True)


def routine(body: Sequence[Statement], locals_: Sequence[Local] = ()) -> Routine:
    """Return the control-flow graph of a body followed by a Stop."""
    nodes: list[Node | None] = []
    _place(body, nodes)
    nodes.append(stop())
    return Routine(tuple(n for n in nodes if n is not None), tuple(locals_))


def _place(body: Sequence[Statement], nodes: list[Node | None]) -> None:
    for statement in body:
        here = len(nodes)
        if isinstance(statement, If):
            nodes.append(None)
            _place(statement.then, nodes)
            # The then side jumps over the other one by a branch that is always taken.
            leap = len(nodes)
            nodes.append(None)
            _place(statement.otherwise, nodes)
            nodes[here] = Branch(statement.condition, at(20), here + 1, leap + 1)
            nodes[leap] = Branch(TRUE, at(20), len(nodes), len(nodes))
        elif isinstance(statement, Forever):
            _place(statement.body, nodes)
            nodes.append(Branch(TRUE, at(21), here, here))
        elif isinstance(statement, Stop | Branch):
            nodes.append(statement)
        else:
            assert successors(statement) == (NEXT,)
            nodes.append(replace(statement, next=here + 1))


def actor(
    name: str,
    body: Sequence[Statement],
    locals_: Sequence[Local] = (),
    *,
    max_entries: int | None = None,
    limit: int | None = None,
) -> Actor:
    return Actor(name, routine(body, locals_), max_entries, limit, at(2))


def checked(name: str) -> Property:
    return Property(name, PropertyKind.CHECK, name, at(3), None)


def stated(name: str, kind: PropertyKind, condition: Term, reads: Sequence[tuple[str, Local]] = ()) -> Property:
    """Return an ALWAYS or QUIESCENT property; ``reads`` loads whole cells into locals first."""
    result = local(f"{name}.result", 1, Kind.BOOL)
    loads = [inside(access(symbol(to.name, to.width), None, cell=cell)) for cell, to in reads]
    body = routine([*loads, assign(result.name, condition)], [*(to for _, to in reads), result])
    return Property(name, kind, name, at(4), Predicate(body, result.name))


def program(
    cells: Sequence[Cell],
    ghosts: Sequence[Ghost],
    init: Routine,
    actors: Sequence[Actor],
    properties: Sequence[Property],
) -> Program:
    """Return a program of these parts whose every cell may be written."""
    return Program(
        name="hand.c",
        cells=tuple(cells),
        ghosts=tuple(ghosts),
        init=init,
        actors=tuple(actors),
        properties=tuple(properties),
        lemmas=(),
        expectations=(),
        cpus_max=None,
        written=tuple(c.name for c in cells),
        sources=(),
        options=(),
    )


def set_counter(value: int, width: int) -> Routine:
    """Return an INIT that stores a constant in the counter."""
    old = symbol("init.old", width)
    return routine([inside(access(old, const(value, width)))], [local("init.old", width)])


def counter(width: int = 4, *, broken: bool = False) -> Program:
    """Return a counter with a ledger: get and put with references counted in the ghost ``refs``.

    ``broken``: put reads and writes in two accesses, so two puts, or a put and a get, can lose one.
    The property "agree" says that the counter equals the ledger when nobody is inside.
    """
    refs = symbol("refs", width)
    get_old, put_old, put_seen = symbol("get.old", width), symbol("put.old", width), symbol("put.seen", width)
    get: list[Statement] = [
        assume(ne(refs, const((1 << width) - 1, width))),
        give("refs", bvadd(refs, const(1, width))),
    ]
    get.append(access(get_old, bvadd(get_old, const(1, width))))
    put: list[Statement] = [assume(ne(refs, const(0, width))), give("refs", bvsub(refs, const(1, width)))]
    if broken:
        put += [access(put_seen, None), access(put_old, bvsub(put_seen, const(1, width)))]
    else:
        put += [access(put_old, bvsub(put_old, const(1, width)))]
    word = local("agree.word", width)
    agree = stated("agree", PropertyKind.QUIESCENT, eq(symbol("agree.word", width), refs), [(COUNTER, word)])
    return program(
        [Cell(COUNTER, width, Kind.UNSIGNED)],
        [ghost("refs", width, 1)],
        set_counter(1, width),
        [
            actor("get", get, [local("get.old", width)]),
            actor("put", put, [local("put.old", width), local("put.seen", width)]),
        ],
        [agree],
    )


def lock(*, broken: bool = False) -> Program:
    """Return a test-and-set lock that guards one critical section of one access.

    ``broken``: the lock is tested by a load and set by a store.
    """
    word, free, owner = symbol("lock.old", 1), const(0, 1), symbol("owned", 1)
    set_word = symbol("lock.set", 1)
    take: list[Statement] = [access(word, const(1, 1))]
    if broken:
        take = [access(word, None), If(eq(word, free), [access(set_word, const(1, 1))])]
    hold: list[Statement] = [
        check("exclusive", bvnot(owner)),
        give("owned", TRUE),
        begin("critical section"),
        give("owned", FALSE),
        access(set_word, free),
    ]
    return program(
        [Cell(COUNTER, 1, Kind.BOOL)],
        [ghost("owned", 1, 0, Kind.BOOL)],
        routine([]),
        [actor("lock", [*take, If(eq(word, free), hold)], [local("lock.old", 1), local("lock.set", 1)])],
        [checked("exclusive")],
    )


def founding_race(width: int = 4, *, enter_with: int = 0) -> Program:
    """Return the founding case in small: the free page's count is ``enter_with``, with the top bit as lock.

    A lookup adds one unless the locked bit is set in what it found. With 0 on a free page the lookup
    gets a reference to free memory; with the locked bit set it does not.
    """
    one = const(1, width)
    old, free = symbol("lookup.old", width), symbol("free.old", width)
    locked = bvslt(old, const(0, width))
    refs, allocated = symbol("refs", width), symbol("allocated", 1)
    lookup: list[Statement] = [
        access(old, bvadd(old, one)),
        If(locked, [], [check("no-reference-while-free", allocated), give("refs", bvadd(refs, one))]),
    ]
    free_page: list[Statement] = [
        assume(eq(refs, one)),
        give("refs", const(0, width)),
        access(free, const(enter_with, width)),
        give("allocated", FALSE),
    ]
    return program(
        [Cell(COUNTER, width, Kind.UNSIGNED)],
        [ghost("refs", width, 1), ghost("allocated", 1, 1, Kind.BOOL)],
        set_counter(1, width),
        [
            actor("lookup", lookup, [local("lookup.old", width)], max_entries=2),
            actor("free", free_page, [local("free.old", width)], max_entries=1),
        ],
        [checked("no-reference-while-free")],
    )


def generations(*, stale: bool = False) -> Program:
    """Return objects with lifetimes: a holder remembers the token and later finds it again.

    ``stale``: renewal does not wait for holders, so a holder can find another generation.
    """
    now, mine = symbol("now", 16), symbol("hold.mine", 16)
    one, zero = const(1, 2), const(0, 2)
    held, old, seen = symbol("held", 2), symbol("hold.old", 1), symbol("renew.old", 1)
    hold: list[Statement] = [
        assume(ne(held, const(3, 2))),
        give("held", bvadd(held, one)),
        assign("hold.mine", now),
        access(old, None),
        begin(),
        check("same-generation", eq(mine, now)),
        give("held", bvsub(held, one)),
    ]
    renew = [] if stale else [assume(eq(held, zero))]
    return program(
        [Cell(COUNTER, 1, Kind.BOOL)],
        [ghost("now", 16, 0, Kind.TOKEN), ghost("held", 2)],
        routine([]),
        [
            actor("hold", hold, [local("hold.mine", 16, Kind.TOKEN), local("hold.old", 1)]),
            actor("renew", [*renew, fresh("now"), access(seen, None)], [local("renew.old", 1)]),
        ],
        [checked("same-generation")],
    )


def waiting() -> Program:
    """Return a reader that waits for a flag which a writer sets once, then checks it."""
    seen, old = symbol("reader.seen", 1), symbol("writer.old", 1)
    reader: list[Statement] = [
        begin("WAIT"),
        inside(access(seen, None)),
        wait(seen),
        check("flag-is-set", symbol("done", 1)),
    ]
    writer: list[Statement] = [access(old, const(1, 1)), give("done", TRUE)]
    return program(
        [Cell(COUNTER, 1, Kind.BOOL)],
        [ghost("done", 1, 0, Kind.BOOL)],
        routine([]),
        [
            actor("reader", reader, [local("reader.seen", 1)]),
            actor("writer", writer, [local("writer.old", 1)], max_entries=1),
        ],
        [checked("flag-is-set")],
    )


def batches(width: int = 3) -> Program:
    """Return a counter from which several references are taken at once, so that it can wrap.

    "no-wrap" fails in the middle of the step of ``take``; a signed ANY goes through an Assign.
    """
    count, old, total = symbol("take.count", width), symbol("take.old", width), symbol("total", width)
    body: list[Statement] = [
        draw("take.count", -1, 2),
        assume(ne(count, const(0, width))),
        begin("before"),
        access(old, bvadd(old, count)),
        check("no-wrap", bvnot(bvslt(bvadd(old, count), const(0, width)))),
        give("total", bvadd(total, count)),
        assume(ne(count, const(2, width))),
    ]
    word = local("same.word", width, Kind.SIGNED)
    same = stated("same", PropertyKind.ALWAYS, eq(symbol("same.word", width), total), [(COUNTER, word)])
    small = stated("small", PropertyKind.ALWAYS, bvslt(total, const(3, width)))
    return program(
        [Cell(COUNTER, width, Kind.SIGNED)],
        [ghost("total", width, 0, Kind.SIGNED)],
        routine([]),
        [actor("take", body, [local("take.count", width, Kind.SIGNED), local("take.old", width)])],
        [checked("no-wrap"), same, small],
    )
