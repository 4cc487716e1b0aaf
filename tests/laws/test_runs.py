"""Law 3: every concrete run satisfies the unrolled transition relation, and nothing but a run does."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import programs
from tests.explicit_search import _Search
from tests.laws.depth import examples
from tests.random_programs import small_programs
from verify.encode.explicit import encode, pc_values
from verify.encode.steps import Compiled, compile_program
from verify.program.flow import live_locals
from verify.program.interpret import Chooser, Interpreter, ReplayError, enabled, interpreter, start, step
from verify.program.program import Program
from verify.program.run import Drew, Machine
from verify.smt.select import engine_solver
from verify.smt.solver import Solver, Status
from verify.system.system import TransitionSystem
from verify.system.unroll import initial, transition
from verify.term.build import conj, const, eq, symbol
from verify.term.semantics import mask
from verify.term.term import Term

LENGTH: Final = 5
SLOW: Final = list(HealthCheck)
KNOWN: Final = (
    programs.counter(3, broken=True),
    programs.lock(broken=True),
    programs.founding_race(4),
    programs.generations(),
    programs.waiting(),
    programs.batches(),
)


def valuation(compiled: Compiled, system: TransitionSystem, machine: Machine) -> Mapping[str, int]:
    """Return the value of every state variable; locals that nothing will read are zero."""
    program = compiled.program
    known = {v.name: 0 for v in system.state}
    known |= {c.name: value for c, value in zip(program.cells, machine.cells, strict=True)}
    known |= {g.name: value for g, value in zip(program.ghosts, machine.ghosts, strict=True)}
    for actor, entries in zip(program.actors, machine.entries, strict=True):
        if actor.max_entries is not None:
            known[f"entries.{actor.name}"] = entries
    for cpu, here in enumerate(machine.cpus):
        if here is not None:
            actor = program.actors[here.actor]
            known[f"cpu{cpu}.pc"] = pc_values(compiled)[actor.name, here.node]
            live = live_locals(actor.body)[here.node]
            held = zip(actor.body.locals, here.locals, strict=True)
            known |= {f"cpu{cpu}.{v.name}": value for v, value in held if v.name in live}
    return known


def state_at(system: TransitionSystem, values: Mapping[str, int], time: int) -> Term:
    return conj(eq(symbol(f"{v.name}@{time}", v.width), const(values[v.name], v.width)) for v in system.state)


def any_value(chance: random.Random, chosen: dict[str, int]) -> Chooser:
    def choose(name: str, width: int, low: int, high: int) -> int:
        chosen[name] = chance.randint(low, min(high, low + 5)) & mask(width)
        return chosen[name]

    return choose


def some_step(on: Interpreter, machine: Machine, chance: random.Random) -> tuple[Machine, dict[str, int]] | None:
    """Return the machine after a random step that happens, and the inputs it drew; None where none was found."""
    moves = enabled(on, machine)
    for cpu, actor in chance.sample(moves, len(moves)):
        chosen: dict[str, int] = {}
        result = step(on, machine, cpu, actor, any_value(chance, chosen))
        if result.machine is not None:
            assert len([e for e in result.run.events if isinstance(e, Drew)]) == len(chosen)
            return result.machine, chosen
    return None


def first_machine(on: Interpreter, cpus: int, chance: random.Random) -> tuple[Machine, dict[str, int]] | None:
    for _ in range(20):
        chosen: dict[str, int] = {}
        try:
            return start(on, cpus, any_value(chance, chosen))[0], chosen
        except ReplayError:
            continue
    return None


def inputs_at(system: TransitionSystem, chosen: Mapping[str, int], time: int | str) -> Term:
    widths = {i.name: i.width for s in system.steps for i in s.inputs} | {i.name: i.width for i in system.init_inputs}
    return conj(eq(symbol(f"{n}@{time}", widths[n]), const(value, widths[n])) for n, value in chosen.items())


def satisfies(solver: Solver, *terms: Term) -> bool:
    status = solver.check(terms, 20)
    assert status is not Status.UNKNOWN
    return status is Status.SAT


def denied(program: Program, cpus: int, seed: int) -> list[str]:
    """Unroll along one random run, ask at every step, and return where the relation is wrong: all of it up to there."""
    chance = random.Random(seed)
    compiled = compile_program(program)
    system, on, solver = encode(compiled, cpus), interpreter(program), engine_solver()
    begun = first_machine(on, cpus, chance)
    if begun is None:
        return []
    machine, chosen = begun
    solver.add(initial(system))
    solver.add(state_at(system, valuation(compiled, system, machine), 0))
    if not satisfies(solver, inputs_at(system, chosen, "init")):
        return [f"the run cannot begin with {chosen}"]
    for time in range(LENGTH):
        solver.add(transition(system, time))
        taken = some_step(on, machine, chance)
        exact = not any(g.kind.value == "token" for g in program.ghosts)
        wrong = misjudged(compiled, system, machine, cpus, time, solver, chance) if exact else []
        if wrong or taken is None:
            return wrong
        machine, chosen = taken
        after = state_at(system, valuation(compiled, system, machine), time + 1)
        if not satisfies(solver, after, inputs_at(system, chosen, time)):
            return [f"step {time} cannot be taken with {chosen}"]
        solver.add(after)
    return []


def misjudged(
    compiled: Compiled,
    system: TransitionSystem,
    machine: Machine,
    cpus: int,
    time: int,
    solver: Solver,
    chance: random.Random,
) -> list[str]:
    """Of the states beside a successor, or beside this state, return those that satisfy the relation but are no
    successors, and the successors that do not."""
    every = _Search(compiled.program, cpus, 64)
    moves = enabled(every.on, machine)
    results = (r.machine for cpu, actor in moves for r in every.results(machine, cpu, actor))
    successors = [valuation(compiled, system, m) for m in results if m is not None]
    here = valuation(compiled, system, machine)
    wrong: list[str] = []
    for base in (here, *chance.sample(successors, min(2, len(successors)))):
        for _ in range(3):
            flipped = chance.choice(system.state)
            other = {**base, flipped.name: base[flipped.name] ^ 1 << chance.randrange(flipped.width)}
            for claimed in (base, other):
                if satisfies(solver, state_at(system, claimed, time + 1)) != (claimed in successors):
                    wrong.append(f"after step {time}: {claimed}")  # noqa: PERF401 - three loops deep
    return wrong


@given(small_programs(), st.integers(1, 3), st.integers(0, 999))
@settings(max_examples=examples(16), suppress_health_check=SLOW)
def test_every_run_satisfies_the_unrolled_relation_and_its_neighbours_do_not(
    program: Program, cpus: int, seed: int
) -> None:
    assert denied(program, cpus, seed) == []


@pytest.mark.slow
def test_runs_of_known_programs_satisfy_the_unrolled_relation() -> None:
    for program in KNOWN:
        for seed in range(3):
            assert denied(program, 2, seed) == []
