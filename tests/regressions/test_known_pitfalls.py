"""The known ways in which other verifiers were wrong (DESIGN section 7), one test or more for each.

A wrong simplification is law 1's business: ``tests/laws/test_rewrite.py`` proves every rule.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial

import pytest

from tests import programs, systems
from tests.programs import COUNTER, access, actor, assume, check, checked, fresh, ghost, give, local, program, routine
from tests.systems import BAD, LEMMA, X, induct, inductive, number, search, var, verdict
from verify.check.ask import Polled, poll
from verify.check.certify import Claim, claims, judge, questions
from verify.check.checked import Discharged, Rejected, Undecided
from verify.engines.trace import Violation, shortest_trace
from verify.program.errors import InputError
from verify.program.program import Cell, Kind, Program, PropertyKind
from verify.smt.select import CHECKERS, engine_solver
from verify.smt.solver import Solver, Status
from verify.system.system import StateCheck, TransitionSystem
from verify.term.build import FALSE, TRUE, bvadd, bvnot, bvslt, bvule, bvult, conj, const, eq, implies, ne, symbol
from verify.term.term import Term
from verify.verdict.answer import Certificate, Safe, Unknown, Unsafe


class GivesUp:
    """A solver that gives no answer from its ``patience``-th check on."""

    def __init__(self, patience: int) -> None:
        self.inner: Solver = engine_solver()
        self.patience = patience

    def add(self, term: Term) -> None:
        self.inner.add(term)

    def push(self) -> None:
        self.inner.push()

    def pop(self) -> None:
        self.inner.pop()

    def check(self, assumptions: Sequence[Term] = (), seconds: float | None = None) -> Status:
        self.patience -= 1
        return self.inner.check(assumptions, seconds) if self.patience >= 0 else Status.UNKNOWN

    def values(self, terms: Sequence[Term]) -> tuple[int, ...]:
        return self.inner.values(terms)

    def core(self) -> tuple[Term, ...]:
        return self.inner.core()


# A step relation that is not total.


def test_a_violation_in_a_state_without_successor_is_found() -> None:
    dead_end = systems.counting((0, 1), bad=1)
    answer = search(dead_end, 5)[BAD]
    assert isinstance(answer, Unsafe)
    assert len(answer.trace.steps) == 1
    assert isinstance(induct(dead_end, 5)[BAD], Unknown)


@pytest.mark.parametrize("k", range(1, 6))
def test_no_k_proves_a_property_that_fails_before_a_dead_end(k: int) -> None:
    """The unrolling to depth k has no run at all, so a base case that asserts it all would be empty."""
    dead_end = systems.counting((0, 1), bad=1)
    assert isinstance(verdict(dead_end, Certificate(BAD, k, ())), Rejected)


def test_a_violation_in_the_middle_of_a_step_that_cannot_complete_is_found() -> None:
    for depth in (1, 3):
        answer = search(systems.violated_in_middle(depth), 5)[BAD]
        assert isinstance(answer, Unsafe)
        assert len(answer.trace.steps) == depth
        assert isinstance(induct(systems.violated_in_middle(depth), 6)[BAD], Unknown)


def test_a_system_without_steps_is_decided_by_its_initial_states() -> None:
    still = systems.system([var("x", 4)], {"x": 3}, [], bad=eq(X, number(3)))
    assert isinstance(search(still, 3)[BAD], Unsafe)
    still = systems.system([var("x", 4)], {"x": 3}, [], bad=eq(X, number(4)))
    assert isinstance(induct(still, 1)[BAD], Safe)


# An assumption that hides a violation.


def assuming(*, first: bool) -> Program:
    """Return an actor with a CHECK that fails and an ASSUME that fails, in either order."""
    refs, old = symbol("refs", 3), symbol("a.old", 3)
    failing, never = check("c", ne(refs, const(1, 3))), assume(ne(refs, const(1, 3)))
    return program(
        [Cell(COUNTER, 3, Kind.UNSIGNED)],
        [ghost("refs", 3, 1)],
        routine([]),
        [actor("a", [access(old, None), *((never, failing) if first else (failing, never))], [local("a.old", 3)])],
        [checked("c")],
    )


def test_an_assumption_after_a_failing_check_does_not_undo_it() -> None:
    on = systems.exact(assuming(first=False), 2)
    answer = search(on, 3)["c"]
    assert isinstance(answer, Unsafe)
    assert len(answer.trace.steps) == 1
    assert isinstance(induct(on, 3)["c"], Unknown)


def test_a_check_after_an_assumption_that_fails_is_not_violated() -> None:
    on = systems.exact(assuming(first=True), 2)
    assert isinstance(search(on, 3)["c"], Unknown)
    assert isinstance(induct(on, 1)["c"], Safe)


def test_a_lemma_is_not_an_assumption() -> None:
    """A lemma that excludes the violation but does not hold is refused, for every k."""
    on = systems.violated_in_state(2)
    for k in range(4):
        assert isinstance(verdict(on, Certificate(BAD, k, (LEMMA,))), Rejected)
    assert isinstance(verdict(on, Certificate(BAD, 0, (FALSE,))), Rejected)


# An invariant used outside its guard.


def phased() -> TransitionSystem:
    """Return a number that stays below 2 only while the flag is up; the flag can go down."""
    flag = symbol("flag", 1)
    return systems.system(
        [var("x", 4), var("flag", 1)],
        {"x": 0, "flag": 1},
        [
            systems.step("in phase", conj((flag, bvult(X, number(1)))), {"x": bvadd(X, number(1))}),
            systems.step("leave", flag, {"flag": FALSE}),
            systems.step("outside", bvnot(flag), {"x": bvadd(X, number(1))}),
        ],
        bad=bvule(number(3), X),
    )


def test_a_lemma_of_one_phase_proves_nothing_in_another() -> None:
    on, flag = phased(), symbol("flag", 1)
    guarded, bare = implies(flag, LEMMA), LEMMA
    kept = inductive(on, (guarded, bare))
    assert kept == (guarded,)
    assert isinstance(verdict(on, Certificate(BAD, 0, (guarded,))), Rejected)
    assert isinstance(verdict(on, Certificate(BAD, 0, (bare,))), Rejected)
    answer = search(on, 5)[BAD]
    assert isinstance(answer, Unsafe)
    assert len(answer.trace.steps) == 4


# A skipped base case.


@pytest.mark.parametrize("k", range(4))
def test_an_inductive_property_that_fails_initially_is_not_proved(k: int) -> None:
    on = systems.counting((1, 2), bad=0)
    assert isinstance(verdict(on, Certificate(BAD, k, ())), Rejected)
    assert isinstance(induct(on, k)[BAD], Unknown)


@pytest.mark.parametrize("depth", range(5))
def test_every_depth_of_the_base_case_is_asked(depth: int) -> None:
    """The run of 0 … depth ends there, so ``depth + 1`` and more steps are inductive without any base."""
    on = systems.counting(*((x, x + 1) for x in range(depth)), bad=depth)
    for k in range(depth + 3):
        assert isinstance(verdict(on, Certificate(BAD, k, ())), Rejected), k
    assert isinstance(induct(on, depth + 2)[BAD], Unknown)


def test_lemmas_need_a_base_case_too() -> None:
    on = systems.counting((5, 5), bad=9)
    assert isinstance(verdict(on, Certificate(BAD, 0, (eq(X, number(5)),))), Rejected)
    assert inductive(on, (eq(X, number(5)),)) == ()


# A bound silently not reached.


def test_a_search_without_time_claims_no_depth() -> None:
    answer = search(systems.needs_k1(), 9, budget=systems.spent())[BAD]
    assert isinstance(answer, Unknown)
    assert answer.depth is None or answer.depth == 0
    assert answer.reason == "time limit"


@pytest.mark.parametrize("patience", range(4))
def test_a_search_that_gives_up_claims_only_the_depth_it_completed(patience: int) -> None:
    """Each depth of the safe system takes one check, so the last one completed is ``patience - 1``."""
    answer = search(systems.needs_k1(), 9, make=lambda: GivesUp(patience))[BAD]
    assert isinstance(answer, Unknown)
    assert answer.depth == (patience - 1 if patience else None)
    assert answer.reason == "time limit"


@pytest.mark.parametrize("patience", range(12))
def test_a_search_that_gives_up_never_claims_the_depth_of_a_violation(patience: int) -> None:
    answer = search(systems.violated_in_state(2), 9, make=lambda: GivesUp(patience))[BAD]
    if isinstance(answer, Unknown):
        assert answer.depth is None or answer.depth < 2


def test_a_property_refuted_before_the_search_gives_up_is_answered_once() -> None:
    """Two properties fail at depth 0; the solver gives up between them."""
    first = systems.counting((0, 1), bad=0)
    other = StateCheck("other", TRUE, first.state_checks[0].violated, first.state_checks[0].span)
    both = TransitionSystem(first.state, (), first.init, TRUE, first.steps, (*first.state_checks, other))
    for patience in range(12):
        found = search(both, 3, make=partial(GivesUp, patience))
        assert found.keys() == {BAD, "other"}


# A timeout reported as safe.


def test_no_time_and_no_answer_is_never_safe() -> None:
    on = systems.needs_k2()
    assert isinstance(induct(on, 5, budget=systems.spent())[BAD], Unknown)
    for patience in range(4):
        answer = induct(systems.never_inductive(), 3, make=partial(GivesUp, patience))[BAD]
        assert isinstance(answer, Unknown)
    assert inductive(on, (LEMMA,), make=lambda: GivesUp(0)) is None
    assert inductive(on, (LEMMA,), make=lambda: GivesUp(1)) is None
    assert shortest_trace(on, Violation(BAD, 0), GivesUp(0), systems.soon()) is None


def test_a_certificate_that_no_solver_had_time_for_is_not_accepted() -> None:
    assert isinstance(verdict(systems.needs_k2(), Certificate(BAD, 2, ()), seconds=-1), Undecided)


# Integers in place of bit-vectors.


@pytest.mark.parametrize("width", [8, 32])
def test_words_wrap_around(width: int) -> None:
    word, one = symbol("w", width), const(1, width)
    inc = systems.step("inc", TRUE, {"w": bvadd(word, one)})
    top, largest = (1 << width) - 1, (1 << width - 1) - 1
    on = systems.system([var("w", width)], {"w": top}, [inc], bad=eq(word, const(0, width)))
    answer = search(on, 2)[BAD]
    assert isinstance(answer, Unsafe)
    assert answer.trace.states == ((top,), (0,))
    negative = bvslt(word, const(0, width))
    on = systems.system([var("w", width)], {"w": largest}, [inc], bad=negative)
    answer = search(on, 2)[BAD]
    assert isinstance(answer, Unsafe)
    assert answer.trace.states == ((largest,), (largest + 1,))


@pytest.mark.parametrize("width", [8, 32])
def test_a_proof_that_is_right_for_integers_only_is_refused(width: int) -> None:
    """As integers, w >= 1 is inductive under increments; as words it is not."""
    word = symbol("w", width)
    inc = systems.step("inc", TRUE, {"w": bvadd(word, const(1, width))})
    on = systems.system([var("w", width)], {"w": 1}, [inc], bad=eq(word, const(0, width)))
    positive = bvule(const(1, width), word)
    assert isinstance(verdict(on, Certificate(BAD, 0, (positive,))), Rejected)
    assert isinstance(induct(on, 3, (positive,))[BAD], Safe | Unknown)
    bounded = bvule(word, const((1 << width) - 1, width))
    assert isinstance(verdict(on, Certificate(BAD, 1, (bounded,))), Rejected)


# A solver's own bug.


def polled(made: Sequence[Claim], **answers: Status) -> tuple[Polled, ...]:
    """Return what solvers say that give one answer to everything."""
    count = len(questions(made))
    return tuple(Polled(name, "1", (status,) * count) for name, status in sorted(answers.items()))


GOOD = Certificate(BAD, 2, ())


def test_both_solvers_must_say_unsat() -> None:
    made = claims(systems.needs_k2(), (GOOD,))
    (accepted,) = judge(made, polled(made, bitwuzla=Status.UNSAT, z3=Status.UNSAT))
    assert isinstance(accepted, Discharged)
    assert CHECKERS == ("bitwuzla", "z3")


@pytest.mark.parametrize("liar", CHECKERS)
def test_one_solver_that_says_sat_rejects(liar: str) -> None:
    made = claims(systems.needs_k2(), (GOOD,))
    answers = dict.fromkeys(CHECKERS, Status.UNSAT) | {liar: Status.SAT}
    (result,) = judge(made, polled(made, **answers))
    assert isinstance(result, Rejected)
    assert liar in result.reason


@pytest.mark.parametrize("silent", CHECKERS)
def test_one_solver_without_an_answer_accepts_nothing(silent: str) -> None:
    made = claims(systems.needs_k2(), (GOOD,))
    answers = dict.fromkeys(CHECKERS, Status.UNSAT)
    (result,) = judge(made, polled(made, **(answers | {silent: Status.UNKNOWN})))
    assert isinstance(result, Undecided)
    del answers[silent]
    (result,) = judge(made, polled(made, **answers))
    assert isinstance(result, Undecided)
    (result,) = judge(made, ())
    assert isinstance(result, Undecided)


def test_a_refutation_counts_even_when_the_other_solver_is_silent() -> None:
    made = claims(systems.needs_k2(), (GOOD,))
    (result,) = judge(made, polled(made, bitwuzla=Status.UNKNOWN, z3=Status.SAT))
    assert isinstance(result, Rejected)


def test_a_liar_about_a_wrong_certificate_is_caught_by_the_other() -> None:
    on = systems.violated_in_state(2)
    made = claims(on, (Certificate(BAD, 1, ()),))
    terms = questions(made)
    for honest in CHECKERS:
        lying = (Polled(s, "1", (Status.UNSAT,) * len(terms)) for s in CHECKERS if s != honest)
        (result,) = judge(made, (poll(honest, terms, time.monotonic() + 20), *lying))
        assert isinstance(result, Rejected)


# Names that meet (found by these tests: both were accepted as proofs).


def test_a_token_that_init_draws_is_not_the_one_of_the_first_step() -> None:
    """INIT and the step draw at a node of one number, so their inputs have one name."""
    old = symbol("renew.old", 1)
    renew: list[programs.Statement] = [fresh("now"), access(old, None), check("never", FALSE)]
    on = systems.exact(
        program(
            [Cell(COUNTER, 1, Kind.BOOL)],
            [ghost("now", 16, 0, Kind.TOKEN)],
            routine([fresh("now")]),
            [actor("renew", renew, [local("renew.old", 1)], max_entries=1)],
            [checked("never")],
        ),
        1,
    )
    answer = search(on, 3)["never"]
    assert isinstance(answer, Unsafe)
    assert len(answer.trace.steps) == 1
    assert isinstance(induct(on, 3)["never"], Unknown)
    assert isinstance(verdict(on, Certificate("never", 1, ())), Rejected)


def test_a_token_that_init_draws_differs_from_the_ones_before() -> None:
    """The encoding let INIT draw a live token, so its least trace did not replay."""
    on = systems.exact(
        program(
            [Cell(COUNTER, 1, Kind.BOOL)],
            [ghost("now", 16, 0, Kind.TOKEN), ghost("then", 16, 0, Kind.TOKEN)],
            routine([fresh("now"), fresh("then")]),
            [],
            [programs.stated("differ", PropertyKind.ALWAYS, ne(symbol("now", 16), symbol("then", 16)))],
        ),
        1,
    )
    assert isinstance(verdict(on, Certificate("differ", 1, ())), Discharged)


@pytest.mark.parametrize("name", ["step", "cpu0", "entries", "x"])
def test_a_ghost_may_have_any_name(name: str) -> None:
    old = symbol("one.old", 2)
    found = check("never", eq(old, const(0, 2)))
    on = systems.exact(
        program(
            [Cell(COUNTER, 2, Kind.UNSIGNED)],
            [ghost(name, 1, 1, Kind.BOOL)],
            routine([]),
            [actor("one", [access(old, const(1, 2)), found, give(name, TRUE)], [local("one.old", 2)])],
            [checked("never")],
        ),
        1,
    )
    answer = search(on, 3)["never"]
    assert isinstance(answer, Unsafe)
    assert len(answer.trace.steps) == 2
    assert isinstance(verdict(on, Certificate("never", 2, ())), Rejected)


def test_shared_memory_with_a_name_of_the_encoding_is_refused() -> None:
    model = programs.counter(2)
    taken = program([*model.cells, Cell("cpu0.pc", 2, Kind.UNSIGNED)], model.ghosts, model.init, model.actors, ())
    with pytest.raises(InputError, match=r"cpu0\.pc"):
        systems.exact(taken, 1)


def test_a_check_that_init_can_violate_is_refused() -> None:
    """INIT is no step, so nobody would ever look at the check."""
    model = programs.counter(2)
    for condition, wrong in ((FALSE, True), (TRUE, False)):
        init = routine([check("agree", condition)])
        made = program(model.cells, model.ghosts, init, model.actors, model.properties)
        with pytest.raises(InputError, match="INIT") if wrong else nullcontext():
            systems.exact(made, 1)
