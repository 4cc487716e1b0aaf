"""Unrolling: copies of a system's symbols at times 0, 1, 2 …

The relation between time t and t + 1 is: the number ``!step@t`` names a step whose guard holds at
time t, and every variable at time t + 1 has that step's value. It is exactly the step relation of
the system; law 3 compares it with concrete runs.

No two things may share a symbol: ``!step`` is no name that C or ``input_name`` can make, and the
inputs of INIT stand at the time "init", since a step of time 0 may draw one of the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from verify.system.system import Input, Step, TransitionSystem, step_violation
from verify.term.build import FALSE, bvnot, bvult, conj, const, eq, implies, ite, substitute_all, symbol
from verify.term.term import Term, symbols


def at_time(terms: Iterable[Term], time: int) -> tuple[Term, ...]:
    """Return the terms with every symbol ``x`` replaced by ``x@time``."""
    wanted = tuple(terms)
    mapping = {s: symbol(f"{s.name}@{time}", s.width) for s in symbols(wanted)}
    return substitute_all(wanted, mapping)


def choice_width(system: TransitionSystem) -> int:
    """Return the width in bits of ``!step@t``."""
    return max(1, (len(system.steps) - 1).bit_length())


def choice(system: TransitionSystem, time: int) -> Term:
    """Return the symbol for the index of the step that is taken at this time."""
    return symbol(f"!step@{time}", choice_width(system))


def initial_input(given: Input) -> Term:
    """Return the symbol for an input of INIT."""
    return symbol(f"{given.name}@init", given.width)


def chosen(system: TransitionSystem, index: int, time: int) -> Term:
    """Return the width-1 term: the step of this index is taken at this time."""
    return eq(choice(system, time), const(index, choice_width(system)))


def initial(system: TransitionSystem) -> Term:
    """Return the width-1 term that holds exactly in the initial states, at time 0."""
    values = tuple(value for _, value in system.init)
    guard, *starts = substitute_all(
        (system.init_guard, *values), {i.term: initial_input(i) for i in system.init_inputs}
    )
    names = (name for name, _ in system.init)
    return conj((guard, *(eq(symbol(f"{n}@0", v.width), v) for n, v in zip(names, starts, strict=True))))


def next_value(system: TransitionSystem, name: str, width: int, time: int) -> Term:
    """Return the value of a variable after the step taken at ``time``, over symbols of that time."""
    value = symbol(f"{name}@{time}", width)
    for index, step in enumerate(system.steps):
        update = dict(step.updates).get(name)
        if update is not None:
            value = ite(chosen(system, index, time), at_time((update,), time)[0], value)
    return value


def transition(system: TransitionSystem, time: int) -> Term:
    """Return the width-1 term: one step leads from time ``time`` to ``time + 1``."""
    width = choice_width(system)
    parts = []
    if len(system.steps) < 1 << width:
        parts.append(bvult(choice(system, time), const(len(system.steps), width)))
    guards = at_time((s.guard for s in system.steps), time)
    parts += [implies(chosen(system, i, time), guard) for i, guard in enumerate(guards)]
    for var in system.state:
        after = symbol(f"{var.name}@{time + 1}", var.width)
        parts.append(eq(after, next_value(system, var.name, var.width, time)))
    return conj(parts)


def after_step(step: Step, terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return terms over the state, read in the state after ``step``, as terms over the state before."""
    wanted = tuple(terms)
    updates: Mapping[str, Term] = dict(step.updates)
    mapping = {s: updates[s.name] for s in symbols(wanted) if s.name in updates}
    return substitute_all(wanted, mapping)


def init_values(system: TransitionSystem, terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return terms over the state, read in the initial state, as terms over the initial inputs."""
    start = dict(system.init)
    wanted = tuple(terms)
    return substitute_all(wanted, {s: start[s.name] for s in symbols(wanted)})


def unviolated(system: TransitionSystem, property_id: str, time: int) -> Iterator[Term]:
    """Yield: the step taken at a time does not violate the property in its middle."""
    for index, step in enumerate(system.steps):
        bad = step_violation(step, property_id)
        if bad is not FALSE:
            yield implies(chosen(system, index, time), bvnot(at_time((bad,), time)[0]))
