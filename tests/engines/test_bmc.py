"""BMC: the shortest depth, and one canonical trace whichever solver found it."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from tests import programs, systems
from tests.systems import BAD, exact, search
from verify.program.program import Program
from verify.smt.bitwuzla_solver import bitwuzla_solver
from verify.smt.solver import Solver
from verify.smt.z3_solver import z3_solver, z3_unrolling_solver
from verify.term.build import TRUE, bvadd, const, eq, symbol
from verify.verdict.answer import Trace, Unknown, Unsafe

SOLVERS = (z3_solver, z3_unrolling_solver, bitwuzla_solver)


def trace(program: Program, name: str, make: Callable[[], Solver] = z3_unrolling_solver) -> Trace:
    answer = search(exact(program, 2), 8, make=make)[name]
    assert isinstance(answer, Unsafe)
    return answer.trace


@pytest.mark.parametrize("make", SOLVERS)
@pytest.mark.parametrize("depth", [0, 1, 2, 5])
def test_a_violation_is_found_at_its_depth(depth: int, make: Callable[[], Solver]) -> None:
    answer = search(systems.violated_in_state(depth), depth, make=make)[BAD]
    assert isinstance(answer, Unsafe)
    assert answer.trace.at_state
    assert len(answer.trace.steps) == depth
    assert [s[0] for s in answer.trace.states] == list(range(depth + 1))


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_violation_in_the_middle_has_no_state_after_it(depth: int) -> None:
    answer = search(systems.violated_in_middle(depth), depth - 1)[BAD]
    assert isinstance(answer, Unsafe)
    assert not answer.trace.at_state
    assert len(answer.trace.steps) == len(answer.trace.states) == depth


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_one_step_less_is_not_enough(depth: int) -> None:
    answer = search(systems.violated_in_state(depth), depth - 1)[BAD]
    assert answer == Unknown(BAD, f"no violation within {depth - 1} steps", depth - 1)


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (programs.counter(4, broken=True), "agree"),
        (programs.lock(broken=True), "exclusive"),
        (programs.founding_race(8), "no-reference-while-free"),
        (programs.generations(stale=True), "same-generation"),
        (programs.batches(), "no-wrap"),
        (programs.batches(), "small"),
    ],
)
def test_every_solver_gives_the_same_bytes(program: Program, name: str) -> None:
    first, *others = (trace(program, name, make) for make in SOLVERS)
    assert all(pickle.dumps(repr(other)) == pickle.dumps(repr(first)) for other in others)


def test_the_trace_is_the_least_in_its_order() -> None:
    """Two steps reach the violation, and each may read any input: the first step and least input are shown."""
    word, given = symbol("x", 4), systems.Input("i", 4, True, -2, 5, "i")
    move = {"x": bvadd(word, const(1, 4))}
    steps = [systems.step(name, TRUE, move, inputs=(given,)) for name in ("first", "second")]
    on = systems.system([systems.var("x", 4)], {"x": 0}, steps, bad=eq(word, const(2, 4)))
    answer = search(on, 4)[BAD]
    assert isinstance(answer, Unsafe)
    assert [(s.index, s.inputs) for s in answer.trace.steps] == [(0, (("i", 14),))] * 2


def test_an_input_that_matters_has_its_least_value() -> None:
    given = systems.Input("i", 4, False, 3, 9, "i")
    taken = systems.step("set", TRUE, {"x": given.term}, inputs=(given,))
    for bad, shown in ((3, 3), (7, 7), (9, 9)):
        on = systems.system([systems.var("x", 4)], {"x": 0}, [taken], bad=eq(systems.X, const(bad, 4)))
        answer = search(on, 2)[BAD]
        assert isinstance(answer, Unsafe)
        assert answer.trace.steps[0].inputs == (("i", shown),)
    on = systems.system([systems.var("x", 4)], {"x": 0}, [taken], bad=eq(systems.X, const(2, 4)))
    assert isinstance(search(on, 2)[BAD], Unknown)
