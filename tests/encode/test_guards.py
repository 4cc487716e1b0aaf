"""A step's guard holds exactly where one of its targets is reached: nothing but an ASSUME or a WAIT stops a CPU."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.random_programs import small_programs
from tests.shipped import SPEC_NAMES, narrow
from verify.encode.steps import compile_program
from verify.encode.stuck import waiting_places
from verify.program.program import Guard, GuardKind, Program
from verify.smt.select import make_solver
from verify.smt.solver import Status
from verify.term.build import TRUE, disj, ne


def disagreement(program: Program) -> Status:
    """Ask a solver for a state and inputs in which a step's guard and its targets disagree."""
    different = []
    for step in compile_program(program).steps:
        targets = disj(target.when for target in step.targets)
        different.append(ne(step.guard, targets))
    return make_solver("z3").check((disj(different),), 60)


@pytest.mark.slow
@given(small_programs())
def test_guards_of_random_programs(program: Program) -> None:
    assert disagreement(program) is Status.UNSAT


@pytest.mark.parametrize("name", SPEC_NAMES)
def test_guards_of_shipped_specs(name: str) -> None:
    """And a CPU may wait only where the text says WAIT; a loop around a compare-exchange is no such place."""
    program = narrow(name)
    assert disagreement(program) is Status.UNSAT
    for place in waiting_places(compile_program(program)):
        assert any(
            isinstance(node, Guard) and node.kind is GuardKind.WAIT and node.condition is not TRUE
            for actor in program.actors
            if actor.name == place.actor
            for node in actor.body.nodes
        )
