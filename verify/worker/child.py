"""The child's side: fork, tie the child's life to its parent's, run the task, tell how it went."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import resource
import signal
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from verify.worker.frames import write_frame

Send = Callable[[object], None]

_PR_SET_PDEATHSIG: Final = 1
_HANDLED: Final = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Message:
    """What the task sent."""

    content: object


@dataclass(frozen=True, slots=True)
class Done:
    """The task returned."""


@dataclass(frozen=True, slots=True)
class Raised:
    """The task raised; ``text`` is the traceback."""

    text: str


Frame = Message | Done | Raised


@dataclass(frozen=True, slots=True)
class Child:
    """A running child: its process id and the non-blocking end of the pipe that it writes to."""

    pid: int
    fd: int


@contextlib.contextmanager
def signals_blocked() -> Iterator[None]:
    """Hold back SIGINT and SIGTERM; they are delivered at the end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_child(run: Callable[[Send], None], memory_bytes: int | None) -> Child:
    """Fork a child that runs ``run(send)``. Call it with signals blocked, else Ctrl-C may unwind the child.

    ``memory_bytes`` limits the child's address space. Raises OSError when the system has no process left.
    """
    parent = os.getpid()
    reading, writing = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    if pid == 0:
        _live(run, parent, writing, memory_bytes)
    os.close(writing)
    os.set_blocking(reading, False)
    return Child(pid, reading)


def _live(run: Callable[[Send], None], parent: int, writing: int, memory_bytes: int | None) -> NoReturn:
    status = 1
    try:
        _settle(parent, memory_bytes)
        frame: Frame
        try:
            run(lambda content: write_frame(writing, Message(content)))
            frame = Done()
        except BaseException:  # noqa: BLE001 - it is reported to the parent, whatever it is
            frame = Raised(traceback.format_exc())
        write_frame(writing, frame)
        status = 0
    finally:
        # No exit handler and no buffer of the parent may run or be written twice.
        os._exit(status)


def _settle(parent: int, memory_bytes: int | None) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        # The parent died before the request above; its death signal will never come.
        os._exit(1)
    # Ctrl-C is the parent's. It stays blocked, and is not only ignored: a solver may install a handler of its own.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM,))
    # A solver that complains or dies must not write into the report.
    faulthandler.disable()
    silence = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(silence, fd)
    if memory_bytes is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
