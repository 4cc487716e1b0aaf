"""The parent's side: run tasks at once, pass on what they send, and end every one of them."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from verify.worker.child import Child, Done, Message, Raised, Send, signals_blocked, start_child
from verify.worker.frames import read_available, take_frames

_TICK: Final = 0.1
_GRACE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Task:
    """``run(send)`` is called in a child process; ``send`` gives the parent anything that pickles."""

    name: str
    run: Callable[[Send], None]


@dataclass(frozen=True, slots=True)
class Finished:
    """The task returned, and everything it sent was passed on."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """It was ended because ``on_message`` had enough."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """It was ended at the deadline."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """It raised (``detail`` is the traceback), or its process ended by itself (exit code or signal)."""

    detail: str


Ending = Finished | Stopped | TimedOut | Crashed


@dataclass(slots=True)
class _Running:
    task: Task
    child: Child
    buffer: bytearray = field(default_factory=bytearray)
    ending: Ending | None = None
    closed: bool = False


def run_tasks(
    tasks: Sequence[Task],
    *,
    deadline: float,
    on_message: Callable[[str, object], bool],
    on_idle: Callable[[], None] = lambda: None,
    on_started: Callable[[], None] = lambda: None,
    memory_bytes: int | None = None,
) -> Mapping[str, Ending]:
    """Run all tasks at once, each in a forked child, and return how each ended, in the order given.

    Fork before any solver is made: a solver's threads and locks do not survive a fork. Its library may be loaded.

    Args:
        tasks: with distinct names, else ValueError.
        deadline: in seconds of ``time.monotonic``; who still runs then is killed.
        on_message: called here with a task's name and what it sent, in the order sent; returns True to stop all.
        on_idle: called about ten times per second.
        on_started: called once, when all tasks have begun and before any message is passed on.
        memory_bytes: the limit of each child's address space, or None.

    When this returns or raises (KeyboardInterrupt included), no child is left.
    """
    if len({task.name for task in tasks}) != len(tasks):
        raise ValueError("two tasks have the same name")
    running: list[_Running] = []
    try:
        for task in tasks:
            with signals_blocked():
                running.append(_Running(task, start_child(task.run, memory_bytes)))
        on_started()
        stopped = _listen(running, deadline, on_message, on_idle)
    finally:
        with signals_blocked():
            statuses = _end(running)
    rest: Ending = Stopped() if stopped else TimedOut()
    return {r.task.name: _ending(r, statuses.get(r.child.pid), rest) for r in running}


def _ending(running: _Running, status: int | None, rest: Ending) -> Ending:
    if running.ending is not None:
        return running.ending
    if status is None:
        return rest
    code = os.waitstatus_to_exitcode(status)
    return Crashed(f"exit code {code}" if code >= 0 else f"killed by {_signal_name(-code)}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _listen(
    running: Sequence[_Running], deadline: float, on_message: Callable[[str, object], bool], on_idle: Callable[[], None]
) -> bool:
    """Pass messages on until every child closed its pipe, the deadline (False) or enough answers (True)."""
    with selectors.DefaultSelector() as selector:
        for r in running:
            selector.register(r.child.fd, selectors.EVENT_READ, r)
        idle = time.monotonic() + _TICK
        while selector.get_map():
            now = time.monotonic()
            if now >= deadline:
                return False
            if now >= idle:
                on_idle()
                idle = now + _TICK
            for key, _ in selector.select(min(_TICK, deadline - now)):
                is_open = read_available(key.fd, key.data.buffer)
                if _pass_on(key.data, on_message):
                    return True
                if not is_open or key.data.ending is not None:
                    key.data.closed = True
                    selector.unregister(key.fd)
    return False


def _pass_on(running: _Running, on_message: Callable[[str, object], bool]) -> bool:
    for frame in _frames(running):
        match frame:
            case Message():
                if on_message(running.task.name, frame.content):
                    return True
            case Done():
                running.ending = Finished()
            case Raised():
                running.ending = Crashed(frame.text)
            case _:
                running.ending = Crashed(f"sent a {type(frame).__name__} that is no frame")
    return False


def _frames(running: _Running) -> list[object]:
    try:
        return list(take_frames(running.buffer))
    except Exception as error:  # noqa: BLE001 - unpickling runs the constructors of foreign types
        running.ending = Crashed(f"sent what cannot be read: {type(error).__name__}: {error}")
        return []


def _end(running: Sequence[_Running]) -> Mapping[int, int]:
    """End and reap all children. Return the wait statuses, by process id, of those that ended by themselves.

    SIGTERM first, SIGKILL after a grace time. A process id stays ours until it is waited for, so
    no stranger can be hit.
    """
    by_themselves: dict[int, int] = {}
    killed: dict[int, int] = {}
    for r in running:
        if not r.closed:
            os.kill(r.child.pid, signal.SIGTERM)
    until = time.monotonic() + _GRACE
    left = {r.child.pid: by_themselves if r.closed else killed for r in running}
    while left and time.monotonic() < until:
        for pid in list(left):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                left.pop(pid)[pid] = status
        if left:
            time.sleep(0.001)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    for r in running:
        os.close(r.child.fd)
    return by_themselves
