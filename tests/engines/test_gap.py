"""An UNKNOWN says what the lemmas do not exclude; a LEMMA that excludes it makes the property PROVED."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from tests import programs
from tests.laws.counting_answers import judged
from tests.programs import COUNTER, access, actor, assume, draw, ghost, give, inside, local, program, routine
from tests.systems import soon
from verify.check.checked import Discharged
from verify.encode.explicit import encode
from verify.encode.steps import compile_program
from verify.engines.counted import counted, exclude
from verify.engines.exact_gap import exact_gap
from verify.engines.gap import gap
from verify.engines.messages import Answered, Message
from verify.engines.tasks import Job, induct
from verify.program.program import Cell, Kind, Lemma, Predicate, Program, PropertyKind
from verify.report.gap import gap_lines
from verify.report.json import gap_json
from verify.smt.select import engine_solver, engine_solvers
from verify.term.build import bvadd, bvmul, bvule, bvurem, const, eq, ne, symbol
from verify.term.term import Term
from verify.verdict.answer import Answer, Safe, Unknown

WIDTH = 4
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def number(value: int) -> Term:
    return const(value, WIDTH)


def thirds(*hints: Term) -> Program:
    """Return a ghost that grows by 3 or 6 from 0 and so is never 5: no equation modulo a power of two says that."""
    total, nr, old = symbol("total", WIDTH), symbol("grow.nr", WIDTH), symbol("grow.old", WIDTH)
    body: list[programs.Statement] = [
        draw("grow.nr", 1, 2),
        assume(bvule(total, number(9))),
        give("total", bvadd(total, bvmul(nr, number(3)))),
        access(old, None),
    ]
    never = programs.stated("never-five", PropertyKind.ALWAYS, ne(total, number(5)))
    made = program(
        [Cell(COUNTER, WIDTH, Kind.UNSIGNED)],
        [ghost("total", WIDTH, 0)],
        routine([inside(access(symbol("init.old", WIDTH), number(7)))], [local("init.old", WIDTH)]),
        [actor("grow", body, [local("grow.nr", WIDTH), local("grow.old", WIDTH)])],
        [never],
    )
    return replace(made, lemmas=tuple(map(lemma, hints)))


def lemma(condition: Term) -> Lemma:
    result = local("hint.result", 1, Kind.BOOL)
    body = routine([programs.assign(result.name, condition)], [result])
    return Lemma("hint", Predicate(body, result.name), programs.at(5))


THIRDS = eq(bvurem(symbol("total", WIDTH), number(3)), number(0))


def answered(made: Program) -> Answer:
    """Return the first answer, before IC3, which may prove what the lemmas do not."""
    compiled = compile_program(made)
    system = encode(compiled, 2)
    told: list[Message] = []
    induct(Job(compiled, system, 2, system.properties(), 3, soon(30), any_number=True), told.append)
    return next(m.answer for m in told if isinstance(m, Answered))


def test_the_reason_gives_the_state_and_the_step_in_the_users_terms() -> None:
    answer = answered(thirds())
    assert isinstance(answer, Unknown)
    assert answer.gap is not None
    before = dict(answer.gap.before)
    assert before["total"] == 2
    assert answer.gap.standing == ()
    made = thirds()
    text = "\n".join(gap_lines(made, answer.gap, made.properties[0]))
    assert "no CPU inside an actor\nstep: a CPU enters grow: load at hand.c:18, with nr = " in text
    assert f"changes: total: {before['total']} -> 5" in text
    assert "VIOLATED never-five after the step" in text
    assert text.startswith("no proof: ")


def test_a_lemma_makes_it_proved() -> None:
    answer = answered(thirds(THIRDS))
    assert isinstance(answer, Safe)
    (result,) = judged(compile_program(thirds(THIRDS)), (answer.certificate,))
    assert isinstance(result, Discharged)


@pytest.mark.parametrize(
    "wrong", [eq(symbol("total", WIDTH), number(0)), bvule(symbol("total", WIDTH), number(4)), ne(THIRDS, THIRDS)]
)
def test_a_false_lemma_changes_nothing(wrong: Term) -> None:
    answer = answered(thirds(wrong))
    assert isinstance(answer, Unknown)
    assert isinstance(answered(thirds(wrong, THIRDS)), Safe)


def test_a_lemma_that_is_left_out_is_named() -> None:
    """Seen: four true LEMMAs were dropped without a word, since they are not inductive together."""
    never_four = ne(symbol("total", WIDTH), number(4))
    made = thirds(bvule(symbol("total", WIDTH), number(15)), never_four)
    answer = answered(made)
    assert isinstance(answer, Unknown)
    assert answer.gap is not None
    text = "\n".join(gap_lines(made, answer.gap, made.properties[0]))
    told = "LEMMA(hint) at hand.c:5 is false in it: it was not found to be inductive."
    assert (told in text) == (dict(answer.gap.before)["total"] == 4)
    state = replace(answer.gap, before=(*((n, v) for n, v in answer.gap.before if n != "total"), ("total", 4)))
    assert told in "\n".join(gap_lines(made, state, made.properties[0]))


def test_the_state_satisfies_every_lemma_and_says_where_the_cpus_are() -> None:
    compiled = compile_program(programs.generations())
    on = counted(compiled, engine_solvers(), soon(30))
    assert exclude(on, ("same-generation",)) == ()
    found = gap(on, "same-generation")
    assert found is not None
    text = "\n".join(gap_lines(compiled.program, found, compiled.program.properties[0]))
    assert "1 CPU inside" in text
    assert ", before ATOMICALLY at hand.c:16" in text
    document = gap_json(compiled.program, found)
    jsonschema.validate(document, {"$ref": "#/$defs/induction", "$defs": SCHEMA["$defs"]})
    # The state satisfies every lemma: that is what makes it worth a LEMMA.
    assert found.lemmas == len(on.lemmas)


def test_what_is_proved_has_no_gap() -> None:
    compiled = compile_program(programs.counter(2))
    on = counted(compiled, engine_solvers(), soon(30))
    assert exclude(on, ("agree",)) == ("agree",)
    assert gap(on, "agree") is None


def exactly(made: Program, cpus: int) -> list[Answer]:
    """Return all answers about exactly so many CPUs, IC3 and deeper k left out."""
    compiled = compile_program(made)
    system = encode(compiled, cpus)
    told: list[Message] = []
    induct(Job(compiled, system, cpus, system.properties(), 1, soon(30)), told.append)
    return [m.answer for m in told if isinstance(m, Answered)]


def test_so_does_an_unknown_about_exactly_two_cpus() -> None:
    found = [a.gap for a in exactly(thirds(), 2) if isinstance(a, Unknown) and a.gap is not None]
    (one,) = found
    assert (dict(one.before)["total"], dict(one.after or ())["total"], one.standing) == (2, 5, ())
    assert one.step.startswith("enters grow")
    assert all(isinstance(a, Safe) for a in exactly(thirds(THIRDS), 2))


def test_an_exact_gap_says_where_each_cpu_is_with_its_locals() -> None:
    """Without any lemma a holder may stand there whose token is another one."""
    compiled = compile_program(programs.generations())
    found = exact_gap(compiled, encode(compiled, 2), 2, (), "same-generation", engine_solver, soon(30))
    assert found is not None
    (standing,) = found.standing
    assert (standing.cpus, standing.actor, standing.operation) == (1, "hold", "ATOMICALLY")
    assert dict(standing.sums)["mine"] != dict(found.before)["now"]
    assert (found.after, found.lemmas) == (None, 0)
    mine, now = symbol("cpu0.hold.mine", 16), symbol("now", 16)
    excluded = (eq(mine, now),)
    assert exact_gap(compiled, encode(compiled, 2), 2, excluded, "same-generation", engine_solver, soon(30)) is None
