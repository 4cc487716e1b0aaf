"""Debian's 6.12 header as code under test: lookups in read-side sections, and what they store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explicit_search import explore
from tests.shipped import SPECS, narrow, narrow_options
from verify.frontend.load import Options, load
from verify.program.program import HeaderOrigin, Program

pytestmark = pytest.mark.kernel


def with_header(name: str, folder: Path) -> Program:
    defines = (*narrow_options(name).defines,)
    return load(str(SPECS / name), Options(defines=defines, int_bits=6, kernel=str(folder)))


def test_the_rendering_of_6_11_is_what_the_header_does(kernel_headers_6_12: Path) -> None:
    """The header looks for a fake head before it reads the count, and so may write to a read-only page."""
    real = with_header("vmemmap/mainline_6_11.c", kernel_headers_6_12)
    assert [s.name for s in real.sources if s.origin is HeaderOrigin.KERNEL] == ["<kernel>/include/linux/page_ref.h"]
    found = explore(real, 3)
    assert found.complete
    assert "no-store-to-read-only" in found.depths
    rendered = explore(narrow("vmemmap/mainline_6_11.c"), 3)
    assert (found.depths, found.states) == (rendered.depths, rendered.states)


@pytest.mark.parametrize("name", ["page_ref/mainline.c", "page_ref/mainline_6_11.c"])
def test_its_sections_are_no_steps_where_nobody_waits(name: str, kernel_headers_6_12: Path) -> None:
    real = with_header(name, kernel_headers_6_12)
    assert not any(g.name.startswith("rcu.") for g in real.ghosts)
    found = explore(real, 2)
    assert found.complete
    assert found.depths == {}


def test_the_row_of_6_11_is_what_the_header_does(kernel_headers_6_12: Path) -> None:
    rendered = explore(narrow("page_ref/mainline_6_11.c"), 2)
    found = explore(with_header("page_ref/mainline_6_11.c", kernel_headers_6_12), 2)
    assert (found.depths, found.states) == (rendered.depths, rendered.states)
