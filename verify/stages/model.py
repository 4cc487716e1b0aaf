"""What every stage works on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from verify.encode.explicit import encode
from verify.encode.steps import Compiled, compile_program
from verify.frontend.load import Options, load, load_open
from verify.program.errors import InputError, reject
from verify.program.program import Program
from verify.system.system import TransitionSystem
from verify.worker.tasks import Crashed, Task, TimedOut, run_tasks

SHOWN_CPUS = 2
"""CPUs of the runs that are looked for first where any number is asked for."""

_T = TypeVar("_T")
Idle = Callable[[], None]
"""Called about ten times a second while a stage waits for its workers."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to do: ``engine`` is bmc, k-induction, ic3 or auto; ``seconds`` the time limit of one spec.

    ``cpus`` None asks for any number of CPUs up to CPUS(max). ``kept`` are lemmas of evidence that is there, as text,
    about the system that counts: they are tried first, and need not hold.
    """

    cpus: int | None
    engine: str
    depth: int
    seconds: float
    options: Options
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A spec made ready: the program, its steps and the exact system of ``cpus`` CPUs.

    ``any_number``: the verdicts are about any number of CPUs; runs are shown with ``cpus`` of them, if they do.
    """

    compiled: Compiled
    system: TransitionSystem
    cpus: int
    any_number: bool

    def of(self, cpus: int) -> Model:
        """Return the same with the exact system of another number of CPUs."""
        return self if cpus == self.cpus else replace(self, system=encode(self.compiled, cpus), cpus=cpus)


def prepare(spec: str, settings: Settings, meanwhile: Idle = lambda: None) -> Model:
    """Read a spec and encode it, in a worker: hostile input that crashes it or takes for ever takes nobody with it.

    ``meanwhile`` is called here once the worker is at work. Raises InputError for bad input, for a crash, and when the
    time limit runs out.
    """
    return _in_worker(spec, settings.seconds, Model, lambda: _model(load(spec, settings.options), settings), meanwhile)


def read_open(spec: str, settings: Settings) -> Program:
    """Read a spec in a worker and return its program while the values of its knobs are open; raises as ``prepare``."""
    return _in_worker(spec, settings.seconds, Program, lambda: load_open(spec, settings.options))


def prepare_program(program: Program, settings: Settings) -> Model:
    """Encode a program whose knobs have values, in a worker; raises as ``prepare``."""
    return _in_worker(program.name, settings.seconds, Model, lambda: _model(program, settings))


def _in_worker(spec: str, seconds: float, kind: type[_T], work: Callable[[], _T], meanwhile: Idle = lambda: None) -> _T:
    answers: list[object] = []

    def listen(_task: str, message: object) -> bool:
        answers.append(message)
        return False

    task = Task("front end", partial(_answer, work))
    deadline = time.monotonic() + seconds
    ending = run_tasks([task], deadline=deadline, on_message=listen, on_started=meanwhile)["front end"]
    for answer in answers:
        if isinstance(answer, kind):
            return answer
        if isinstance(answer, tuple):
            raise InputError(*answer)
    if isinstance(ending, TimedOut):
        raise reject(None, f"{spec} could not be read within {seconds:g} seconds", "raise --timeout")
    detail = ending.detail.strip().splitlines()[-1] if isinstance(ending, Crashed) else "no answer"
    raise reject(None, f"the front end failed on {spec}: {detail}", "please report the input that does this")


def _answer(work: Callable[[], object], send: Callable[[object], None]) -> None:
    try:
        send(work())
    except InputError as error:
        send(error.diagnostics)


def _model(program: Program, settings: Settings) -> Model:
    compiled = compile_program(program)
    cpus = shown_cpus(program, settings.cpus)
    return Model(compiled, encode(compiled, cpus), cpus, settings.cpus is None)


def shown_cpus(program: Program, cpus: int | None) -> int:
    """Return with how many CPUs runs are shown, of exactly ``cpus`` or of any number."""
    return min(SHOWN_CPUS, program.cpus_max or SHOWN_CPUS) if cpus is None else cpus


def half(deadline: float) -> float:
    """Return the moment when half of the time that is left will have passed."""
    now = time.monotonic()
    return now + (deadline - now) / 2
