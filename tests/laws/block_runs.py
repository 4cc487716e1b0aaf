"""Blocks taken apart: the single steps of the interpreter that a block, or an accelerated step, stands for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from verify.check.blocks import replay_blocks
from verify.check.checked import BlockReplay
from verify.encode.counting import encode_counting
from verify.encode.steps import Compiled
from verify.engines.accelerate import TIMES, Accelerated, Faster, accelerate
from verify.engines.facts import infer_facts
from verify.engines.leap import Limits, leap
from verify.engines.messages import Budget, Candidate, Message
from verify.engines.sample import Plan, sample, simulator
from verify.program.flow import live_locals
from verify.program.interpret import Interpreter, interpreter, start, step, violated_states
from verify.program.program import Program
from verify.program.run import Inside, Machine
from verify.smt.z3_solver import z3_solver
from verify.system.system import Input
from verify.term.compiled import compiled as compiled_terms
from verify.term.semantics import evaluate, evaluate_all, mask
from verify.verdict.answer import Block, BlockTrace

Env = dict[str, int]


def budget(seconds: float = 20) -> Budget:
    return Budget(time.monotonic() + seconds)


def faster(compiled: Compiled) -> Faster:
    return accelerate(encode_counting(compiled, infer_facts(compiled, z3_solver(), budget())))


def candidates(made: Faster, states: int = 300) -> tuple[BlockTrace, ...]:
    """Return the runs in blocks that the engine proposes."""
    found: list[BlockTrace] = []

    def send(message: Message) -> None:
        if isinstance(message, Candidate):
            found.append(message.trace)

    leap(made, made.system.properties(), Limits(depth=6, states=states), budget(), send)
    return tuple(found)


def wrong_accelerations(made: Faster, states: int = 40) -> list[str]:
    """Return where a possible accelerated step is not that many possible steps with the same result."""
    system = made.counting.system
    rows = sample(system, simulator(system), Plan(runs=6, length=8), budget())[:states]
    slots = simulator(made.system).slots
    guards = compiled_terms([one.step.guard for one in made.accelerated], slots)
    told = []
    for (one, guard), row in product(zip(made.accelerated, guards, strict=True), rows):
        for inputs in _inputs(one.step.inputs):
            values = [*row, *(inputs.get(name, 0) for name in list(slots)[len(row) :])]
            env = dict(zip((v.name for v in system.state), row, strict=True))
            if guard(values) and not _same_result(one, env, inputs):
                told.append(f"{one.step.label} from {env} with {inputs}")
    return told


def _inputs(inputs: Sequence[Input]) -> Iterator[Env]:
    if all(i.name != TIMES for i in inputs):
        return
    ranges = [range(2, 18) if i.name == TIMES else dict.fromkeys((i.low, i.high)) for i in inputs]
    for values in product(*ranges):
        yield {i.name: n & mask(i.width) for i, n in zip(inputs, values, strict=True)}


def _same_result(one: Accelerated, env: Env, inputs: Env) -> bool:
    origin = one.single
    now = dict(env)
    for _ in range(inputs[TIMES]):
        here = now | inputs | dict(one.bound)
        if not evaluate(origin.outcomes[one.outcome].when, here):
            return False
        values = evaluate_all((v for _, v in origin.updates), here)
        now |= dict(zip((n for n, _ in origin.updates), values, strict=True))
    values = evaluate_all((v for _, v in one.step.updates), env | inputs)
    return now == env | dict(zip((n for n, _ in one.step.updates), values, strict=True))


def wrong_blocks(program: Program, traces: Sequence[BlockTrace], cpus: int) -> list[str]:
    """Return which of the traces that the replay in blocks accepts differ from their single steps."""
    told = []
    for trace in traces:
        ran = replay_blocks(program, trace)
        if isinstance(ran, BlockReplay):
            told += [f"{fault} in {trace}" for fault in _faults(program, ran, cpus)]
    return told


def _faults(program: Program, ran: BlockReplay, cpus: int) -> Iterator[str]:
    on = interpreter(program)
    given = dict(ran.trace.initial_inputs)
    machine, _ = start(on, cpus, lambda name, *_: given.get(name))
    shown: tuple[str, ...] = violated_states(on, machine)
    for number, (block, claimed) in enumerate(zip(ran.trace.blocks, ran.blocks, strict=True), 1):
        movers = [i for i, here in enumerate(machine.cpus) if _fits(on, block, here)]
        stands: int | None = None
        for turn in range(block.times):
            outside = [i for i, here in enumerate(machine.cpus) if here is None]
            able = movers[turn:] if block.node is not None else outside
            if not able:
                yield f"block {number} has no CPU for its step {turn + 1}"
                return
            inputs = dict(block.inputs)
            enter = block.actor if block.node is None else None
            result = step(on, machine, able[0], enter, lambda name, *_: inputs.get(name))  # noqa: B023
            broken = set(result.violated)
            for further in block.more:
                if result.machine is not None:
                    result = step(on, result.machine, able[0], None, lambda name, *_: dict(further).get(name))  # noqa: B023
                    broken |= set(result.violated)
            if block.relay is not None and result.machine is not None:
                entered = able[0]
                stands = _first_standing(on, block, result.machine, entered) if turn == 0 else stands
                if stands is None or result.machine.cpus[entered] is None:
                    yield f"block {number} has nobody who leaves in its turn {turn + 1}"
                    return
                result = step(on, result.machine, stands, None, lambda name, *_: dict(block.relay or ()).get(name))  # noqa: B023
                broken |= set(result.violated)
                if result.machine is None or result.machine.cpus[stands] is not None:
                    yield f"block {number}: who stood there stays in turn {turn + 1}"
                    return
                stands = entered
            shown = tuple(sorted(broken))
            if result.machine is None:
                break
            machine = result.machine
        if result.machine is None and number < len(ran.blocks):
            yield f"block {number} stops after {turn} steps"
            return
        if ran.trace.at_state or number < len(ran.blocks):
            shown = violated_states(on, machine)
        if (machine.cells, machine.ghosts) != claimed.after or _where(on, machine) != claimed.inside:
            yield f"block {number} ends in {machine}"
            return
    if ran.trace.property not in shown:
        yield "no violation"


def _first_standing(on: Interpreter, block: Block, machine: Machine, entered: int) -> int | None:
    """Return a CPU that stands where another one just came to, with the locals of who stands first in a relay."""
    where = machine.cpus[entered]
    for i, here in enumerate(machine.cpus):
        if i != entered and where is not None and _fits(on, replace(block, node=where.node), here):
            return i
    return None


def _fits(on: Interpreter, block: Block, here: Inside | None) -> bool:
    if here is None or on.program.actors[here.actor].name != block.actor or here.node != block.node:
        return False
    body = on.program.actors[here.actor].body
    live = live_locals(body)[here.node]
    held = {v.name: n for v, n in zip(body.locals, here.locals, strict=True) if v.name in live}
    return held == dict(block.locals)


def _where(on: Interpreter, machine: Machine) -> tuple[tuple[str, int, int], ...]:
    places = [(here.actor, here.node) for here in machine.cpus if here is not None]
    return tuple((on.program.actors[a].name, n, places.count((a, n))) for a, n in sorted(set(places)))
