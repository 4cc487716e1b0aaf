"""Where certificates lie: ``proofs/<spec without specs/ and .c>/[@<options>/]<property>.json``.

Every name is safe for any file system and any property: only letters, digits, ``_``, ``-``, ``+``, ``=`` and ``,``
stand for themselves. A ``/`` in a property is written ``.``; every other byte ``%XX``. No two properties share a name.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from verify.frontend.load import Options
from verify.program.errors import reject

PROOFS: Final = "proofs"
SPECS: Final = "specs"
SUFFIX: Final = ".json"
_LONGEST: Final = 150
_UNSAFE: Final = re.compile(rb"[^A-Za-z0-9_\-+=,]")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a set of certificates is about: a spec below the current folder, how it is compiled, how many CPUs.

    ``kernel``: the headers of a kernel tree were read; which tree is no part of a certificate, their digests are.
    ``cpus`` None is any number up to CPUS(max). ``knobs`` are those that are on, sorted.
    """

    spec: str
    defines: tuple[str, ...]
    undefines: tuple[str, ...]
    include_dirs: tuple[str, ...]
    kernel: bool
    cpus: int | None
    knobs: tuple[str, ...] = ()

    def options(self, kernel: str | None) -> Options:
        """Return how the spec is compiled. Raises InputError where a kernel tree is needed and not given."""
        if self.kernel and kernel is None:
            raise reject(None, f"{self.spec} was proved with the headers of a kernel tree", "name one with --kernel")
        return Options(
            self.defines,
            self.undefines,
            self.include_dirs,
            kernel if self.kernel else None,
            needs_property=True,
            knobs=self.knobs,
        )

    @property
    def folder(self) -> str:
        """The folder of its certificates, relative to that of all proofs."""
        path = PurePosixPath(self.spec).with_suffix("")
        parts = path.parts[1:] if path.parts[0] == SPECS and len(path.parts) > 1 else path.parts
        return "/".join((*(_safe(p) for p in parts), *self._option_folder()))

    def _option_folder(self) -> tuple[str, ...]:
        words = [
            *self.defines,
            *(f"without-{name}" for name in self.undefines),
            *(f"include-{folder}" for folder in self.include_dirs),
            *(("with-kernel",) if self.kernel else ()),
            *(() if self.cpus is None else (f"cpus-{self.cpus}",)),
            *(f"knob-{knob}" for knob in self.knobs),
        ]
        return (_short("@" + ",".join(_safe(w).replace(",", "%2C") for w in words)),) if words else ()


def subject(spec: str, options: Options, cpus: int | None) -> Subject:
    """Return what the certificates of a spec are about. Raises InputError for a path that leaves the current folder."""
    return Subject(
        local(spec),
        tuple(sorted(options.defines, key=lambda d: d.split("=", 1)[0])),
        tuple(sorted(set(options.undefines))),
        tuple(local(d) for d in options.include_dirs),
        options.kernel is not None,
        cpus,
        tuple(sorted(set(options.knobs))),
    )


def local(path: str) -> str:
    """Return a path relative to the current folder, with slashes. Raises InputError where it leads elsewhere."""
    given = Path(path)
    try:
        inside = given.resolve().relative_to(Path.cwd().resolve()) if given.is_absolute() else given
    except (OSError, ValueError) as error:
        raise _elsewhere(path) from error
    if not is_local(inside.as_posix()):
        raise _elsewhere(path)
    return inside.as_posix()


def _elsewhere(path: str) -> Exception:
    advice = "a certificate names files from the folder in which refproof runs: start it in one that holds them all"
    return reject(None, f"{path} is not below the current folder", advice)


def is_local(path: str) -> bool:
    """Tell whether a path is relative, leads nowhere above, and is written in the one way."""
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts and pure.as_posix() == path and "\0" not in path


def file_name(property_id: str) -> str:
    """Return the file name of a property's certificate."""
    head = "%2F" if property_id.startswith("/") else ""
    parts = property_id.removeprefix("/").split("/")
    return _short(head + ".".join(_safe(p) for p in parts)) + SUFFIX


def _safe(text: str) -> str:
    raw = text.encode(errors="surrogateescape")
    return _UNSAFE.sub(lambda m: b"%%%02X" % m[0][0], raw).decode()


def _short(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    return f"{name[:_LONGEST]}%%{hashlib.sha256(name.encode()).hexdigest()}"
