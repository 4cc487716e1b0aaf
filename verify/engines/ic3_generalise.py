"""Generalisation in IC3: from a cube that cannot be entered to a larger one that cannot be entered either.

A cube may lose a literal where what is left holds no initial state, and no step leads into it from a state of the
frame before that lies outside it. Both are asked for every cube that is tried; a cube that met an initial state would
exclude a reachable state.
"""

from __future__ import annotations

from collections.abc import Set

from verify.engines.ic3_frames import Cube, Frames, Into, block, initial_core, into
from verify.term.term import Term

MOST_DROPS = 48
"""Literals that are tried in turn; a cube with more keeps the others."""


def unreachable(frames: Frames, cube: Cube, level: int) -> Cube | Into | None:
    """Return a part of a cube's literals that is unreachable within ``level`` steps by the frame before.

    Else a step that leads into it; None: it holds an initial state.
    """
    first = initial_core(frames, cube)
    if first is None:
        return None
    core = into(frames, cube, level)
    return core if isinstance(core, Into) else _kept(cube, first | core)


def _kept(cube: Cube, literals: Set[Term]) -> Cube:
    """Return the cube of these literals of a cube.

    Theorem: with C the cube and G its part, G holds no initial state by one core, and a step into G from outside G
    starts outside C as well, which the core of every step rules out.
    """
    return tuple(t for t in cube if t in literals)


def generalise(frames: Frames, cube: Cube, level: int) -> Cube:
    """Return a cube with few literals, unreachable like this one; the last literals are dropped first."""
    kept = cube
    for literal in tuple(reversed(cube))[:MOST_DROPS]:
        if literal in kept and len(kept) > 1:
            smaller = unreachable(frames, tuple(t for t in kept if t is not literal), level)
            if isinstance(smaller, tuple):
                kept = smaller
    return kept


def learn(frames: Frames, cube: Cube, level: int) -> None:
    """Generalise an unreachable cube and block it at the highest level, from ``level`` up, where it stays so."""
    kept = generalise(frames, cube, level)
    while level < frames.top and isinstance(into(frames, kept, level + 1), frozenset):
        level += 1
    block(frames, kept, level)
