"""A reader of BTOR2 in plain Python, written from the format's definition, and an exhaustive search of what it read."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Line = tuple[str, ...]


@dataclass(slots=True)
class Btor2:
    """Lines by number, and the numbers of the lines that matter to a search."""

    lines: dict[int, Line] = field(default_factory=dict)
    widths: dict[int, int] = field(default_factory=dict)
    inputs: list[int] = field(default_factory=list)
    states: list[int] = field(default_factory=list)
    first: dict[int, int] = field(default_factory=dict)
    after: dict[int, int] = field(default_factory=dict)
    bad: list[int] = field(default_factory=list)


def read(text: str) -> Btor2:
    """Return what the text says. Raises AssertionError where it is not BTOR2 as this reader knows it."""
    found = Btor2()
    sorts: dict[int, int] = {}
    last = 0
    for raw in text.splitlines():
        line = raw.split(";")[0].split()
        if not line:
            continue
        number, kind = int(line[0]), line[1]
        assert number > last, raw
        last = number
        match kind:
            case "sort":
                assert line[2] == "bitvec"
                sorts[number] = int(line[3])
                continue
            case "init" | "next":
                state, value = int(line[3]), int(line[4])
                assert state in found.states
                assert found.widths[state] == found.widths[value] == sorts[int(line[2])]
                (found.first if kind == "init" else found.after)[state] = value
                continue
            case "bad":
                assert found.widths[int(line[2])] == 1
                found.bad.append(int(line[2]))
                continue
            case "input":
                found.inputs.append(number)
            case "state":
                found.states.append(number)
            case _:
                assert all(int(word) in found.widths for word in line[3 : 3 + ARITY[kind]]), raw
        found.lines[number] = tuple(line)
        found.widths[number] = sorts[int(line[2])]
    return found


def _signed(value: int, width: int) -> int:
    return value - (1 << width) if value >> (width - 1) else value


def _divide(a: int, b: int) -> tuple[int, int]:
    quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    return quotient, a - quotient * b


def _sdiv(a: int, b: int, w: int) -> int:
    x, y = _signed(a, w), _signed(b, w)
    return _divide(x, y)[0] if y else (1 if x < 0 else -1)


def _srem(a: int, b: int, w: int) -> int:
    x, y = _signed(a, w), _signed(b, w)
    return _divide(x, y)[1] if y else x


BINARY: dict[str, Callable[[int, int, int], int]] = {
    "and": lambda a, b, w: a & b,
    "or": lambda a, b, w: a | b,
    "xor": lambda a, b, w: a ^ b,
    "add": lambda a, b, w: a + b,
    "sub": lambda a, b, w: a - b,
    "mul": lambda a, b, w: a * b,
    "udiv": lambda a, b, w: a // b if b else -1,
    "urem": lambda a, b, w: a % b if b else a,
    "sdiv": _sdiv,
    "srem": _srem,
    "sll": lambda a, b, w: a << b if b < w else 0,
    "srl": lambda a, b, w: a >> b if b < w else 0,
    "sra": lambda a, b, w: _signed(a, w) >> min(b, w),
    "eq": lambda a, b, w: a == b,
    "ult": lambda a, b, w: a < b,
    "ulte": lambda a, b, w: a <= b,
    "slt": lambda a, b, w: _signed(a, w) < _signed(b, w),
    "slte": lambda a, b, w: _signed(a, w) <= _signed(b, w),
}
ARITY = {
    **dict.fromkeys(BINARY, 2), "constd": 0, "not": 1, "neg": 1, "slice": 1, "uext": 1, "sext": 1, "concat": 2, "ite": 3
}  # fmt: skip


def values(model: Btor2, given: Mapping[int, int]) -> dict[int, int]:
    """Return the value of every line that can be computed from the values of states and inputs."""
    known = dict(given)
    for number, line in model.lines.items():
        if number in known or line[1] in {"input", "state"}:
            continue
        arity = ARITY[line[1]]
        operands = [int(word) for word in line[3 : 3 + arity]]
        if not all(o in known for o in operands):
            continue
        args = [known[o] for o in operands]
        widths = [model.widths[o] for o in operands]
        known[number] = _value(line, args, widths) & ((1 << model.widths[number]) - 1)
    return known


def _value(line: Line, args: Sequence[int], widths: Sequence[int]) -> int:
    rest = [int(word) for word in line[3 + len(args) :]]
    match line[1]:
        case "constd":
            return rest[0]
        case "not":
            return ~args[0]
        case "neg":
            return -args[0]
        case "slice":
            return (args[0] & ((1 << (rest[0] + 1)) - 1)) >> rest[1]
        case "uext":
            return args[0]
        case "sext":
            return _signed(args[0], widths[0])
        case "concat":
            return args[0] << widths[1] | args[1]
        case "ite":
            return args[1] if args[0] else args[2]
        case kind:
            return int(BINARY[kind](args[0], args[1], widths[0]))


def _choices(model: Btor2) -> Iterator[tuple[int, ...]]:
    return itertools.product(*(range(1 << model.widths[i]) for i in model.inputs))


def depths(model: Btor2, limit: int) -> list[int | None]:
    """Return for each ``bad`` the least number of steps after which it holds, or None; at most ``limit`` states."""
    known = values(model, {})
    start = tuple(known[model.first[s]] for s in model.states)
    found: list[int | None] = [None] * len(model.bad)
    seen, level, depth = {start}, [start], 0
    while level:
        following = []
        for state in level:
            for inputs in _choices(model):
                now = values(
                    model,
                    {**dict(zip(model.states, state, strict=True)), **dict(zip(model.inputs, inputs, strict=True))},
                )
                for index, bad in enumerate(model.bad):
                    if now[bad] and found[index] is None:
                        found[index] = depth
                then = tuple(now[model.after[s]] for s in model.states)
                if then not in seen:
                    seen.add(then)
                    following.append(then)
        assert len(seen) <= limit
        level, depth = following, depth + 1
    return found
