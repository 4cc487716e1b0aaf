"""The report: docs/benchmarks.md."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Final

from bench.rows import Limits, Row

_VERSIONS: Final = {
    "spin": ("spin", "-V"),
    "yosys": ("yosys", "-V"), "berkeley-abc": ("dpkg-query", "-W", "-f", "${Version}", "berkeley-abc")
}  # fmt: skip


_FOOT: Final = """\
## What is compared

- refproof: the whole command, from the C text to certificates that two solvers accepted, with reach and the search
  for stuck CPUs. Widths below 32 bits compile the same C text with a narrow `int`, 64 bits with `long`.
- The peers' times leave out the making of their input. All but Spin get the system that refproof's front end made:
  berkeley-abc (`strash; scorr; dc2; pdr`) and yosys-smtbmc (z3, bounded only) as Verilog through yosys, Spacer as
  Horn clauses. Spin gets `bench/models/page_ref.pml`, by hand.
- A peer proves its row for exactly that number of CPUs. The counting model is refproof's abstraction for any number,
  handed over with the facts of locations already inferred.
- A peer that gave no answer for some number of CPUs was not asked about more.
- Proofs of peers come without evidence that was checked; a bounded answer excludes short violations only.
"""


def report(rows: Sequence[Row], limits: Limits, load: tuple[float, float]) -> str:
    """Return the page. ``load`` is the machine's load average before and after."""
    lines = [*_head(limits, load), "", *_table([r for r in rows if r.tool == "refproof"], rows)]
    lines += ["", "## Peers", "", *_table([r for r in rows if r.tool != "refproof"], rows)]
    return "\n".join((*lines, "", *_foot())) + "\n"


def _head(limits: Limits, load: tuple[float, float]) -> Iterator[str]:
    yield "# Benchmarks"
    yield ""
    yield "Written by this command, in one run on one machine:"
    yield ""
    yield f"    python -m bench --seconds {limits.seconds:g} --memory {limits.memory}"
    yield ""
    yield f"{os.cpu_count()} processors, shared with other work: load {load[0]:.1f} before, {load[1]:.1f} at the end."
    yield "Seconds say little on a shared machine; compare ratios within the table."
    yield f"Each run had at most {limits.seconds:g} s and {limits.memory} MiB; what was too slow is marked. Versions:"
    yield f"refproof {version('refproof')}, z3 {version('z3-solver')}, {', '.join(_versions())}."
    yield ""
    yield "All rows of one spec and width ask for the same properties, all at once, with the same bounds."
    yield "Memory is that of all processes of a run (PSS, sampled). A ratio is the wall time divided by refproof's for"
    yield "any number of CPUs of the same spec and width, at the largest bound on contexts."
    yield ""
    yield "## refproof"


def _versions() -> Iterator[str]:
    for name, command in _VERSIONS.items():
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=20)  # noqa: S603
        found = re.search(r"\d[\w.+-]*", done.stdout)
        yield f"{name} {found[0] if found else 'of unknown version'}"


def _table(shown: Sequence[Row], rows: Sequence[Row]) -> Iterator[str]:
    yield "| spec | bits | NR_MAX | tool | CPUs | shown | wall time | memory | ratio |"
    yield "|---|---:|---:|---|---|---|---:|---:|---:|"
    for row in shown:
        base = _base(row, rows)
        at_least = "> " if row.cost.ended else ""
        ratio = f"{at_least}{row.cost.seconds / base.cost.seconds:.2f}" if base else ""
        yield (
            f"| {row.case.name} | {row.case.bits} | {row.case.nr_max} | {row.tool} | {row.cpus} | {_shown(row)} "
            f"| {at_least}{row.cost.seconds:.1f} s | {row.cost.memory:.0f} MiB | {ratio} |"
        )


def _shown(row: Row) -> str:
    if row.cost.ended:
        return f"{row.shown or 'no answer'} ({row.cost.ended} limit)"
    return row.shown or f"no answer (exit code {row.cost.code})"


def _base(row: Row, rows: Sequence[Row]) -> Row | None:
    """Return refproof's last row for any number of CPUs of the same case, if it is a proof."""
    same = [r for r in rows if r.tool == "refproof" and r.case == row.case and r.cpus.startswith("any")]
    return same[-1] if same and same[-1].shown == "proved" else None


def _foot() -> Iterator[str]:
    yield from _FOOT.splitlines()
