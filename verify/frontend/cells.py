"""From accesses of (object, bits) to cells: bits that are accessed together make one cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from verify.frontend.state import World, unique
from verify.program.errors import reject
from verify.program.program import Access, Cell, Kind, Node, Routine
from verify.term.build import FALSE

Bits = tuple[str, int, int]
"""Object, first bit, number of bits."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A cell and the first bit of its object that it holds."""

    cell: Cell
    start: int


def accesses(routines: Iterable[Routine]) -> list[Access]:
    """Return all accesses, in order."""
    return [n for r in routines for n in r.nodes if isinstance(n, Access)]


def group(world: World, found: list[Access]) -> tuple[tuple[Cell, ...], dict[Bits, Slot]]:
    """Return the cells of a program and where each accessed range lies.

    Ranges that overlap, directly or through others, share a cell: one cell per connected component. Its name is the
    shortest C path of its widest access.
    """
    ranges = sorted({(a.cell, a.offset, a.width) for a in found}, key=lambda r: (r[0], r[1], -r[2]))
    components: list[list[Bits]] = []
    end = 0
    for r in ranges:
        if components and components[-1][0][0] == r[0] and r[1] < end:
            components[-1].append(r)
            end = max(end, r[1] + r[2])
        else:
            components.append([r])
            end = r[1] + r[2]
    slots: dict[Bits, Slot] = {}
    cells: list[Cell] = []
    for component in components:
        slot = _slot(world, component)
        cells.append(slot.cell)
        slots.update(dict.fromkeys(component, slot))
    return tuple(cells), slots


def _slot(world: World, component: list[Bits]) -> Slot:
    start = min(r[1] for r in component)
    end = max(r[1] + r[2] for r in component)
    widest = max(r[2] for r in component)
    if world.types.int_bits != 32 and len({r[1:] for r in component}) > 1:
        raise reject(
            None,
            f"'{component[0][0]}' is accessed in overlapping pieces, which a narrow compilation cannot lay out",
            "compile it with int of 32 bits",
        )
    names = sorted(n for r in component if r[2] == widest for n in world.paths[r])
    path, signed = min(names, key=lambda n: (len(n[0]), n))
    name = unique(world, path)
    aligned = all(at % width == 0 and world.alignments.get(o, 0) % width == 0 for o, at, width in component)
    return Slot(Cell(name, end - start, Kind.SIGNED if signed else Kind.UNSIGNED, aligned), start)


def relocate(routine: Routine, slots: Mapping[Bits, Slot]) -> Routine:
    """Return a routine whose accesses name cells and bits in them."""

    def moved(node: Node) -> Node:
        if not isinstance(node, Access):
            return node
        slot = slots[node.cell, node.offset, node.width]
        return replace(node, cell=slot.cell.name, offset=node.offset - slot.start)

    return replace(routine, nodes=tuple(moved(n) for n in routine.nodes))


def written(routines: Iterable[Routine]) -> tuple[str, ...]:
    """Return the names of cells that some routine may write, sorted. Accesses must name cells already."""
    return tuple(sorted({a.cell for a in accesses(routines) if a.stores is not FALSE}))
