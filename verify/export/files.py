"""Files that an export consists of, and writing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from verify.program.errors import InputError, reject


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file by its name inside the folder, and its text."""

    name: str
    text: str


def new_folder(folder: str) -> Path:
    """Return the folder, made if it is not there. Raises InputError unless it is empty and can be made."""
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        held = next(path.iterdir(), None)
    except (OSError, ValueError) as error:
        raise _unwritable(folder, error) from error
    if held is not None:
        raise reject(None, f"the folder {folder} is not empty", "name a new folder with -o; nothing was written")
    return path


def write_files(folder: Path, files: Sequence[TextFile]) -> None:
    """Write the files as UTF-8. Raises InputError where one cannot be written, and removes what was."""
    written = []
    try:
        for file in files:
            path = folder / file.name
            written.append(path)
            path.write_text(file.text, encoding="utf-8", newline="\n")
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise _unwritable(str(folder), error) from error


def _unwritable(folder: str, error: OSError | ValueError) -> InputError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return reject(None, f"cannot write to {folder}: {reason}", "name a folder that can be written with -o")
