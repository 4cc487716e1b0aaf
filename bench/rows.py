"""The rows of the comparison, measured one after the other."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.measure import Cost, measure
from bench.peers import PEERS, Peer, system_of
from bench.specs import Case, command, copy

ROOT: Final = Path(__file__).parent.parent
NAMES: Final = ("mainline", "locked_bit")
WIDTHS: Final = {8: (2, 16), 16: (4, 1 << 12), 32: (1024, 1 << 30), 64: (1024, 1 << 30)}
"""Per width in bits: NR_MAX and REFS_MAX, so that no property is violated for the contexts below."""

CONTEXTS: Final = {8: (3,), 16: (10,), 32: (3, 10, 19), 64: (19,)}
"""Per width: the contexts of refproof's rows, as exponents of two."""

PEER_WIDTHS: Final = (8, 32)
PEER_CPUS: Final = (2, 3, 4, 5)
OWN_CPUS: Final = (2, 4)
LARGEST: Final = 19


@dataclass(frozen=True, slots=True)
class Limits:
    """What each run may use: seconds of wall time, and MiB of memory."""

    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class Row:
    """A run: who, on what, for how many CPUs, and what it showed ("" for no answer)."""

    tool: str
    case: Case
    cpus: str
    shown: str
    cost: Cost


def case_of(name: str, bits: int) -> Case:
    """Return a spec at a width, with the bounds of that width."""
    return Case(name, bits, *WIDTHS[bits])


def own_rows(limits: Limits) -> Iterator[Row]:
    """Yield refproof's rows: any number of CPUs at every width, then the exact numbers that the peers get."""
    for name in NAMES:
        for bits, exponents in CONTEXTS.items():
            for exponent in exponents:
                yield _own(case_of(name, bits), 1 << exponent, "any", f"any, to 2^{exponent}", limits)
        for bits in PEER_WIDTHS:
            for cpus in OWN_CPUS:
                row = _own(case_of(name, bits), 1 << CONTEXTS[bits][-1], str(cpus), str(cpus), limits)
                yield row
                if not row.shown:
                    break


def _own(case: Case, contexts: int, cpus: str, label: str, limits: Limits) -> Row:
    with TemporaryDirectory() as folder:
        spec = copy(case, contexts, Path(folder) / "spec")
        cost = measure(command(case, spec, cpus, limits.seconds), ROOT, limits.seconds + 10, limits.memory)
    return Row("refproof", case, label, _shown(cost), cost)


def _shown(cost: Cost) -> str:
    lines = [line.split() for line in cost.output.splitlines() if line.endswith("as expected")]
    verdicts = [words[1] for words in lines if words[1] != "properties,"]
    if cost.ended is None and cost.code == 0 and verdicts and all(v.startswith("PROVED") for v in verdicts):
        return "proved"
    return "violated" if cost.code == 1 else ""


def peer_rows(limits: Limits) -> Iterator[Row]:
    """Yield the peers' rows; a peer that gave no answer is not asked about more CPUs."""
    for name in NAMES:
        for peer in PEERS:
            for bits in PEER_WIDTHS:
                yield from _growing(peer, case_of(name, bits), limits)
            if peer.counts:
                yield _peer(peer, case_of(name, 32), None, limits)


def _growing(peer: Peer, case: Case, limits: Limits) -> Iterator[Row]:
    for cpus in PEER_CPUS:
        row = _peer(peer, case, cpus, limits)
        yield row
        if row.cost.ended or not row.shown:
            return


def _peer(peer: Peer, case: Case, cpus: int | None, limits: Limits) -> Row:
    exponent = CONTEXTS[case.bits][-1]
    label = str(cpus) if cpus else f"any, to 2^{exponent} (counting model)"
    with TemporaryDirectory() as folder:
        spec = copy(case, 1 << exponent, Path(folder) / "spec")
        try:
            run = peer.prepare(case, system_of(case, spec, cpus), cpus, Path(folder))
        except subprocess.SubprocessError as error:
            return Row(peer.name, case, label, "", Cost(0, 0, str(error), -1, "preparation"))
        cost = measure(run, Path(folder), limits.seconds, limits.memory)
    return Row(peer.name, case, label, peer.read(cost), cost)


def all_rows(limits: Limits, tell: Callable[[list[Row]], None]) -> list[Row]:
    """Measure everything, one run at a time, telling all rows so far."""
    rows = []
    for source in (own_rows(limits), peer_rows(limits)):
        for row in source:
            rows.append(row)
            tell(rows)
    return rows
