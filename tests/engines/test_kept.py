"""Lemmas of earlier evidence are tried first: those that still hold are used, and nothing rests on what a file says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.shipped import SPECS, narrow
from tests.systems import soon
from verify.encode.explicit import encode
from verify.encode.steps import compile_program
from verify.engines.counted import LONG_ENOUGH, LONGEST, WIDEST, Counted, counted, exclude, keeping
from verify.engines.messages import Answered, Budget, Message
from verify.engines.tasks import KEPT_SHARE, Job, induct
from verify.frontend.load import Options, load
from verify.smt.select import engine_solvers
from verify.term.build import bvmul, const, ne, symbol, zext
from verify.term.text import to_text
from verify.verdict.answer import Safe

PROPERTIES = ("freed-once", "no-reference-while-free", "not-freed-while-referenced", "zero-while-free")


def square(width: int) -> str:
    """Return that a number of references, of 6 bits, has no square 7."""
    wide = zext(symbol("refs", 6), width)
    return to_text(ne(bvmul(wide, wide), const(7, width)))


FALSE = (
    "(= |refs| #b000001)",
    "(= |nobody| #b000001)",
    "(= |refs| #b0001)",
    "|refs|",
    "(and",
    "",
    "(" * 5000,
    "(not " * 5000 + "|allocated|" + ")" * 5000,
    "x" * (LONGEST + 1),
    square(WIDEST + 1),
)


def searched() -> Counted:
    program = replace(narrow("refcount/refcount.c"), cpus_max=2)
    return counted(compile_program(program), engine_solvers(), soon(60))


def test_lemmas_that_hold_are_enough_and_others_do_no_harm() -> None:
    first = searched()
    assert set(exclude(first, PROPERTIES) or ()) == set(PROPERTIES)
    texts = [to_text(lemma) for lemma in first.lemmas]
    for kept in (texts, [*FALSE, *texts, *FALSE]):
        again = keeping(searched(), kept, engine_solvers(), soon(60))
        assert again is not None
        assert set(exclude(again, PROPERTIES) or ()) == set(PROPERTIES)
        assert {to_text(lemma) for lemma in again.search.lemmas} <= set(texts)


@pytest.mark.slow
def test_some_of_the_lemmas_prove_no_more_than_they_imply() -> None:
    first = searched()
    exclude(first, PROPERTIES)
    for lemma in first.search.lemmas:
        again = keeping(searched(), [to_text(lemma)], engine_solvers(), soon(60))
        assert again is not None
        assert set(exclude(again, PROPERTIES) or ()) <= set(PROPERTIES)
        assert {to_text(kept) for kept in again.search.lemmas} <= {to_text(lemma)}


def test_what_is_no_lemma_of_the_system_is_no_search() -> None:
    assert keeping(searched(), FALSE[1:7], engine_solvers(), soon(60)) is None
    assert keeping(searched(), (), engine_solvers(), soon(60)) is None


def test_no_more_lemmas_are_tried_than_make_sense() -> None:
    text = "(or |allocated| (not |allocated|))"
    assert keeping(searched(), ["|allocated|"], engine_solvers(), soon(60)) is not None
    assert keeping(searched(), ["x" * LONG_ENOUGH, "|allocated|"], engine_solvers(), soon(60)) is None
    assert keeping(searched(), [text], engine_solvers(), Budget(0)) is None
    assert keeping(searched(), [square(WIDEST)], engine_solvers(), soon(60)) is not None
    assert keeping(searched(), [square(WIDEST + 1)], engine_solvers(), soon(60)) is None


def test_lemmas_that_are_too_hard_take_a_part_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wrote them: what is proved without them is proved with them."""
    square = "(bvmul ((_ zero_extend 32) |refs|) (bvxor ((_ zero_extend 32) |in_use|) #x9e3779b97f4a7c15))"
    hard = f"(not (= (bvurem (bvmul {square} {square}) (bvor {square} #x0000000000000003)) #x123456789abcdef1))"
    shares: list[float] = []
    part = Budget.part
    monkeypatch.setattr(Budget, "part", lambda budget, share: shares.append(share) or part(budget, share))
    program = load(str(SPECS / "refcount/refcount.c"), Options())
    compiled = compile_program(program)
    job = Job(compiled, encode(compiled, 2), 2, PROPERTIES, 3, soon(24), prune=False, any_number=True, kept=(hard,))
    sent: list[Message] = []
    induct(job, sent.append)
    answers = [message.answer for message in sent if isinstance(message, Answered)]
    assert sorted(a.property for a in answers if isinstance(a, Safe)) == sorted(PROPERTIES)
    assert shares[0] == KEPT_SHARE
