"""What the engines, without the pipeline around them, say of a program."""

from __future__ import annotations

import time
from typing import Final

from verify.check.checked import Replay
from verify.check.replay import replay
from verify.encode.explicit import encode, pc_values
from verify.encode.steps import compile_program
from verify.engines.messages import Answered, Budget, Message
from verify.engines.tasks import Job, induct, search
from verify.program.program import Program
from verify.verdict.answer import Safe, Unsafe

DEPTH: Final = 9


def answers(program: Program, seconds: float) -> dict[str, bool]:
    """Return which properties the engines prove (True) or refute (False); the traces replay."""
    compiled = compile_program(program)
    system = encode(compiled, 2)
    told: list[Message] = []
    half = Budget(time.monotonic() + seconds / 2)
    search(Job(compiled, system, 2, system.properties(), DEPTH, half), told.append)
    refuted = {m.answer.property for m in told if isinstance(m, Answered) and isinstance(m.answer, Unsafe)}
    rest = tuple(p for p in system.properties() if p not in refuted)
    if rest:
        induct(Job(compiled, system, 2, rest, 2, Budget(time.monotonic() + seconds / 2)), told.append)
    found: dict[str, bool] = {}
    for message in told:
        match message:
            case Answered(answer=Safe(property=name)):
                assert found.setdefault(name, True), f"{name} is both proved and refuted"
            case Answered(answer=Unsafe(property=name, trace=trace)):
                assert isinstance(replay(program, system, trace, 2, pc_values(compiled)), Replay), name
                assert not found.setdefault(name, False), f"{name} is both proved and refuted"
            case _:
                pass
    return found
