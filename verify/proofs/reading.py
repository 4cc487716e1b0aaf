"""Reading JSON that anybody may have written: every field is asked for by its type, and nothing is believed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeGuard


class DocumentError(ValueError):
    """The bytes are not evidence of this format version."""


@dataclass(frozen=True, slots=True)
class Read:
    """A JSON object that has the fields that are asked for, each of the type that is asked for.

    Every method raises DocumentError where the field is missing or something else.
    """

    value: object
    where: str

    def has(self, name: str) -> bool:
        """Tell whether this is an object with that field."""
        return isinstance(self.value, dict) and name in self.value

    def field(self, name: str) -> object:
        """Return a field of any type."""
        if not isinstance(self.value, dict) or name not in self.value:
            raise DocumentError(f"{self.where} has no field '{name}'")
        return self.value[name]

    def text(self, name: str) -> str:
        """Return a text."""
        return _text(self.field(name), name)

    def number(self, name: str) -> int:
        """Return a whole number of any size."""
        value = self.field(name)
        if not is_number(value):
            raise DocumentError(f"'{name}' is no whole number")
        return value

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self.field(name)
        if not isinstance(value, bool):
            raise DocumentError(f"'{name}' is neither true nor false")
        return value

    def items(self, name: str) -> list[object]:
        """Return a list of anything."""
        value = self.field(name)
        if not isinstance(value, list):
            raise DocumentError(f"'{name}' is no list")
        return value

    def objects(self, name: str, what: str) -> tuple[Read, ...]:
        """Return what a list holds, to be read as objects; ``what`` is one of them in words."""
        return tuple(Read(item, what) for item in self.items(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(_text(item, name) for item in self.items(name))

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return the names and texts of an object, in its order."""
        return tuple((key, _text(item, name)) for key, item in self._entries(name))

    def numbers(self, name: str) -> tuple[tuple[str, int], ...]:
        """Return the names and whole numbers of an object, in its order."""
        return tuple((key, _number(item, name)) for key, item in self._entries(name))

    def _entries(self, name: str) -> list[tuple[str, object]]:
        value = self.field(name)
        if not isinstance(value, dict):
            raise DocumentError(f"'{name}' is no object")
        return [(_encodable(key, name), item) for key, item in value.items()]


def read_json(data: bytes, where: str) -> Read:
    """Return what a text says. Raises DocumentError where it is no JSON, or a field stands twice in an object."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_no_constant)
    except DocumentError:
        raise
    except (ValueError, RecursionError) as error:
        raise DocumentError("the file is not JSON, or ends too early") from error
    return Read(value, where)


def is_number(value: object) -> TypeGuard[int]:
    """Tell whether a value is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DocumentError("a field stands twice")
    return found


def _no_constant(name: str) -> object:
    raise DocumentError(f"{name} is no JSON")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise DocumentError(f"'{name}' holds something that is no text")
    return _encodable(value, name)


def _encodable(text: str, name: str) -> str:
    """Hazard: JSON can write half a surrogate pair, which no file name and no output can hold."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DocumentError(f"'{name}' holds what is no character") from error
    return text


def _number(value: object, name: str) -> int:
    if not is_number(value):
        raise DocumentError(f"'{name}' holds something that is no whole number")
    return value
