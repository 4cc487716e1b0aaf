"""Searches for lemmas that take turns: only the lemmas of one that ended are sent."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from tests.shipped import SPECS
from verify.check.ask import poll
from verify.check.certify import Origin, claims, judge, questions
from verify.check.checked import Discharged
from verify.encode.counting import encode_counting
from verify.encode.explicit import encode
from verify.encode.steps import compile_program
from verify.engines import tasks
from verify.engines.messages import Answered, Budget, Lemmas, Message
from verify.engines.tasks import Job, Pool, induct
from verify.frontend.load import Options, load
from verify.smt.select import CHECKERS
from verify.verdict.answer import Certificate, Safe

TURNS: Sequence[tuple[tuple[Pool, int | None], ...]] = (
    ((Pool.PLAIN, None), (Pool.PROMISES, None)),
    ((Pool.PLAIN, 5), (Pool.PROMISES, None), (Pool.PLAIN, None)),
    ((Pool.PLAIN, 5), (Pool.PROMISES, 5), (Pool.PLAIN, None), (Pool.PROMISES, None)),
    ((Pool.PLAIN, 5), (Pool.PROMISES, 5), (Pool.PROMISES, 5), (Pool.PLAIN, 20), (Pool.PLAIN, None)),
)


@pytest.mark.parametrize("turns", [TURNS[0], *(pytest.param(t, marks=pytest.mark.slow) for t in TURNS[1:])], ids=str)
def test_every_order_of_turns_proves_what_holds(
    turns: tuple[tuple[Pool, int | None], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """refcount.c, which needs no promises: each order proves all of it, and the checkers accept what it sends."""
    monkeypatch.setattr(tasks, "TURNS", turns)
    program = load(str(SPECS / "refcount" / "refcount.c"), Options())
    compiled = compile_program(program)
    names = tuple(sorted(p.id for p in program.properties))
    job = Job(compiled, encode(compiled, 2), 2, names, 3, Budget(time.monotonic() + 60), prune=False, any_number=True)
    sent: list[Message] = []
    induct(job, sent.append)
    proofs: dict[str, Certificate] = {}
    for message in sent:
        if isinstance(message, Answered) and isinstance(message.answer, Safe):
            proofs[message.answer.property] = message.answer.certificate
    assert sorted(proofs) == list(names)
    (abstraction,) = {certificate.abstraction for certificate in proofs.values()}
    assert abstraction is not None
    system = encode_counting(compiled, abstraction.facts, abstraction.focus).system
    origin = Origin(compiled, lambda counting: counting)
    told = [Certificate(names[0], 0, m.terms, m.abstraction) for m in sent if isinstance(m, Lemmas)]
    for certificates in ([proofs[name] for name in names], told):
        claimed = claims(system, certificates, origin)
        polled = [poll(solver, questions(claimed), time.monotonic() + 60) for solver in CHECKERS]
        judged = judge(claimed, polled)
        assert judged
        assert all(isinstance(result, Discharged) for result in judged), judged
