"""Lemmas of earlier evidence are tried first: those that still hold are used, and nothing rests on what a file says."""

from __future__ import annotations

from dataclasses import replace

from tests.shipped import narrow
from tests.systems import soon
from verify.encode.steps import compile_program
from verify.engines.counted import LONGEST, Counted, counted, exclude, keeping
from verify.smt.select import engine_solvers
from verify.term.text import to_text

PROPERTIES = ("freed-once", "no-reference-while-free", "not-freed-while-referenced", "zero-while-free")
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
