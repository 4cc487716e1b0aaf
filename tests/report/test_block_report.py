"""A run in blocks in both reports: how often, the word before and after, the line, and who is inside."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.laws.block_runs import candidates, faster
from tests.outcomes import outcome
from tests.shipped import SPECS
from verify.check.blocks import replay_blocks
from verify.check.checked import BlockReplay, Refuted
from verify.encode.steps import compile_program
from verify.frontend.load import Options, load
from verify.report.json import to_json
from verify.report.outcome import Outcome, Row
from verify.report.text import plain_report

NAME = "no-reference-while-free"


@pytest.fixture(scope="module")
def overflow() -> Outcome:
    program = load(str(SPECS / "page_ref" / "locked_bit.c"), Options(defines=("NR_MAX=4096",)))
    trace = next(t for t in candidates(faster(compile_program(program)), states=1000) if t.property == NAME)
    ran = replay_blocks(program, trace)
    assert isinstance(ran, BlockReplay)
    decided = next(p for p in program.properties if p.id == NAME)
    return outcome(Row(decided, Refuted(NAME, ran), "REFUTED"), program=program)


def test_the_text_shows_each_block(overflow: Outcome) -> None:
    text = plain_report(overflow, brief=False)
    assert "replayed in blocks" in text
    assert "x 262,144 times: a CPU enters lookup" in text
    assert "all: page._refcount: 0xbfffffff -> 0xffffffff" in text
    assert re.search(r"locked_bit\.h:\d+: 262,144 CPUs", text)
    assert "int val = atomic_add_return(nr, &page->_refcount);" in text
    assert f"VIOLATED {NAME} in block 4" in text
    assert max(map(len, text.splitlines())) <= 79


def test_the_json_obeys_the_schema(overflow: Outcome) -> None:
    schema = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())
    document = json.loads(to_json([overflow]))
    Draft202012Validator(schema).validate(document)
    (found,) = document["specs"][0]["properties"]
    blocks = found["blocks"]["blocks"]
    assert [b["times"] for b in blocks] == [1, (1 << 30) - 1, 1 << 18, 1]
    assert blocks[2]["after"]["words"] == {"page._refcount": "0xffffffff"}
    assert [i["cpus"] for i in blocks[2]["inside"]] == [1 << 18]
