"""Tiny systems with known answers, exported and solved by others."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests import programs
from tests.explicit_search import search as explicit
from tests.export.btor2_reader import depths, read, values
from tests.export.peers import answers, spacer, vmt_depths
from tests.laws.random_terms import PREDICATES, SAME_WIDTH
from tests.systems import (
    BAD,
    LEMMA,
    X,
    excluded_by_the_guard,
    needs_k1,
    needs_k2,
    never_inductive,
    number,
    step,
    system,
    var,
    violated_in_middle,
    violated_in_state,
)
from verify.check.certify import claims
from verify.encode.explicit import encode
from verify.encode.steps import compile_program
from verify.export.btor2 import to_btor2
from verify.export.chc import to_chc
from verify.export.model import Circuit, circuit
from verify.export.names import file_names, one_word
from verify.export.obligations import obligation_files
from verify.export.vmt import to_vmt
from verify.system.system import Input, TransitionSystem
from verify.term.build import TRUE, bvadd, bvand, bvult, const, eq, extract, symbol
from verify.term.semantics import evaluate_all
from verify.term.term import Op, Term, intern
from verify.verdict.answer import Certificate


def with_init_inputs(low: int, bad: int) -> TransitionSystem:
    """Return a system that starts anywhere from ``low`` to 3, counts down to 0, and violates "bad" at ``bad``."""
    drawn = Input("n", 4, signed=False, low=low, high=3, label="n")
    down = step("down", bvult(number(0), X), {"x": bvadd(X, number(-1))})
    base = system([var("x", 4)], {"x": 0}, [down], bad=eq(X, number(bad)))
    return replace(base, init_inputs=(drawn,), init=(("x", drawn.term),), init_guard=drawn.in_range)


def never_started() -> TransitionSystem:
    return with_init_inputs(4, 0)


def with_inputs(low: int) -> TransitionSystem:
    """Return a system that adds an input from ``low`` to 7 while below 8, and violates "bad" at 2."""
    drawn = Input("d", 4, signed=False, low=low, high=7, label="d")
    add = step("add", bvult(X, number(8)), {"x": bvadd(X, drawn.term)}, inputs=[drawn])
    return system([var("x", 4)], {"x": 0}, [add], bad=eq(X, number(2)))


def checks_an_input() -> TransitionSystem:
    """Return a system that counts to 2 and violates "bad" there in the middle of a step that draws a 1."""
    drawn = Input("d", 4, signed=False, low=0, high=1, label="d")
    bad = bvand(eq(X, number(2)), eq(drawn.term, number(1)))
    count = step("count", bvult(X, number(2)), {"x": bvadd(X, number(1))}, violated=bad, inputs=[drawn])
    return system([var("x", 4)], {"x": 0}, [count])


CASES = {
    "in a state": (violated_in_state(3), 3),
    "at once": (violated_in_state(0), 0),
    "in the middle": (violated_in_middle(3), 2),
    "by an input in the middle": (checks_an_input(), 2),
    "excluded by its guard": (excluded_by_the_guard(), None),
    "1-inductive": (needs_k1(), None),
    "2-inductive": (needs_k2(), None),
    "never inductive": (never_inductive(), None),
    "a start from a range": (with_init_inputs(2, 0), 3),  # one step more, for INIT
    "a start outside of bad": (with_init_inputs(1, 9), None),
    "no start at all": (never_started(), None),
    "an input in range": (with_inputs(1), 1),
    "an input out of range": (with_inputs(3), None),
}


@pytest.mark.parametrize("name", CASES)
def test_spacer_decides_the_clauses(name):
    on, depth = CASES[name]
    assert spacer(to_chc(on, (BAD,))) == ("sat" if depth is None else "unsat")


@pytest.mark.parametrize("name", CASES)
def test_btor2_means_the_system(name):
    on, depth = CASES[name]
    assert depths(read(to_btor2(circuit(on))), 200) == [depth]


@pytest.mark.parametrize("name", CASES)
def test_vmt_means_the_system(name):
    on, depth = CASES[name]
    latched = name == "by an input in the middle"  # a violation in the middle is seen in the state after it
    assert vmt_depths(to_vmt(circuit(on)), 6) == [None if depth is None else depth + latched]


@pytest.mark.parametrize(
    ("program", "cpus"),
    [
        (programs.counter(2), 2),
        (programs.counter(2, broken=True), 2),
        (programs.lock(), 2),
        (programs.lock(broken=True), 2),
        (programs.founding_race(3), 2),
        (programs.founding_race(3, enter_with=4), 2),
    ],
)
def test_spacer_agrees_with_an_exhaustive_search(program, cpus):
    violated = explicit(program, cpus)
    on = encode(compile_program(program), cpus)
    told = {name: spacer(to_chc(on, (name,))) for name in on.properties()}
    assert told == {name: "unsat" if name in violated else "sat" for name in on.properties()}


@pytest.mark.parametrize("op", [*SAME_WIDTH, *PREDICATES])
@pytest.mark.parametrize("width", [1, 3])
def test_every_operator_means_the_same_in_btor2(op, width):
    a, b = symbol("a", width), symbol("b", width)
    whole = intern(op, 1 if op in PREDICATES else width, (a, b))
    bits = [extract(whole, i, i) for i in range(whole.width)]
    assert in_btor2([a, b], bits) == as_terms([a, b], bits)


def test_every_shape_means_the_same_in_btor2():
    a, b = symbol("a", 3), symbol("b", 2)
    shapes = [intern(Op.NOT, 3, (a,)), intern(Op.NEG, 3, (a,)), intern(Op.CONCAT, 5, (a, b)), intern(Op.ZEXT, 4, (b,))]
    shapes += [intern(Op.SEXT, 4, (b,)), intern(Op.ITE, 3, (extract(b, 0, 0), a, const(5, 3)))]
    shapes += [intern(Op.EXTRACT, 2, (a,), 1)]
    bits = [extract(term, i, i) for term in shapes for i in range(term.width)]
    assert in_btor2([a, b], bits) == as_terms([a, b], bits)


def in_btor2(inputs: Sequence[Term], bits: Sequence[Term]) -> dict[tuple[int, ...], tuple[int, ...]]:
    """Return the values of the bits in BTOR2, for all values of the inputs."""
    model = read(to_btor2(Circuit((), tuple(inputs), tuple((f"bit {i}", t) for i, t in enumerate(bits)), ())))
    found = {}
    for given in itertools.product(*(range(1 << i.width) for i in inputs)):
        known = values(model, dict(zip(model.inputs, given, strict=True)))
        found[given] = tuple(known[bad] for bad in model.bad)
    return found


def as_terms(inputs: Sequence[Term], bits: Sequence[Term]) -> dict[tuple[int, ...], tuple[int, ...]]:
    """Return the values of the bits by the meaning of terms, for all values of the inputs."""
    every = itertools.product(*(range(1 << i.width) for i in inputs))
    return {
        given: tuple(evaluate_all(bits, {i.name: v for i, v in zip(inputs, given, strict=True)})) for given in every
    }


@pytest.mark.parametrize(
    ("on", "certificate", "wanted"),
    [
        (never_inductive(), Certificate(BAD, 0, (LEMMA,)), "unsat"),
        (needs_k2(), Certificate(BAD, 2, ()), "unsat"),
        (never_inductive(), Certificate(BAD, 2, ()), "sat"),
    ],
)
def test_three_solvers_answer_each_obligation(on, certificate, wanted):
    files = obligation_files(claims(on, (certificate,)), ["who"], lambda _: ["C: x = 1;"])
    told = [answers(file.text) for file in files]
    assert files
    assert all(len(set(told.values())) == 1 for told in told)
    assert {"sat"} <= {t["z3"] for t in told} if wanted == "sat" else {t["z3"] for t in told} == {"unsat"}
    assert all(file.text.startswith("; who\n; obligation: ") and "; C: x = 1;\n" in file.text for file in files)


HOSTILE = 'a|b "q"; (check-sat)\n(exit)\r\x1b[2J/../é\\'


def hostile() -> TransitionSystem:
    on = violated_in_state(1)
    stated = tuple(replace(c, property=HOSTILE) for c in on.state_checks)
    steps = tuple(replace(s, label=f"x\n(exit)\n{s.label}") for s in on.steps)
    return replace(on, state_checks=stated, steps=steps)


def test_no_id_and_no_label_becomes_a_command():
    on = hostile()
    texts = [to_chc(on, (HOSTILE,), [HOSTILE]), to_vmt(circuit(on), [HOSTILE]), to_btor2(circuit(on), [HOSTILE])]
    assert spacer(texts[0]) == "unsat"
    assert vmt_depths(texts[1], 3) == [1]
    assert depths(read(texts[2]), 20) == [1]
    for text in texts:
        assert all(c == "\n" or (c.isascii() and c.isprintable()) for c in text)


def test_file_names_hold_only_what_every_file_system_takes():
    ids = [HOSTILE, "", ".", "..", "a/b", "A" * 500, "a/b"]
    found = list(file_names(ids, "smt2"))
    assert all(re.fullmatch(r"\d{3}(-[A-Za-z0-9_][A-Za-z0-9_.-]*)?\.smt2", name) for name in found)
    assert len(set(found)) == len(ids)
    assert max(map(len, found)) < 80


def test_variables_with_odd_names_stay_apart():
    words = one_word(["a b", "a_b", "a;b", "a b!2", "é", ""])
    assert len(set(words.values())) == len(words)
    assert all(re.fullmatch(r"[\x21-\x3a\x3c-\x7e]+", word) for word in words.values())


def test_one_input_of_two_widths_is_refused():
    given = [Input("d", width, signed=False, low=0, high=1, label="d") for width in (4, 5)]
    with pytest.raises(ValueError, match="two widths"):
        circuit(system([var("x", 4)], {"x": 0}, [step("s", TRUE, {}, inputs=given)]))
