"""Evidence on disk. A file is written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from verify.program.errors import reject
from verify.proofs.names import SUFFIX
from verify.proofs.text import LARGEST

_MODE = 0o644


def write(path: Path, data: bytes) -> bool:
    """Write a file by way of a temporary one in its folder, which is made; tell whether the bytes are new.

    Raises InputError where that fails; what was there before is then still there.
    """
    try:
        if _holds(path, data):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data)
    except OSError as error:
        what = f"cannot write {path}: {error.strerror or error}"
        raise reject(
            None, what, "free some space, or name a folder that can be written; nothing was changed"
        ) from error
    return True


def _holds(path: Path, data: bytes) -> bool:
    """Tell whether a file has these bytes; one that cannot be read is replaced."""
    try:
        return path.is_file() and path.read_bytes() == data
    except OSError:
        return False


def listed(folder: Path, pattern: str) -> tuple[Path, ...]:
    """Return what there is in a folder, sorted. Raises InputError for a folder that cannot be searched."""
    try:
        return tuple(sorted(folder.glob(pattern)))
    except OSError as error:
        what = f"cannot search {folder}: {error.strerror or error}"
        raise reject(None, what, "check its permissions") from error


def size(path: Path) -> int:
    """Return the number of bytes of a file; 0 where nothing tells."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def require_folder(folder: Path) -> None:
    """Raise InputError for a folder in which no file can be written, before any work is done for one."""
    above = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise reject(None, f"cannot write below {folder}", "name a folder that can be written with --proofs")


def _replace(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as output:
            output.write(data)
            output.flush()
            os.fsync(output.fileno())
            os.fchmod(output.fileno(), _MODE)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def remove(path: Path) -> None:
    """Remove a file. Raises InputError where that fails."""
    try:
        path.unlink()
    except OSError as error:
        raise reject(None, f"cannot remove {path}: {error.strerror}", "remove it yourself") from error


def read(path: Path) -> bytes:
    """Return the bytes of a file, at most one more than evidence may have. Raises OSError."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def certificates_in(paths: Sequence[str]) -> tuple[Path, ...]:
    """Return the files that the paths name, sorted: a folder stands for everything named *.json below it.

    Raises InputError for a path that cannot be read or is named otherwise, and for a folder without any.
    """
    found: dict[Path, None] = {}
    for given in paths:
        inside = list(_below(Path(given)))
        if not inside:
            raise reject(None, f"the folder {given} holds no evidence", "write some with: refproof prove SPEC")
        found |= dict.fromkeys(inside)
    return tuple(sorted(found))


def _below(path: Path) -> Iterator[Path]:
    try:
        if "\0" in str(path) or not path.exists():
            raise reject(None, f"{str(path)!r}: no such file", "name a file that prove wrote, or a folder of them")
        if path.is_dir():
            yield from path.rglob(f"*{SUFFIX}")
        elif path.is_file() and path.suffix != SUFFIX:
            what = f"{path} is no evidence, whose files are named *{SUFFIX}"
            raise reject(None, what, "name a file that prove wrote, or a folder of them")
        elif path.is_file():
            yield path
        else:
            raise reject(None, f"{path} is no file", "name a file that prove wrote, or a folder of them")
    except OSError as error:
        raise reject(
            None, f"cannot read {path}: {error.strerror}", "name a file that prove wrote, or a folder of them"
        ) from error
