"""Law 1: the evaluator agrees with z3, with bitwuzla and with cvc5; and the laws of construction and substitution."""

from __future__ import annotations

import itertools
import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_terms import PREDICATES, SAME_WIDTH, boundary_values, environments, terms, values, widths

from verify.smt.bitwuzla_solver import bitwuzla_solver, bitwuzla_solvers
from verify.smt.cvc5_solver import cvc5_solver
from verify.smt.solver import Solver, Status
from verify.smt.z3_solver import z3_solver
from verify.term.build import bvnot, conj, const, disj, make, substitute, symbol
from verify.term.semantics import evaluate
from verify.term.term import Op, Term, intern, postorder, symbols

SOLVERS = {
    "z3": z3_solver,
    "bitwuzla": bitwuzla_solver,
    "bitwuzla for one question": bitwuzla_solvers(),
    "cvc5": cvc5_solver,
}
LAW = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), print_blob=True)


def equal(a: Term, b: Term) -> Term:
    """Return a == b without rewriting, so that the solver sees ``a`` as it is."""
    return intern(Op.EQ, 1, (a, b))


def agrees(solver: Solver, roots: tuple[Term, ...], env: dict[str, int]) -> bool:
    """Whether the solver finds the evaluator's values, and no others."""
    for s in symbols(roots):
        solver.add(equal(s, const(env[s.name], s.width)))
    expected = tuple(evaluate(t, env) for t in roots)
    if solver.check() is not Status.SAT or solver.values(roots) != expected:
        return False
    wrong = disj(bvnot(equal(t, intern(Op.CONST, t.width, (), v))) for t, v in zip(roots, expected, strict=True))
    return solver.check([wrong]) is Status.UNSAT


@pytest.mark.parametrize("solver", SOLVERS)
@LAW
@given(data=st.data())
def test_law_1_random_terms_have_the_evaluators_value_in_every_solver(solver: str, data: st.DataObject) -> None:
    term = data.draw(terms(data.draw(widths)))
    env = data.draw(environments(term))
    assert agrees(SOLVERS[solver](), tuple(postorder((term,))), env)


def operations(width: int) -> tuple[Term, ...]:
    x, y = symbol("x", width), symbol("y", width)
    binary = [intern(op, width, (x, y)) for op in SAME_WIDTH]
    predicates = [intern(op, 1, (x, y)) for op in PREDICATES]
    unary = [intern(op, width, (x,)) for op in (Op.NOT, Op.NEG)]
    wider = [intern(op, width + by, (x,)) for op in (Op.ZEXT, Op.SEXT) for by in (1, 5)]
    low_bit = intern(Op.EXTRACT, 1, (x,), 0)
    shapes = [
        intern(Op.CONCAT, 2 * width, (x, y)),
        intern(Op.EXTRACT, 1, (x,), width - 1),
        intern(Op.EXTRACT, width // 2 + 1, (x,), (width - 1) // 2),
        intern(Op.ITE, width, (low_bit, x, y)),
    ]
    return (*binary, *predicates, *unary, *wider, *shapes)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("width", [1, 2, 3])
def test_law_1_every_operator_on_all_values_of_a_narrow_width(solver: str, width: int) -> None:
    checked = SOLVERS[solver]()
    x, y = symbol("x", width), symbol("y", width)
    for a, b in itertools.product(range(1 << width), repeat=2):
        here = conj([equal(x, const(a, width)), equal(y, const(b, width))])
        for term in operations(width):
            value = const(evaluate(term, {"x": a, "y": b}), term.width)
            assert checked.check([here, bvnot(equal(term, value))]) is Status.UNSAT, (term.op, a, b)
        assert checked.check([here]) is Status.SAT
        assert checked.values(operations(width)) == tuple(evaluate(t, {"x": a, "y": b}) for t in operations(width))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("width", [7, 8, 31, 32, 33, 63, 64])
def test_law_1_every_operator_on_boundary_values(solver: str, width: int) -> None:
    checked = SOLVERS[solver]()
    x, y = symbol("x", width), symbol("y", width)
    for a, b in itertools.product(boundary_values(width), repeat=2):
        checked.push()
        checked.add(equal(x, const(a, width)))
        checked.add(equal(y, const(b, width)))
        assert checked.check() is Status.SAT
        expected = tuple(evaluate(t, {"x": a, "y": b}) for t in operations(width))
        assert checked.values(operations(width)) == expected, (a, b)
        checked.pop()


def test_operations_cover_every_operator() -> None:
    covered = {term.op for term in postorder(operations(8))}
    assert covered == set(Op) - {Op.CONST}


@LAW
@given(data=st.data())
def test_rewriting_keeps_the_value(data: st.DataObject) -> None:
    term = data.draw(terms(data.draw(widths)))
    env = data.draw(environments(term))
    rebuilt: dict[Term, Term] = {}
    for node in postorder((term,)):
        args = tuple(rebuilt[a] for a in node.args)
        rebuilt[node] = make(node.op, node.width, args, node.number) if args else node
    assert rebuilt[term].width == term.width
    assert evaluate(rebuilt[term], env) == evaluate(term, env)


@LAW
@given(data=st.data())
def test_a_pickled_term_comes_back_as_itself(data: st.DataObject) -> None:
    term = data.draw(terms(data.draw(widths)))
    assert pickle.loads(pickle.dumps(term)) is term


@LAW
@given(data=st.data())
def test_substitution_is_evaluation_in_the_changed_environment(data: st.DataObject) -> None:
    term = data.draw(terms(data.draw(widths)))
    chosen = [s for s in symbols((term,)) if data.draw(st.booleans())]
    mapping = {s: data.draw(terms(s.width, 2)) for s in chosen}
    env = data.draw(environments(term, *mapping.values()))
    changed = env | {s.name: evaluate(new, env) for s, new in mapping.items()}
    assert evaluate(substitute(term, mapping), env) == evaluate(term, changed)


@LAW
@given(data=st.data(), width=widths)
def test_constants_wrap_to_their_width(data: st.DataObject, width: int) -> None:
    value = data.draw(values(width))
    assert const(value - (1 << width), width) is const(value, width)
