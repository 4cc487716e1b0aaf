"""Every rewrite rule is an equation that z3 proves at several widths; no rule is dead."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_terms import environments, terms

from tests.laws.depth import examples
from verify.smt.solver import Status
from verify.smt.z3_solver import z3_solver
from verify.term.rewrite import RULES, Rule, simplify
from verify.term.semantics import evaluate
from verify.term.term import Op, Term, intern, symbols

WIDTHS = (1, 2, 3, 8, 32)


def fired(rule: Rule, left: Term) -> Term | None:
    return rule.apply(left.width, left.args, left.number)


def proved_equal(left: Term, right: Term) -> bool:
    solver = z3_solver()
    solver.add(intern(Op.NOT, 1, (intern(Op.EQ, 1, (left, right)),)))
    return solver.check(seconds=20) is Status.UNSAT


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_an_equation(rule: Rule) -> None:
    results = {w: fired(rule, rule.instance(w)) for w in WIDTHS}
    assert any(result is not None for result in results.values()), "the rule never fits its own instance"
    for width, right in results.items():
        left = rule.instance(width)
        assert left.op is rule.op
        if right is not None:
            assert right is not left
            assert right.width == left.width
            assert proved_equal(left, right), f"width {width}: {left!r} is not {right!r}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_first_fitting_rule_is_an_equation_too(rule: Rule) -> None:
    for width in WIDTHS:
        left = rule.instance(width)
        right = simplify(left.op, left.width, left.args, left.number)
        alone = fired(rule, left)
        if alone is not None:
            assert right is not None
            # Terms are interned: the same term was proved equal above.
            assert right is alone or proved_equal(left, right)


def test_rule_names_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


def shaped(rule: Rule, data: st.DataObject, width: int) -> Term:
    """Return the rule's instance with its symbols replaced by random terms, by plain rebuilding."""
    left = rule.instance(width)
    replaced = {s: data.draw(terms(s.width, 2)) for s in symbols((left,))}

    def rebuilt(term: Term) -> Term:
        if term in replaced:
            return replaced[term]
        return intern(term.op, term.width, tuple(rebuilt(a) for a in term.args), term.number)

    return rebuilt(left)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@settings(max_examples=examples(10), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_rule_keeps_the_value_on_random_operands(rule: Rule, data: st.DataObject) -> None:
    left = shaped(rule, data, data.draw(st.sampled_from(WIDTHS)))
    right = fired(rule, left)
    env = data.draw(environments(left, *(() if right is None else (right,))))
    if right is not None:
        assert evaluate(right, env) == evaluate(left, env)
