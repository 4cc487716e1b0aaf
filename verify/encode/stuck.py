"""CPUs that wait: where a CPU inside an actor may be unable to step, as properties of derived systems.

A *place* is a step that goes on inside an actor and whose guard can be false: only a WAIT or a late
ASSUME makes one. The first system asks for states in which a CPU is blocked at a place; the second
starts in one such state and asks whether that CPU ever steps again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice, product
from typing import Final

from verify.encode.explicit import at_location, encode, local_var
from verify.encode.steps import Compiled, ProgramStep
from verify.system.system import Check, Input, StateCheck, TransitionSystem
from verify.term.build import FALSE, TRUE, bvand, bvnot, conj, const, disj, substitute_all, symbol
from verify.term.semantics import evaluate_all
from verify.term.term import Term, symbols

STEPS_AGAIN: Final = "the CPU steps again"
"""The property of ``waiting_system``: violated where the CPU can step."""

_ALL_VALUES: Final = 16
_ALL_CHOICES: Final = 256
"""Up to this many values of an input are tried one by one; of a larger range only its ends."""


def waiting_places(compiled: Compiled) -> tuple[ProgramStep, ...]:
    """Return the steps inside actors that may be blocked. Empty for a program without WAITs and late ASSUMEs."""
    return tuple(s for s in compiled.steps if s.source is not None and s.guard is not TRUE)


def place_name(place: ProgramStep) -> str:
    """Return a place in words: the actor, the operation and its C line."""
    return f"{place.actor}, {place.operation} at {place.span.file}:{place.span.line}"


def blocked_goals(place: ProgramStep) -> tuple[str, ...]:
    """Return the names of the goals at a place: those that more likely last for ever come first."""
    return tuple(f"{shape} in {place_name(place)}" for shape in ("blocked alone", "all CPUs blocked", "blocked"))


def _can_step(place: ProgramStep) -> Term:
    """Return a width-1 term over the state that implies: some values of the inputs let the step happen.

    Not every state in which the step can happen need satisfy it. A FRESH value could be any that is
    not live, so a guard that looks at one implies nothing here.
    """
    seen = {s.name for s in symbols((place.guard,))}
    if seen & {f.name for f in place.fresh}:
        return FALSE
    asked = [i for i in place.inputs if i.name in seen]
    # With many inputs the first choices stand for all: fewer only make more places look blocked,
    # and whether a CPU there can ever step again is then asked with its exact guard.
    choices = islice(product(*(_instances(i) for i in asked)), _ALL_CHOICES)
    return disj(
        substitute_all((place.guard,), {i.term: const(v, i.width) for i, v in zip(asked, values, strict=True)})[0]
        for values in choices
    )


def _instances(given: Input) -> Sequence[int]:
    few = given.high - given.low < _ALL_VALUES
    values = range(given.low, given.high + 1) if few else (given.low, given.high)
    return [v % (1 << given.width) for v in values]


def _blocked(compiled: Compiled, place: ProgramStep, cpu: int) -> Term:
    live = place.source.live if place.source else ()
    rename = {symbol(v.name, v.width): symbol(local_var(cpu, v.name), v.width) for v in live}
    can = substitute_all((_can_step(place),), rename)[0]
    return bvand(at_location(compiled, cpu, place.source), bvnot(can))


def blocked_system(compiled: Compiled, system: TransitionSystem, cpus: int) -> TransitionSystem:
    """Return the explicit system whose only properties are the blocked goals of every waiting place."""
    places = waiting_places(compiled)
    blocked = {(place, cpu): _blocked(compiled, place, cpu) for place in places for cpu in range(cpus)}
    outside = [at_location(compiled, cpu, None) for cpu in range(cpus)]
    everyone = conj(disj(blocked[place, cpu] for place in places) for cpu in range(cpus))
    checks = []
    for place in places:
        here = [blocked[place, cpu] for cpu in range(cpus)]
        alone = disj(
            conj((here[cpu], *(outside[other] for other in range(cpus) if other != cpu))) for cpu in range(cpus)
        )
        somebody = disj(here)
        shapes = (alone, bvand(everyone, somebody), somebody)
        checks += [
            StateCheck(name, TRUE, bad, place.span) for name, bad in zip(blocked_goals(place), shapes, strict=True)
        ]
    return replace(system, steps=tuple(replace(s, checks=()) for s in system.steps), state_checks=tuple(checks))


def blocked_cpus(compiled: Compiled, place: ProgramStep, cpus: int, state: Mapping[str, int]) -> tuple[int, ...]:
    """Return the CPUs that are at a place and may be blocked there, in a state given by variable names."""
    found = evaluate_all([_blocked(compiled, place, cpu) for cpu in range(cpus)], state)
    return tuple(cpu for cpu, blocked in enumerate(found) if blocked)


def helpers(compiled: Compiled, cpus: int) -> int:
    """Return how many more CPUs, all outside, may come to the aid of a blocked one: one, if CPUS(max) allows."""
    most = compiled.program.cpus_max
    return int(most is None or cpus < most)


def waiting_system(compiled: Compiled, cpus: int, state: Mapping[str, int], cpu: int) -> TransitionSystem:
    """Return the system that starts in ``state`` of ``cpus`` CPUs, with ``helpers`` more CPUs outside.

    Its only property is STEPS_AGAIN, for this CPU. The inputs of a step are its own, so the property
    speaks of the exact guard.
    """
    system = encode(compiled, cpus + helpers(compiled, cpus))
    return replace(
        system,
        init_inputs=(),
        init=tuple((v.name, const(state.get(v.name, 0), v.width)) for v in system.state),
        init_guard=TRUE,
        steps=tuple(
            replace(s, checks=(Check(STEPS_AGAIN, s.guard, s.guard, s.span),) if s.cpu == cpu else ())
            for s in system.steps
        ),
        state_checks=(),
    )
