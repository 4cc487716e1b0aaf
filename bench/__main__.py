"""``python -m bench``: run everything and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Final

from bench.peers import missing
from bench.rows import ROOT, Limits, Row, all_rows
from bench.table import report

PAGE: Final = ROOT / "docs" / "benchmarks.md"


def main() -> int:
    """Measure and write the page; return 2 where a tool is missing."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="time limit of each run (default: %(default)s)")
    parser.add_argument("--memory", type=int, default=4096, help="memory limit in MiB (default: %(default)s)")
    given = parser.parse_args()
    if missing():
        sys.stderr.write(f"bench: missing: {' '.join(missing())}; on Debian:\n")
        sys.stderr.write("    apt-get install spin yosys berkeley-abc z3 gcc\n")
        return 2
    limits = Limits(given.seconds, given.memory)
    before = os.getloadavg()[0]

    def tell(rows: list[Row]) -> None:
        _tell(rows[-1])
        PAGE.write_text(report(rows, limits, (before, os.getloadavg()[0])), encoding="utf-8")

    all_rows(limits, tell)
    return 0


def _tell(row: Row) -> None:
    said = row.shown or "no answer"
    sys.stdout.write(f"{row.case.name} {row.case.bits} bits, {row.tool}, {row.cpus} CPUs: ")
    sys.stdout.write(f"{said}, {row.cost.seconds:.1f} s, {row.cost.memory:.0f} MiB\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
