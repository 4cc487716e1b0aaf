"""A Hypothesis strategy for small counter programs with narrow words.

They cover what a specification can say: fetch_add, cmpxchg and add_unless, loads and stores, loops
around an access, slices of a packed word, ANY, FRESH, ASSUME, WAIT, ghosts, CHECK, ALWAYS,
QUIESCENT, ACTOR_MAX, ACTOR_LIMIT and stops like a BUG_ON's. Every local is set before it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.programs import (
    COUNTER,
    Forever,
    If,
    Statement,
    access,
    actor,
    assign,
    assume,
    begin,
    check,
    checked,
    draw,
    fresh,
    ghost,
    give,
    inside,
    local,
    program,
    routine,
    stated,
    stop,
    wait,
)
from verify.program.program import Actor, Cell, Ghost, Kind, Local, Program, Property, PropertyKind
from verify.term.build import bvadd, bvnot, bvslt, bvsub, bvule, bvult, const, eq, ne, symbol
from verify.term.term import Term

Draw = Callable[[st.SearchStrategy[int]], int]

CHECKS = ("a", "b")
"""Ids of the properties that CHECKs may violate."""


@dataclass(slots=True)
class _Scope:
    """What the statements made so far may use: terms that are set, and the locals declared."""

    draw: Draw
    width: int
    packed: bool
    tokens: bool
    name: str
    locals: list[Local] = field(default_factory=list)

    def pick(self, count: int) -> int:
        return self.draw(st.integers(0, count - 1))

    def new(self, what: str, width: int, kind: Kind = Kind.UNSIGNED) -> Term:
        made = local(f"{self.name}.{what}{len(self.locals)}", width, kind)
        self.locals.append(made)
        return symbol(made.name, width)


Words = tuple[Term, ...]


def _constant(on: _Scope) -> Term:
    return const(on.pick(1 << on.width), on.width)


def _word(on: _Scope, words: Words) -> Term:
    return words[on.pick(len(words))]


def _operand(on: _Scope, words: Words) -> Term:
    return _word(on, words) if on.pick(2) else _constant(on)


def _condition(on: _Scope, words: Words) -> Term:
    if on.pick(4) == 0:
        flag = symbol("flag", 1)
        return flag if on.pick(2) else bvnot(flag)
    compare = (eq, ne, bvult, bvule, bvslt)[on.pick(5)]
    return compare(_word(on, words), _operand(on, words))


def _value(on: _Scope, words: Words) -> Term:
    left = _word(on, words)
    one = const(1, on.width)
    return (bvadd(left, one), bvsub(left, one), bvadd(left, _operand(on, words)), _operand(on, words))[on.pick(4)]


def _ghost_code(on: _Scope, words: Words) -> list[Statement]:
    """Return up to two statements without an access that set no local."""
    found: list[Statement] = []
    for _ in range(on.pick(3)):
        match on.pick(6):
            case 0:
                found.append(check(CHECKS[on.pick(2)], _condition(on, words)))
            case 1:
                found.append(give("flag", symbol("flag", 1) if on.pick(3) == 0 else const(on.pick(2), 1)))
            case 2:
                found.append(assume(_condition(on, words)))
            case 3:
                found.append(If(_condition(on, words), _ghost_code(on, words), _ghost_code(on, words)))
            case 4:
                name = CHECKS[on.pick(2)]
                bug = _condition(on, words)
                found.append(If(bug, [check(name, bvnot(bug)), stop(bug=True)]))
            case _:
                found.append(give("refs", _value(on, words)))
    return found


def _setting(on: _Scope, words: Words) -> tuple[list[Statement], Words]:
    """Return statements that set a new local, and the words with it."""
    match on.pick(5):
        case 0:
            low = on.pick(2)
            made = on.new("nr", on.width)
            return [draw(made.name, low, low + 1 + on.pick(2))], (*words, made)
        case 1:
            made = on.new("some", on.width, Kind.SIGNED)
            return [draw(made.name, -1, on.pick(2))], (*words, made)
        case 2:
            made = on.new("kept", on.width)
            return [assign(made.name, _value(on, words))], (*words, made)
        case _:
            return [], words


def _access(on: _Scope, words: Words) -> tuple[list[Statement], Words]:
    """Return one access, to the slice that counts, and the words with the value it found."""
    old = on.new("old", on.width)
    known = (*words, old)
    offset = int(on.packed)
    match on.pick(6):
        case 0:
            made = access(old, None, offset=offset)
        case 1:
            made = access(old, _operand(on, words), offset=offset)
        case 2:
            made = access(old, _operand(on, words), eq(old, _operand(on, words)), offset=offset)
        case 3:
            made = access(old, bvadd(old, _operand(on, words)), ne(old, _operand(on, words)), offset=offset)
        case 4:
            made = access(old, bvadd(old, const(1, on.width)), offset=offset)
        case _:
            made = access(old, bvsub(old, _operand(on, words)), offset=offset)
    return [made], known


def _lock_bit(on: _Scope) -> list[Statement]:
    """Return an access to the bit beside the counter, as a lock bit has it."""
    bit = on.new("bit", 1, Kind.BOOL)
    return [access(bit, const(on.pick(2), 1)), If(bit, [check(CHECKS[on.pick(2)], bvnot(symbol("flag", 1)))])]


def _loop(on: _Scope, words: Words) -> tuple[list[Statement], Words]:
    """Return a cmpxchg loop that ends the actor when it succeeds."""
    seen, found = on.new("seen", on.width), on.new("found", on.width)
    offset = int(on.packed)
    known = (*words, seen)
    retry = access(found, _value(on, known), eq(found, seen), offset=offset)
    done = [*_ghost_code(on, known), stop()]
    body: list[Statement] = [*_ghost_code(on, known), retry, If(eq(found, seen), done), assign(seen.name, found)]
    return [access(seen, None, offset=offset), Forever(body)], known


def _waiting(on: _Scope, words: Words) -> list[Statement]:
    word = on.new("awaited", on.width)
    return [begin("WAIT"), inside(access(word, None, offset=int(on.packed))), wait(_condition(on, (*words, word)))]


def _generation(on: _Scope) -> tuple[list[Statement], list[Statement]]:
    """Return code that renews or remembers the token, and code for after the next access."""
    if on.pick(2):
        return [fresh("now")], []
    mine = on.new("mine", 16, Kind.TOKEN)
    return [assign(mine.name, symbol("now", 16))], [check(CHECKS[on.pick(2)], eq(mine, symbol("now", 16)))]


def _actor(on: _Scope) -> Actor:
    words: Words = (symbol("refs", on.width),)
    body: list[Statement] = []
    for _ in range(1 + on.pick(3)):
        before, words = _setting(on, words)
        body += [*before, *_ghost_code(on, words)]
        renew, compare = _generation(on) if on.tokens and on.pick(2) else ([], [])
        code, words = _access(on, words)
        body += [*renew, *code, *compare]
        if on.packed and on.pick(3) == 0:
            body += _lock_bit(on)
        if on.pick(6) == 0:
            body += _waiting(on, words)
        body += _ghost_code(on, words)
    if on.pick(5) == 0:
        code, words = _loop(on, words)
        body += code
    return actor(
        on.name,
        body,
        on.locals,
        max_entries=1 + on.pick(2) if on.pick(3) == 0 else None,
        limit=1 if on.pick(5) == 0 else None,
    )


def _init(on: _Scope) -> list[Statement]:
    old = on.new("old", on.width)
    start = _constant(on) if on.pick(2) else symbol("refs", on.width)
    first: list[Statement] = []
    if on.pick(4) == 0:
        start = on.new("start", on.width)
        first = [draw(start.name, 0, 1 + on.pick(2)), give("refs", start)]
    if on.tokens and on.pick(2):
        first.append(fresh("now"))
    return [*first, inside(access(old, start, offset=int(on.packed)))]


def _state_properties(on: _Scope) -> list[Property]:
    found = []
    for name, kind in (("always", PropertyKind.ALWAYS), ("quiescent", PropertyKind.QUIESCENT)):
        if on.pick(2):
            whole = local(f"{name}.word", on.width + on.packed)
            refs = symbol("refs", on.width)
            counted = [refs] if on.packed else [refs, symbol(whole.name, whole.width)]
            found.append(stated(name, kind, _condition(on, tuple(reversed(counted))), [(COUNTER, whole)]))
    return found


@st.composite
def small_programs(pick: st.DrawFn, *, widths: Sequence[int] = (2, 3), actors: int = 3) -> Program:
    """Return a program of up to ``actors`` actors over a counter of one of these widths."""

    def scope(name: str) -> _Scope:
        return _Scope(pick, width, packed, tokens, name)

    width = pick(st.sampled_from(widths))
    packed, tokens = pick(st.booleans()), pick(st.integers(0, 4)) == 0
    ghosts: list[Ghost] = [ghost("refs", width, pick(st.integers(0, 1))), ghost("flag", 1, 0, Kind.BOOL)]
    ghosts += [ghost("now", 16, 0, Kind.TOKEN)] if tokens else []
    start = scope("init")
    first = _init(start)
    cell = Cell(COUNTER, width + packed, Kind.UNSIGNED)
    made = [_actor(scope(f"actor{i}")) for i in range(pick(st.integers(1, actors)))]
    properties = [*map(checked, CHECKS), *_state_properties(scope("state"))]
    return program([cell], ghosts, routine(first, start.locals), made, properties)
