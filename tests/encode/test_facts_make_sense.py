"""Facts that speak of more than a CPU's own locals, or of values that a local cannot have, make no system.

A fact about shared state would be assumed at the next step of the CPU, although another CPU's step in between
need not keep it; a range of values outside the local's width would bound a sum wrongly.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import programs
from tests.laws.counting_answers import judged
from verify.check.checked import Rejected
from verify.encode.counting import encode_counting
from verify.encode.steps import compile_program
from verify.term.build import const, eq, symbol
from verify.term.term import Term
from verify.verdict.answer import Abstraction, Certificate, LocationFacts

COMPILED = compile_program(programs.counter(2, broken=True))
"""``put`` reads the counter into ``put.seen`` and writes it back, less one, in a second access."""

(AT,) = COMPILED.locations
SEEN = symbol("put.seen", 2)


def facts(*ranges: tuple[str, int, int], holds: tuple[Term, ...] = ()) -> tuple[LocationFacts, ...]:
    return (LocationFacts(AT.actor, AT.node, ranges, holds),)


def test_facts_about_the_locals_are_accepted() -> None:
    made = encode_counting(COMPILED, facts(("put.seen", 0, 3), holds=(eq(SEEN, SEEN),)))
    assert len(made.tallies) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        facts(holds=(eq(SEEN, symbol(programs.COUNTER, 2)),)),
        facts(holds=(symbol("refs", 2),)),
        facts(holds=(eq(symbol("put.seen", 3), const(0, 3)),)),
        facts(holds=(SEEN,)),
        facts(("put.seen", 0, 4)),
        facts(("put.seen", 4, 7)),
        facts(("put.seen", -1, 3)),
        facts(("put.seen", 2, 1)),
        facts(("put.old", 0, 3)),
        (),
        (replace(facts()[0], node=AT.node + 1),),
        (replace(facts()[0], actor="get"),),
    ],
)
def test_other_facts_are_refused_and_their_certificates_rejected(wrong: tuple[LocationFacts, ...]) -> None:
    with pytest.raises(ValueError, match=r"fact|a CPU in"):
        encode_counting(COMPILED, wrong)
    (result,) = judged(COMPILED, (Certificate("agree", 0, (), Abstraction(wrong)),))
    assert isinstance(result, Rejected)
    assert "makes no sense" in result.reason
