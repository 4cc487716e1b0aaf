"""What the counting encoding, with its certificates checked by every solver, proves of a program."""

from __future__ import annotations

import time
from collections.abc import Sequence

from verify.check.ask import poll
from verify.check.certify import Origin, claims, judge, questions
from verify.check.checked import Discharged, Rejected, Undecided
from verify.encode.explicit import encode
from verify.encode.steps import Compiled
from verify.engines.counted import counted, exclude, focused
from verify.engines.ic3 import Task, ic3
from verify.engines.ic3_counting import predicates_of
from verify.engines.messages import Answered, Budget, Message
from verify.smt.select import CHECKERS, engine_solvers
from verify.system.system import TransitionSystem
from verify.verdict.answer import Certificate, Safe


def counting_certificates(compiled: Compiled, seconds: float = 20) -> tuple[Certificate, ...]:
    """Return certificates for any number of CPUs, made without looking for violations first.

    What counts and sums do not prove is tried with a focus CPU, then by IC3, as the engine does.
    """
    budget = Budget(time.monotonic() + seconds)
    on = counted(compiled, engine_solvers(), budget)
    names = encode(compiled, 1).properties()
    proved = exclude(on, names)
    left = tuple(name for name in names if name not in proved)
    found = [Certificate(name, 0, on.lemmas, on.abstraction) for name in proved]
    if left:
        closer = focused(on, engine_solvers(), budget)
        found += [Certificate(name, 0, closer.lemmas, closer.abstraction) for name in exclude(closer, left)]
    known = {certificate.property for certificate in found}
    told: list[Message] = []
    task = Task(
        on.counting.system, on.lemmas, predicates_of(on), engine_solvers(), budget.part(0.3), on.abstraction, 600
    )
    ic3(task, [name for name in names if name not in known], told.append)
    found += [m.answer.certificate for m in told if isinstance(m, Answered) and isinstance(m.answer, Safe)]
    return tuple(found)


def judged(
    compiled: Compiled, certificates: Sequence[Certificate], seconds: float = 60
) -> tuple[Discharged | Rejected | Undecided, ...]:
    """Return what the checkers say of certificates about any number of CPUs."""
    made = claims(encode(compiled, 1), certificates, Origin(compiled, _as_it_is))
    return judge(made, [poll(name, questions(made), time.monotonic() + seconds) for name in CHECKERS])


def _as_it_is(system: TransitionSystem) -> TransitionSystem:
    return system
