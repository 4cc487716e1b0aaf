"""cvc5 behind the ``Solver`` protocol: the third opinion, asked when shipped certificates are checked again.

Nothing here is shared with the other backends but the order in which terms are visited. A term of width 1 is a
Boolean; it becomes a bit-vector only below an operator that is not a Boolean connective.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import cvc5  # type: ignore[import-not-found, import-untyped, unused-ignore]
from cvc5 import Kind

from verify.smt.solver import Solver, Status, require_truth
from verify.term.term import Op, Term, postorder

# cvc5 has no type information; the name says what its objects are.
_Expression = Any

_LONGEST_CHECK: Final = 24 * 3600
"""The time limit, in seconds, of a check that is given none."""

_CONNECTIVES: Final = {
    Op.NOT: Kind.NOT,
    Op.AND: Kind.AND,
    Op.OR: Kind.OR,
    Op.XOR: Kind.XOR,
    Op.EQ: Kind.EQUAL,
    Op.ITE: Kind.ITE,
}

_VECTOR_OPERATORS: Final = {
    Op.NOT: Kind.BITVECTOR_NOT,
    Op.NEG: Kind.BITVECTOR_NEG,
    Op.AND: Kind.BITVECTOR_AND,
    Op.OR: Kind.BITVECTOR_OR,
    Op.XOR: Kind.BITVECTOR_XOR,
    Op.ADD: Kind.BITVECTOR_ADD,
    Op.SUB: Kind.BITVECTOR_SUB,
    Op.MUL: Kind.BITVECTOR_MULT,
    Op.UDIV: Kind.BITVECTOR_UDIV,
    Op.UREM: Kind.BITVECTOR_UREM,
    Op.SDIV: Kind.BITVECTOR_SDIV,
    Op.SREM: Kind.BITVECTOR_SREM,
    Op.SHL: Kind.BITVECTOR_SHL,
    Op.LSHR: Kind.BITVECTOR_LSHR,
    Op.ASHR: Kind.BITVECTOR_ASHR,
    Op.CONCAT: Kind.BITVECTOR_CONCAT,
}

_COMPARISONS: Final = {
    Op.EQ: Kind.EQUAL,
    Op.ULT: Kind.BITVECTOR_ULT,
    Op.ULE: Kind.BITVECTOR_ULE,
    Op.SLT: Kind.BITVECTOR_SLT,
    Op.SLE: Kind.BITVECTOR_SLE,
}


class _Expressions:
    """Terms as cvc5's expressions, as Booleans and as bit-vectors, each made once."""

    __slots__ = ("_bools", "_one", "_vectors", "_zero", "manager")

    def __init__(self) -> None:
        self.manager = cvc5.TermManager()
        self._bools: dict[Term, _Expression] = {}
        self._vectors: dict[Term, _Expression] = {}
        self._zero, self._one = self.manager.mkBitVector(1, 0), self.manager.mkBitVector(1, 1)

    def expression(self, root: Term) -> _Expression:
        """Return the term as a Boolean (width 1) or a bit-vector."""
        if root not in self._bools and root not in self._vectors:
            for term in postorder((root,)):
                if term not in self._bools and term not in self._vectors:
                    self._define(term)
        return self._bool(root) if root.width == 1 else self._vectors[root]

    def fresh(self) -> _Expression:
        """Return a Boolean constant that no term is."""
        return self.manager.mkConst(self.manager.getBooleanSort())

    def implication(self, literal: _Expression, consequent: _Expression) -> _Expression:
        return self.manager.mkTerm(Kind.IMPLIES, literal, consequent)

    def _bool(self, term: Term) -> _Expression:
        if term not in self._bools:
            self._bools[term] = self.manager.mkTerm(Kind.EQUAL, self._vectors[term], self._one)
        return self._bools[term]

    def _vector(self, term: Term) -> _Expression:
        if term not in self._vectors:
            self._vectors[term] = self.manager.mkTerm(Kind.ITE, self._bools[term], self._one, self._zero)
        return self._vectors[term]

    def _define(self, term: Term) -> None:
        make = self.manager.mkTerm
        if not term.args:
            self._define_leaf(term)
        elif term.op in _CONNECTIVES and all(a.width == 1 for a in term.args):
            self._bools[term] = make(_CONNECTIVES[term.op], *[self._bool(a) for a in term.args])
        elif term.op in _COMPARISONS:
            self._bools[term] = make(_COMPARISONS[term.op], *[self._vector(a) for a in term.args])
        else:
            self._vectors[term] = self._vector_operation(term)

    def _define_leaf(self, term: Term) -> None:
        manager = self.manager
        boolean = term.width == 1
        if term.op is Op.SYMBOL:
            sort = manager.getBooleanSort() if boolean else manager.mkBitVectorSort(term.width)
            value = manager.mkConst(sort, term.name)
        elif boolean:
            value = manager.mkBoolean(bool(term.number))
        else:
            value = manager.mkBitVector(term.width, str(term.number), 10)
        (self._bools if boolean else self._vectors)[term] = value

    def _vector_operation(self, term: Term) -> _Expression:
        manager = self.manager
        if term.op is Op.ITE:
            condition, then, otherwise = term.args
            return manager.mkTerm(Kind.ITE, self._bool(condition), self._vector(then), self._vector(otherwise))
        operands = [self._vector(a) for a in term.args]
        if term.op is Op.EXTRACT:
            cut = manager.mkOp(Kind.BITVECTOR_EXTRACT, term.number + term.width - 1, term.number)
            return manager.mkTerm(cut, *operands)
        if term.op is Op.ZEXT:
            return manager.mkTerm(manager.mkOp(Kind.BITVECTOR_ZERO_EXTEND, term.width - term.args[0].width), *operands)
        if term.op is Op.SEXT:
            return manager.mkTerm(manager.mkOp(Kind.BITVECTOR_SIGN_EXTEND, term.width - term.args[0].width), *operands)
        return manager.mkTerm(_VECTOR_OPERATORS[term.op], *operands)


class _Cvc5Solver:
    """See ``Solver``. A Ctrl-C during a check is delivered when the check ends, at its time limit at the latest."""

    __slots__ = ("_answer", "_expressions", "_given", "_literals", "_solver")

    def __init__(self, *, plain: bool) -> None:
        self._expressions = _Expressions()
        self._solver = cvc5.Solver(self._expressions.manager)
        for option in ("incremental", "produce-models", "produce-unsat-assumptions"):
            self._solver.setOption(option, "true")
        if plain:
            self._solver.setOption("simplification", "none")
        self._solver.setLogic("QF_BV")
        # One map per open scope: a literal's definition is popped with the scope it was made in.
        self._literals: list[dict[Term, _Expression]] = [{}]
        self._answer: Status | None = None
        self._given: list[tuple[_Expression, Term]] = []

    def add(self, term: Term) -> None:
        require_truth(term)
        self._forget()
        self._solver.assertFormula(self._expressions.expression(term))

    def push(self) -> None:
        self._forget()
        self._solver.push(1)
        self._literals.append({})

    def pop(self) -> None:
        if len(self._literals) == 1:
            raise ValueError("no scope is open")
        self._forget()
        self._solver.pop(1)
        self._literals.pop()

    def check(self, assumptions: Sequence[Term] = (), seconds: float | None = None) -> Status:
        for term in assumptions:
            require_truth(term)
        self._forget()
        try:
            self._answer = self._ask(list(dict.fromkeys(assumptions)), seconds)
        except RuntimeError:
            self._answer = Status.UNKNOWN
        return self._answer

    def values(self, terms: Sequence[Term]) -> tuple[int, ...]:
        if self._answer is not Status.SAT:
            raise ValueError("there is no model: the last check was not SAT")
        return tuple(_number(self._solver.getValue(self._expressions.expression(t)), t.width) for t in terms)

    def core(self) -> tuple[Term, ...]:
        if self._answer is not Status.UNSAT:
            raise ValueError("there is no core: the last check was not UNSAT")
        blamed = set(self._solver.getUnsatAssumptions())
        return tuple(term for literal, term in self._given if literal in blamed)

    def _forget(self) -> None:
        self._answer, self._given = None, []

    def _ask(self, assumptions: Sequence[Term], seconds: float | None) -> Status:
        self._given = [(self._assumption(term), term) for term in assumptions]
        limit = _LONGEST_CHECK if seconds is None else seconds
        self._solver.setOption("tlimit-per", str(max(1, int(limit * 1000))))
        answer = self._solver.checkSatAssuming(*[literal for literal, _ in self._given])
        if answer.isSat():
            return Status.SAT
        return Status.UNSAT if answer.isUnsat() else Status.UNKNOWN

    def _assumption(self, term: Term) -> _Expression:
        if term.op is Op.SYMBOL or (term.op is Op.NOT and term.args[0].op is Op.SYMBOL):
            return self._expressions.expression(term)
        for scope in self._literals:
            if term in scope:
                return scope[term]
        literal = self._expressions.fresh()
        self._solver.assertFormula(self._expressions.implication(literal, self._expressions.expression(term)))
        self._literals[-1][term] = literal
        return literal


def _number(value: _Expression, width: int) -> int:
    return int(value.getBooleanValue()) if width == 1 else int(value.getBitVectorValue(10))


def cvc5_solver() -> Solver:
    """Return a new cvc5 with a term manager of its own and its fixed default seed."""
    return _Cvc5Solver(plain=False)


def cvc5_plain_solver() -> Solver:
    """Return a new cvc5 that eliminates no variable: what has a name keeps it."""
    return _Cvc5Solver(plain=True)


def cvc5_version() -> str:
    """Return the version that the loaded library states."""
    stated = cvc5.Solver(cvc5.TermManager()).getVersion()
    return stated.decode() if isinstance(stated, bytes) else str(stated)
