"""Law 5: evidence checks, and damaged evidence is rejected, or an enumeration of states says it still is evidence."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Final

import pytest

from tests import programs, systems
from tests.systems import BAD, LEMMA, X, number, search, soon
from verify.check.certify import certify
from verify.check.checked import Discharged, Rejected, Replay
from verify.check.replay import replay
from verify.encode.explicit import encode, pc_values
from verify.encode.steps import compile_program
from verify.engines.messages import Answered, Message
from verify.engines.tasks import Job, induct
from verify.program.program import Program
from verify.system.system import StateCheck, Step, TransitionSystem, state_violation, step_violation
from verify.term.build import TRUE, bvadd, bvnot, bvule, conj, const, implies, substitute, symbol
from verify.term.compiled import Function, compiled
from verify.term.semantics import evaluate, mask
from verify.term.term import Op, Term, postorder, symbols
from verify.verdict.answer import Certificate, Safe, Trace, TraceStep, Unsafe

State = tuple[int, ...]


class Enumeration:
    """A narrow system without inputs, by its states; it shares only the evaluator with the checker."""

    def __init__(self, on: TransitionSystem, name: str) -> None:
        assert not any(s.inputs for s in on.steps)
        assert not on.init_inputs
        self.on, self.slots = on, {v.name: i for i, v in enumerate(on.state)}
        self.states = list(product(*(range(1 << v.width) for v in on.state)))
        assert len(self.states) <= 1 << 13
        self.guards = compiled([s.guard for s in on.steps], self.slots)
        self.updates = [self._updates(s) for s in on.steps]
        self.inside = compiled([step_violation(s, name) for s in on.steps], self.slots)
        (self.bad,) = compiled([state_violation(on, name)], self.slots)
        self.start = tuple(evaluate(term, {}) for _, term in on.init)

    def _updates(self, step: Step) -> list[tuple[int, Function]]:
        return [(self.slots[n], compiled([t], self.slots)[0]) for n, t in step.updates]

    def after(self, state: State) -> Iterator[tuple[int, State]]:
        for index, guard in enumerate(self.guards):
            if guard(state):
                changed = list(state)
                for slot, update in self.updates[index]:
                    changed[slot] = update(state)
                yield index, tuple(changed)

    def violated(self, state: State) -> bool:
        return bool(self.bad(state)) or any(f(state) for f in self.inside)

    def proves(self, certificate: Certificate) -> bool:
        """Tell whether the claims of a certificate hold, from what ``Certificate`` says they are."""
        tests = compiled(certificate.lemmas, self.slots)

        def inside(state: State) -> bool:
            return all(f(state) for f in tests)

        held = [s for s in self.states if inside(s)]
        if not inside(self.start) or any(not inside(t) for s in held for _, t in self.after(s)):
            return False
        if certificate.k == 0:
            return not any(self.violated(s) for s in held)
        frontier = {self.start}
        for _ in range(certificate.k):
            if any(self.violated(s) for s in frontier):
                return False
            frontier = {t for s in frontier for _, t in self.after(s)}
        reached = set(held)
        for _ in range(certificate.k):
            good = (s for s in reached if not self.bad(s))
            reached = {t for s in good for index, t in self.after(s) if not self.inside[index](s)}
        return not any(self.violated(s) for s in reached if inside(s))


def two_properties(on: TransitionSystem) -> TransitionSystem:
    """Return the system with a second property, which fails in the initial state."""
    other = StateCheck("other", TRUE, bvule(X, number(0)), on.state_checks[0].span)
    return replace(on, state_checks=(*on.state_checks, other))


def rejoining() -> TransitionSystem:
    """Return a system with two variables that need each other's lemma."""
    y = symbol("y", 4)
    step = systems.step("both", TRUE, {"x": bvadd(y, number(0)), "y": X})
    return systems.system([systems.var("x", 4), systems.var("y", 4)], {"x": 1, "y": 2}, [step], bad=bvule(number(9), X))


Y: Final = symbol("y", 4)
CASES: Final = (
    (two_properties(systems.needs_k1()), Certificate(BAD, 1, ())),
    (two_properties(systems.needs_k2()), Certificate(BAD, 2, ())),
    (two_properties(systems.needs_k2()), Certificate(BAD, 0, (LEMMA,))),
    (two_properties(systems.never_inductive()), Certificate(BAD, 0, (LEMMA,))),
    (two_properties(systems.excluded_by_the_guard()), Certificate(BAD, 0, ())),
    (two_properties(rejoining()), Certificate(BAD, 0, (bvule(X, number(3)), bvule(Y, number(3))))),
)


def constants_changed(term: Term) -> Iterator[Term]:
    """Yield the term with one of its constants one more, or one less."""
    for part in postorder((term,)):
        if part.op is Op.CONST:
            for change in (1, -1):
                yield substitute(term, {part: const(part.number + change, part.width)})


def renamed(term: Term, on: TransitionSystem) -> Iterator[Term]:
    """Yield the term with one symbol replaced by another variable of its width, or by one that does not exist."""
    for one in symbols((term,)):
        others = [v.term for v in on.state if v.width == one.width and v.term is not one]
        for other in (*others, symbol("nowhere", one.width)):
            yield substitute(term, {one: other})


def damaged(on: TransitionSystem, good: Certificate) -> Iterator[Certificate]:
    yield from (replace(good, k=k) for k in range(-1, 4) if k != good.k)
    yield replace(good, property="other")
    yield replace(good, property="nothing")
    for i, lemma in enumerate(good.lemmas):
        rest = (*good.lemmas[:i], *good.lemmas[i + 1 :])
        yield replace(good, lemmas=rest)
        for changed in (bvnot(lemma), *constants_changed(lemma), *renamed(lemma, on)):
            yield replace(good, lemmas=(*rest, changed))


def proves(on: TransitionSystem, certificate: Certificate) -> bool:
    names = {v.name for v in on.state}
    used = {s.name for s in symbols(certificate.lemmas)}
    if certificate.k < 0 or certificate.property not in on.properties() or not used <= names:
        return False
    return Enumeration(on, certificate.property).proves(certificate)


@pytest.mark.parametrize(("on", "good"), CASES)
def test_a_certificate_is_accepted_exactly_where_an_enumeration_says_so(
    on: TransitionSystem, good: Certificate
) -> None:
    tried = (good, *damaged(on, good))
    results = certify(on, tried, time.monotonic() + 60)
    assert isinstance(results[0], Discharged)
    wrong = [t for t, r in zip(tried, results, strict=True) if isinstance(r, Discharged) != proves(on, t)]
    assert wrong == []
    assert all(isinstance(r, Discharged | Rejected) for r in results)
    assert any(isinstance(r, Rejected) for r in results[1:])


PROVED: Final = (
    programs.counter(2),
    programs.counter(4),
    programs.lock(),
    programs.founding_race(4, enter_with=8),
)


@cache
def proved(program: Program) -> tuple[TransitionSystem, tuple[Certificate, ...]]:
    made = compile_program(program)
    on = encode(made, 2)
    told: list[Message] = []
    induct(Job(made, on, 2, on.properties(), 2, soon(60)), told.append)
    answers = [m.answer for m in told if isinstance(m, Answered)]
    return on, tuple(a.certificate for a in answers if isinstance(a, Safe))


@pytest.mark.parametrize("program", PROVED)
def test_no_lemma_of_a_minimised_certificate_can_be_dropped(program: Program) -> None:
    """Properties with one k share their lemmas, so some property must miss each of them."""
    on, certificates = proved(program)
    assert len(certificates) == len(on.properties())
    assert all(isinstance(r, Discharged) for r in certify(on, certificates, time.monotonic() + 60))
    for lemma in {lemma: None for c in certificates for lemma in c.lemmas}:
        poorer = [replace(c, lemmas=tuple(t for t in c.lemmas if t is not lemma)) for c in certificates]
        results = certify(on, poorer, time.monotonic() + 60)
        assert any(isinstance(r, Rejected) for r in results)


@pytest.mark.parametrize("program", PROVED)
def test_the_certificate_of_a_right_program_is_rejected_for_the_broken_one(program: Program) -> None:
    _, certificates = proved(program)
    broken = {
        "get": programs.counter(4 if program is PROVED[1] else 2, broken=True),
        "lock": programs.lock(broken=True),
        "lookup": programs.founding_race(4),
    }[program.actors[0].name]
    on = encode(compile_program(broken), 2)
    assert not any(isinstance(r, Discharged) for r in certify(on, certificates, time.monotonic() + 60))


REFUTED: Final = (
    programs.counter(2, broken=True),
    programs.lock(broken=True),
    programs.founding_race(3),
    programs.generations(stale=True),
    programs.batches(),
)


def shown(program: Program) -> tuple[TransitionSystem, tuple[Trace, ...]]:
    on = encode(compile_program(program), 2)
    return on, tuple(a.trace for a in search(on, 8).values() if isinstance(a, Unsafe))


def is_run(on: TransitionSystem, trace: Trace) -> bool:
    """Tell whether the trace is a run of the system that shows its violation, by evaluation alone."""
    env = dict(trace.initial_inputs)
    first = tuple(evaluate(term, env) for _, term in on.init)
    if not evaluate(on.init_guard, env) or not _same(on, first, trace.states[0]):
        return False
    last = len(trace.steps) - (not trace.at_state)
    state: Mapping[str, int] = _named(on, trace.states[0])
    for number_, taken in enumerate(trace.steps[:last]):
        step = on.steps[taken.index]
        env = {**state, **dict(taken.inputs)}
        if not evaluate(step.guard, env):
            return False
        after = {**state, **{n: evaluate(t, env) for n, t in step.updates}}
        claimed = trace.states[number_ + 1]
        if not _same(on, tuple(after[v.name] for v in on.state), claimed):
            return False
        state = after
    if trace.at_state:
        return bool(evaluate(state_violation(on, trace.property), state))
    step = on.steps[trace.steps[-1].index]
    return bool(evaluate(step_violation(step, trace.property), {**state, **dict(trace.steps[-1].inputs)}))


def _named(on: TransitionSystem, values: Sequence[int]) -> dict[str, int]:
    return {v.name: value for v, value in zip(on.state, values, strict=True)}


def _same(on: TransitionSystem, ours: Sequence[int], claimed: Sequence[int]) -> bool:
    """Compare everything but the locals of CPUs: one that nothing reads may have any value."""
    pairs = zip(on.state, ours, claimed, strict=True)
    return all(a == b for v, a, b in pairs if v.cpu is None or v.name.endswith(".pc"))


def damaged_traces(on: TransitionSystem, good: Trace) -> Iterator[Trace]:
    for i, values in enumerate(good.states):
        for j, var in enumerate(on.state):
            for bit in range(min(var.width, 4)):
                flipped = (*values[:j], values[j] ^ 1 << bit, *values[j + 1 :])
                yield replace(good, states=(*good.states[:i], flipped, *good.states[i + 1 :]))
    for i in range(len(good.steps)):
        rest = (*good.steps[:i], *good.steps[i + 1 :])
        yield replace(good, steps=rest, states=(*good.states[:i], *good.states[i + 1 :]))
        yield replace(good, steps=rest)
        if i:
            swapped = (*good.steps[: i - 1], good.steps[i], good.steps[i - 1], *good.steps[i + 1 :])
            yield replace(good, steps=swapped)
        yield from _other_steps(on, good, i)
    yield from (replace(good, property=p) for p in (*on.properties(), "nothing") if p != good.property)
    yield replace(good, at_state=not good.at_state)


def _other_steps(on: TransitionSystem, good: Trace, i: int) -> Iterator[Trace]:
    taken = good.steps[i]
    for index in range(len(on.steps)):
        if index != taken.index:
            yield replace(good, steps=(*good.steps[:i], replace(taken, index=index), *good.steps[i + 1 :]))
    for name, _ in taken.inputs:
        width = next(x.width for x in on.steps[taken.index].inputs if x.name == name)
        for change in (1, -1):
            inputs = tuple((n, (v + change) & mask(width) if n == name else v) for n, v in taken.inputs)
            yield replace(good, steps=(*good.steps[:i], TraceStep(taken.index, inputs), *good.steps[i + 1 :]))


@pytest.mark.parametrize("program", REFUTED)
def test_a_damaged_trace_is_rejected_or_still_a_run(program: Program) -> None:
    on, traces = shown(program)
    places = pc_values(compile_program(program))
    assert traces
    for good in traces:
        assert is_run(on, good)
        assert isinstance(replay(program, on, good, 2, places), Replay)
        tried = list(damaged_traces(on, good))
        accepted = [t for t in tried if isinstance(replay(program, on, t, 2, places), Replay)]
        assert [t for t in accepted if not is_run(on, t)] == []
        assert len(accepted) < len(tried)


def test_the_enumeration_itself_tells_right_from_wrong() -> None:
    on = systems.needs_k2()
    claims = [(Certificate(BAD, k, ()), k >= 2) for k in range(4)]
    claims += [(Certificate(BAD, 0, (implies(LEMMA, conj(())),)), False), (Certificate(BAD, 0, (LEMMA,)), True)]
    assert [Enumeration(on, BAD).proves(c) for c, _ in claims] == [right for _, right in claims]
