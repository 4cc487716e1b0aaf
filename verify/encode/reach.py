"""Goals: what should be possible in a sound spec, as the properties of a second system.

The system has the same states and steps; its "violations" are the goals. A counterexample is then
a run that reaches a goal, and a proof shows that the goal can never be reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from verify.encode.steps import Compiled, ProgramStep, Target
from verify.program.program import Property, PropertyKind
from verify.system.system import Check, StateCheck, Step, TransitionSystem
from verify.term.build import FALSE, TRUE

INIT_GOAL: Final = "INIT completes"


def actor_goal(actor: str) -> str:
    """Return the name of the goal: a CPU finishes the actor."""
    return f"actor {actor} finishes"


def check_goal(property_id: str) -> str:
    """Return the name of the goal: a check of the property is evaluated."""
    return f"check {property_id} is reached"


def step_goal(step: ProgramStep, target: Target) -> str:
    """Return the name of the goal: this step ends in this way."""
    start = f"{step.actor}: {'enters' if step.source is None else 'continues'}"
    where = f"{step.operation or 'no access'} at {step.span.file}:{step.span.line}"
    if target.location is None:
        return f"{start}, {where}, {'BUG' if target.bug else 'done'}"
    there = target.location
    return f"{start}, {where}, to {there.operation} at {there.span.file}:{there.span.line}"


def has_reachable_check(prop: Property) -> bool:
    """Tell whether reaching the property is a goal: an ALWAYS is evaluated in every state."""
    return prop.kind is not PropertyKind.ALWAYS


def reach_system(compiled: Compiled, system: TransitionSystem) -> TransitionSystem:
    """Return the explicit system with goals in place of properties."""
    count = len(compiled.steps)
    steps = tuple(_with_goals(compiled.steps[i % count], step) for i, step in enumerate(system.steps))
    asked = {p.id for p in compiled.program.properties if has_reachable_check(p)}
    states = (
        replace(c, property=check_goal(c.property), violated=c.reached)
        for c in system.state_checks
        if c.property in asked
    )
    ends = {s.actor for s in system.steps for o in s.outcomes if o.finishes}
    endless = (
        StateCheck(actor_goal(a.name), FALSE, FALSE, a.span) for a in compiled.program.actors if a.name not in ends
    )
    begun = StateCheck(INIT_GOAL, TRUE, TRUE, compiled.program.init.nodes[-1].span)
    return replace(system, steps=steps, state_checks=(*states, *endless, begun))


def _with_goals(made_from: ProgramStep, step: Step) -> Step:
    return replace(step, checks=tuple(_goals(made_from, step)))


def _goals(made_from: ProgramStep, step: Step) -> Iterator[Check]:
    for check in step.checks:
        yield replace(check, property=check_goal(check.property), violated=check.reached)
    for target, outcome in zip(made_from.targets, step.outcomes, strict=True):
        yield Check(step_goal(made_from, target), outcome.when, outcome.when, step.span)
        if outcome.finishes:
            yield Check(actor_goal(step.actor), outcome.when, outcome.when, step.span)


def goals(compiled: Compiled) -> tuple[str, ...]:
    """Return the names of all goals, sorted."""
    named = {actor_goal(a.name) for a in compiled.program.actors}
    named |= {check_goal(p.id) for p in compiled.program.properties if has_reachable_check(p)}
    named |= {step_goal(step, target) for step in compiled.steps for target in step.targets}
    return tuple(sorted(named))
