"""The mutants of the shipped variants, and what an exhaustive search of their narrow compilations says of each.

Every variant is mutated: its spec's own macros, its header, and the header that its family shares (once, beside the
correct variant).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from tests.explicit_search import Found, explore
from tests.mutants import Mutant, mutants
from tests.shipped import NARROW, SPECS
from verify.frontend.load import Options, load
from verify.program.errors import InputError
from verify.program.program import Program


@dataclass(frozen=True, slots=True)
class Case:
    """A mutant of ``file``, a path inside the family's folder, as ``spec`` sees it."""

    family: str
    spec: str
    file: str
    mutant: Mutant

    def __str__(self) -> str:
        return f"{self.family}/{self.file}:{self.mutant.what}"


MUTATED: Final = (
    ("page_ref", "mainline.c", "mainline.c"),
    ("page_ref", "mainline.c", "variants/mainline_6_1.h"),
    ("page_ref", "locked_bit.c", "locked_bit.c"),
    ("page_ref", "locked_bit.c", "variants/locked_bit.h"),
    ("page_ref", "zero_unlocked.c", "zero_unlocked.c"),
    ("refcount", "refcount.c", "variants/counter.h"),
    ("refcount", "refcount.c", "variants/refcount.h"),
    ("refcount", "refcount_broken.c", "variants/racy_inc_not_zero.h"),
    ("lockref", "lockref.c", "variants/counter.h"),
    ("lockref", "lockref.c", "variants/lockref.h"),
    ("lockref", "lockref_broken.c", "variants/ignored_lock.h"),
    ("rcuref", "rcuref.c", "variants/rcuref.h"),
    ("rcuref", "rcuref.c", "variants/slowpath.h"),
)
"""(family, spec, mutated file)"""


def mutants_of(family: str, spec: str, file: str) -> list[Case]:
    return [Case(family, spec, file, mutant) for mutant in mutants((SPECS / family / file).read_text())]


ALL: Final = [case for where in MUTATED for case in mutants_of(*where)]


def copied(family: str, folder: Path) -> Path:
    """Return a copy of a family's folder, to be changed."""
    shutil.copytree(SPECS / family, folder / family)
    return folder / family


def mutated(case: Case, folder: Path) -> Path:
    """Return the path of the mutant's spec, in a new copy of its family."""
    where = copied(case.family, folder)
    (where / case.file).write_text(case.mutant.text)
    return where / case.spec


def loaded(spec: Path, options: Options) -> Program | None:
    """Return the program, None where the front end refuses the mutant."""
    try:
        return load(str(spec), options)
    except InputError:
        return None


def narrow_mutant(case: Case, folder: Path) -> Program | None:
    return loaded(mutated(case, folder), NARROW[case.family])


@dataclass(frozen=True)
class Tally:
    """How a search classified mutants; a property that it neither saw violated nor searched to the end is open."""

    refused: tuple[str, ...]
    found: dict[str, tuple[Program, Found]]

    @cached_property
    def open(self) -> tuple[str, ...]:
        return tuple(
            f"{label}: {p.id}"
            for label, (program, found) in self.found.items()
            for p in program.properties
            if not found.complete and p.id not in found.depths
        )

    @property
    def questions(self) -> int:
        return sum(len(program.properties) for program, _ in self.found.values())

    @property
    def violated(self) -> int:
        return sum(bool(found.depths) for _, found in self.found.values())

    def __str__(self) -> str:
        return (
            f"{len(self.found)} mutants, {self.violated} violate a property, {len(self.refused)} more are refused; "
            f"not classified: {len(self.open)} of {self.questions} properties" + "".join(f"\n  {o}" for o in self.open)
        )


def classify(cases: Iterable[Case], folder: Path, limit: int) -> Tally:
    """Search every mutant with two CPUs, up to ``limit`` machines each."""
    refused: list[str] = []
    found: dict[str, tuple[Program, Found]] = {}
    for number, case in enumerate(cases):
        program = narrow_mutant(case, folder / str(number))
        if program is None:
            refused.append(str(case))
        else:
            found[str(case)] = program, explore(program, 2, limit=limit, partial=True)
    return Tally(tuple(refused), found)
