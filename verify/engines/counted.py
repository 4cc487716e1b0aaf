"""Proofs for any number of CPUs: facts of locations, then lemmas over counts and sums."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

from verify.encode.concrete import concretised
from verify.encode.counting import Counting, encode_counting, frame_lemmas
from verify.encode.explicit import encode
from verify.encode.steps import Compiled
from verify.engines.accelerate import accelerate
from verify.engines.facts import infer_facts
from verify.engines.family import Family, single_families
from verify.engines.leap import Limits, far
from verify.engines.messages import Budget
from verify.engines.pinned import pinned_guesses, pins
from verify.engines.sample import Plan, Simulator, State, sample, simulator, walk
from verify.engines.sorcar import Sorcar, decide
from verify.engines.templates import guesses, words_of
from verify.smt.solver import AttemptingSolver
from verify.term.build import TRUE, rebuilt
from verify.term.compiled import compiled as compile_terms
from verify.term.term import Term, postorder
from verify.term.text import TextError, from_text
from verify.verdict.answer import Abstraction, LocationFacts

SAMPLED_CPUS = 3
"""CPUs of the runs from which lemmas are guessed: enough for two that meet a third."""

ALONE = Plan(runs=100)
"""Runs of one CPU."""

CROWD = Plan(runs=10, length=60, again=0.5, seed=2)
"""Runs of the counting system itself, in which many CPUs meet."""

FAR = Limits(depth=4, states=300)
"""Blocks of equal steps, which lead to states where ledgers, counts and words are at their limits."""


PINNED = Limits(depth=5, states=1000)
"""Blocks that lead to where a word was pinned, and ``AROUND`` more steps from each state there."""

AROUND = 6


LONGEST = 20_000
"""Characters of a lemma of earlier evidence that is tried."""

LONG_ENOUGH = 200_000
"""Characters of all of them together; the files that were seen have less than a tenth of it."""

WIDEST = 128
"""Bits of a term in such a lemma. A solver that blasts wider ones may not look at the clock for long."""


@dataclass(slots=True)
class Counted:
    """A search for lemmas about a counting system; ``guessed`` are single guesses that it began with.

    ``violated`` are properties that the system was seen to violate, so that no lemmas exclude them.
    """

    counting: Counting
    abstraction: Abstraction
    frame: tuple[Term, ...]
    search: Sorcar
    guessed: tuple[Term, ...]
    violated: frozenset[str] = frozenset()

    @property
    def lemmas(self) -> tuple[Term, ...]:
        """The lemmas so far, which are inductive together once ``exclude`` gave an answer."""
        return tuple(t for t in (*self.frame, *self.search.lemmas) if t is not TRUE)


def counted(compiled: Compiled, make: Callable[[], AttemptingSolver], budget: Budget) -> Counted:
    """Infer facts, encode, and guess lemmas from sampled runs of a few concrete CPUs."""
    return _counted(compiled, infer_facts(compiled, make(), budget), 0, make, budget)


def keeping(on: Counted, kept: Sequence[str], make: Callable[[], AttemptingSolver], budget: Budget) -> Counted | None:
    """Guess nothing but the lemmas of earlier evidence, as text, that still speak of this system; None if none does.

    ``budget`` is all that may be spent on them: nobody knows who wrote them, or how hard they are.
    """
    widths = {v.name: v.width for v in on.counting.system.state}
    sizes = accumulate(map(len, kept))
    tried = (text for text, size in zip(kept, sizes, strict=True) if size <= LONG_ENOUGH and not budget.spent())
    known = tuple(term for text in tried if (term := _understood(text, widths)) is not None)
    if not known:
        return None
    simulated = simulator(on.counting.system)
    families = list(single_families(known, simulated.slots, _states(on.counting, simulated, budget)))
    return _searching(on.counting, on.abstraction, simulated, families, make, budget)


def _understood(text: str, widths: Mapping[str, int]) -> Term | None:
    """Return a lemma over variables of these widths; None for what is none, or is too large to be one."""
    try:
        found = from_text(text, widths) if len(text) <= LONGEST else None
    except TextError:
        return None
    if found is None or found.width != 1 or any(part.width > WIDEST for part in postorder((found,))):
        return None
    return rebuilt(found)


def promising(on: Counted, make: Callable[[], AttemptingSolver], budget: Budget) -> Counted:
    """Guess anew, also about what CPUs will give later."""
    return _counted(on.counting.compiled, on.abstraction.facts, on.abstraction.focus, make, budget, promises=True)


def pinned(on: Counted, make: Callable[[], AttemptingSolver], budget: Budget) -> Counted | None:
    """Guess anew, also about words that are set to a constant far from what they count; None if none was seen to be."""
    counting = on.counting
    words = words_of(counting)
    if counting.focus or not pins(words):
        return None
    simulated = simulator(counting.system)
    reached = far(accelerate(counting), counting.system.properties(), PINNED, budget)
    chance = random.Random(1)  # noqa: S311  (no secret)
    around = (state for start in reached.states for state in walk(simulated, start, AROUND, chance))
    states = dict.fromkeys((*_states(counting, simulated, budget), *reached.states, *around))
    families = pinned_guesses(words_of(counting, tuple(states)), tuple(states))
    if not families:
        return None
    return _searching(counting, on.abstraction, simulated, families, make, budget, reached.violated)


def focused(on: Counted, make: Callable[[], AttemptingSolver], budget: Budget) -> Counted:
    """Guess anew, with the same facts, where one more CPU is kept exactly."""
    return _counted(on.counting.compiled, on.abstraction.facts, on.abstraction.focus + 1, make, budget)


def _counted(
    compiled: Compiled,
    facts: tuple[LocationFacts, ...],
    focus: int,
    make: Callable[[], AttemptingSolver],
    budget: Budget,
    *,
    promises: bool = False,
) -> Counted:
    counting = encode_counting(compiled, facts, focus)
    on = simulator(counting.system)
    states = _states(counting, on, budget)
    families = guesses(words_of(counting, states), states, promises=promises)
    return _searching(counting, Abstraction(facts, focus), on, families, make, budget)


def _searching(
    counting: Counting,
    abstraction: Abstraction,
    on: Simulator,
    families: list[Family],
    make: Callable[[], AttemptingSolver],
    budget: Budget,
    violated: frozenset[str] = frozenset(),
) -> Counted:
    guessed = tuple(family.term for family in families if family.size == 1)
    frame = frame_lemmas(counting)
    search = Sorcar(counting.system, on, frame, make, budget, families)
    search.more = partial(_far, counting, budget)
    return Counted(counting, abstraction, frame, search, guessed, violated)


def exclude(on: Counted, properties: Sequence[str], patience: int | None = None) -> tuple[str, ...] | None:
    """Return the properties that the lemmas exclude by themselves.

    None when the budget is spent, or after ``patience`` questions, from where the search can go on.
    """
    return decide(on.search, tuple(properties), patience)


def _states(counting: Counting, on: Simulator, budget: Budget) -> tuple[State, ...]:
    """Return states of the counting system: those of a few concrete CPUs, and of crowds.

    A guess that is false in one of them is no lemma of this system, whether a program can come there or not.
    """
    crowd = sample(counting.system, on, CROWD, budget)
    return tuple(dict.fromkeys((*_concrete(counting, budget), *crowd)))


def _far(counting: Counting, budget: Budget) -> tuple[State, ...]:
    """Return states to which blocks of steps lead: bounds that are too low are false there."""
    return () if counting.focus else far(accelerate(counting), (), FAR, budget).states


def _concrete(counting: Counting, budget: Budget) -> tuple[State, ...]:
    """Return states of the counting system that runs of a few CPUs reach.

    Where they leave a location out, runs of one CPU follow: no other undoes what it needs.
    """
    most = counting.compiled.program.cpus_max or SAMPLED_CPUS
    states = _of_some(counting, min(SAMPLED_CPUS, most), Plan(), budget)
    slots = {v.name: place for place, v in enumerate(counting.system.state)}
    counts = [slots[tally.count.name] for tally in counting.tallies]
    if all(any(state[place] for state in states) for place in counts):
        return states
    return tuple(dict.fromkeys((*states, *_of_some(counting, 1, ALONE, budget))))


def _of_some(counting: Counting, cpus: int, plan: Plan, budget: Budget) -> tuple[State, ...]:
    if counting.focus > cpus:
        return ()
    system = encode(counting.compiled, cpus)
    meaning = concretised(counting, cpus)
    slots = {v.name: place for place, v in enumerate(system.state)}
    read = compile_terms([meaning.get(v.term, v.term) for v in counting.system.state], slots)
    states = sample(system, simulator(system), plan, budget)
    return tuple(tuple(value(state) for value in read) for state in states)
