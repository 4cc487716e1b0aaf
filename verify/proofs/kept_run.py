"""A run as it is kept: the evidence that a property is REFUTED."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from verify.check.checked import BlockReplay, Replay
from verify.proofs.claimed import CPUS_MOST, Claimed, claimed_of, head, tail
from verify.proofs.reading import DocumentError, Read
from verify.verdict.answer import Block, BlockTrace

FORMAT: Final = "refproof run"
LONGEST: Final = 1000
"""Runs with more steps or blocks than these are not replayed."""

Values = tuple[tuple[str, int], ...]
"""Unsigned values by name."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step: which CPU takes it, the actor that it enters or is inside, and what it draws."""

    cpu: int
    actor: str
    inputs: Values


@dataclass(frozen=True, slots=True)
class Steps:
    """A run of ``cpus`` CPUs, step by step, to a violation in the last step or, ``at_state``, after it."""

    cpus: int
    initial_inputs: Values
    steps: tuple[Taken, ...]
    at_state: bool


Run = Steps | BlockTrace


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run that violates a property. ``tool`` is the version that made it."""

    claimed: Claimed
    run: Run
    tool: str

    @property
    def verdict(self) -> str:
        """The verdict that this is evidence of, as DESIGN section 5 spells it."""
        return "REFUTED"


def run_of(evidence: Replay | BlockReplay) -> Run:
    """Return what has to be kept of a run that was replayed."""
    if isinstance(evidence, BlockReplay):
        return evidence.trace
    trace = evidence.trace
    taken = (Taken(ran.cpu, ran.actor, s.inputs) for ran, s in zip(evidence.steps, trace.steps, strict=True))
    return Steps(len(evidence.start.cpus), trace.initial_inputs, tuple(taken), trace.at_state)


def run_body(kept: KeptRun) -> dict[str, object]:
    """Return the fields of a kept run behind its format and version, in their order."""
    return {"tool": kept.tool, **head(kept.claimed), "run": _run_json(kept.run), **tail(kept.claimed)}


def _run_json(run: Run) -> dict[str, object]:
    match run:
        case Steps():
            steps = [{"cpu": s.cpu, "actor": s.actor, "inputs": dict(s.inputs)} for s in run.steps]
            return {"cpus": run.cpus, "init": dict(run.initial_inputs), "steps": steps, "at_state": run.at_state}
        case BlockTrace():
            blocks = list(map(_block_json, run.blocks))
            return {"init": dict(run.initial_inputs), "blocks": blocks, "at_state": run.at_state}


def _block_json(block: Block) -> dict[str, object]:
    if block.relay is not None:
        stands = {"locals": dict(block.locals), "relay": dict(block.relay)}
        return {"times": block.times, "actor": block.actor, "inputs": dict(block.inputs), **stands}
    inside = {} if block.node is None else {"node": block.node, "locals": dict(block.locals)}
    more = {"more": [{"inputs": dict(inputs)} for inputs in block.more]} if block.more else {}
    return {"times": block.times, "actor": block.actor, **inside, "inputs": dict(block.inputs), **more}


def run_in(root: Read) -> KeptRun:
    """Return the run that the fields make. Raises DocumentError."""
    claimed = claimed_of(root)
    return KeptRun(claimed, _run(Read(root.field("run"), "'run'"), claimed.property), root.text("tool"))


def _run(read: Read, name: str) -> Run:
    first, at_state = read.numbers("init"), read.flag("at_state")
    if read.has("blocks"):
        blocks = tuple(map(_block, _short(read.objects("blocks", "a block"))))
        _require_short(len(blocks) + sum(len(block.more) for block in blocks))
        return BlockTrace(name, first, blocks, at_state)
    if not 1 <= read.number("cpus") <= CPUS_MOST:
        raise DocumentError(f"a run is one of 1 to {CPUS_MOST} CPUs, or in blocks")
    steps = (
        Taken(s.number("cpu"), s.text("actor"), s.numbers("inputs")) for s in _short(read.objects("steps", "a step"))
    )
    return Steps(read.number("cpus"), first, tuple(steps), at_state)


def _block(read: Read) -> Block:
    if read.has("relay"):
        actor, given, held = read.text("actor"), read.numbers("inputs"), read.numbers("locals")
        return Block(actor, None, given, held, read.number("times"), relay=read.numbers("relay"))
    node = read.number("node") if read.has("node") else None
    held = () if node is None else read.numbers("locals")
    more = _short(read.objects("more", "a further step")) if read.has("more") else ()
    further = tuple(one.numbers("inputs") for one in more)
    return Block(read.text("actor"), node, read.numbers("inputs"), held, read.number("times"), further)


def _short(items: tuple[Read, ...]) -> tuple[Read, ...]:
    _require_short(len(items))
    return items


def _require_short(length: int) -> None:
    if length > LONGEST:
        raise DocumentError(f"a run of more than {LONGEST} steps or blocks is not replayed")
