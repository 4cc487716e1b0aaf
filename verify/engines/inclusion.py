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
from verify.program.history import Draws
from verify.program.program import Actor, Program
from verify.verdict.inclusion import Bounds, Included, NotIncluded, Taken


@dataclass(frozen=True, slots=True)
class _State:
    """A state of B. ``entries`` are kept for actors with ACTOR_MAX; ``left`` are the entries each CPU has left."""

    shared: Shared
    entries: tuple[int, ...]
    places: tuple[Place | None, ...]
    left: tuple[int, ...]


_Other = tuple[tuple[int, ...], tuple[Place | None, ...]]
"""A state of A: cells and places. Its ghosts and what FRESH gave are those of B, since both had the same history."""

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
    for shared, chosen in starts(search.b):
        state = _State(shared, (0,) * len(search.actors), outside, (bounds.operations,) * bounds.cpus)
        same = frozenset(
            (other.cells, outside) for other, _ in starts(search.a, chosen) if other.ghosts == shared.ghosts
        )
        yield (state, same), chosen


def _successors(search: _Search, node: _Node) -> Iterator[tuple[_Node, _Came]]:
    state, others = node
    for cpu, place in enumerate(state.places):
        entering = (place[0],) if place is not None else tuple(_may_enter(search, state, cpu))
        for actor in entering:
            for move in moves(search.b, state.shared, place, actor):
                name = search.actors[actor].name if place is None else None
                after = _after(search, state, cpu, actor, move)
                same = _same(search, state.shared, others, cpu, actor, move) if move.shows else others
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
    search: _Search, before: Shared, others: frozenset[_Other], cpu: int, actor: int, move: Move
) -> frozenset[_Other]:
    """Return the states in which A may be after it showed what the move shows, closed under steps that show nothing."""
    wanted = move.shows
    start = [(Shared(cells, before.ghosts, before.drawn), places, 0) for cells, places in others]
    seen, left, found = set(start), start, set[_Other]()
    while left:
        shared, places, done = left.pop()
        if done == len(wanted):
            found.add((shared.cells, places))
        for who, place in enumerate(places):
            rest = wanted[done:] if who == cpu else ()
            if place is None and not rest:
                continue
            draws = tuple(shown.value for shown in rest if isinstance(shown, Draws))
            for one in moves(search.a, shared, place, search.of_a[actor], draws):
                if one.shows == rest[: len(one.shows)]:
                    there = (*places[:who], one.place, *places[who + 1 :])
                    item = (one.shared, there, done + len(one.shows))
                    if item not in seen:
                        seen.add(item)
                        left.append(item)
    return frozenset(found)


def _canonical(state: _State, others: frozenset[_Other]) -> tuple[_Node, tuple[int, ...]]:
    """Return the node with its CPUs in an order that does not depend on their numbers, and those numbers in order.

    CPUs are alike, so nodes that differ in nothing but their order lead to the same answers.
    """
    columns = [sorted((cells, places[cpu] or ()) for cells, places in others) for cpu in range(len(state.places))]
    keys = [(state.left[cpu], place or (), columns[cpu]) for cpu, place in enumerate(state.places)]
    order = tuple(sorted(range(len(keys)), key=keys.__getitem__))
    same = frozenset((cells, tuple(places[cpu] for cpu in order)) for cells, places in others)
    places = tuple(state.places[cpu] for cpu in order)
    return (_State(state.shared, state.entries, places, tuple(state.left[cpu] for cpu in order)), same), order


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
