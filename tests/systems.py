"""Tiny transition systems with known answers, named after what they show; and ways to ask about them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from tests.programs import at
from verify.check.certify import certify
from verify.check.checked import Discharged, Rejected, Undecided
from verify.encode.explicit import encode
from verify.encode.steps import compile_program
from verify.engines.bmc import bmc
from verify.engines.candidates import singles
from verify.engines.houdini import houdini
from verify.engines.kinduction import Prover, prove
from verify.engines.messages import Answered, Budget, Message
from verify.engines.sample import simulator
from verify.program.program import Program
from verify.smt.select import engine_solver
from verify.smt.solver import Solver
from verify.system.system import Check, Input, StateCheck, StateVar, Step, TransitionSystem
from verify.term.build import FALSE, TRUE, bvadd, bvnot, bvule, bvult, conj, const, eq, symbol
from verify.term.term import Term
from verify.verdict.answer import Answer, Certificate

BAD = "bad"


def var(name: str, width: int) -> StateVar:
    return StateVar(name, width, signed=False, cpu=None)


def step(
    label: str, guard: Term, updates: Mapping[str, Term], *, violated: Term | None = None, inputs: Sequence[Input] = ()
) -> Step:
    """Return a step of CPU 0; ``violated`` (default: no check) is where it violates "bad" in its middle."""
    checks = () if violated is None else (Check(BAD, violated, violated, at(1)),)
    given = tuple(inputs)
    return Step(
        label, 0, "a", conj((guard, *(i.in_range for i in given))), tuple(updates.items()), given, checks, (), at(1)
    )


def system(
    state: Sequence[StateVar], init: Mapping[str, int], steps: Sequence[Step], *, bad: Term = FALSE
) -> TransitionSystem:
    """Return a system without initial inputs; ``bad`` is where a state violates the property "bad"."""
    start = tuple((v.name, const(init[v.name], v.width)) for v in state)
    stated = StateCheck(BAD, TRUE, bad, at(1))
    return TransitionSystem(tuple(state), (), start, TRUE, tuple(steps), (stated,))


X = symbol("x", 4)


def number(value: int) -> Term:
    return const(value, 4)


def counting(*moves: tuple[int, int], bad: int) -> TransitionSystem:
    """Return the system of one number that starts at 0 and moves as given; ``bad`` is a violating state."""
    steps = [step(f"{a} to {b}", eq(X, number(a)), {"x": number(b)}) for a, b in moves]
    return system([var("x", 4)], {"x": 0}, steps, bad=eq(X, number(bad)))


def violated_in_state(depth: int) -> TransitionSystem:
    """Return a counter whose state violates "bad" after exactly ``depth`` steps (at most 15)."""
    return system([var("x", 4)], {"x": 0}, [step("inc", TRUE, {"x": bvadd(X, number(1))})], bad=eq(X, number(depth)))


def violated_in_middle(depth: int) -> TransitionSystem:
    """Return a counter whose step number ``depth`` violates "bad" in its middle and can never complete."""
    last = eq(X, number(depth - 1))
    return system([var("x", 4)], {"x": 0}, [step("inc", bvnot(last), {"x": bvadd(X, number(1))}, violated=last)])


def excluded_by_the_guard() -> TransitionSystem:
    """Return a system whose "bad" has no model at all, so k = 0 without lemmas proves it."""
    small = bvult(X, number(3))
    return system(
        [var("x", 4)],
        {"x": 0},
        [step("inc", small, {"x": bvadd(X, number(1))}, violated=conj((small, eq(X, number(7)))))],
    )


def needs_k1() -> TransitionSystem:
    """Return a system whose "bad" is 1-inductive: nothing leads to 5."""
    return counting((0, 1), (1, 2), bad=5)


def needs_k2() -> TransitionSystem:
    """Return a system whose "bad" is 2-inductive and not 1-inductive: 4 leads to 5, nothing leads to 4."""
    return counting((0, 1), (1, 0), (4, 5), bad=5)


def never_inductive() -> TransitionSystem:
    """Return a safe system that no k proves: the unreachable 4 leads to itself and to 5."""
    return counting((0, 1), (1, 0), (4, 4), (4, 5), bad=5)


LEMMA = bvule(X, number(1))
"""The lemma that makes ``needs_k2`` and ``never_inductive`` provable with k = 0."""


def soon(seconds: float = 20) -> Budget:
    return Budget(time.monotonic() + seconds)


def spent() -> Budget:
    return Budget(time.monotonic() - 1)


def search(
    on: TransitionSystem,
    depth: int,
    *,
    make: Callable[[], Solver] = engine_solver,
    budget: Budget | None = None,
    properties: Iterable[str] | None = None,
) -> dict[str, Answer]:
    """Return what BMC answers; each property is answered exactly once."""
    told: list[Message] = []
    bmc(on, on.properties() if properties is None else properties, depth, make(), budget or soon(), told.append)
    return _answers(told)


def induct(
    on: TransitionSystem,
    max_k: int,
    lemmas: Sequence[Term] = (),
    *,
    make: Callable[[], Solver] = engine_solver,
    budget: Budget | None = None,
) -> dict[str, Answer]:
    """Return what k-induction answers; each property is answered exactly once."""
    told: list[Message] = []
    prove(Prover(on, tuple(lemmas), make, budget or soon()), on.properties(), max_k, told.append)
    return _answers(told)


def _answers(told: Sequence[Message]) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for message in told:
        if isinstance(message, Answered):
            assert message.answer.property not in found, "answered twice"
            found[message.answer.property] = message.answer
    return found


def inductive(
    on: TransitionSystem,
    candidates: Sequence[Term],
    *,
    make: Callable[[], Solver] = engine_solver,
    budget: Budget | None = None,
) -> tuple[Term, ...] | None:
    """Return what Houdini keeps of the candidates."""
    return houdini(on, simulator(on), singles(candidates), make(), soon())


def verdict(on: TransitionSystem, certificate: Certificate, seconds: float = 20) -> Discharged | Rejected | Undecided:
    """Return what the checker says of a certificate."""
    (result,) = certify(on, (certificate,), time.monotonic() + seconds)
    return result


def exact(program: Program, cpus: int) -> TransitionSystem:
    return encode(compile_program(program), cpus)
