"""What ``bound`` found out: for each value of a macro the largest number of contexts, and the closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verify.check.checked import Proved, Refuted
from verify.program.program import Program
from verify.report.exit_codes import ExitCode

PROCESSORS = 8192
TASKS = 1 << 22
"""The kernel's own limits: NR_CPUS, and PID_MAX_LIMIT for tasks that are preempted inside."""

OFFSETS = (0, 1, -1, 2, -2)


@dataclass(frozen=True, slots=True)
class Limit:
    """A property holds for ``low`` contexts (0: nothing proved) and is violated with ``high`` (None: never seen).

    ``reason`` says what has no verdict between them.
    """

    property: str
    low: int
    proof: Proved | None
    high: int | None
    run: Refuted | None
    reason: str


@dataclass(frozen=True, slots=True)
class Bound:
    """The limits of all properties for one value of a macro; ``program`` is the spec with that value."""

    program: Program
    macro: str
    value: int
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """(contexts + ``offset``) * value <= ``product`` in every row."""

    offset: int
    product: int


def exact(limit: Limit) -> bool:
    """Whether proof and run are neighbours."""
    return limit.high is not None and limit.high - limit.low == 1


def decided(limit: Limit) -> bool:
    """Whether the limit is exact, or nothing refutes the property up to the largest number that was asked about."""
    return exact(limit) or (limit.high is None and limit.proof is not None and not limit.reason)


def closed_form(rows: Sequence[tuple[int, int]]) -> ClosedForm | None:
    """Return what (value, largest number of contexts) rows have in common; None for fewer than two, or nothing."""
    if len(rows) < 2:
        return None
    for offset in OFFSETS:
        low = max((most + offset) * value for value, most in rows)
        high = min((most + offset + 1) * value for value, most in rows) - 1
        if low <= high:
            return ClosedForm(offset, low)
    return None


def form_text(form: ClosedForm, macro: str) -> str:
    """Return a closed form in words."""
    contexts = "contexts" if not form.offset else f"(contexts {'+-'[form.offset < 0]} {abs(form.offset)})"
    return f"{contexts} x {macro} <= {form.product}"


def bound_exit_code(bounds: Sequence[Bound]) -> ExitCode:
    """Return 0 where every row is decided (an exact limit, or none up to the largest number), else OPEN."""
    all_decided = all(decided(limit) for bound in bounds for limit in bound.limits)
    return ExitCode.AS_EXPECTED if all_decided else ExitCode.OPEN


def row_text(bound: Bound) -> str:
    """Return a row as plain lines, one for each set of properties with the same limit."""
    groups: dict[tuple[int, int | None, str], list[str]] = {}
    for limit in bound.limits:
        groups.setdefault((limit.low, limit.high, limit.reason), []).append(limit.property)
    lines = [f"{bound.macro} = {bound.value}"]
    for (low, high, reason), names in groups.items():
        lines.append(f"  {_said(low, high)}")
        lines += [f"      {reason}"] if reason else []
        lines += [f"      {name}" for name in names]
    return "\n".join(lines) + "\n"


def _said(low: int, high: int | None) -> str:
    if high is None:
        return f"proved for up to {low} contexts; no run was found that violates it" if low else "no verdict"
    if high - low == 1:
        return f"at most {low} contexts: proved for {low}, a run with {high} was replayed"
    proved = f"proved for up to {low} contexts" if low else "nothing proved"
    return f"{proved}, a run with {high} was replayed; between them no verdict"


def forms_text(bounds: Sequence[Bound]) -> str:
    """Return the closed form of each property whose rows are all exact, and the kernel's own limits beside it."""
    rows: dict[str, list[tuple[int, int]]] = {}
    for bound in bounds:
        for limit in bound.limits:
            if exact(limit):
                rows.setdefault(limit.property, []).append((bound.value, limit.low))
    forms: dict[ClosedForm, list[str]] = {}
    for name, known in rows.items():
        form = closed_form(known)
        if form is not None and len(known) == len(bounds):
            forms.setdefault(form, []).append(name)
    lines = []
    for form, names in forms.items():
        lines += [f"in all {len(bounds)} rows: {form_text(form, bounds[0].macro)}"]
        lines += [f"      {name}" for name in names]
    return "\n".join([*lines, *_kernel(bounds)]) + "\n"


def _kernel(bounds: Sequence[Bound]) -> list[str]:
    """Say which of the kernel's own numbers of contexts are within the limits."""
    said = [f"the kernel's own limits: {PROCESSORS} processors, {TASKS} tasks (preempted inside)"]
    for what, number in (("processors", PROCESSORS), ("tasks", TASKS)):
        beyond = [b.value for b in bounds if any(x.high is not None and x.high <= number for x in b.limits)]
        if beyond:
            said.append(f"  {number} {what} are too many for {bounds[0].macro} = {', '.join(map(str, beyond))}")
    return said
