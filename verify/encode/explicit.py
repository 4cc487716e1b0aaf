"""The exact encoding of n CPUs: each has its own program counter and locals.

Names in the system: cells and ghosts keep theirs; ``cpu0.pc`` is 0 outside and else one more than
the index of the location in ``Compiled.locations``; ``cpu0.put.ret`` is a live local, zero where it
is not live; ``entries.boot`` counts the entries of an actor with ACTOR_MAX.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from verify.encode.steps import Compiled, Location, ProgramStep, StateProperty, Target
from verify.program.errors import reject
from verify.program.program import TOKEN_WIDTH, Actor, Kind, Program, PropertyKind
from verify.system.system import (
    Check,
    Input,
    Outcome,
    StateCheck,
    StateVar,
    Step,
    TransitionSystem,
)
from verify.term.build import (
    FALSE,
    TRUE,
    bvadd,
    bvand,
    bvnot,
    bvult,
    conj,
    const,
    eq,
    implies,
    ite,
    ne,
    substitute_all,
    symbol,
    zext,
)
from verify.term.term import Term


def pc_values(compiled: Compiled) -> Mapping[tuple[str, int], int]:
    """Return the program counter of each location, by actor name and node."""
    return {(loc.actor, loc.node): i + 1 for i, loc in enumerate(compiled.locations)}


def pc_width(compiled: Compiled) -> int:
    """Return the width in bits of a program counter."""
    return max(1, len(compiled.locations).bit_length())


def at_location(compiled: Compiled, cpu: int, location: Location | None) -> Term:
    """Return the width-1 term: this CPU is at this location (None: outside every actor)."""
    value = 0 if location is None else pc_values(compiled)[location.actor, location.node]
    width = pc_width(compiled)
    return eq(symbol(f"cpu{cpu}.pc", width), const(value, width))


def local_var(cpu: int, name: str) -> str:
    """Return the name of a CPU's copy of a local."""
    return f"cpu{cpu}.{name}"


def inside_actor(compiled: Compiled, cpu: int, actor: str) -> Term:
    """Return the width-1 term: this CPU is inside this actor."""
    outside = (bvnot(at_location(compiled, cpu, loc)) for loc in compiled.locations if loc.actor == actor)
    return bvnot(conj(outside))


def encode(compiled: Compiled, cpus: int) -> TransitionSystem:
    """Return the transition system of exactly ``cpus`` CPUs.

    Raises:
        InputError: more live TOKENs than TOKEN values, more CPUs than CPUS(max), or a variable with
            a name of the encoding's own, such as a shared ``cpu0.pc``.
    """
    _check_bounds(compiled, cpus)
    check_names(_state(compiled, cpus))
    outside = TRUE
    for cpu in range(cpus):
        outside = bvand(outside, at_location(compiled, cpu, None))
    return TransitionSystem(
        _state(compiled, cpus),
        compiled.init_inputs,
        _init(compiled, cpus),
        conj((compiled.init_guard, *(i.in_range for i in compiled.init_inputs))),
        tuple(_step(compiled, cpus, cpu, step) for cpu in range(cpus) for step in compiled.steps),
        (*(_state_check(p, outside) for p in compiled.state_properties), *never_checked(compiled)),
    )


def never_checked(compiled: Compiled) -> tuple[StateCheck, ...]:
    """Return, for each property that no step and no state checks, a check that is never reached.

    The system then knows every property of the program, and reach shows these to be vacuous.
    """
    known = {c.property for s in compiled.steps for c in s.checks} | {p.property.id for p in compiled.state_properties}
    return tuple(StateCheck(p.id, FALSE, FALSE, p.span) for p in compiled.program.properties if p.id not in known)


def _check_bounds(compiled: Compiled, cpus: int) -> None:
    program = compiled.program
    if program.cpus_max is not None and cpus > program.cpus_max:
        raise reject(None, f"{cpus} CPUs asked for, but the spec has CPUS({program.cpus_max})", "ask for fewer CPUs")
    per_cpu = max((sum(v.kind is Kind.TOKEN for v in a.body.locals) for a in program.actors), default=0)
    ghosts = sum(g.kind is Kind.TOKEN for g in program.ghosts)
    if cpus * per_cpu + ghosts + 1 >= 1 << TOKEN_WIDTH:
        raise reject(None, "more TOKENs can be live at once than this tool has token values", "ask for fewer CPUs")


def check_names(state: tuple[StateVar, ...]) -> None:
    """Two variables of one name would be one variable to a solver."""
    seen: set[str] = set()
    for var in state:
        if var.name in seen:
            raise reject(None, f"the name '{var.name}' is used by the encoding itself", "rename the shared variable")
        seen.add(var.name)


def shared_state(program: Program) -> tuple[StateVar, ...]:
    """Return the variables of cells, ghosts and entry counters."""
    shared = [StateVar(c.name, c.width, c.kind is Kind.SIGNED, None) for c in program.cells]
    shared += [StateVar(g.name, g.width, g.kind is Kind.SIGNED, None) for g in program.ghosts]
    for actor in program.actors:
        if actor.max_entries is not None:
            shared.append(StateVar(f"entries.{actor.name}", entries_width(actor), signed=False, cpu=None))
    return tuple(shared)


def _state(compiled: Compiled, cpus: int) -> tuple[StateVar, ...]:
    shared = [*shared_state(compiled.program)]
    for cpu in range(cpus):
        shared.append(StateVar(f"cpu{cpu}.pc", pc_width(compiled), signed=False, cpu=cpu))
        held = {v.name: v for loc in compiled.locations for v in loc.live}
        shared += [StateVar(local_var(cpu, v.name), v.width, v.kind is Kind.SIGNED, cpu) for v in held.values()]
    return tuple(shared)


def entries_width(actor: Actor) -> int:
    return max(1, (actor.max_entries or 0).bit_length())


def _init(compiled: Compiled, cpus: int) -> tuple[tuple[str, Term], ...]:
    start = dict(compiled.init)
    return tuple((v.name, start.get(v.name, const(0, v.width))) for v in _state(compiled, cpus))


def _state_check(prop: StateProperty, outside: Term) -> StateCheck:
    reached = outside if prop.property.kind is PropertyKind.QUIESCENT else TRUE
    return StateCheck(prop.property.id, reached, bvand(reached, bvnot(prop.holds)), prop.property.span)


@dataclass(frozen=True, slots=True)
class Renamed:
    """The reading of a program step's terms for one CPU: what stands for each of its locals."""

    mapping: Mapping[Term, Term]

    def of(self, term: Term) -> Term:
        return substitute_all((term,), self.mapping)[0]


def renaming(compiled: Compiled, cpu: int) -> Renamed:
    """Return the reading in which a CPU's locals are its own state variables."""
    held = {v.name: v for loc in compiled.locations for v in loc.live}
    return Renamed({symbol(v.name, v.width): symbol(local_var(cpu, v.name), v.width) for v in held.values()})


def _step(compiled: Compiled, cpus: int, cpu: int, step: ProgramStep) -> Step:
    own = renaming(compiled, cpu)
    start = conj(
        (
            at_location(compiled, cpu, step.source),
            *_entry_guards(compiled, cpus, step),
            *(i.in_range for i in step.inputs),
            *(own.of(t) for t in _freshness(compiled, cpus, cpu, step)),
        )
    )
    updates = [(name, own.of(value)) for name, value in cpu_updates(compiled, cpu, step)]
    return made_step(step, cpu, f"cpu{cpu}: ", start, own, updates, step.inputs)


def made_step(
    step: ProgramStep,
    cpu: int,
    prefix: str,
    start: Term,
    own: Renamed,
    updates: Sequence[tuple[str, Term]],
    inputs: tuple[Input, ...],
) -> Step:
    """Return a step that is possible where ``start`` and the program step's own guard hold.

    Checks hold wherever the step could start; freshness and ranges restrict the inputs only.
    """
    checks = tuple(
        Check(c.property, bvand(start, own.of(c.reached)), bvand(start, own.of(c.violated)), c.span)
        for c in step.checks
    )
    ends = tuple(
        Outcome(outcome_label(t), bvand(start, own.of(t.when)), t.location is None and not t.bug) for t in step.targets
    )
    guard = bvand(start, own.of(step.guard))
    return Step(f"{prefix}{step_label(step)}", cpu, step.actor, guard, tuple(updates), inputs, checks, ends, step.span)


def step_label(step: ProgramStep) -> str:
    verb = "enters" if step.source is None else "in"
    return f"{verb} {step.actor}: {step.operation or 'ghost code only'} at {step.span.file}:{step.span.line}"


def outcome_label(target: Target) -> str:
    if target.location is None:
        return "BUG" if target.bug else "done"
    return f"to {target.location.operation} at {target.location.span.file}:{target.location.span.line}"


def _entry_guards(compiled: Compiled, cpus: int, step: ProgramStep) -> list[Term]:
    if step.source is not None:
        return []
    actor = next(a for a in compiled.program.actors if a.name == step.actor)
    guards = []
    if actor.max_entries is not None:
        width = entries_width(actor)
        guards.append(bvult(symbol(f"entries.{actor.name}", width), const(actor.max_entries, width)))
    if actor.limit is not None and actor.limit < cpus:
        width = cpus.bit_length()
        inside = const(0, width)
        for cpu in range(cpus):
            inside = bvadd(inside, zext(inside_actor(compiled, cpu, actor.name), width))
        guards.append(bvult(inside, const(actor.limit, width)))
    return guards


def _freshness(compiled: Compiled, cpus: int, cpu: int, step: ProgramStep) -> list[Term]:
    """A fresh token differs from every live one: the running CPU's, the ghosts' and the other CPUs'."""
    constraints = []
    for fresh in step.fresh:
        value = symbol(fresh.name, TOKEN_WIDTH)
        constraints += [implies(fresh.path, ne(value, own)) for own in fresh.own]
        for other in range(cpus):
            for location in compiled.locations if other != cpu else ():
                for local in location.live:
                    if local.kind is Kind.TOKEN:
                        held = symbol(local_var(other, local.name), TOKEN_WIDTH)
                        here = bvand(fresh.path, at_location(compiled, other, location))
                        constraints.append(implies(here, ne(value, held)))
    return constraints


def entry_counters(compiled: Compiled, step: ProgramStep) -> list[tuple[str, Term]]:
    """Return the update of the actor's entry counter, if the step enters an actor with ACTOR_MAX."""
    actor = next(a for a in compiled.program.actors if a.name == step.actor)
    if step.source is not None or actor.max_entries is None:
        return []
    count = symbol(f"entries.{actor.name}", entries_width(actor))
    return [(count.name, bvadd(count, const(1, count.width)))]


def cpu_updates(compiled: Compiled, cpu: int, step: ProgramStep) -> list[tuple[str, Term]]:
    """Return the updates of a step of a CPU that has its own state variables, over the program's locals."""
    updates = [*step.updates, *entry_counters(compiled, step)]
    if not step.targets:
        return updates
    values = pc_values(compiled)
    width = pc_width(compiled)
    pc = const(0, width)
    set_here = {v.name: v for v in step.source.live} if step.source else {}
    set_here |= {v.name: v for t in step.targets if t.location for v in t.location.live}
    locals_after: dict[str, Term] = {name: const(0, v.width) for name, v in set_here.items()}
    for target in reversed(step.targets):
        at = 0 if target.location is None else values[target.location.actor, target.location.node]
        live = dict(zip((v.name for v in target.location.live), target.locals, strict=True)) if target.location else {}
        pc = ite(target.when, const(at, width), pc)
        for name, value in locals_after.items():
            locals_after[name] = ite(target.when, live.get(name, const(0, value.width)), value)
    updates.append((f"cpu{cpu}.pc", pc))
    updates += [(local_var(cpu, name), value) for name, value in sorted(locals_after.items())]
    return updates


def in_entry_order(compiled: Compiled, system: TransitionSystem, cpus: int) -> TransitionSystem:
    """Return the system in which a CPU may enter only while all CPUs before it are inside.

    CPUs outside are in the same state, so every run of the system becomes one of these by renaming
    the CPU that enters. A search for violations can use it; no certificate speaks of it. The steps
    keep their indices, and every run of the result is a run of the system.
    """
    outside = [at_location(compiled, cpu, None) for cpu in range(cpus)]
    count = len(compiled.steps)
    steps = []
    for index, step in enumerate(system.steps):
        if compiled.steps[index % count].source is None and step.cpu:
            order = conj(bvnot(outside[cpu]) for cpu in range(step.cpu))
            checks = tuple(
                replace(c, reached=bvand(order, c.reached), violated=bvand(order, c.violated)) for c in step.checks
            )
            steps.append(replace(step, guard=bvand(order, step.guard), checks=checks))
        else:
            steps.append(step)
    return replace(system, steps=tuple(steps))
