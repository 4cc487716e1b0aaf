"""``bound``: the largest number of contexts for which a property holds, for one value of a macro after the other.

A run with few contexts is a run where more are allowed, so what is proved for N holds for fewer, and a run that has N
inside refutes every larger bound (docs/adr). Each end of a row has evidence of its own: a certificate at N, and at
N + 1 a run that was replayed with that bound. Rows rest on nothing but themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from verify.check.blocks import replay_blocks
from verify.check.checked import BlockReplay, Checked, Proved, Refuted, Rejected
from verify.decide import check_model
from verify.program.errors import InputError, reject
from verify.program.knobs import with_knobs
from verify.program.program import Program
from verify.program.wanted import wanted_properties
from verify.report.limits import Bound, Limit
from verify.report.outcome import verdict_text
from verify.stages.model import Settings, prepare_program, read_open
from verify.stages.search import Tell

MOST: Final = (1 << 31) - 1
"""The largest number of contexts that is asked about."""

PROBES: Final = 40
"""The most numbers that are asked about in a row."""


@dataclass(slots=True)
class _Known:
    """Proved for ``low`` contexts and refuted for ``high``; ``asked`` are the numbers without a verdict."""

    low: int = 0
    proof: Proved | None = None
    high: int | None = None
    run: Refuted | None = None
    below: int = MOST
    asked: dict[int, str] = field(default_factory=dict)

    def next(self) -> int | None:
        """Return the number of contexts to ask about; None when nothing more would be learned."""
        if self.high is None:
            return MOST if MOST not in self.asked and self.low < MOST else self._lower(MOST)
        if self.high - self.low == 1:
            return None
        for wanted in (min(self.below, self.high - 1), self.high - 1):
            if self.low < wanted and wanted not in self.asked:
                return wanted
        return self._lower(self.high)

    def _lower(self, limit: int) -> int | None:
        """Look for something that can be proved where the number next to the limit has no verdict."""
        half = min([*self.asked, limit]) // 2
        return half if half > self.low and len(self.asked) <= 3 else None


def bound(
    spec: str, macro: str, values: Sequence[int], wanted: Sequence[str], settings: Settings, tell: Callable[[str], Tell]
) -> Iterator[Bound]:
    """Yield what is known for each value of a macro. ``settings.seconds`` is the limit for each question.

    ``tell`` gives what hears of the progress of a question, by its name. Raises InputError for bad input, and for an
    unknown property or macro.
    """
    for value in values:
        program = _read(spec, macro, value, settings)
        names = wanted_properties(program, wanted)
        if not _depends(spec, macro, value + 1, program, settings):
            raise reject(None, f"{spec} does not depend on the macro {macro}", "name one that it uses with --over")
        known = {name: _Known() for name in names}
        _search(program, known, settings, tell)
        yield Bound(program, macro, value, tuple(_limit(name, k) for name, k in known.items()))


def _read(spec: str, macro: str, value: int, settings: Settings) -> Program:
    options = replace(settings.options, defines=(*settings.options.defines, f"{macro}={value}"))
    return with_knobs(read_open(spec, replace(settings, options=options)), ())


def _depends(spec: str, macro: str, other: int, program: Program, settings: Settings) -> bool:
    """Return whether another value makes another program; one that is refused does."""
    try:
        return replace(_read(spec, macro, other, settings), options=program.options) != program
    except InputError:
        return True


def _limit(name: str, known: _Known) -> Limit:
    reason = "; ".join(f"{n} contexts: {text}" for n, text in sorted(known.asked.items()))
    return Limit(name, known.low, known.proof, known.high, known.run, reason)


def _search(program: Program, known: dict[str, _Known], settings: Settings, tell: Callable[[str], Tell]) -> None:
    for _ in range(PROBES):
        questions = [n for n in (k.next() for k in known.values()) if n is not None]
        if not questions:
            return
        contexts = max(questions)
        names = tuple(sorted(name for name, k in known.items() if k.low < contexts < (k.high or MOST + 1)))
        names = tuple(name for name in names if contexts not in known[name].asked)
        limited = replace(program, cpus_max=contexts)
        model = prepare_program(limited, settings)
        for row in check_model(model, names, settings, tell(f"{contexts} contexts")).rows:
            _learn(limited, known[row.property.id], contexts, row.result)


def _learn(program: Program, known: _Known, contexts: int, result: Checked | Rejected) -> None:
    match result:
        case Proved():
            known.low, known.proof = contexts, result
        case Refuted():
            known.high, known.run = contexts, result
            if isinstance(result.evidence, BlockReplay):
                _tighten(program, known, result.evidence)
            else:
                known.below = min(known.below, len(result.evidence.start.cpus))
        case _:
            known.asked[contexts] = verdict_text(result)


def _tighten(program: Program, known: _Known, run: BlockReplay) -> None:
    """Replay a run with no more contexts than it has inside at once."""
    needed = _inside(run)
    if known.high is not None and needed < known.high:
        again = replay_blocks(replace(program, cpus_max=needed), run.trace)
        if isinstance(again, BlockReplay):
            known.high, known.run = needed, Refuted(run.trace.property, again)


def _inside(run: BlockReplay) -> int:
    """Return the largest number of CPUs inside at once; a step that enters needs a context even if it leaves."""
    most = before = 0
    for block in run.blocks:
        after = sum(number for _, _, number in block.inside)
        most = max(most, after, before + 1 if block.entered else before)
        before = after
    return most
