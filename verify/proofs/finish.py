"""The finishing pass: what is kept depends on the lemmas that were found, not on who found them, or in which order.

The lemmas of all certificates that need one step are put in a fixed order, the shortest text first, and pruned from
the end until none can be dropped. The properties share what is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from verify.encode.counting import encode_counting
from verify.encode.explicit import encode
from verify.encode.steps import Compiled
from verify.engines.messages import Budget
from verify.engines.minimise import Minimiser, enough, prune, question
from verify.smt.select import engine_solvers
from verify.system.system import TransitionSystem, state_violation, step_violation
from verify.term.build import FALSE
from verify.term.term import Term
from verify.term.text import to_text
from verify.verdict.answer import Abstraction, Certificate
from verify.worker.tasks import Finished, Task, run_tasks


def finish(
    compiled: Compiled, certificates: Sequence[Certificate], cpus: int | None, seconds: float
) -> tuple[Certificate, ...] | None:
    """Return the certificates as they are kept, by property, or None where ``seconds`` did not suffice.

    The pruning runs in a worker. ``cpus`` is the number of CPUs of certificates without an abstraction.
    """
    deadline = time.monotonic() + seconds
    told: list[object] = []

    def listen(_task: str, message: object) -> bool:
        told.append(message)
        return False

    def run(send: Callable[[object], None]) -> None:
        send(_finished(compiled, certificates, cpus, Budget(deadline)))

    ending = run_tasks([Task("finish", run)], deadline=deadline + 1, on_message=listen)["finish"]
    match told:
        case [tuple() as kept] if isinstance(ending, Finished):
            return tuple(c for c in kept if isinstance(c, Certificate))
        case _:
            return None


def _finished(
    compiled: Compiled, certificates: Sequence[Certificate], cpus: int | None, budget: Budget
) -> tuple[Certificate, ...] | None:
    kept: list[Certificate] = []
    for abstraction in dict.fromkeys(c.abstraction for c in certificates):
        alike = [c for c in certificates if c.abstraction == abstraction]
        one_step = [c for c in alike if c.k == 0]
        lemmas = ordered(lemma for c in one_step for lemma in c.lemmas)
        system = system_of(compiled, abstraction, cpus)
        pruned = _pruned(system, lemmas, sorted(c.property for c in one_step), budget)
        if pruned is None:
            return None
        kept += [replace(c, lemmas=pruned) for c in one_step]
        kept += [replace(c, lemmas=ordered(c.lemmas)) for c in alike if c.k > 0]
    return tuple(sorted(kept, key=lambda c: c.property))


def ordered(lemmas: Iterable[Term]) -> tuple[Term, ...]:
    """Return distinct lemmas in the order in which they are kept."""
    text = {lemma: to_text(lemma) for lemma in lemmas}
    return tuple(sorted(text, key=lambda lemma: (len(text[lemma]), text[lemma])))


def system_of(compiled: Compiled, abstraction: Abstraction | None, cpus: int | None) -> TransitionSystem:
    """Return the system that a certificate speaks of: a counting one, or that of exactly ``cpus`` CPUs.

    Raises ValueError where neither is given or an abstraction makes no sense, InputError for too many CPUs.
    """
    if abstraction is not None:
        return encode_counting(compiled, abstraction.facts, abstraction.focus).system
    if cpus is None:
        raise ValueError("a certificate for any number of CPUs needs the facts of locations")
    return encode(compiled, cpus)


def _pruned(
    system: TransitionSystem, lemmas: tuple[Term, ...], names: Sequence[str], budget: Budget
) -> tuple[Term, ...] | None:
    bad = dict.fromkeys(t for name in names for t in _violations(system, name) if t is not FALSE)

    limited, unlimited = engine_solvers(limited=True)(), engine_solvers()()
    minimiser = Minimiser(system, limited, budget, unlimited, system.steps)
    closed = enough(minimiser, lemmas, [question(unlimited, t, budget) for t in bad])
    if closed is None:
        return None
    # What is too hard to tell keeps its lemma, on every machine alike.
    minimiser = Minimiser(system, limited, budget, limited, system.steps)
    kept = prune(minimiser, closed, [question(limited, t, budget) for t in bad])
    return None if budget.spent() else kept


def _violations(system: TransitionSystem, name: str) -> tuple[Term, ...]:
    return (*(step_violation(step, name) for step in system.steps), state_violation(system, name))
