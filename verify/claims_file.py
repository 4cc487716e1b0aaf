"""Reading a file of claims: TOML, a table ``[[claim]]`` each, with tables of ties inside. See ``docs/claims.md``."""

from __future__ import annotations

import posixpath
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from verify.program.errors import InputError, reject
from verify.report.claimed import Change, Claim, Claims, Histories, Most, Repair, Tie, Verdict
from verify.report.outcome import proved_text
from verify.verdict.inclusion import CPUS_MOST as REFINE_CPUS_MOST
from verify.verdict.inclusion import OPERATIONS_MOST as REFINE_OPERATIONS_MOST

_FIX: Final = "see docs/claims.md"
_VERDICTS: Final = ("PROVED", "REFUTED", "VACUOUS")
_CHANGES: Final = ("BROKEN", "FIXED", "PRE-EXISTING", "same")
_HISTORIES: Final = ("old", "new")
CPUS_MOST: Final = 64
VALUES_MOST: Final = 1 << 30
_Table = Mapping[str, Any]


def read_claims(path: str) -> Claims:
    """Return the claims of a file; its specs are named relative to its folder.

    Raises InputError for a file that cannot be read, is not TOML, or says something that is not known here.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8")
        table = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise reject(None, f"cannot read claims from {path}: {error}", _FIX) from error
    reader = _Reader(path, posixpath.dirname(path))
    reader.known("the file", table, ("title", "intro", "claim"))
    rows = reader.tables("the file", table, "claim")
    if not rows:
        raise reader.wrong("the file", "has no claim")
    claims = tuple(reader.claim(row) for row in rows)
    names = [claim.id for claim in claims]
    for name in names:
        if names.count(name) > 1:
            raise reader.wrong(f"claim {name}", "stands there twice")
    return Claims(reader.text("the file", table, "title"), reader.text("the file", table, "intro"), claims)


class _Reader:
    """The readers of all kinds of tables of one file."""

    def __init__(self, path: str, folder: str) -> None:
        self._path = path
        self._folder = folder

    def wrong(self, where: str, what: str) -> InputError:
        return reject(None, f"{self._path}: {where} {what}", _FIX)

    def known(self, where: str, table: _Table, keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                raise self.wrong(where, f"has the unknown key '{key}'; there are {', '.join(keys)}")

    def text(self, where: str, table: _Table, key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.wrong(where, f"needs a text '{key}'")
        return " ".join(value.split()) if "\n\n" not in value else value.strip()

    def number(self, where: str, table: _Table, key: str, default: int | None = None) -> int:
        value = table.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(where, f"needs a whole number '{key}'")
        return value

    def texts(self, where: str, table: _Table, key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.wrong(where, f"needs a list of texts '{key}'")
        return tuple(value)

    def tables(self, where: str, table: _Table, key: str) -> tuple[_Table, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.wrong(where, f"needs tables '[[{key}]]'")
        return tuple(value)

    def choice(self, where: str, table: _Table, key: str, words: tuple[str, ...]) -> str:
        value = self.text(where, table, key)
        if value not in words:
            raise self.wrong(where, f"has '{key}' {value!r}; there are {', '.join(words)}")
        return value

    def spec(self, where: str, table: _Table, key: str) -> str:
        return posixpath.normpath(posixpath.join(self._folder, self.text(where, table, key)))

    def claim(self, table: _Table) -> Claim:
        where = f"claim {self.text('a claim', table, 'id')}"
        self.known(
            where,
            table,
            ("id", "who", "text", "answer", "undecided", "verdict", "change", "repair", "most", "histories"),
        )
        undecided = self.text(where, table, "undecided", "")
        ties: tuple[Tie, ...] = (
            *(self._verdict(where, row) for row in self.tables(where, table, "verdict")),
            *(self._change(where, row) for row in self.tables(where, table, "change")),
            *(self._repair(where, row) for row in self.tables(where, table, "repair")),
            *(self._most(where, row) for row in self.tables(where, table, "most")),
            *(self._histories(where, row) for row in self.tables(where, table, "histories")),
        )
        if bool(ties) == bool(undecided):
            raise self.wrong(where, "needs either verdicts that it is tied to, or 'undecided' and why")
        who, text = self.text(where, table, "who"), self.text(where, table, "text")
        answer = self.text(where, table, "answer", "" if undecided else None)
        return Claim(self.text(where, table, "id"), who, text, answer, undecided, ties)

    def _verdict(self, where: str, table: _Table) -> Verdict:
        self.known(where, table, ("says", "spec", "define", "knob", "cpus", "property", "is"))
        cpus = self.number(where, table, "cpus", 0) or None
        if cpus is not None and not 1 <= cpus <= CPUS_MOST:
            raise self.wrong(where, f"has cpus {cpus}; there are 1 to {CPUS_MOST}")
        verdict = self.choice(where, table, "is", _VERDICTS)
        return Verdict(
            self.text(where, table, "says"),
            self.spec(where, table, "spec"),
            self.texts(where, table, "define"),
            tuple(sorted(self.texts(where, table, "knob"))),
            self.texts(where, table, "property"),
            proved_text(cpus) if verdict == proved_text(None) else verdict,
            cpus,
        )

    def _change(self, where: str, table: _Table) -> Change:
        self.known(where, table, ("says", "before", "spec", "property", "is"))
        return Change(
            self.text(where, table, "says"),
            self.spec(where, table, "before"),
            self.spec(where, table, "spec"),
            self._some(where, table),
            self.choice(where, table, "is", _CHANGES),
        )

    def _repair(self, where: str, table: _Table) -> Repair:
        self.known(where, table, ("says", "spec", "property", "sets"))
        sets = table.get("sets")
        if not isinstance(sets, list) or not all(isinstance(s, list) for s in sets):
            raise self.wrong(where, "needs a list of lists of knobs 'sets'")
        named = tuple(sorted(tuple(sorted(self.texts(where, {"sets": s}, "sets"))) for s in sets))
        spec = self.spec(where, table, "spec")
        return Repair(self.text(where, table, "says"), spec, self._some(where, table), named)

    def _most(self, where: str, table: _Table) -> Most:
        self.known(where, table, ("says", "spec", "define", "property", "over", "to", "offset", "product"))
        to = self.number(where, table, "to")
        if not 1 <= to <= VALUES_MOST:
            raise self.wrong(where, f"has to {to}; there are 1 to {VALUES_MOST}")
        return Most(
            self.text(where, table, "says"),
            self.spec(where, table, "spec"),
            self.texts(where, table, "define"),
            self._some(where, table),
            self.text(where, table, "over"),
            to,
            self.number(where, table, "offset", 0),
            self.number(where, table, "product"),
        )

    def _histories(self, where: str, table: _Table) -> Histories:
        self.known(where, table, ("says", "before", "spec", "define", "cpus", "operations", "is"))
        cpus, operations = (self.number(where, table, key) for key in ("cpus", "operations"))
        if not (1 <= cpus <= REFINE_CPUS_MOST and 1 <= operations <= REFINE_OPERATIONS_MOST):
            limits = f"1 to {REFINE_CPUS_MOST} and 1 to {REFINE_OPERATIONS_MOST}"
            raise self.wrong(where, f"has cpus {cpus} and operations {operations}; there are {limits}")
        return Histories(
            self.text(where, table, "says"),
            self.spec(where, table, "before"),
            self.spec(where, table, "spec"),
            self.texts(where, table, "define"),
            cpus,
            operations,
            self.choice(where, table, "is", _HISTORIES) == _HISTORIES[0],
        )

    def _some(self, where: str, table: _Table) -> tuple[str, ...]:
        properties = self.texts(where, table, "property")
        if not properties:
            raise self.wrong(where, "needs a list 'property' with the properties that it is about")
        return properties


def some_claims(claims: Claims, names: Sequence[str]) -> tuple[Claim, ...]:
    """Return the claims of these names in the file's order, all where none is named. InputError for an unknown one."""
    known = [claim.id for claim in claims.claims]
    for name in names:
        if name not in known:
            raise reject(None, f"there is no claim '{name}'", f"there are {', '.join(known)}")
    return tuple(claim for claim in claims.claims if not names or claim.id in names)
