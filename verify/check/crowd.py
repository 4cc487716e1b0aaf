"""Any number of concrete CPUs: groups of CPUs at one place, each with locals of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from verify.check.progression import Line


@dataclass(frozen=True, slots=True)
class Group:
    """``number`` CPUs before ``node`` of an actor; the locals of the i-th are those of its lines at i.

    ``locals`` hold every local of the actor's routine in its order; one that is not live is zero.
    """

    actor: int
    node: int
    locals: tuple[Line, ...]
    number: int

    def values(self, index: int) -> tuple[int, ...]:
        """Return the locals of one of the CPUs."""
        return tuple(v.at(index) for v in self.locals)

    @property
    def uniform(self) -> bool:
        """Whether all CPUs have the same locals."""
        return self.number == 1 or all(v.step == 0 for v in self.locals)

    def part(self, begin: int, end: int) -> tuple[Group, ...]:
        """Return the CPUs from ``begin`` to before ``end``; nothing where there are none."""
        if begin >= end:
            return ()
        moved = tuple(Line(v.width, v.at(begin), v.step, end - begin) for v in self.locals)
        return (Group(self.actor, self.node, moved, end - begin),)


Crowd = tuple[Group, ...]


def inside(crowd: Iterable[Group], actor: int | None = None) -> int:
    """Return the number of CPUs inside an actor (None: any)."""
    return sum(g.number for g in crowd if actor in {None, g.actor})


def take(crowd: Crowd, actor: int, node: int, values: tuple[int, ...], number: int) -> Crowd | None:
    """Return the crowd without ``number`` CPUs that have these locals at this place; None where they are not there."""
    left, wanted = list[Group](), number
    for group in crowd:
        if wanted and (group.actor, group.node) == (actor, node):
            if group.uniform and group.values(0) == values:
                taken = min(wanted, group.number)
                wanted -= taken
                left += group.part(taken, group.number)
                continue
            place = None if group.uniform else _place(group, values)
            if place is not None:
                wanted -= 1
                left += (*group.part(0, place), *group.part(place + 1, group.number))
                continue
        left.append(group)
    return None if wanted else tuple(left)


def _place(group: Group, values: tuple[int, ...]) -> int | None:
    """Return which CPU of a group has these locals: by the first local that moves without meeting a value twice."""
    for held, value in zip(group.locals, values, strict=True):
        if held.step:
            for step in (held.step, held.step - (1 << held.width)):
                index, rest = divmod(value - held.start, step)
                if not rest and 0 <= index < group.number and group.values(index) == values:
                    return index
    return None
