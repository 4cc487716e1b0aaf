"""The oracles for the table of atomics: the kernel's generic fallbacks and gcc's builtins, as a shared library.

For every operation and every type of object a C function is generated:
``void run_N(void *object, const u64 *operands, u64 *out)`` with out = {result, expected afterwards, stores}.
"""

from __future__ import annotations

import ctypes
import random
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from verify.frontend.atomics import Returns, Role
from verify.program.program import Ordering

HERE = Path(__file__).parent
SHADOWED = (
    "asm/barrier.h",
    "asm/cmpxchg.h",
    "asm/types.h",
    "linux/build_bug.h",
    "linux/compiler.h",
    "linux/instrumented.h",
    "linux/types.h",
)
FLAGS = ("-shared", "-fPIC", "-O1", "-fno-strict-overflow", "-fwrapv", "-mcx16", "-w", "-std=gnu11")


@dataclass(frozen=True)
class Signature:
    """A function as its own header declares it."""

    name: str
    roles: tuple[Role, ...]
    returns: Returns
    types: tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    """One C function of the library: an operation on objects of one C type."""

    row: str
    width: int
    roles: tuple[Role, ...]
    returns: Returns
    body: str
    counts_stores: bool


@dataclass(frozen=True)
class Outcome:
    result: int | None
    memory: int
    expected: int
    stores: int | None


def _instrumented(headers: Path) -> str:
    return (headers / "include/linux/atomic/atomic-instrumented.h").read_text()


def _role(parameter: str) -> Role:
    kind = parameter.rsplit(" ", 1)[0]
    if re.search(r"\batomic(64|_long)?_t\b", kind):
        return Role.TARGET
    return Role.EXPECTED if "*" in parameter else Role.VALUE


def kernel_functions(headers: Path) -> dict[str, tuple[Signature, str]]:
    """Every function of the instrumented header with its body."""
    pattern = re.compile(r"^static __always_inline (\w+)\n(\w+)\(([^)]*)\)\n\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
    found = {}
    for result, name, parameters, body in pattern.findall(_instrumented(headers)):
        parts = [p.strip() for p in parameters.split(",")]
        returns = {"void": Returns.VOID, "bool": Returns.BOOL}.get(result, Returns.WORD)
        types = tuple(p.rsplit(" ", 1)[0] for p in parts)
        found[name] = (Signature(name, tuple(_role(p) for p in parts), returns, types), body)
    return found


def kernel_macros(headers: Path) -> dict[str, str]:
    """Every type-generic macro of the instrumented header with its body."""
    pattern = re.compile(r"^#define (\w+)\(ptr.*?\) \\\n(.*?)\n\n", re.MULTILINE | re.DOTALL)
    return dict(pattern.findall(_instrumented(headers)))


def long_functions(headers: Path) -> set[str]:
    """Names of the ``arch_atomic_long_*`` functions."""
    return set(re.findall(r"^(arch_\w+)\(", (headers / "include/linux/atomic/atomic-long.h").read_text(), re.MULTILINE))


def arch_names(headers: Path) -> set[str]:
    """Every ``arch_atomic*`` name that the fallback header defines or tests for."""
    text = (headers / "include/linux/atomic/atomic-arch-fallback.h").read_text()
    return set(re.findall(r"^#\s*(?:ifndef|define) (arch_atomic\w+)", text, re.MULTILINE))


def ordering_in_body(name: str, body: str) -> Ordering:
    """The ordering as the header's race-detector hooks state it; acquire and relaxed differ by name only."""
    if "kcsan_mb()" in body:
        return Ordering.FULL
    if "kcsan_release()" in body:
        return Ordering.RELEASE
    return Ordering.ACQUIRE if name.endswith("_acquire") else Ordering.RELAXED


def function_subject(signature: Signature) -> Subject:
    """Call a kernel function through the types of its own signature."""
    width = 32 if re.match(r"atomic_(?!long_)", signature.name) else 64
    value = {"atomic_t": "int", "atomic64_t": "s64", "atomic_long_t": "long"}
    word = value[
        next(t for t, r in zip(signature.types, signature.roles, strict=True) if r is Role.TARGET)
        .replace("const ", "")
        .replace("*", "")
        .strip()
    ]
    arguments, index = [], 0
    for role in signature.roles:
        if role is Role.TARGET:
            arguments.append("object")
        else:
            arguments.append("&expected" if role is Role.EXPECTED else f"({word})operands[{index}]")
            index += 1
    position = [r for r in signature.roles if r is not Role.TARGET]
    prefix = (
        f"{word} expected = ({word})operands[{position.index(Role.EXPECTED)}];" if Role.EXPECTED in position else ""
    )
    call = f"{signature.name}({', '.join(arguments)})"
    return Subject(
        signature.name,
        width,
        signature.roles,
        signature.returns,
        body(prefix, call, signature.returns),
        counts_stores=True,
    )


def body(prefix: str, call: str, returns: Returns) -> str:
    """The statements of one C function."""
    result = f"{call};" if returns is Returns.VOID else f"out[0] = (u64)({call});"
    after = "out[1] = (u64)expected;" if "expected = " in prefix else ""
    return f"{prefix} stores_seen = 0; {result} {after} out[2] = stores_seen;"


def word_subject(
    row: str,
    word: str,
    roles: tuple[Role, ...],
    returns: Returns,
    call: str,
    *,
    counts_stores: bool,
    qualifier: str = "",
) -> Subject:
    """Call a type-generic operation on an object of type ``word``; in ``call`` P, E and A, B stand for arguments."""
    width = {"8": 8, "16": 16, "32": 32, "64": 64}[re.sub(r"\D", "", word)]
    inputs = [r for r in roles if r in (Role.VALUE, Role.EXPECTED)]
    values = iter("AB" if Role.EXPECTED not in inputs else "A")
    text = call.replace("$P", f"({qualifier} {word} *)object").replace("$E", "&expected")
    prefix = ""
    for index, role in enumerate(inputs):
        if role is Role.EXPECTED:
            prefix += f"{word} expected = ({word})operands[{index}];"
        else:
            letter = next(values)
            prefix += (
                f"{word} value{letter} = ({word})operands[{index}]; {word} scratch = 0;"
                if letter == "A"
                else (f"{word} value{letter} = ({word})operands[{index}];")
            )
            text = text.replace(f"${letter}", f"value{letter}")
    if "scratch" in text and "scratch" not in prefix:
        prefix += f"{word} scratch = 0;"
    return Subject(row, width, roles, returns, body(prefix, text, returns), counts_stores)


def build(folder: Path, prelude: str, subjects: Iterable[Subject], include: Iterable[Path]) -> ctypes.CDLL:
    """Compile the functions run_0, run_1 … with gcc and load them."""
    lines = [prelude]
    for number, subject in enumerate(subjects):
        lines.append(f"void run_{number}(void *object, const u64 *operands, u64 *out) {{ {subject.body} }}")
    source, library = folder / "oracle.c", folder / "oracle.so"
    source.write_text("\n".join(lines) + "\n")
    for name in SHADOWED:
        path = folder / "shadow" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    paths = [f"-I{p}" for p in include]
    command = ["gcc", *FLAGS, *paths, "-o", str(library), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[:4000]
    return ctypes.CDLL(str(library))


def run(
    library: ctypes.CDLL, number: int, subject: Subject, words: int, old: int, operands: tuple[int, ...]
) -> Outcome:
    """Run one operation on a private, aligned object; guard bytes on both sides must not change."""
    size = subject.width * words // 8
    buffer = ctypes.create_string_buffer(b"\xa5" * 64, 64)
    start = -ctypes.addressof(buffer) % 16 + 16
    buffer[start : start + size] = old.to_bytes(size, "little")
    arguments = (ctypes.c_uint64 * 8)(*operands)
    out = (ctypes.c_uint64 * 3)()
    getattr(library, f"run_{number}")(ctypes.c_void_p(ctypes.addressof(buffer) + start), arguments, out)
    image = buffer.raw
    assert set(image[:start] + image[start + size :]) == {0xA5}
    mask = (1 << subject.width) - 1
    result = None if subject.returns is Returns.VOID else out[0] & (mask if subject.returns is Returns.WORD else 1)
    memory = int.from_bytes(image[start : start + size], "little")
    return Outcome(result, memory, out[1] & mask, out[2] if subject.counts_stores else None)


def samples(name: str, width: int, operands: int) -> list[tuple[int, ...]]:
    """Boundary and random values (old, operands …), with many coincidences; the same for a name every time."""
    top = 1 << width
    boundary = [0, 1, 2, 3, top - 1, top - 2, top // 2, top // 2 - 1, top // 2 + 1, top // 4, top * 3 // 4]
    source = random.Random(f"{name}/{width}")
    rows = [(b, *(source.choice(boundary) for _ in range(operands))) for b in boundary for _ in range(6)]
    rows += [(b,) * (operands + 1) for b in boundary]
    for _ in range(60):
        old = source.choice([source.randrange(top), source.choice(boundary)])
        pool = [old, old ^ 1, -old % top, source.randrange(top), source.choice(boundary)]
        rows.append((old, *(source.choice(pool) for _ in range(operands))))
    return rows
