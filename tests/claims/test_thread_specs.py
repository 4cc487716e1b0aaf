"""The specs that answer one claim, against an exhaustive search on narrow words, which shares nothing with the tool."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.explicit_search import explore
from verify.claims_file import read_claims
from verify.frontend.load import Options, load
from verify.program.program import HeaderOrigin, Program
from verify.report.claimed import Verdict

FILES: Final = ("specs/page_ref/claims.toml", "specs/thread/batch_use.toml")

NARROW: Final = {"PAGE_REF_BITS": "5", "NR_MAX": "2", "REFS_MAX": "2"}
NARROW_OF: Final = {"page_frag.c": {**NARROW, "REFS_MAX": "5", "BIAS": "3"}}
"""Bounds so small that every machine can be visited; they replace what a claim says of them."""
BITS: Final = 5
WIDE: Final = "guess_one_alone.c"
"""Its text has words of 32 bits."""
AT_FULL_WIDTH: Final = (("page_frag.c", ("NR_MAX=262144",)),)
"""Refuted only by the number of contexts or of references at once, which narrow bounds take away."""

EVERY: Final = "*"
"""Stands for every property of a spec."""

Key = tuple[str, tuple[str, ...], tuple[str, ...]]
"""A spec, the macros and the knobs of a claim."""


def claimed() -> dict[Key, dict[str, str]]:
    """Return the verdicts that are claimed of specs outside specs/page_ref, whose own verdicts have a law."""
    found: dict[Key, dict[str, str]] = {}
    for tie in (tie for file in FILES for claim in read_claims(file).claims for tie in claim.ties):
        if isinstance(tie, Verdict) and "specs/page_ref/" not in tie.spec and not tie.spec.endswith(WIDE):
            verdicts = found.setdefault((tie.spec, tie.defines, tie.knobs), {})
            verdicts.update(dict.fromkeys(tie.properties or (EVERY,), tie.verdict))
    return found


CLAIMED: Final = claimed()
SEARCHED: Final = sorted(k for k in CLAIMED if (k[0].rsplit("/", 1)[1], k[1]) not in AT_FULL_WIDTH)


def narrow(key: Key, kernel: str | None = None) -> Program:
    spec, defines, knobs = key
    bounds = NARROW_OF.get(spec.rsplit("/", 1)[1], NARROW)
    kept = (d for d in defines if d.split("=")[0] not in bounds)
    given = (*(f"{name}={value}" for name, value in bounds.items()), *kept)
    return load(spec, Options(defines=given, int_bits=BITS, knobs=knobs, kernel=kernel))


def verdicts_of(program: Program, cpus: int) -> dict[str, str]:
    """Return the verdict of every property as the search sees it."""
    found = explore(program, cpus)
    assert found.complete
    reached = {p.id: "PROVED" if p.id in found.checks else "VACUOUS" for p in program.properties}
    return reached | dict.fromkeys(found.depths, "REFUTED")


FRAGMENTS: Final = "specs/thread/page_ref/page_frag.c"
"""Has the most states: it is searched in the long run."""


@pytest.mark.parametrize(
    "key", [pytest.param(key, marks=[pytest.mark.slow] if key[0] == FRAGMENTS else []) for key in SEARCHED]
)
def test_two_cpus_on_narrow_words_violate_exactly_what_is_claimed(key: Key) -> None:
    found = verdicts_of(narrow(key), 2)
    wanted = dict(CLAIMED[key])
    every = wanted.pop(EVERY, None)
    wanted |= {} if every is None else {name: wanted.get(name, every) for name in found}
    assert {name: found[name] for name in wanted} == wanted
    assert wanted


RETURNS: Final = "specs/thread/page_ref/zero_by_return.c"
VARIANTS: Final = ((), ("MAINLINE",), ("V2",), ("V3",), ("V5",))
OTHERWISE: Final = (("MAINLINE", "BY_RETURN"), ("BY_RETURN",), ("V2", "BY_RETURN"), ("MAINLINE", "BIAS_BY_SET"))
TOLD: Final = [
    *((FRAGMENTS, defines) for defines in (*VARIANTS, *OTHERWISE)),
    *((RETURNS, defines) for defines in VARIANTS),
]


@pytest.mark.parametrize(
    ("name", "defines"),
    [pytest.param(name, defines, marks=[pytest.mark.slow] if name == FRAGMENTS else []) for name, defines in TOLD],
)
def test_what_a_spec_expects_is_what_two_cpus_do(name: str, defines: tuple[str, ...]) -> None:
    program = narrow((name, defines, ()))
    expected = dict.fromkeys((p.id for p in program.properties), "PROVED")
    assert verdicts_of(program, 2) == expected | {e.property: e.verdict.name for e in program.expectations}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "defines"), [(name, defines) for name, defines in TOLD if "BY_RETURN" not in defines])
def test_a_third_cpu_violates_nothing_more(name: str, defines: tuple[str, ...]) -> None:
    program = narrow((name, defines, ()))
    refuted = {e.property for e in program.expectations if e.verdict.name == "REFUTED"}
    assert explore(program, 3).depths.keys() == refuted


@pytest.mark.kernel
@pytest.mark.parametrize(("name", "defines"), [(n, d) for n, d in TOLD if "MAINLINE" in d])
def test_the_real_header_does_what_the_rendering_does(
    name: str, defines: tuple[str, ...], kernel_headers: Path
) -> None:
    rendered = explore(narrow((name, defines, ())), 2)
    real = narrow((name, defines, ()), str(kernel_headers))
    assert [s.name for s in real.sources if s.origin is HeaderOrigin.KERNEL] == ["<kernel>/include/linux/page_ref.h"]
    found = explore(real, 2)
    assert (found.depths, found.states) == (rendered.depths, rendered.states)


def test_there_are_specs_to_compare() -> None:
    assert len(CLAIMED) >= 4
