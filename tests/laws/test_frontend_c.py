"""Law 2, C part: the front end agrees with what the system compiler makes of the same text."""

from __future__ import annotations

import ctypes
import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.laws.c_programs import PARAMETERS, functions
from tests.laws.depth import examples
from verify.frontend.load import Options, load
from verify.program.program import (
    Access,
    Actor,
    Assign,
    AtomicBegin,
    Branch,
    Check,
    Draw,
    Fresh,
    GhostAssign,
    Guard,
    Program,
    Stop,
)  # fmt: skip
from verify.term.semantics import evaluate, to_signed

_FUNCTIONS = 25
_INPUTS = 12
_STEPS = 5000
_CTYPES = {
    "_Bool": ctypes.c_bool,
    "signed char": ctypes.c_byte,
    "unsigned char": ctypes.c_ubyte,
    "short": ctypes.c_short,
    "unsigned short": ctypes.c_ushort,
    "int": ctypes.c_int,
    "unsigned int": ctypes.c_uint,
    "long": ctypes.c_long,
    "unsigned long": ctypes.c_ulong,
    "long long": ctypes.c_longlong,
    "unsigned long long": ctypes.c_ulonglong,
}
_BOUNDARIES = (
    0,
    1,
    2,
    3,
    7,
    31,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63 - 1,
    2**63,
)


def _spec(text: str, signatures: list[list[str]]) -> str:
    lines = ["#include <refproof.h>", text, "GHOST long long out;", "INIT { }"]
    for n, types in enumerate(signatures):
        names = [f"in{n}_{k}" for k in range(len(types))]
        # Inputs are shared objects that nobody writes: ghosts would bring in the ledger's rules.
        lines += [f"{t} {name};" for t, name in zip(types, names, strict=True)]
        reads = " ".join(f"{t} v_{name} = {name};" for t, name in zip(types, names, strict=True))
        lines.append(f"ACTOR(a{n}) {{ {reads} out = f{n}({', '.join(f'v_{name}' for name in names)}); }}")
    return "\n".join(lines) + "\n"


def _compile(folder: Path, text: str) -> ctypes.CDLL:
    source, library = folder / "functions.c", folder / "functions.so"
    source.write_text(text)
    flags = ["-std=gnu11", "-O1", "-w", "-fwrapv", "-fno-strict-overflow", "-fno-strict-aliasing", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", str(library), str(source)], check=True, timeout=120)
    return ctypes.CDLL(str(library))


class _UndefinedError(Exception):
    pass


def _run(program: Program, actor: Actor, ghosts: dict[str, int]) -> int:
    """Walk one actor and return the ghost ``out``."""
    env = {g.name: g.initial for g in program.ghosts} | {x.name: 0 for x in actor.body.locals} | ghosts
    index = 0
    for _ in range(_STEPS):
        node = actor.body.nodes[index]
        match node:
            case Assign() | GhostAssign():
                env[node.target] = evaluate(node.value, env)
                index = node.next
            case Branch():
                index = node.then if evaluate(node.condition, env) else node.otherwise
            case Check():
                if node.property == "defined-behaviour" and not evaluate(node.condition, env):
                    raise _UndefinedError
                index = node.next
            case Stop():
                return to_signed(env["out"], 64)
            case Access():
                env[node.old] = env[node.cell]
                index = node.next
            case Draw() | Fresh() | Guard() | AtomicBegin():
                pytest.fail(f"unexpected {node}")
    raise AssertionError("the function does not end")


def _inputs(rng: random.Random, types: list[str], widths: list[int]) -> list[list[int]]:
    def one(width: int) -> int:
        value = rng.choice(_BOUNDARIES) if rng.random() < 0.6 else rng.getrandbits(64)
        return (value if rng.random() < 0.7 else -value) & ((1 << width) - 1)

    return [[one(w) for w in widths] for _ in range(_INPUTS)]


# A seed does not shrink to anything simpler.
_SEEDS = settings(
    max_examples=examples(2),
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@_SEEDS
@given(seed=st.integers(0, 2**32))
def test_every_function_computes_what_gcc_computes(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("law2")
    text, signatures = functions(seed, _FUNCTIONS)
    spec = folder / "spec.c"
    spec.write_text(_spec(text, signatures))
    library = _compile(folder, text)
    program = load(str(spec), Options())
    cells = {c.name: c.width for c in program.cells}
    kinds = {f"in{n}_{k}": t for n, types in enumerate(signatures) for k, t in enumerate(types)}
    widths = {name: 1 if kinds[name] in {"bool", "_Bool"} else width for name, width in cells.items()}
    rng = random.Random(seed)
    compared = 0
    for n, (types, actor) in enumerate(zip(signatures, program.actors, strict=True)):
        function = getattr(library, f"f{n}")
        function.restype = ctypes.c_longlong
        function.argtypes = [_CTYPES[t] for t in types]
        names = [f"in{n}_{k}" for k in range(PARAMETERS)]
        for values in _inputs(rng, types, [widths[name] for name in names]):
            try:
                found = _run(program, actor, dict(zip(names, values, strict=True)))
            except _UndefinedError:
                continue
            compared += 1
            assert found == function(*values), (
                f"f{n}({values}) of seed {seed}\n" + text.split(f"long long f{n}(")[1].split("long long f")[0]
            )
    assert compared > _FUNCTIONS * _INPUTS // 2
