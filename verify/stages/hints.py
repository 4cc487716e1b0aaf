"""Hints of the specification that are false: a remark for their author, since a proof is found without them or not."""

from __future__ import annotations

import time

from verify.engines.messages import Budget
from verify.engines.sample import Plan, sample, simulator
from verify.program.program import Lemma
from verify.stages.model import Model
from verify.term.compiled import compiled

SECONDS = 2.0
"""The time within which runs are sampled."""


def false_lemmas(model: Model) -> tuple[Lemma, ...]:
    """Return the LEMMAs that are false in some state of a few sampled runs of the model's CPUs, in source order.

    What is not among them may be false all the same.
    """
    program = model.compiled.program
    if not program.lemmas:
        return ()
    on = simulator(model.system)
    states = sample(model.system, on, Plan(), Budget(time.monotonic() + SECONDS))
    holds = compiled(model.compiled.lemmas, on.slots)
    return tuple(
        lemma for lemma, true in zip(program.lemmas, holds, strict=True) if not all(true(state) for state in states)
    )
