"""Breadth-first search over every machine of a program, independent of the encodings.

All inputs are enumerated, so it is for narrow words. States are merged when they differ only in
locals that nothing will read, in the names of TOKEN values, or in the order of the CPUs: none of it
changes behaviour, since a dead local is never read, TOKENs are only compared for equality, and
nothing names a CPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from verify.program.flow import live_locals
from verify.program.interpret import (
    Chooser,
    Interpreter,
    ReplayError,
    StepResult,
    enabled,
    interpreter,
    start,
    step,
    violated_states,
)
from verify.program.program import Kind, Program
from verify.program.run import CheckRan, Event, Finished, Inside, Machine


class SearchLimitError(Exception):
    """The program has more states or inputs than the search was allowed."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        depths: per violated property the least number of steps of a run that violates it; a
            violation in the middle of step n, or in the state after it, has depth n.
        states: number of machines reached, up to merging.
        checks: properties that a Check, or the predicate in a state, was evaluated for.
        finished: names of actors that some CPU left.
        steps: (actor, node or None for an entry) of every step that happened.
        complete: whether every reachable machine was looked at.
    """

    depths: dict[str, int]
    states: int
    checks: frozenset[str]
    finished: frozenset[str]
    steps: frozenset[tuple[str, int | None]]
    complete: bool


class _Ask(Exception):  # noqa: N818
    """A run needs an input that the script does not hold."""

    def __init__(self, low: int, high: int, width: int, name: str) -> None:
        super().__init__(name)
        self.low, self.high, self.width, self.name = low, high, width, name


def _scripted(script: tuple[int, ...]) -> Chooser:
    rest = iter(script)

    def choose(name: str, width: int, low: int, high: int) -> int:
        value = next(rest, None)
        if value is None:
            raise _Ask(low, high, width, name)
        return value

    return choose


def _order(here: Inside | None) -> tuple[int, ...]:
    return () if here is None else (here.actor, here.node, *here.locals)


class _Search:
    """The changing parts of one search."""

    def __init__(self, program: Program, cpus: int, inputs_limit: int) -> None:
        self.on: Interpreter = interpreter(program)
        self.program = program
        self.inputs_limit = inputs_limit
        self.live = [live_locals(actor.body) for actor in program.actors]
        routines = [program.init, *(a.body for a in program.actors)]
        self.tokens = {v.name for r in routines for v in r.locals if v.kind is Kind.TOKEN}
        self.tokens |= {g.name for g in program.ghosts if g.kind is Kind.TOKEN}
        # So many values are live at most; one more is always free, and which one does not matter.
        self.fresh = len(self.tokens) * (cpus + 1)
        self.depths: dict[str, int] = {}
        self.checks: set[str] = set()
        self.finished: set[str] = set()
        self.steps: set[tuple[str, int | None]] = set()

    def choices(self, ask: _Ask) -> list[int]:
        high = ask.high
        if ask.name.rsplit("!", 1)[0] in self.tokens:
            high = min(high, self.fresh)
        if high - ask.low >= self.inputs_limit:
            raise SearchLimitError(f"{ask.name} has {high - ask.low + 1} values")
        return [value % (1 << ask.width) for value in range(ask.low, high + 1)]

    def starts(self, cpus: int) -> Iterator[tuple[Machine, tuple[Event, ...]]]:
        scripts: list[tuple[int, ...]] = [()]
        while scripts:
            script = scripts.pop()
            try:
                yield start(self.on, cpus, _scripted(script))
            except ReplayError:
                continue  # these inputs block INIT
            except _Ask as ask:
                scripts += [(*script, value) for value in self.choices(ask)]

    def results(self, machine: Machine, cpu: int, actor: str | None) -> Iterator[StepResult]:
        scripts: list[tuple[int, ...]] = [()]
        while scripts:
            script = scripts.pop()
            try:
                yield step(self.on, machine, cpu, actor, _scripted(script))
            except _Ask as ask:
                scripts += [(*script, value) for value in self.choices(ask)]

    def canonical(self, machine: Machine) -> Machine:
        """Return the machine with dead locals zero, CPUs sorted and TOKEN values renamed by first use."""
        machine = replace(machine, cpus=tuple(sorted(map(self._without_dead, machine.cpus), key=_order)))
        names: dict[int, int] = {}
        ghosts = tuple(
            names.setdefault(value, len(names)) if ghost.kind is Kind.TOKEN else value
            for ghost, value in zip(self.program.ghosts, machine.ghosts, strict=True)
        )
        cpus = tuple(here and self._renamed(here, names) for here in machine.cpus)
        return replace(machine, ghosts=ghosts, cpus=cpus)

    def _without_dead(self, here: Inside | None) -> Inside | None:
        if here is None:
            return None
        live = self.live[here.actor][here.node]
        variables = self.program.actors[here.actor].body.locals
        values = (v if x.name in live else 0 for x, v in zip(variables, here.locals, strict=True))
        return replace(here, locals=tuple(values))

    def _renamed(self, here: Inside, names: dict[int, int]) -> Inside:
        live = self.live[here.actor][here.node]
        variables = self.program.actors[here.actor].body.locals
        values = (
            names.setdefault(v, len(names)) if x.kind is Kind.TOKEN and x.name in live else v
            for x, v in zip(variables, here.locals, strict=True)
        )
        return replace(here, locals=tuple(values))

    def note_state(self, machine: Machine, depth: int) -> None:
        quiet = all(here is None for here in machine.cpus)
        stated = (p for p in self.program.properties if p.predicate is not None)
        self.checks |= {p.id for p in stated if quiet or p.kind.value == "always"}
        for name in violated_states(self.on, machine):
            self.depths.setdefault(name, depth)

    def note_events(self, events: tuple[Event, ...], actor: str | None, depth: int) -> None:
        for event in events:
            if isinstance(event, CheckRan):
                self.checks.add(event.property)
                if not event.holds:
                    self.depths.setdefault(event.property, depth)
            elif isinstance(event, Finished) and actor is not None:
                self.finished.add(actor)

    def successors(self, machine: Machine, depth: int) -> Iterator[Machine]:
        for cpu, actor in enabled(self.on, machine):
            here = machine.cpus[cpu]
            for result in self.results(machine, cpu, actor):
                self.note_events(result.run.events, result.run.actor, depth)
                if result.machine is not None:
                    self.steps.add((result.run.actor, None if here is None else here.node))
                    yield self.canonical(result.machine)


def explore(
    program: Program,
    cpus: int,
    *,
    limit: int = 200_000,
    depth: int | None = None,
    inputs_limit: int = 64,
    partial: bool = False,
) -> Found:
    """Return what is reachable with ``cpus`` CPUs, within ``depth`` steps where given.

    Raises SearchLimitError beyond ``limit`` machines or ``inputs_limit`` values of one input. Where ``partial``, it
    returns what it found until then, with ``complete`` False: the violations are real, and there may be more.
    """
    on = _Search(program, cpus, inputs_limit)
    seen: dict[Machine, None] = {}
    try:
        complete = _visit(on, cpus, seen, limit, depth)
    except SearchLimitError:
        if not partial:
            raise
        complete = False
    return Found(on.depths, len(seen), *map(frozenset, (on.checks, on.finished, on.steps)), complete=complete)


def _visit(on: _Search, cpus: int, seen: dict[Machine, None], limit: int, depth: int | None) -> bool:
    """Visit machines breadth first; return whether none is left."""
    for machine, events in on.starts(cpus):
        on.note_events(events, None, 0)
        seen.setdefault(on.canonical(machine))
    frontier, level = list(seen), 0
    for machine in frontier:
        on.note_state(machine, 0)
    while frontier and (depth is None or level < depth):
        level += 1
        found: list[Machine] = []
        for machine in frontier:
            for after in on.successors(machine, level):
                if after not in seen:
                    if len(seen) >= limit:
                        raise SearchLimitError(f"more than {limit} states")
                    seen[after] = None
                    on.note_state(after, level)
                    found.append(after)
        frontier = found
    return not frontier


def search(program: Program, cpus: int, *, limit: int = 200_000) -> dict[str, int]:
    """Return the least depth of each violated property over all reachable machines; see ``explore``."""
    return explore(program, cpus, limit=limit).depths
