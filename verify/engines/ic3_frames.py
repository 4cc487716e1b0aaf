"""The frames of IC3 (Bradley 2011): ever larger sets of states that hold what few steps reach, as blocked cubes.

Frame 0 is the initial states. Frame i excludes every cube that is blocked at a level >= i, and, like all of them, the
states outside the background. The invariants, with T the steps:

    frame i  =>  frame i + 1        frame i and T  =>  frame i + 1 after the step

Hence a frame that blocks no cube of its own level is inductive. Nothing here is trusted: ``verify.check`` asks anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from verify.engines.messages import Budget
from verify.smt.solver import Solver, Status
from verify.system.system import Input, Step, TransitionSystem
from verify.system.unroll import after_step, initial_input
from verify.term.build import FALSE, TRUE, bvnot, conj, disj, eq, implies, substitute_all, symbol
from verify.term.term import Term

Cube = tuple[Term, ...]
"""A set of states: those in which all of these width-1 terms hold."""

Values = Mapping[str, int]
"""Unsigned values of state variables and of a step's inputs, by name."""


class StoppedError(Exception):
    """A solver gave no answer, or the effort or the time is used up."""


@dataclass(frozen=True, slots=True)
class Into:
    """A step that leads into a cube: its index, and the state before it with its inputs."""

    index: int
    values: Values


@dataclass(slots=True)
class Effort:
    """How much may still be asked: ``queries`` is a limit that is the same on every machine, unlike time."""

    queries: int
    budget: Budget

    def spend(self) -> float:
        """Count one query and return the seconds left for it. Raises StoppedError when nothing is left."""
        self.queries -= 1
        if self.queries < 0 or self.budget.spent():
            raise StoppedError
        return self.budget.left()


@dataclass(slots=True)
class _Asked:
    """A solver that holds the background and the first ``known`` of the clauses that were ever learned."""

    solver: Solver
    known: int = 0


@dataclass(slots=True)
class Frames:
    """The frames of one run: ``levels[i]`` are the cubes that are blocked at level i and at no higher one.

    ``order`` are the indices of the steps, those that last led into a cube first.
    """

    system: TransitionSystem
    background: tuple[Term, ...]
    make: Callable[[], Solver]
    effort: Effort
    levels: list[dict[Cube, None]] = field(default_factory=lambda: [{}, {}])
    learned: list[Term] = field(default_factory=list)
    after: dict[tuple[int, Term], Term] = field(default_factory=dict)
    order: list[int] = field(init=False)
    start: Term = field(init=False)
    starting: Solver = field(init=False)
    plain: Solver = field(init=False)
    states: _Asked = field(init=False)
    steps: list[_Asked] = field(init=False)

    def __post_init__(self) -> None:
        self.start = start_term(self.system)
        self.learned.append(implies(_active(0), self.start))
        self.order = list(range(len(self.system.steps)))
        self.starting = self.make()
        self.starting.add(self.start)
        self.plain = self._solver()
        self.states = _Asked(self._solver())
        self.steps = []
        for step in self.system.steps:
            asked = _Asked(self._solver())
            asked.solver.add(step.guard)
            self.steps.append(asked)

    def _solver(self) -> Solver:
        solver = self.make()
        for lemma in self.background:
            solver.add(lemma)
        return solver

    @property
    def top(self) -> int:
        """The level of the last frame."""
        return len(self.levels) - 1


def start_term(system: TransitionSystem) -> Term:
    """Return the width-1 term over the state, and inputs of INIT that nothing else names, for the initial states."""
    renamed = {i.term: initial_input(i) for i in system.init_inputs}
    guard, *values = substitute_all((system.init_guard, *(value for _, value in system.init)), renamed)
    names = (name for name, _ in system.init)
    return conj((guard, *(eq(symbol(n, v.width), v) for n, v in zip(names, values, strict=True))))


def _active(level: int) -> Term:
    return symbol(f"!frame{level}", 1)


def _frame(frames: Frames, level: int) -> tuple[Term, ...]:
    """Return assumptions that make a solver's states those of a frame."""
    if level == 0:
        return (_active(0),)
    return tuple(_active(at) for at in range(level, frames.top + 1))


def _ask(frames: Frames, asked: _Asked, assumptions: Sequence[Term]) -> bool:
    """Tell whether the assumptions can hold with what was learned."""
    for clause in frames.learned[asked.known :]:
        asked.solver.add(clause)
    asked.known = len(frames.learned)
    return ask(frames, asked.solver, assumptions)


def ask(frames: Frames, solver: Solver, assumptions: Sequence[Term]) -> bool:
    """Tell whether the assumptions can hold. Raises StoppedError when there is no answer."""
    status = solver.check(assumptions, frames.effort.spend())
    if status is Status.UNKNOWN:
        raise StoppedError
    return status is Status.SAT


def block(frames: Frames, cube: Cube, level: int) -> None:
    """Exclude a cube from the frames 1 … ``level``; it must be unreachable there, see ``initial_core`` and ``into``."""
    frames.levels[level].setdefault(cube)
    frames.learned.append(implies(_active(level), clause(cube)))


def clause(cube: Cube) -> Term:
    """Return the width-1 term that holds outside a cube."""
    return disj(bvnot(literal) for literal in cube)


def add_frame(frames: Frames) -> None:
    """Add a frame that blocks nothing."""
    frames.levels.append({})


def initial_core(frames: Frames, cube: Cube) -> frozenset[Term] | None:
    """Return literals of a cube that exclude every initial state; None when it holds one."""
    return None if ask(frames, frames.starting, cube) else frozenset(frames.starting.core())


def inside(frames: Frames, cube: Cube, level: int, inputs: Sequence[Input] = ()) -> Values | None:
    """Return a state of a frame that lies in a cube, with values of inputs that the cube mentions; None: none does."""
    if not _ask(frames, frames.states, (*_frame(frames, level), *cube)):
        return None
    return _values(frames, frames.states.solver, inputs)


def _values(frames: Frames, solver: Solver, inputs: Sequence[Input]) -> Values:
    wanted = [*(v.term for v in frames.system.state), *(i.term for i in inputs)]
    return dict(zip((t.name for t in wanted), solver.values(wanted), strict=True))


def into(frames: Frames, cube: Cube, level: int) -> Into | frozenset[Term]:
    """Return a step into a cube from a state of frame ``level`` - 1 outside it.

    Where there is none: literals of the cube that no such step makes true together.
    """
    found: set[Term] = set()
    outside = clause(cube)
    for index in tuple(frames.order):
        core = _into_by(frames, cube, outside, level, index)
        if isinstance(core, Into):
            frames.order.remove(index)
            frames.order.insert(0, index)
            return core
        found |= core
    return frozenset(found)


def _into_by(frames: Frames, cube: Cube, outside: Term, level: int, index: int) -> Into | frozenset[Term]:
    step = frames.system.steps[index]
    literals: dict[Term, Term] = {}
    for literal, changed in zip(cube, read_after(frames, index, cube), strict=True):
        if changed is FALSE:
            return frozenset((literal,))
        if changed is not TRUE:
            literals.setdefault(changed, literal)
    if all(changed is literal for changed, literal in literals.items()) and len(literals) == len(cube):
        return frozenset()  # the step changes nothing that the cube speaks of
    asked = frames.steps[index]
    if _ask(frames, asked, (*_frame(frames, level - 1), outside, *literals)):
        return Into(index, _values(frames, asked.solver, step.inputs))
    return frozenset(literals[term] for term in asked.solver.core() if term in literals)


def read_after(frames: Frames, index: int, literals: Sequence[Term]) -> tuple[Term, ...]:
    """Return literals as read after a step, over the state before and its inputs."""
    new = [t for t in dict.fromkeys(literals) if (index, t) not in frames.after]
    for literal, changed in zip(new, after_step(frames.system.steps[index], new), strict=True):
        frames.after[index, literal] = changed
    return tuple(frames.after[index, t] for t in literals)


def push(frames: Frames) -> int | None:
    """Move cubes to the next level where no step leads into them; return a level that became empty, or None."""
    for level in range(1, frames.top):
        for cube in tuple(frames.levels[level]):
            if not isinstance(into(frames, cube, level + 1), Into):
                del frames.levels[level][cube]
                block(frames, cube, level + 1)
        if not frames.levels[level]:
            return level
    return None


def blocked_from(frames: Frames, level: int) -> Iterator[Cube]:
    """Yield the cubes that a frame excludes."""
    for at in range(level, frames.top + 1):
        yield from frames.levels[at]


def step_of(frames: Frames, found: Into) -> Step:
    """Return the step that leads into a cube."""
    return frames.system.steps[found.index]
