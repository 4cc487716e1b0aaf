"""Location facts of programs with known answers."""

from __future__ import annotations

import pytest

from tests import programs
from tests.programs import COUNTER, If, access, actor, assign, checked, draw, give, local, program, routine
from tests.systems import soon, spent
from verify.encode.counting import encode_counting
from verify.encode.steps import Compiled, compile_program
from verify.engines.counted import counted, exclude
from verify.engines.facts import infer_facts
from verify.program.program import Cell, Kind, Program
from verify.smt.select import engine_solver, engine_solvers
from verify.term.build import FALSE, bvadd, bvslt, bvult, const, symbol
from verify.verdict.answer import LocationFacts

WIDTH = 4


def drawing(low: int, high: int, kind: Kind = Kind.UNSIGNED) -> Program:
    """Return an actor that draws ``nr``, accesses twice with ``nr``, and a third time where ``nr`` is more than 5."""
    nr, old = symbol("take.nr", WIDTH), symbol("take.old", WIDTH)
    five = const(5, WIDTH)
    more = bvslt(five, nr) if kind is Kind.SIGNED else bvult(five, nr)
    body: list[programs.Statement] = [
        draw("take.nr", low, high),
        access(old, None),
        access(old, bvadd(old, nr)),
        If(more, [access(old, nr), programs.check("rare", FALSE)]),
    ]
    return program(
        [Cell(COUNTER, WIDTH, Kind.UNSIGNED)],
        [],
        routine([]),
        [actor("take", body, [local("take.nr", WIDTH, kind), local("take.old", WIDTH)])],
        [checked("rare")],
    )


def inferred(compiled: Compiled) -> tuple[LocationFacts, ...]:
    return infer_facts(compiled, engine_solver(), soon(20))


@pytest.mark.parametrize(("low", "high", "kind"), [(1, 7, Kind.UNSIGNED), (-3, 6, Kind.SIGNED)])
def test_the_range_of_an_input_is_known_at_the_next_location(low: int, high: int, kind: Kind) -> None:
    first, rare = inferred(compile_program(drawing(low, high, kind)))
    assert first.ranges == (("take.nr", low, high),)
    assert rare.ranges == (("take.nr", 6, high),)


def test_no_cpu_comes_to_a_location_that_no_value_leads_to() -> None:
    """The condition is false for every drawn value, which only a solver sees; the encoding is still one that runs."""
    compiled = compile_program(drawing(1, 3))
    first, rare = inferred(compiled)
    assert first.ranges == (("take.nr", 1, 3),)
    assert (rare.ranges, rare.holds) == ((), (FALSE,))
    encode_counting(compiled, (first, rare))
    assert exclude(counted(compiled, engine_solvers(), soon(20)), ("rare",)) == ("rare",)


def test_an_assignment_on_the_way_drops_what_it_changes() -> None:
    nr, old = symbol("take.nr", WIDTH), symbol("take.old", WIDTH)
    body: list[programs.Statement] = [
        assign("take.nr", const(3, WIDTH)),
        access(old, None),
        access(old, nr),
        assign("take.nr", old),
        access(old, nr),
        give("refs", nr),
    ]
    made = program(
        [Cell(COUNTER, WIDTH, Kind.UNSIGNED)],
        [programs.ghost("refs", WIDTH)],
        routine([]),
        [actor("take", body, [local("take.nr", WIDTH), local("take.old", WIDTH)])],
        [],
    )
    first, second = inferred(compile_program(made))
    assert first.ranges == (("take.nr", 3, 3),)
    assert second.ranges == (("take.nr", 0, 15),)
    assert second.holds == ()


def test_without_time_there_are_no_facts() -> None:
    compiled = compile_program(drawing(1, 7))
    found = infer_facts(compiled, engine_solver(), spent())
    assert [(f.actor, f.node) for f in found] == [(loc.actor, loc.node) for loc in compiled.locations]
