"""Attributes that do not change what a program means; every other one is refused."""

from __future__ import annotations

import re
from typing import Final

from verify.frontend.clang_unit import Cursor, Kind, Unit, spelled_at
from verify.program.errors import reject

ATTRIBUTES: Final = frozenset(k for k in Kind.get_all_kinds() if k.is_attribute())
# Packing and alignment are part of the layout, which clang computes.
_HARMLESS: Final = frozenset(
    {Kind.ALIGNED_ATTR, Kind.PACKED_ATTR, Kind.PURE_ATTR, Kind.CONST_ATTR, Kind.WARN_UNUSED_RESULT_ATTR}
)
_HARMLESS_NAMES: Final = frozenset(
    {
        "_Alignas",
        "aligned",
        "always_inline",
        "cold",
        "const",
        "deprecated",
        "fallthrough",
        "format",
        "gnu_inline",
        "hot",
        "may_alias",
        "maybe_unused",
        "nodiscard",
        "noinline",
        "nonnull",
        "packed",
        "pure",
        "unused",
        "warn_unused_result",
    }
)
_NAME: Final = re.compile(r"(?:(?:gnu|clang|__gnu__|_Clang)\s*::\s*)?([A-Za-z_]\w*)")


def refuse_attribute(unit: Unit, c: Cursor) -> None:
    """Raise InputError for an attribute that may change what the program does, or whose name is not found."""
    if c.kind in _HARMLESS:
        return
    if c.kind == Kind.ANNOTATE_ATTR and str(c.spelling).startswith("refproof:"):
        return
    match = _NAME.match(spelled_at(unit, c)) if c.kind == Kind.UNEXPOSED_ATTR else None
    name = match[1] if match is not None else None
    if name is not None and (name in _HARMLESS_NAMES or name.strip("_") in _HARMLESS_NAMES):
        return
    shown = f"the attribute '{name}'" if name is not None else f"an attribute ({c.kind.name.lower()})"
    raise reject(unit.span(c), f"{shown} cannot be verified", "remove it, or write what it does in plain C")


def refuse_attributes(unit: Unit, declaration: Cursor) -> None:
    """Raise InputError for an attribute of a declaration that may change what the program does."""
    for c in declaration.get_children():
        if c.kind in ATTRIBUTES:
            refuse_attribute(unit, c)
