"""Seeded bugs of the counting encoding and of location facts: both checking solvers refute what ties it to the program.

Each seed replaces a function of the encoding, or the facts, with a wrong one. The obligations are then asked
as ``verify.check.certify`` asks them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import pytest

from tests import programs
from tests.laws.counting_answers import judged
from tests.programs import COUNTER, access, actor, assign, check, draw, ghost, give, inside, local, program, routine
from tests.systems import soon
from verify.check.ask import poll
from verify.check.checked import Discharged, Rejected
from verify.check.simulation import simulation_obligations
from verify.encode import counting, tally
from verify.encode.counting import encode_counting
from verify.encode.explicit import Renamed
from verify.encode.steps import Compiled, Location, ProgramStep, compile_program
from verify.encode.tally import Tally
from verify.engines.facts import infer_facts
from verify.program.program import Actor, Cell, Kind, Program, PropertyKind
from verify.smt.select import CHECKERS, engine_solver
from verify.smt.solver import Status
from verify.system.system import StateCheck, Step, TransitionSystem
from verify.term.build import FALSE, TRUE, bvadd, bvnot, bvsub, bvule, const, eq, ne, symbol
from verify.term.term import Term
from verify.verdict.answer import Abstraction, Certificate, LocationFacts

WIDTH: Final = 3
QUIET: Final = "quiet"
LATE: Final = "late"


def borrowing() -> Program:
    """Return a program of which everything the counting encoding does can be broken.

    ``take`` draws ``nr`` (1 or 2), adds it to the counter, looks at the counter again and takes it back;
    ``left`` is signed and changes on the way. At most three are inside ``take``, ``once`` runs twice in all.
    """
    old, nr, seen, last, left = (symbol(f"take.{n}", WIDTH) for n in ("old", "nr", "seen", "last", "left"))
    lent, zero = symbol("lent", WIDTH), const(0, WIDTH)
    body: list[programs.Statement] = [
        draw("take.nr", 1, 2),
        assign("take.left", bvsub(zero, nr)),
        give("lent", bvadd(lent, nr)),
        access(old, bvadd(old, nr)),
        access(seen, None),
        check(LATE, ne(nr, zero)),
        assign("take.left", bvsub(left, const(1, WIDTH))),
        access(last, bvadd(last, bvadd(left, const(1, WIDTH)))),
        give("lent", bvsub(lent, nr)),
    ]
    locals_ = [local(f"take.{n}", WIDTH) for n in ("old", "nr", "seen", "last")]
    locals_.append(local("take.left", WIDTH, Kind.SIGNED))
    word, one = local("quiet.word", WIDTH), symbol("once.old", WIDTH)
    quiet = programs.stated(QUIET, PropertyKind.QUIESCENT, eq(symbol("quiet.word", WIDTH), zero), [(COUNTER, word)])
    always = programs.stated("always", PropertyKind.ALWAYS, bvule(lent, const(6, WIDTH)))
    made = program(
        [Cell(COUNTER, WIDTH, Kind.UNSIGNED)],
        [ghost("lent", WIDTH, 0)],
        routine([inside(access(symbol("init.old", WIDTH), zero))], [local("init.old", WIDTH)]),
        [
            actor("take", body, locals_, limit=3),
            actor("once", [access(one, None)], [local("once.old", WIDTH)], max_entries=2),
        ],
        [programs.checked(LATE), quiet, always],
    )
    return replace(made, cpus_max=5)


COMPILED: Final = compile_program(borrowing())


def facts() -> tuple[LocationFacts, ...]:
    return infer_facts(COMPILED, engine_solver(), soon(20))


def refuted(found: Sequence[LocationFacts], focus: int = 0) -> dict[str, set[str]]:
    """Return for each solver the obligations that it refutes; each solver must answer all."""
    owed = simulation_obligations(encode_counting(COMPILED, found, focus))
    told = {}
    for name in CHECKERS:
        answers = poll(name, [o.term for o in owed], time.monotonic() + 60).answers
        assert Status.UNKNOWN not in answers
        told[name] = {o.name for o, status in zip(owed, answers, strict=True) if status is Status.SAT}
    return told


def caught(found: Sequence[LocationFacts], what: str, focus: int = 0) -> bool:
    """Tell whether every solver refutes an obligation whose name begins so, and a certificate is rejected for it."""
    told = refuted(found, focus)
    (result,) = judged(COMPILED, (Certificate(QUIET, 0, (), Abstraction(tuple(found), focus)),))
    assert isinstance(result, Rejected), result
    return all(any(name.startswith(what) for name in names) for names in told.values())


@pytest.mark.parametrize("focus", [0, 1, 2])
def test_nothing_is_refuted_as_it_is(focus: int) -> None:
    assert refuted(facts(), focus) == {name: set() for name in CHECKERS}


@pytest.mark.parametrize(
    "known",
    [
        programs.counter(2, broken=True),
        programs.lock(),
        programs.founding_race(3),
        programs.generations(),
        programs.waiting(),
        programs.batches(),
    ],
)
@pytest.mark.parametrize("focus", [0, 1, 2])
def test_the_encoding_of_known_programs_is_accepted(known: Program, focus: int) -> None:
    compiled = compile_program(known)
    found = infer_facts(compiled, engine_solver(), soon(20))
    owed = simulation_obligations(encode_counting(compiled, found, focus))
    for name in CHECKERS:
        answers = poll(name, [o.term for o in owed], time.monotonic() + 60).answers
        assert [o.name for o, status in zip(owed, answers, strict=True) if status is not Status.UNSAT] == []


def with_fact(location: int, *ranges: tuple[str, int, int], holds: tuple[Term, ...] = ()) -> list[LocationFacts]:
    """Return the inferred facts with more at one location; the ranges replace those of their locals."""
    found = list(facts())
    named = {name for name, _, _ in ranges}
    kept = tuple(r for r in found[location].ranges if r[0] not in named)
    found[location] = replace(found[location], ranges=(*kept, *ranges), holds=(*found[location].holds, *holds))
    return found


def test_a_wrong_fact_is_refuted() -> None:
    assert caught(with_fact(0, holds=(eq(symbol("take.nr", WIDTH), const(1, WIDTH)),)), "facts at")


def test_a_sum_range_that_is_too_narrow_is_refuted() -> None:
    assert caught(with_fact(0, ("take.nr", 1, 1)), "facts at")
    assert caught(with_fact(1, ("take.left", -2, -1)), "facts at")


def test_a_fact_that_is_not_dropped_on_assignment_is_refuted() -> None:
    """``left`` + ``nr`` is 0 at the first location; ``left`` is assigned on the way to the second."""
    stays = eq(bvadd(symbol("take.left", WIDTH), symbol("take.nr", WIDTH)), const(0, WIDTH))
    first = [with_fact(0, holds=(stays,))[0], facts()[1]]
    assert refuted(first) == {name: set() for name in CHECKERS}
    both = [first[0], with_fact(1, holds=(stays,))[1]]
    assert caught(both, "facts at")


Moved = Callable[[Sequence[Tally], Tally | None, ProgramStep, Renamed], Iterator[tuple[str, Term]]]


def moved_without(name: str, replaced: Callable[[Term, Term], Term]) -> Moved:
    """Return ``_moved`` with another update of the variables whose names begin so, made of old and new value."""
    right = counting._moved

    def moved(
        tallies: Sequence[Tally], at: Tally | None, step: ProgramStep, own: Renamed
    ) -> Iterator[tuple[str, Term]]:
        for key, value in right(tallies, at, step, own):
            yield key, replaced(symbol(key, value.width), value) if key.startswith(name) else value

    return moved


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("at.", lambda old, new: old),
        ("at.", lambda old, new: bvadd(new, const(1, new.width))),
        ("sum.", lambda old, new: old),
        ("sum.", lambda old, new: bvadd(old, bvsub(old, new))),
    ],
)
@pytest.mark.parametrize("focus", [0, 1])
def test_a_wrong_update_is_refuted(
    name: str, wrong: Callable[[Term, Term], Term], focus: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_moved", moved_without(name, wrong))
    assert caught(facts(), "counting takes the step", focus)


def test_a_count_that_is_not_decremented_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU that leaves a location stays counted there."""
    right = counting._moved

    def moved(
        tallies: Sequence[Tally], at: Tally | None, step: ProgramStep, own: Renamed
    ) -> Iterator[tuple[str, Term]]:
        yield from ((n, v) for n, v in right(tallies, at, step, own) if at is None or n != at.count.name)

    monkeypatch.setattr(counting, "_moved", moved)
    assert caught(facts(), "counting takes the step continuing take")


@pytest.mark.parametrize("focus", [0, 1])
def test_a_guard_that_asks_for_too_many_free_contexts_is_refuted(focus: int, monkeypatch: pytest.MonkeyPatch) -> None:
    right = counting.contexts
    monkeypatch.setattr(counting, "contexts", lambda on: right(on) - 1)
    assert caught(facts(), "counting takes the step", focus)


@pytest.mark.parametrize("focus", [0, 1])
def test_entering_without_asking_for_a_free_context_only_adds_runs(focus: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It proves less and never more: no obligation of the simulation fails, and the frame is no longer kept."""
    right = counting._entry_guards

    def guards(compiled: Compiled, tallies: Sequence[Tally], focus: int, entered: Actor) -> Iterator[Term]:
        yield from list(right(compiled, tallies, focus, entered))[1:]

    compiled, found = compile_program(replace(borrowing(), cpus_max=2)), facts()
    frame = counting.frame_lemmas(encode_counting(compiled, found, focus))
    (result,) = judged(compiled, (Certificate(LATE, 0, frame, Abstraction(tuple(found), focus)),))
    assert isinstance(result, Discharged)
    monkeypatch.setattr(counting, "_entry_guards", guards)
    assert refuted(found, focus) == {name: set() for name in CHECKERS}
    (result,) = judged(compiled, (Certificate(LATE, 0, frame, Abstraction(tuple(found), focus)),))
    assert isinstance(result, Rejected)
    assert "preserved by" in result.reason


def test_a_limit_that_lets_too_few_enter_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    right = counting._entry_guards

    def guards(compiled: Compiled, tallies: Sequence[Tally], focus: int, entered: Actor) -> Iterator[Term]:
        limit = None if entered.limit is None else entered.limit - 1
        yield from right(compiled, tallies, focus, replace(entered, limit=limit))

    monkeypatch.setattr(counting, "_entry_guards", guards)
    assert caught(facts(), "counting takes the step entering take")


@pytest.mark.parametrize("focus", [0, 1])
def test_a_quiescent_that_is_never_reached_is_refuted(focus: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(compiled: Compiled, tallies: Sequence[Tally], focus: int) -> Iterator[StateCheck]:
        for stated in compiled.state_properties:
            yield StateCheck(stated.property.id, FALSE, FALSE, stated.property.span)

    monkeypatch.setattr(counting, "_state_checks", never)
    assert caught(facts(), "counting sees a state that violates", focus)


def test_a_quiescent_that_ignores_counts_only_proves_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """QUIESCENT is then asked in every state: what is proved holds in quiet states too."""

    def everywhere(compiled: Compiled, tallies: Sequence[Tally], focus: int) -> Iterator[StateCheck]:
        for stated in compiled.state_properties:
            yield StateCheck(stated.property.id, TRUE, bvnot(stated.holds), stated.property.span)

    monkeypatch.setattr(counting, "_state_checks", everywhere)
    assert refuted(facts()) == {name: set() for name in CHECKERS}


Maker = Callable[..., Step]


def blind(seen: Callable[[Step], Step]) -> Maker:
    right = counting.made_step

    def made(*given: object) -> Step:
        return seen(right(*given))  # type: ignore[arg-type]

    return made


@pytest.mark.parametrize("focus", [0, 1])
def test_a_check_that_is_not_seen_is_refuted(focus: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(step: Step) -> Step:
        return replace(step, checks=tuple(replace(c, reached=FALSE, violated=FALSE) for c in step.checks))

    monkeypatch.setattr(counting, "made_step", blind(seen))
    assert caught(facts(), "counting sees the checks", focus)


@pytest.mark.parametrize("focus", [0, 1])
def test_a_missing_check_makes_no_sense(focus: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "made_step", blind(lambda step: replace(step, checks=())))
    (result,) = judged(COMPILED, (Certificate(QUIET, 0, (), Abstraction(facts(), focus)),))
    assert isinstance(result, Rejected)


def test_a_missing_step_makes_no_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    right = encode_counting

    def fewer(compiled: Compiled, found: Sequence[LocationFacts], focus: int = 0) -> counting.Counting:
        made = right(compiled, found, focus)
        shorter: TransitionSystem = replace(made.system, steps=made.system.steps[:-1])
        return replace(made, system=shorter)

    monkeypatch.setattr("verify.check.certify.encode_counting", fewer)
    (result,) = judged(COMPILED, (Certificate(QUIET, 0, (), Abstraction(facts())),))
    assert isinstance(result, Rejected)


def test_a_sum_that_is_too_narrow_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    """With as many bits as the local the sum of five of them wraps, and leaves its range."""
    monkeypatch.setattr(tally, "sum_width", lambda on, one, low, high: one.width)
    (result,) = judged(COMPILED, (Certificate(QUIET, 0, (), Abstraction(facts())),))
    assert isinstance(result, Rejected)
    assert "could wrap" in result.reason


def test_a_count_that_is_too_narrow_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "count_width", lambda on: 2)
    (result,) = judged(COMPILED, (Certificate(QUIET, 0, (), Abstraction(facts())),))
    assert isinstance(result, Rejected)
    assert "cannot be counted" in result.reason


def test_a_sum_whose_range_is_not_that_of_the_facts_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    right = tally.Sum
    monkeypatch.setattr(tally, "Sum", lambda one, low, high, total: right(one, low, high - 1, total))
    assert caught(facts(), "each take.")


def test_a_focus_cpu_that_other_steps_move_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    right = counting.rest_step

    def rest(compiled: Compiled, tallies: Sequence[Tally], focus: int, step: ProgramStep) -> Step:
        made = right(compiled, tallies, focus, step)
        pc = next(v for v in counting._focus_state(compiled, focus) if v.name == "cpu0.pc")
        return replace(made, updates=(*made.updates, (pc.name, const(0, pc.width))))

    monkeypatch.setattr(counting, "rest_step", rest)
    assert caught(facts(), "counting takes the step", 1)


@pytest.mark.parametrize("what", ["cpu0.pc", "cpu0.take.nr"])
def test_a_focus_cpu_that_is_not_followed_is_refuted(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = counting.cpu_updates

    def updates(compiled: Compiled, cpu: int, step: ProgramStep) -> list[tuple[str, Term]]:
        return [(name, value) for name, value in right(compiled, cpu, step) if name != what]

    monkeypatch.setattr(counting, "cpu_updates", updates)
    assert caught(facts(), "counting takes the step of focus CPU 0", 1)


def test_the_locations_are_those_that_the_seeds_speak_of() -> None:
    places: tuple[Location, ...] = COMPILED.locations
    assert [(loc.actor, [v.label for v in loc.live]) for loc in places] == [
        ("take", ["nr", "left"]),
        ("take", ["nr", "left"]),
    ]
