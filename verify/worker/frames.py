"""Messages on a pipe: eight bytes of length (big-endian), then a pickle.

The reader never blocks, so that a child that hangs in the middle of a message cannot hold up its parent.
"""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Iterator
from typing import Final

_LENGTH: Final = struct.Struct("!Q")
_CHUNK: Final = 1 << 16


def write_frame(fd: int, message: object) -> None:
    """Write one message to a blocking pipe. Raises what pickling or writing raises."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    data = memoryview(_LENGTH.pack(len(body)) + body)
    while data:
        data = data[os.write(fd, data) :]


def read_available(fd: int, buffer: bytearray) -> bool:
    """Append some of what a non-blocking pipe holds to ``buffer``; return False at the end of the stream.

    One piece at a time, so that a child that never stops sending cannot keep its parent here.
    """
    try:
        chunk = os.read(fd, _CHUNK)
    except BlockingIOError:
        return True
    buffer += chunk
    return bool(chunk)


def take_frames(buffer: bytearray) -> Iterator[object]:
    """Yield the complete messages at the front of ``buffer`` and remove them. Raises what unpickling raises."""
    while len(buffer) >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(buffer)
        end = _LENGTH.size + length
        if len(buffer) < end:
            return
        body = bytes(buffer[_LENGTH.size : end])
        del buffer[:end]
        yield pickle.loads(body)  # noqa: S301 - our own forked child wrote it
