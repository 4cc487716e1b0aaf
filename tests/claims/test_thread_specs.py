"""The specs that answer one claim, against an exhaustive search on narrow words, which shares nothing with the tool."""

from __future__ import annotations

from typing import Final

import pytest

from tests.explicit_search import search
from verify.claims_file import read_claims
from verify.frontend.load import Options, load
from verify.report.claimed import Verdict

NARROW: Final = ("PAGE_REF_BITS=5", "NR_MAX=2", "REFS_MAX=2")
BITS: Final = 5
WIDE: Final = "guess_one_alone.c"
"""Its text has words of 32 bits."""


EVERY: Final = "*"
"""Stands for every property of a spec."""


def claimed() -> dict[tuple[str, tuple[str, ...]], dict[str, str]]:
    """Return the verdicts that are claimed of specs in specs/thread, by spec and macros."""
    found: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
    for claim in read_claims("specs/page_ref/claims.toml").claims:
        for tie in claim.ties:
            if isinstance(tie, Verdict) and "/thread/" in tie.spec and not tie.spec.endswith(WIDE):
                verdicts = found.setdefault((tie.spec, tie.defines), {})
                verdicts.update(dict.fromkeys(tie.properties or (EVERY,), tie.verdict))
    return found


CLAIMED: Final = claimed()


@pytest.mark.parametrize("key", sorted(CLAIMED))
def test_two_cpus_on_narrow_words_violate_exactly_what_is_claimed(key: tuple[str, tuple[str, ...]]) -> None:
    spec, defines = key
    program = load(spec, Options(defines=(*NARROW, *defines), int_bits=BITS))
    violated = search(program, 2)
    wanted = dict(CLAIMED[key])
    every = wanted.pop(EVERY, None)
    wanted |= {} if every is None else {p.id: wanted.get(p.id, every) for p in program.properties}
    assert {name: "REFUTED" if name in violated else "PROVED" for name in wanted} == wanted
    assert wanted


def test_there_are_specs_to_compare() -> None:
    assert len(CLAIMED) >= 4
