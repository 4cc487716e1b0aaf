"""The matrix: every verdict of every spec, in a fixed order, within 99 columns."""

from __future__ import annotations

from dataclasses import replace

from tests.outcomes import discharged, every_verdict, outcome, program, refuted, row
from verify.check.checked import Proved, Undecided
from verify.report.matrix import matrix, matrix_text
from verify.report.outcome import Outcome


def named(spec: str, found: Outcome) -> Outcome:
    return replace(found, program=program(name=spec))


def proved(name: str, expected: str = "PROVED(2 cpus)") -> Outcome:
    return outcome(row(Proved(name, 2, discharged(name)), expected))


def text(*found: tuple[str, Outcome | None]) -> str:
    return matrix_text(matrix(dict(found)))


def test_words_where_they_fit() -> None:
    both = outcome(refuted(), row(Undecided("freed-once", "no time", None)))
    assert text(("a/broken.c", both), ("a/fine.c", proved("freed-once"))) == (
        "verdicts\n"
        "\n"
        "property                 broken    fine\n"
        "no-reference-while-free  REFUTED   -\n"
        "freed-once               UNKNOWN!  PROVED\n"
        "\n"
        "2 specs; 3 verdicts, 1 not as expected\n"
    )


def test_an_unexpected_verdict_and_an_unread_spec_are_marked() -> None:
    shown = text(("fine.c", proved("p", "REFUTED")), ("bad.c", None))
    assert "p         PROVED!  not read" in shown
    assert "2 specs, 1 could not be read; 1 verdict, 1 not as expected" in shown
    assert "all as expected" in text(("fine.c", proved("p")))
    assert "all as expected" not in text(("fine.c", proved("p")), ("bad.c", None))
    assert "all as expected" not in text(("bad.c", None))


def test_letters_where_words_do_not_fit() -> None:
    found = [(f"specs/page_ref/variant_{n}.c", every_verdict()) for n in range(40)]
    shown = text(*found)
    assert max(map(len, shown.splitlines())) <= 99
    assert " 40  specs/page_ref/variant_39.c" in shown
    # Each verdict once in each of the three blocks of columns; legends and list come once.
    assert shown.count("no-reference-while-free ") == 3
    line = next(x for x in shown.splitlines() if x.startswith("no-bug"))
    assert line.split() == ["no-bug", *["U!"] * (len(line.split()) - 1)]
    assert shown.count("P PROVED, R REFUTED") == 1


def test_long_names_of_properties_are_whole_and_hide_no_verdict() -> None:
    shown = text(("a.c", proved("x" * 150)), ("b.c", proved("x" * 149 + "y")))
    assert max(map(len, shown.splitlines())) <= 99
    lines = shown.splitlines()[3:]
    assert "".join(line.split()[0] for line in lines[:8]) == "x" * 299 + "y"
    assert [line.split()[1:] for line in (lines[0], lines[4])] == [["PROVED", "-"], ["-", "PROVED"]]


def test_two_specs_of_one_name_are_numbered() -> None:
    shown = text(("a/x.c", proved("p")), ("b/x.c", outcome(refuted())))
    assert "  1  a/x.c\n  2  b/x.c\n" in shown
    assert "p                        P  -\nno-reference-while-free  -  R\n" in shown


def test_order_is_that_of_the_specs_and_of_their_properties() -> None:
    found = [("b.c", proved("later")), ("a.c", outcome(refuted()))]
    assert text(*found).index("later") < text(*found).index("no-reference")
    assert text(*found) == text(*found)
