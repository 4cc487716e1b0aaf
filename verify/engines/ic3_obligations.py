"""Proof obligations of IC3: cubes from which every state leads to a violation, to be blocked level by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import groupby

from verify.engines.ic3_frames import Cube, Frames, Into, Values, ask, initial_core, inside, read_after, step_of
from verify.engines.ic3_generalise import learn, unreachable
from verify.engines.ic3_literals import Literals, bit_cube, predicate_cube
from verify.system.system import Input
from verify.term.build import bvnot, conj, const, substitute_all
from verify.term.term import Op, Term, symbols

_Queue = list[tuple[int, int, Cube]]
"""Obligations by level; of one level the youngest first, by a number that falls."""


@dataclass(frozen=True, slots=True)
class Run:
    """The frames of a run with the vocabulary of its cubes."""

    frames: Frames
    literals: Literals


def exclude(run: Run, cube: Cube, level: int) -> bool:
    """Block a cube at a level, and whatever leads to it before; False: a run of the system leads into it.

    Every state of the cube leads to a violation.
    """
    frames = run.frames
    if initial_core(frames, cube) is None:
        return False
    queue: _Queue = []
    number = 0
    heappush(queue, (level, number, cube))
    while queue:
        at, _, wanted = queue[0]
        state = inside(frames, wanted, at)
        if state is None:
            heappop(queue)
            continue
        found = _block(run, wanted, state, at)
        if found is not None:
            before = lift(run, _reaching(run, found, wanted), found.values)
            if initial_core(frames, before) is None:
                return False
            number -= 1
            heappush(queue, (at - 1, number, before))
    return True


def _block(run: Run, cube: Cube, state: Values, level: int) -> Into | None:
    """Block the cube, or a state of it with all that no predicate tells from it; else return a step into it."""
    near = unreachable(run.frames, predicate_cube(run.literals, state), level)
    if not isinstance(near, tuple):
        near = unreachable(run.frames, cube, level)
    if isinstance(near, tuple):
        learn(run.frames, near, level)
        return None
    if near is None:
        raise AssertionError("an obligation holds no initial state")
    return near


def _reaching(run: Run, found: Into, cube: Cube) -> Term:
    """Return where the step with the inputs that were found leads into the cube."""
    step = step_of(run.frames, found)
    goal = conj((step.guard, *read_after(run.frames, found.index, cube)))
    return with_inputs(goal, step.inputs, found.values)


def with_inputs(term: Term, inputs: Sequence[Input], values: Values) -> Term:
    """Return a term where inputs have these values."""
    return substitute_all((term,), {i.term: const(values[i.name], i.width) for i in inputs})[0]


def lift(run: Run, goal: Term, values: Values) -> Cube:
    """Return a cube around a state in which a term over the state holds everywhere, as in that state.

    Of predicates alone if they say enough, else with bits of as few variables as can be found in one pass.
    """
    outside = bvnot(goal)
    predicates = predicate_cube(run.literals, values)
    core = _core(run, outside, predicates)
    if core is not None:
        return core
    used = {s.name for s in symbols((goal,))}
    bits = bit_cube([v for v in run.literals.state if v.name in used], values)
    kept = _core(run, outside, (*predicates, *bits)) or (*predicates, *bits)
    for _, group in groupby([t for t in kept if _is_bit(t)], _variable):
        fewer = set(group)
        kept = _core(run, outside, tuple(t for t in kept if t not in fewer)) or kept
    return kept


def _core(run: Run, outside: Term, cube: Cube) -> Cube | None:
    """Return literals of a cube that leave no state ``outside``; None when the cube does not."""
    if ask(run.frames, run.frames.plain, (outside, *cube)):
        return None
    found = frozenset(run.frames.plain.core())
    return tuple(t for t in cube if t in found)


def _is_bit(literal: Term) -> bool:
    plain = literal.args[0] if literal.op is Op.NOT else literal
    return plain.op is Op.EXTRACT and plain.args[0].op is Op.SYMBOL


def _variable(literal: Term) -> str:
    return symbols((literal,))[0].name
