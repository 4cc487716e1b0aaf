"""Quoted lines are those that clang means."""

from __future__ import annotations

import pytest

from tests.outcomes import ADD_LINE, HEADER, header, program
from verify.report.source import c_line
from verify.term.source import Span


def test_lines_are_counted_over_all_line_ends():
    assert c_line(program(), header(103)) == ADD_LINE.strip()
    assert c_line(program(), header(102)) == ""


@pytest.mark.parametrize("span", [Span("elsewhere.h", 1, 1), Span(HEADER, 0, 1), Span(HEADER, 99999, 1)])
def test_a_place_without_text_has_no_line(span):
    assert c_line(program(), span) == ""
