"""A time limit on a call into z3 from outside the solver.

z3's own parameter ``timeout`` is not used: setting it on a solver that has asserted or answered something changes what
that solver does next (other models, another effort), so answers would depend on how much time was left in them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from z3 import z3core  # type: ignore[import-untyped]

_AGAIN: Final = 0.02
"""Seconds between two interrupts: one that comes before z3 has begun is lost."""

_Context = Any


def within(context: _Context, seconds: float, call: Callable[[], int]) -> tuple[int, bool]:
    """Return what a call into z3 returns, and whether it was interrupted because ``seconds`` had passed.

    ``context`` is z3's C-level reference; no other call may run in it meanwhile.
    """
    watch = _Watch(context, seconds)
    try:
        watch.thread.start()
        return call(), watch.ran_out
    finally:
        watch.over.set()
        if watch.thread.ident is not None:
            watch.thread.join()


class _Watch:
    """A thread that interrupts a context from some moment on until the call is over."""

    __slots__ = ("_context", "_seconds", "over", "ran_out", "thread")

    def __init__(self, context: _Context, seconds: float) -> None:
        self._context = context
        self._seconds = min(seconds, threading.TIMEOUT_MAX)
        self.over = threading.Event()
        self.ran_out = False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        if self.over.wait(self._seconds):
            return
        self.ran_out = True
        while not self.over.is_set():
            z3core.Z3_interrupt(self._context)
            self.over.wait(_AGAIN)
