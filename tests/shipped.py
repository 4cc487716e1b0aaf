"""The shipped specs, and the narrow compilations of them that an exhaustive search can finish."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from verify.frontend.load import Options, load
from verify.program.program import Program

ROOT: Final = Path(__file__).parent.parent
SPECS: Final = ROOT / "specs"

SPEC_NAMES: Final = tuple(sorted(p.relative_to(SPECS).as_posix() for p in SPECS.glob("*/*.c")))
"""Every shipped spec; a new family needs a line in NARROW."""

NARROW: Final = {
    "page_ref": Options(defines=("PAGE_REF_BITS=6", "NR_MAX=2", "REFS_MAX=2"), int_bits=6),
    "page_ref/guess_one.c": Options(defines=("PAGE_REF_BITS=4", "NR_MAX=2", "REFS_MAX=3"), int_bits=4),
    "page_ref/guess_one_single.c": Options(defines=("PAGE_REF_BITS=4", "REFS_MAX=3"), int_bits=4),
    "vmemmap": Options(defines=("PAGE_REF_BITS=6", "REFS_MAX=2"), int_bits=6),
    "refcount": Options(defines=("REFCOUNT_BITS=6", "REFS_MAX=3"), int_bits=6),
    "refcount/saturated.c": Options(defines=("REFCOUNT_BITS=5", "REFS_MAX=20UL"), int_bits=5),
    "refcount/saturated_at_min.c": Options(defines=("REFCOUNT_BITS=5", "REFS_MAX=18UL"), int_bits=5),
    "rcuref": Options(defines=("RCUREF_BITS=6", "REFS_MAX=3UL"), int_bits=6),
    "lockref": Options(defines=("LOCKREF_BITS=8", "LOCKREF_MARK=4", "REFS_MAX=3"), int_bits=8),
}
"""Per family: words so narrow, and bounds so small, that every machine of 2 CPUs can be visited."""


def narrow_options(name: str) -> Options:
    """Return the spec's own narrow bounds, or its family's."""
    return NARROW.get(name) or NARROW[name.split("/", maxsplit=1)[0]]


def narrow(name: str) -> Program:
    """Return the narrow compilation of a shipped spec, such as ``page_ref/mainline.c``."""
    return load(str(SPECS / name), narrow_options(name))
