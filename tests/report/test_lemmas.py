"""Lemmas for people: places by name, CPUs together, and nothing said of all that is said of some."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.outcomes import discharged, outcome, row
from verify.check.checked import Proved
from verify.encode.steps import compile_program
from verify.frontend.load import Options, load
from verify.report.lemmas import lemma_texts
from verify.report.text import plain_report
from verify.term import build as b

SPEC = """#include <refproof.h>
#include <linux/atomic.h>
atomic_t word; GHOST unsigned int refs; GHOST bool free;
INIT { }
ACTOR_MAX(1, boot) { atomic_inc(&word); }
ACTOR(lookup) {
	int nr = ANY(1, 9);
	atomic_inc(&word);
	atomic_add(nr, &word);
}
ACTOR(put) { atomic_dec(&word); atomic_dec(&word); atomic_dec(&word); }
CHECK_PLACE
"""
FREE, REFS = b.symbol("free", 1), b.symbol("refs", 32)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    spec = tmp_path_factory.mktemp("spec") / "spec.c"
    spec.write_text(SPEC.replace("CHECK_PLACE", 'ALWAYS("x", refs == 0);'))
    made = load(str(spec), Options())
    assert [(at.actor, at.span.line) for at in compile_program(made).locations] == [
        ("lookup", 9), ("put", 11), ("put", 11),
    ]  # fmt: skip
    return made


def at(cpu, location):
    return b.eq(b.symbol(f"cpu{cpu}.pc", 2), b.const(location, 2))


def nr(cpu):
    return b.symbol(f"cpu{cpu}.lookup.nr", 32)


def shown(program, *lemmas, cpus=2):
    evidence = discharged("x")
    proved = Proved("x", cpus, replace(evidence, certificate=replace(evidence.certificate, lemmas=lemmas)))
    return outcome(row(proved), program=program, cpus=cpus)


def away(cpu, location, fact):
    return b.bvor(b.bvnot(at(cpu, location)), fact)


@pytest.mark.parametrize(
    ("lemma", "texts"),
    [
        (b.bvor(FREE, b.ite(FREE, FREE, b.eq(REFS, b.const(0, 32)))), ["free || refs == 0"]),
        (b.bvand(away(0, 1, FREE), away(1, 1, FREE)), ["a CPU at lookup:9: free"]),
        (away(0, 1, FREE), ["cpu0 not at lookup:9 || free"]),
        (b.bvand(away(0, 1, FREE), away(1, 2, FREE)), ["cpu0 not at lookup:9 || free", "cpu1 not at put:11#2 || free"]),
        (b.conj(b.bvsle(nr(c), b.const(9, 32)) for c in (0, 1)), ["each CPU: lookup.nr <= 9"]),
        (b.conj(b.bvnot(at(c, 0)) for c in (0, 1)), ["each CPU: cpu not outside every actor"]),
        (b.bvnot(b.bvor(b.bvand(at(0, 1), at(1, 1)), b.bvand(at(1, 1), at(0, 1)))), ["never two CPUs at lookup:9"]),
        (b.bvnot(b.bvand(at(0, 1), at(1, 2))), ["!(cpu0 at lookup:9 && cpu1 at put:11#2)"]),
        (b.bvnot(b.bvor(b.bvand(at(0, 1), at(1, 2)), b.bvand(at(1, 1), at(0, 2)))),
         ["never one CPU at lookup:9 and another at put:11#2"]),
    ],
)  # fmt: skip
def test_a_lemma_for_people(program, lemma, texts):
    assert list(lemma_texts(shown(program, lemma))[0]) == texts


def test_what_holds_of_two_of_three_cpus_is_not_said_of_all(program):
    two = b.bvand(away(0, 1, FREE), away(1, 1, FREE))
    assert lemma_texts(shown(program, two, cpus=3))[0] == (
        "cpu0 not at lookup:9 || free", "cpu1 not at lookup:9 || free",
    )  # fmt: skip
    pairs = b.conj(b.bvnot(b.bvand(at(i, 1), at(j, 1))) for i, j in ((0, 1), (0, 2)))
    assert len(lemma_texts(shown(program, pairs, cpus=3))[0]) == 2
    all_pairs = b.conj(b.bvnot(b.bvand(at(i, 1), at(j, 1))) for i, j in ((0, 1), (0, 2), (1, 2)))
    assert lemma_texts(shown(program, all_pairs, cpus=3))[0] == ("never two CPUs at lookup:9",)


def test_the_names_are_explained(program):
    made = shown(program, b.bvand(away(0, 1, FREE), away(1, 1, FREE)), b.symbol("entries.boot", 1))
    legend = dict(lemma_texts(made)[1])
    assert set(legend) == {"lookup:9", "entries.boot"}
    assert legend["lookup:9"].startswith("in lookup, before atomic_add at ")
    text = plain_report(made, brief=False)
    assert "  - a CPU at lookup:9: free\n  - entries.boot\n\n  lookup:9 " in text
    assert ".pc" not in text
