"""What the runs visit from which lemmas are guessed."""

from __future__ import annotations

import pytest

from tests.shipped import SPECS
from tests.systems import soon
from verify.encode.steps import compile_program
from verify.engines.counted import counted
from verify.frontend.load import Options, load
from verify.smt.select import engine_solvers
from verify.term.build import bvnot, const, ne


@pytest.mark.parametrize("variant", ["V3", pytest.param("V5", marks=pytest.mark.slow)])
def test_every_location_of_page_frag_is_visited_but_the_sweep(variant: str) -> None:
    """Three CPUs never leave the counter at what is left of the bias; one CPU does. The sweep is 2^30 lookups deep."""
    program = load(str(SPECS / "thread" / "page_ref" / "page_frag.c"), Options(defines=(variant,)))
    on = counted(compile_program(program), engine_solvers(), soon(60))
    nobody = {bvnot(ne(t.count, const(0, t.count.width))): t.location for t in on.counting.tallies}
    assert {nobody[guess].actor for guess in on.guessed if guess in nobody} == {"lookup"}
