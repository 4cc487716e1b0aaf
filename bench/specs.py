"""The page-refcount specs at other widths and with other bounds, as copies in a folder of their own."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from verify.frontend.load import Options

SPECS: Final = Path(__file__).parent.parent / "specs" / "page_ref"
CONTEXTS: Final = "CPUS(1 << 19);"


@dataclass(frozen=True, slots=True)
class Case:
    """A spec by name, the width of its counter in bits, and the bounds on references."""

    name: str
    bits: int
    nr_max: int
    refs_max: int

    @property
    def defines(self) -> tuple[str, ...]:
        return (f"PAGE_REF_BITS={self.bits}", f"NR_MAX={self.nr_max}", f"REFS_MAX={self.refs_max}")

    @property
    def options(self) -> Options:
        """Return the front end's options: below 32 bits, int itself is that narrow."""
        return Options(defines=self.defines, int_bits=min(self.bits, 32))


def copy(case: Case, contexts: int, folder: Path) -> Path:
    """Return the spec in a new copy with CPUS(contexts), and with a word of 64 bits if the case says so."""
    shutil.copytree(SPECS, folder)
    lifecycle = folder / "lifecycle.h"
    text = lifecycle.read_text()
    if text.count(CONTEXTS) != 1:
        raise ValueError(f"{lifecycle} does not say {CONTEXTS}")
    lifecycle.write_text(text.replace(CONTEXTS, f"CPUS({contexts});"))
    if case.bits == 64:
        for file in (folder / "variants").iterdir():
            file.write_text(_wide(file.read_text()))
        file = folder / f"{case.name}.c"
        file.write_text(file.read_text().replace("atomic_", "atomic64_"))
    return folder / f"{case.name}.c"


def _wide(text: str) -> str:
    """Return the header with a counter of 64 bits."""
    text = text.replace("#include <linux/mm_types.h>", "struct page { atomic64_t _refcount; };")
    text = text.replace("unsigned int", "unsigned long").replace("atomic_", "atomic64_").replace("1U", "1UL")
    return re.sub(r"\bint (val|ret|page_ref_count|page_count|v)\b", r"long \1", text)


def command(case: Case, spec: Path, cpus: str, seconds: float) -> list[str]:
    """Return the command that checks the spec; widths below 32 are for tests, so only Python can ask for them."""
    if case.bits < 32:
        return [sys.executable, "-m", "bench.narrow", str(spec), str(case.bits), cpus, f"{seconds:g}", *case.defines]
    defines = (word for define in case.defines for word in ("-D", define))
    return [sys.executable, "-m", "verify", "check", str(spec), "--cpus", cpus, "--timeout", f"{seconds:g}", *defines]
