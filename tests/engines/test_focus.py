"""What counts and sums cannot prove, and a focus CPU can: a CPU acts on a value that it remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import programs
from tests.laws.counting_answers import judged
from tests.programs import (
    COUNTER,
    If,
    Statement,
    access,
    actor,
    assume,
    check,
    checked,
    ghost,
    give,
    local,
    program,
    routine,
)
from tests.systems import soon
from verify.check.checked import Discharged, Rejected
from verify.encode.explicit import encode
from verify.encode.steps import compile_program
from verify.engines.counted import counted, exclude, focused
from verify.engines.messages import Answered, Message
from verify.engines.tasks import Job, induct
from verify.program.program import Cell, Kind, Program
from verify.smt.select import engine_solvers
from verify.term.build import bvadd, const, eq, symbol
from verify.verdict.answer import Abstraction, Certificate, Safe

WIDTH = 3


def versions(*, aba: bool = False) -> Program:
    """Return readers that remember a version and find it again while they hold a lock that stops the writer.

    ``aba``: the writer does not look at the lock.
    """
    lock, seen, again = symbol("read.lock", 1), symbol("read.seen", WIDTH), symbol("read.again", WIDTH)
    version, found = symbol("write.version", WIDTH), symbol("write.found", 1)
    free, taken, one = const(0, 1), const(1, 1), const(1, WIDTH)
    read: list[Statement] = [
        access(lock, taken, cell="lock"),
        If(eq(lock, free), [
            access(seen, None),
            access(again, None),
            check("same-version", eq(seen, again)),
            access(lock, free, cell="lock"),
        ]),
    ]  # fmt: skip
    renew: list[Statement] = [access(version, bvadd(version, one))]
    write = renew if aba else [access(found, taken, cell="lock"), If(eq(found, free), [
        *renew, access(found, free, cell="lock"),
    ])]  # fmt: skip
    made = program(
        [Cell(COUNTER, WIDTH, Kind.UNSIGNED), Cell("lock", 1, Kind.BOOL)],
        [],
        routine([]),
        [
            actor("read", read, [local("read.lock", 1), local("read.seen", WIDTH), local("read.again", WIDTH)]),
            actor("write", write, [local("write.version", WIDTH), local("write.found", 1)]),
        ],
        [checked("same-version")],
    )
    return replace(made, cpus_max=15)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        (programs.generations(), programs.generations(stale=True), "same-generation"),
        (versions(), versions(aba=True), "same-version"),
    ],
)
def test_a_remembered_value_needs_a_focus_cpu(right: Program, wrong: Program, name: str) -> None:
    for made, proved in ((right, True), (wrong, False)):
        compiled = compile_program(made)
        plain = counted(compiled, engine_solvers(), soon(30))
        assert exclude(plain, (name,)) == ()
        on = focused(plain, engine_solvers(), soon(30))
        assert exclude(on, (name,)) == ((name,) if proved else ())
        (result,) = judged(compiled, (Certificate(name, 0, on.lemmas, on.abstraction),))
        assert isinstance(result, Discharged if proved else Rejected)


def test_lemmas_about_a_focus_cpu_are_no_lemmas_without_one() -> None:
    compiled = compile_program(programs.generations())
    on = focused(counted(compiled, engine_solvers(), soon(30)), engine_solvers(), soon(30))
    assert exclude(on, ("same-generation",))
    without = Certificate("same-generation", 0, on.lemmas, Abstraction(on.abstraction.facts))
    (result,) = judged(compiled, (without,))
    assert isinstance(result, Rejected)
    assert "makes no sense" in result.reason


def test_the_task_proves_with_a_focus_cpu_what_it_cannot_without() -> None:
    compiled = compile_program(programs.generations())
    system = encode(compiled, 2)
    told: list[Message] = []
    induct(Job(compiled, system, 2, system.properties(), 4, soon(30), any_number=True), told.append)
    (answer,) = (m.answer for m in told if isinstance(m, Answered))
    assert isinstance(answer, Safe)
    assert answer.certificate.abstraction is not None
    assert answer.certificate.abstraction.focus == 1


@pytest.mark.parametrize("focus", [-1, 3])
def test_no_other_number_of_focus_cpus_makes_sense(focus: int) -> None:
    compiled = compile_program(programs.counter(2))
    (result,) = judged(compiled, (Certificate("agree", 0, (), Abstraction((), focus)),))
    assert isinstance(result, Rejected)


def test_a_quiescent_property_is_excused_by_a_focus_cpu_inside() -> None:
    """The reference that the focus CPU has not given back yet is missing from the others' count."""
    refs, old = symbol("refs", 2), symbol("hold.old", 2)
    one = const(1, 2)
    hold: list[Statement] = [
        assume(eq(refs, const(0, 2))),
        give("refs", bvadd(refs, one)),
        access(old, None),
        access(old, None),
        give("refs", const(0, 2)),
    ]
    quiet = programs.stated("quiet", programs.PropertyKind.QUIESCENT, eq(refs, const(0, 2)))
    made = program(
        [Cell(COUNTER, 2, Kind.UNSIGNED)],
        [ghost("refs", 2)],
        routine([]),
        [actor("hold", hold, [local("hold.old", 2)])],
        [quiet],
    )
    compiled = compile_program(made)
    on = focused(counted(compiled, engine_solvers(), soon(30)), engine_solvers(), soon(30))
    assert exclude(on, ("quiet",)) == ("quiet",)
    (result,) = judged(compiled, (Certificate("quiet", 0, on.lemmas, on.abstraction),))
    assert isinstance(result, Discharged)
