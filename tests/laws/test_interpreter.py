"""Laws of the interpreter: both ways to evaluate its terms agree, term by term and on whole programs."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import programs
from verify.program.interpret import enabled, interpreter, start, step, violated_states
from verify.program.program import Program
from verify.term.compiled import compiled, interpreted
from verify.term.semantics import mask
from verify.term.term import Op, Term, intern

SLOTS = {f"x{width}": slot for slot, width in enumerate(range(1, 34))}
BINARY = (
    Op.AND, Op.OR, Op.XOR, Op.ADD, Op.SUB, Op.MUL, Op.UDIV, Op.UREM, Op.SDIV, Op.SREM, Op.SHL, Op.LSHR, Op.ASHR,
)  # fmt: skip
COMPARE = (Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE)


def random_term(rng: random.Random, width: int, depth: int) -> Term:
    """Return a term without rewriting, so that every operator really stands in it."""
    if depth == 0 or rng.random() < 0.1:
        if rng.random() < 0.3:
            return intern(Op.CONST, width, (), boundary(rng, width))
        return intern(Op.SYMBOL, width, (), 0, f"x{width}")

    def sub(wanted: int) -> Term:
        return random_term(rng, wanted, depth - 1)

    shape = rng.randrange(8)
    if width == 1 and shape < 4:
        inner = rng.randint(1, 9)
        return intern(rng.choice(COMPARE), 1, (sub(inner), sub(inner)))
    if shape == 4 and width > 1:
        low = rng.randint(1, width - 1)
        return intern(Op.CONCAT, width, (sub(width - low), sub(low)))
    if shape == 5 and width > 1:
        return intern(rng.choice((Op.ZEXT, Op.SEXT)), width, (sub(rng.randint(1, width - 1)),))
    if shape == 6:
        low = rng.randint(0, 3)
        inner = min(33, width + low + rng.randint(0, 3))
        return intern(Op.EXTRACT, width, (sub(inner),), inner - width)
    if shape == 7:
        return intern(Op.ITE, width, (sub(1), sub(width), sub(width)))
    if shape == 3:
        return intern(rng.choice((Op.NOT, Op.NEG)), width, (sub(width),))
    return intern(rng.choice(BINARY), width, (sub(width), sub(width)))


def boundary(rng: random.Random, width: int) -> int:
    sign = 1 << (width - 1)
    return rng.choice((0, 1, sign - 1, sign, mask(width), rng.getrandbits(width), rng.randint(0, width))) & mask(width)


def values(rng: random.Random) -> list[int]:
    return [boundary(rng, width) for width in range(1, 34)]


@given(st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_compiled_terms_agree_with_the_reference_evaluator(seed: int) -> None:
    rng = random.Random(seed)
    terms = [random_term(rng, rng.randint(1, 33), 4) for _ in range(4)]
    fast, slow = compiled(terms, SLOTS), interpreted(terms, SLOTS)
    for _ in range(8):
        here = values(rng)
        assert [f(here) for f in fast] == [f(here) for f in slow]


@pytest.mark.parametrize("op", [*BINARY, *COMPARE])
def test_compiled_operators_agree_on_every_pair_of_narrow_values(op: Op) -> None:
    for width in (1, 2, 3, 4):
        a, b = (intern(Op.SYMBOL, width, (), 0, name) for name in "ab")
        term = intern(op, 1 if op in COMPARE else width, (a, b))
        (fast,), (slow,) = compiled([term], {"a": 0, "b": 1}), interpreted([term], {"a": 0, "b": 1})
        for x in range(1 << width):
            for y in range(1 << width):
                assert fast([x, y]) == slow([x, y]), (op, width, x, y)


def test_a_deep_term_compiles() -> None:
    term = intern(Op.SYMBOL, 8, (), 0, "a")
    for _ in range(3000):
        term = intern(Op.ADD, 8, (intern(Op.XOR, 8, (term, term)), term))
    (fast,), (slow,) = compiled([term], {"a": 0}), interpreted([term], {"a": 0})
    assert fast([77]) == slow([77])


def test_no_name_of_a_program_gets_into_the_compiled_text() -> None:
    hostile = intern(Op.SYMBOL, 8, (), 0, "__import__('os').abort()")
    (fast,) = compiled([intern(Op.NOT, 8, (hostile,))], {hostile.name: 0})
    assert fast([1]) == 254


@pytest.mark.parametrize(
    "program",
    [
        programs.counter(broken=True),
        programs.lock(broken=True),
        programs.founding_race(),
        programs.generations(stale=True),
        programs.waiting(),
    ],
)
def test_fast_and_slow_interpreters_take_the_same_steps(program: Program) -> None:
    rng = random.Random(7)
    fast, slow = interpreter(program), interpreter(program, fast=False)

    def choose(name: str, width: int, low: int, high: int) -> int:
        return random.Random(f"{len(taken)}{name}").randint(low, high) & mask(width)

    taken: list[int] = []
    machine, events = start(fast, 3, choose)
    assert (machine, events) == start(slow, 3, choose)
    while len(taken) < 200:
        cpu, actor = rng.choice(enabled(fast, machine))
        taken.append(cpu)
        result = step(fast, machine, cpu, actor, choose)
        assert result == step(slow, machine, cpu, actor, choose)
        machine = result.machine or machine
        assert violated_states(fast, machine) == violated_states(slow, machine)
