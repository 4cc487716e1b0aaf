"""Whether every history of B within bounds is one of A: breadth first over B's runs, each with all A can have done.

The subset construction of automata theory, made as far as it is needed: a node is a state of B and the set of states
in which A may be after the same history. A history that A does not have leads to an empty set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from verify.engines.inclusion_moves import Move, Mover, Place, Shared, mover, moves, starts
from verify.engines.messages import Budget
from verify.program.delays import with_delays
from verify.program.history import Draws, Shown, seen_values
from verify.program.program import Actor, Program
from verify.verdict.inclusion import Bounds, Included, NotIncluded, Taken


@dataclass(frozen=True, slots=True)
class _State:
    """A state of B. ``entries`` are kept for actors with ACTOR_MAX; ``left`` are the entries each CPU has left."""

    shared: Shared
    entries: tuple[int, ...]
    places: tuple[Place | None, ...]
    left: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What A has shown already and B not yet, by a CPU in the middle of a step of A: it comes next, or never."""

    cpu: int
    shows: tuple[Shown, ...]


_Other = tuple[Shared, tuple[Place | None, ...], _Ahead | None]
"""A state of A."""

_Node = tuple[_State, frozenset[_Other]]


@dataclass(frozen=True, slots=True)
class _Came:
    """The node before, the step taken there, and for each CPU of this node its number in the node before."""

    before: _Node
    taken: Taken
    numbers: tuple[int, ...]


@dataclass(slots=True)
class _Search:
    a: Mover
    b: Mover
    actors: tuple[Actor, ...]
    of_a: tuple[int, ...]
    came: dict[_Node, _Came | None] = field(default_factory=dict)
    initial: dict[_Node, tuple[int, ...]] = field(default_factory=dict)


def included(a: Program, b: Program, bounds: Bounds, budget: Budget) -> Included | NotIncluded | None:
    """Return whether every history of B is one of A, where A's CPUs may be delayed; None where the time runs out.

    Raises InputError for a loop without a shared access that does not end, KeyError where A lacks an actor of B.
    """
    number = {actor.name: index for index, actor in enumerate(a.actors)}
    search = _Search(mover(with_delays(a)), mover(b), b.actors, tuple(number[actor.name] for actor in b.actors))
    frontier: list[_Node] = []
    for node, chosen in _initial(search, bounds):
        if not node[1]:
            return NotIncluded(chosen, (), len(search.came))
        if node not in search.came:
            search.came[node], search.initial[node] = None, chosen
            frontier.append(node)
    while frontier:
        following: list[_Node] = []
        for node in frontier:
            if budget.spent():
                return None
            for reached, came in _successors(search, node):
                if not reached[1]:
                    return _not_included(search, came)
                if reached not in search.came:
                    search.came[reached] = came
                    following.append(reached)
        frontier = following
    return Included(len(search.came))


def _initial(search: _Search, bounds: Bounds) -> Iterator[tuple[_Node, tuple[int, ...]]]:
    outside = (None,) * bounds.cpus
    a, b = search.a.on.program, search.b.on.program
    for shared, chosen in starts(search.b):
        state = _State(shared, (0,) * len(search.actors), outside, (bounds.operations,) * bounds.cpus)
        wanted = seen_values(b, shared.ghosts)
        alike = (other for draws in (chosen, ()) for other, _ in starts(search.a, draws))
        yield (state, frozenset((o, outside, None) for o in alike if seen_values(a, o.ghosts) == wanted)), chosen


def _successors(search: _Search, node: _Node) -> Iterator[tuple[_Node, _Came]]:
    state, others = node
    for cpu, place in enumerate(state.places):
        entering = (place[0],) if place is not None else tuple(_may_enter(search, state, cpu))
        for actor in entering:
            for move in moves(search.b, state.shared, place, actor):
                name = search.actors[actor].name if place is None else None
                after = _after(search, state, cpu, actor, move)
                same = _same(search, others, cpu, actor, move.shows) if move.shows else others
                reached, numbers = _canonical(after, same)
                yield reached, _Came(node, Taken(cpu, name, move.choices), numbers)


def _may_enter(search: _Search, state: _State, cpu: int) -> Iterator[int]:
    for index, actor in enumerate(search.actors):
        inside = sum(place is not None and place[0] == index for place in state.places)
        free = actor.limit is None or inside < actor.limit
        if state.left[cpu] and free and (actor.max_entries is None or state.entries[index] < actor.max_entries):
            yield index


def _after(search: _Search, state: _State, cpu: int, actor: int, move: Move) -> _State:
    places = (*state.places[:cpu], move.place, *state.places[cpu + 1 :])
    if state.places[cpu] is not None:
        return _State(move.shared, state.entries, places, state.left)
    left = (*state.left[:cpu], state.left[cpu] - 1, *state.left[cpu + 1 :])
    counted = search.actors[actor].max_entries is not None
    entries = (*state.entries[:actor], state.entries[actor] + counted, *state.entries[actor + 1 :])
    return _State(move.shared, entries, places, left)


def _same(
    search: _Search, others: frozenset[_Other], cpu: int, actor: int, wanted: tuple[Shown, ...]
) -> frozenset[_Other]:
    """Return the states in which A may be after ``cpu`` showed ``wanted``, closed under steps that show nothing."""
    start = [(*other, 0) for other in others if other[2] is None]
    for shared, places, ahead in others:
        if ahead is not None and ahead.cpu == cpu:
            count = min(len(ahead.shows), len(wanted))
            if ahead.shows[:count] == wanted[:count]:
                start.append((shared, places, _ahead(cpu, ahead.shows[count:]), count))
    seen, left, found = set(start), start, set[_Other]()
    while left:
        shared, places, ahead, done = left.pop()
        if done == len(wanted):
            found.add((shared, places, ahead))
        for who, place in enumerate(places):
            rest = wanted[done:] if who == cpu else ()
            if place is None and not rest:
                continue
            draws = tuple(one.value for one in rest if isinstance(one, Draws))
            for move in moves(search.a, shared, place, search.of_a[actor], draws):
                count = min(len(move.shows), len(rest))
                if move.shows[:count] == rest[:count] and (rest or not move.shows):
                    there = (*places[:who], move.place, *places[who + 1 :])
                    item = (move.shared, there, _ahead(cpu, move.shows[count:]) or ahead, done + count)
                    if item not in seen:
                        seen.add(item)
                        left.append(item)
    return frozenset(found)


def _ahead(cpu: int, shows: tuple[Shown, ...]) -> _Ahead | None:
    return _Ahead(cpu, shows) if shows else None


def _canonical(state: _State, others: frozenset[_Other]) -> tuple[_Node, tuple[int, ...]]:
    """Return the node with its CPUs in an order that does not depend on their numbers, and those numbers in order.

    CPUs are alike, so nodes that differ in nothing but their order lead to the same answers.
    """
    cpus = range(len(state.places))
    columns = [sorted(_column(other, cpu) for other in others) for cpu in cpus]
    order = tuple(sorted(cpus, key=lambda cpu: (state.left[cpu], state.places[cpu] or (), columns[cpu])))
    same = frozenset(
        (shared, tuple(places[cpu] for cpu in order), ahead and _Ahead(order.index(ahead.cpu), ahead.shows))
        for shared, places, ahead in others
    )
    places = tuple(state.places[cpu] for cpu in order)
    return (_State(state.shared, state.entries, places, tuple(state.left[cpu] for cpu in order)), same), order


def _column(other: _Other, cpu: int) -> tuple[object, ...]:
    """Return what a state of A says of a CPU, as something that can be sorted."""
    shared, places, ahead = other
    return shared.cells, shared.ghosts, shared.drawn, places[cpu] or (), ahead is not None and ahead.cpu == cpu


def _not_included(search: _Search, last: _Came) -> NotIncluded:
    path = [last]
    while (came := search.came[path[-1].before]) is not None:
        path.append(came)
    path.reverse()
    real: tuple[int, ...] = tuple(range(len(path[0].numbers)))
    run = []
    for came in path:
        run.append(Taken(real[came.taken.cpu], came.taken.actor, came.taken.choices))
        real = tuple(real[number] for number in came.numbers)
    return NotIncluded(search.initial[path[0].before], tuple(run), len(search.came))
