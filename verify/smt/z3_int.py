"""z3 on words as integers: for questions that add up many words, which bits make hard.

z3 itself translates words to integers modulo a power of two, so what is answered is the question about words. That part
of z3 is young: on random questions it gave models that are none where words are multiplied or divided by each other
(and never a wrong "unsat"). So only questions of ``OPERATORS`` are put to it, on which no wrong answer of either kind
was seen, and nobody but the check of evidence asks it, where another solver must say the same by bits.
"""

from __future__ import annotations

from typing import Any, Final

import z3  # type: ignore[import-untyped]

from verify.smt.solver import Solver
from verify.smt.z3_solver import Z3Solver
from verify.term.term import Op, Term, postorder

OPERATORS: Final = frozenset(
    {Op.CONST, Op.SYMBOL, Op.NOT, Op.NEG, Op.ADD, Op.SUB, Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE, Op.ITE}
    | {Op.EXTRACT, Op.ZEXT, Op.SEXT, Op.CONCAT}
)
"""Operators that may stand anywhere."""

WITH_CONSTANT: Final = frozenset({Op.AND, Op.OR, Op.XOR, Op.MUL})
"""Operators of words of which one operand must be a constant; on truth values the first three may stand anywhere."""

BY_CONSTANT: Final = frozenset({Op.SHL, Op.LSHR})
"""Operators of which the second operand must be a constant."""

_Context = Any
_Engine = Any


def fits(term: Term) -> bool:
    """Tell whether a term has no operators but those about which z3 is asked in this way."""
    return all(_fits(inner) for inner in postorder((term,)))


def _fits(term: Term) -> bool:
    op, args = term.op, term.args
    if op in OPERATORS or (term.width == 1 and op in WITH_CONSTANT - {Op.MUL}):
        return True
    if op in WITH_CONSTANT:
        return any(a.op is Op.CONST for a in args)
    return op in BY_CONSTANT and args[1].op is Op.CONST


def z3_int_solver(term: Term) -> Solver | None:
    """Return a new solver with one term (of width 1) asserted, or None: the term does not fit."""
    if not fits(term):
        return None
    solver = Z3Solver(_int_blasting)
    solver.add(term)
    return solver


def _int_blasting(context: _Context) -> _Engine:
    solver = z3.SimpleSolver(ctx=context)
    solver.set("random_seed", 0)
    solver.set("smt.bv.solver", 2)
    return solver
