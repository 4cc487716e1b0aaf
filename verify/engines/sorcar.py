"""Sorcar (Neider, Madhusudan, Saha, Garg, Park 2019): property-driven search for an inductive invariant.

Of a pool of guesses only those that some counterexample asks for become lemmas. A counterexample is a
state that violates a property, or a step from a state of all lemmas that breaks one of them: a guess
that is false in that state becomes a lemma. If there is none, then the state satisfies every guess
that is left, so the guesses that are false after the step are not inductive, and leave the pool.

The result is inductive by the last answers of the solvers, and ``verify.check`` asks anew.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from verify.engines.family import Family
from verify.engines.hull import weaken
from verify.engines.messages import Budget
from verify.engines.sample import Simulator, State, walk
from verify.smt.solver import AttemptingSolver, Solver, Status
from verify.system.system import Step, TransitionSystem, state_violation, step_violation
from verify.system.unroll import after_step, init_values
from verify.term.build import FALSE, TRUE, bvand, bvnot, disj
from verify.term.compiled import compiled
from verify.term.semantics import evaluate, evaluate_all
from verify.term.term import Term

WALK = 8
"""The length of a random run from a state that all guesses allow."""


@dataclass(slots=True)
class _Asked:
    """A step with a solver that holds its guard, and the core of each lemma's last "unsat"."""

    step: Step
    solver: AttemptingSolver
    cores: dict[Term, frozenset[Term]] = field(default_factory=dict)
    hard: bool = False


@dataclass(slots=True)
class Sorcar:
    """A search. ``frame`` is inductive by itself and holds in every question.

    ``pool`` holds the families in the order of preference; ``lemmas`` are the chosen guesses, in the order
    in which they were asked for, each the one that is left of its family. ``more`` gives further reachable states,
    which are looked at once a question is hard. ``patience`` is how many more questions may be asked until a pause.
    """

    system: TransitionSystem
    on: Simulator
    frame: tuple[Term, ...]
    make: Callable[[], AttemptingSolver]
    budget: Budget
    pool: list[Family]
    more: Callable[[], Iterable[State]] | None = None
    lemmas: dict[Term, Family] = field(default_factory=dict)
    asked: list[_Asked] = field(default_factory=list)
    starting: Solver = field(init=False)
    after: dict[tuple[int, Term], Term] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311  (no secret)
    states: Solver = field(init=False)
    start: State = field(init=False)
    patience: int | None = None

    def __post_init__(self) -> None:
        self.starting = self.make()
        row = [0] * len(self.on.slots)
        self.start = tuple(f(row) for f in compiled([value for _, value in self.system.init], self.on.slots))
        self.states = self._framed()
        for step in self.system.steps:
            solver = self._framed()
            solver.add(step.guard)
            self.asked.append(_Asked(step, solver))

    def _framed(self) -> AttemptingSolver:
        solver = self.make()
        for term in self.frame:
            solver.add(term)
        return solver


class _StoppedError(Exception):
    """The solver gave no answer within the budget, or patience is at its end."""


def decide(search: Sorcar, properties: Sequence[str], patience: int | None = None) -> tuple[str, ...] | None:
    """Return the properties that the lemmas, now inductive, exclude; None when the budget is spent.

    For every other property the pool has a state that violates it and satisfies all guesses.
    It is None, too, after ``patience`` questions: the search goes on from there when it is asked again.
    """
    search.patience = patience
    try:
        opened = list(properties)
        while True:
            opened = _exclude(search, opened)
            before = tuple(search.lemmas)
            _close(search)
            if tuple(search.lemmas) == before:
                return tuple(opened)
    except _StoppedError:
        return None


def _exclude(search: Sorcar, properties: Sequence[str]) -> list[str]:
    """Choose lemmas until no step and no state violates the properties; return those that can be excluded."""
    opened = list(properties)
    for place, (solver, bad) in _questions(search):
        del place
        while wanted := {p: t for p in opened if (t := bad(p)) is not FALSE}:
            row = _model(search, solver, disj(wanted.values()))
            if row is None:
                break
            row = _nearer(search, row, TRUE, wanted.values())
            if not _choose(search, row):
                opened = [p for p in opened if p not in wanted or not _true(search, wanted[p], row)]
    return opened


def _questions(search: Sorcar) -> Iterator[tuple[int, tuple[Solver, Callable[[str], Term]]]]:
    """Yield, for each step and for states, a solver and where a property is violated there.

    A check stands before what the step assumes later: its question must not assume the guard.
    """
    for index, step in enumerate(search.system.steps):

        def inside(name: str, step: Step = step) -> Term:
            return step_violation(step, name)

        yield index, (search.states, inside)
    yield -1, (search.states, lambda name: state_violation(search.system, name))


def _take_patience(search: Sorcar) -> None:
    """Count a question. Raises _StoppedError where it is one too many."""
    if search.patience is not None:
        if search.patience == 0:
            raise _StoppedError
        search.patience -= 1


def _model(search: Sorcar, solver: Solver, bad: Term) -> list[int] | None:
    """Return a row of values of state and inputs in which all lemmas and ``bad`` hold; None: there is none."""
    _take_patience(search)
    status = solver.check((*search.lemmas, bad), search.budget.left())
    if status is Status.UNKNOWN:
        raise _StoppedError
    return None if status is Status.UNSAT else _row(search, solver)


def _row(search: Sorcar, solver: Solver) -> list[int]:
    symbols = [v.term for v in search.system.state]
    inputs = {i.name: i.term for s in search.system.steps for i in s.inputs}
    row = [0] * len(search.on.slots)
    wanted = [*symbols, *inputs.values()]
    for term, value in zip(wanted, solver.values(wanted), strict=True):
        row[search.on.slots[term.name]] = value
    return row


def _true(search: Sorcar, term: Term, row: Sequence[int]) -> bool:
    return bool(evaluate(term, {name: row[slot] for name, slot in search.on.slots.items()}))


def _choose(search: Sorcar, row: Sequence[int]) -> bool:
    """Make the preferred guess that is false in a row a lemma; False when all guesses hold there."""
    for family in search.pool:
        while not family.gone and not family.holds(row):
            term = family.term
            if _initially(search, term):
                search.lemmas.setdefault(term, family)
                return True
            family.place += 1
    return False


def _nearer(search: Sorcar, row: list[int], guard: Term, bad: Iterable[Term]) -> list[int]:
    """Return a counterexample like this one in which fewer variables differ from an initial state.

    The guesses that are false in it are more likely to matter: z3 gives variables that do not matter any value.
    """
    functions = compiled([guard, *search.frame, *bad], search.on.slots)
    held, wrong = functions[: 1 + len(search.frame)], functions[1 + len(search.frame) :]
    for slot, value in reversed(list(enumerate(search.start))):
        if row[slot] == value:
            continue
        other = [*row[:slot], value, *row[slot + 1 :]]
        if (
            all(f(other) for f in held)
            and all(family.holds(other) for family in search.lemmas.values())
            and any(f(other) for f in wrong)
        ):
            row = other
    return row


def _initially(search: Sorcar, guess: Term) -> bool:
    start = init_values(search.system, (guess,))[0]
    broken = bvand(search.system.init_guard, bvnot(start))
    if broken is FALSE:
        return True
    status = search.starting.check((broken,), search.budget.left())
    if status is Status.UNKNOWN:
        raise _StoppedError
    return status is Status.UNSAT


def _close(search: Sorcar) -> None:
    """Choose lemmas and drop guesses until every step preserves every lemma."""
    again = True
    while again:
        again = False
        for index, asked in enumerate(search.asked):
            again |= _settle(search, index, asked)


def _settle(search: Sorcar, index: int, asked: _Asked) -> bool:
    """Make this step preserve all lemmas; tell whether the lemmas changed.

    Whether it breaks any is one question, and one of each lemma where that is too hard.
    """
    changed, alone = False, asked.hard
    while pending := _pending(search, index, asked):
        if alone:
            pending = dict([next(iter(pending.items()))])
        broken, left = (*search.lemmas, disj(bvnot(t) for t in pending.values())), search.budget.left()
        _take_patience(search)
        if len(pending) > 1:
            status = asked.solver.attempt(broken, left)
            alone = status is Status.UNKNOWN
            if alone:
                asked.hard = True
                changed |= _look_further(search)
                continue
        else:
            status = asked.solver.check(broken, left)
        if status is Status.UNKNOWN:
            raise _StoppedError
        if status is Status.UNSAT:
            core = frozenset(asked.solver.core())
            asked.cores |= dict.fromkeys(pending, core & search.lemmas.keys())
            continue
        changed = True
        found = _row(search, asked.solver)
        row = _nearer(search, found, asked.step.guard, (bvnot(t) for t in pending.values()))
        if not _choose(search, row):
            _drop(search, _state_after(search, asked.step, row))
    return changed


def _look_further(search: Sorcar) -> bool:
    """Weaken the guesses that are false in further states, once; tell whether a lemma changed."""
    if search.more is None:
        return False
    states, search.more = search.more(), None
    before = tuple(search.lemmas)
    _weaken(search, states)
    return tuple(search.lemmas) != before


def _pending(search: Sorcar, index: int, asked: _Asked) -> dict[Term, Term]:
    """Return the lemmas that this step may break, as far as is known, with what it makes of them."""
    found = {}
    for lemma in search.lemmas:
        core = asked.cores.get(lemma)
        if core is not None and core <= search.lemmas.keys():
            continue
        key = (index, lemma)
        if key not in search.after:
            search.after[key] = after_step(asked.step, (lemma,))[0]
        if search.after[key] is not lemma:
            found[lemma] = search.after[key]
    return found


def _state_after(search: Sorcar, step: Step, row: Sequence[int]) -> State:
    values = {name: row[slot] for name, slot in search.on.slots.items()}
    updates = dict(step.updates)
    after = dict(zip(updates, evaluate_all(updates.values(), values), strict=True))
    return tuple(after.get(v.name, values[v.name]) for v in search.system.state)


def _drop(search: Sorcar, state: State) -> None:
    """Weaken the guesses that are false in a state which all guesses allow to be reached, or after it."""
    _weaken(search, (state, *walk(search.on, state, WALK, search.chance)))


def _weaken(search: Sorcar, states: Iterable[State]) -> None:
    weaken(search.pool, states)
    search.pool = [family for family in search.pool if not family.gone]
    weakened = [lemma for lemma, family in search.lemmas.items() if family.gone or family.term is not lemma]
    for lemma in weakened:
        family = search.lemmas.pop(lemma)
        if not family.gone and family.term is not TRUE and _initially(search, family.term):
            search.lemmas.setdefault(family.term, family)
