"""bitwuzla behind the ``Solver`` protocol: the second opinion.

Nothing here is shared with the z3 backend but the order in which terms are visited, so that a wrong
row in one translation shows as a disagreement. A term of width 1 is a Boolean; it becomes a
bit-vector only below an operator that is not a Boolean connective.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, Final

import bitwuzla  # type: ignore[import-not-found, unused-ignore]
from bitwuzla import Kind, Option, Result

from verify.smt.solver import Solver, Status, require_truth
from verify.term.term import Op, Term, postorder

# bitwuzla has no type information; the name says what its objects are.
_Expression = Any

MUCH: Final = 40_000
"""Calls of its terminator after which a limited bitwuzla may give up: a second and a half, about."""

LITTLE: Final = 8_000
"""The same: a third of a second, about."""

_CONNECTIVES: Final = {
    Op.NOT: Kind.NOT,
    Op.AND: Kind.AND,
    Op.OR: Kind.OR,
    Op.XOR: Kind.XOR,
    Op.EQ: Kind.IFF,
    Op.ITE: Kind.ITE,
}

_VECTOR_OPERATORS: Final = {
    Op.NOT: Kind.BV_NOT,
    Op.NEG: Kind.BV_NEG,
    Op.AND: Kind.BV_AND,
    Op.OR: Kind.BV_OR,
    Op.XOR: Kind.BV_XOR,
    Op.ADD: Kind.BV_ADD,
    Op.SUB: Kind.BV_SUB,
    Op.MUL: Kind.BV_MUL,
    Op.UDIV: Kind.BV_UDIV,
    Op.UREM: Kind.BV_UREM,
    Op.SDIV: Kind.BV_SDIV,
    Op.SREM: Kind.BV_SREM,
    Op.SHL: Kind.BV_SHL,
    Op.LSHR: Kind.BV_SHR,
    Op.ASHR: Kind.BV_ASHR,
    Op.CONCAT: Kind.BV_CONCAT,
}

_COMPARISONS: Final = {
    Op.EQ: Kind.EQUAL,
    Op.ULT: Kind.BV_ULT,
    Op.ULE: Kind.BV_ULE,
    Op.SLT: Kind.BV_SLT,
    Op.SLE: Kind.BV_SLE,
}


class _Expressions:
    """Terms as bitwuzla's expressions, as Booleans and as bit-vectors, each made once."""

    __slots__ = ("_bools", "_one", "_vectors", "_zero", "manager")

    def __init__(self) -> None:
        self.manager = bitwuzla.TermManager()
        self._bools: dict[Term, _Expression] = {}
        self._vectors: dict[Term, _Expression] = {}
        bit = self.manager.mk_bv_sort(1)
        self._zero, self._one = self.manager.mk_bv_zero(bit), self.manager.mk_bv_one(bit)

    def expression(self, root: Term) -> _Expression:
        """Return the term as a Boolean (width 1) or a bit-vector."""
        if root not in self._bools and root not in self._vectors:
            for term in postorder((root,)):
                if term not in self._bools and term not in self._vectors:
                    self._define(term)
        return self._bool(root) if root.width == 1 else self._vectors[root]

    def fresh(self) -> _Expression:
        """Return a Boolean constant that no term is."""
        return self.manager.mk_const(self.manager.mk_bool_sort())

    def implication(self, literal: _Expression, consequent: _Expression) -> _Expression:
        return self.manager.mk_term(Kind.IMPLIES, [literal, consequent])

    def _bool(self, term: Term) -> _Expression:
        if term not in self._bools:
            self._bools[term] = self.manager.mk_term(Kind.EQUAL, [self._vectors[term], self._one])
        return self._bools[term]

    def _vector(self, term: Term) -> _Expression:
        if term not in self._vectors:
            self._vectors[term] = self.manager.mk_term(Kind.ITE, [self._bools[term], self._one, self._zero])
        return self._vectors[term]

    def _define(self, term: Term) -> None:
        if not term.args:
            self._define_leaf(term)
        elif term.op in _CONNECTIVES and all(a.width == 1 for a in term.args):
            self._bools[term] = self.manager.mk_term(_CONNECTIVES[term.op], [self._bool(a) for a in term.args])
        elif term.op in _COMPARISONS:
            self._bools[term] = self.manager.mk_term(_COMPARISONS[term.op], [self._vector(a) for a in term.args])
        else:
            self._vectors[term] = self._vector_operation(term)

    def _define_leaf(self, term: Term) -> None:
        manager = self.manager
        boolean = term.width == 1
        if term.op is Op.SYMBOL:
            sort = manager.mk_bool_sort() if boolean else manager.mk_bv_sort(term.width)
            value = manager.mk_const(sort, term.name)
        elif boolean:
            value = manager.mk_true() if term.number else manager.mk_false()
        else:
            value = manager.mk_bv_value(manager.mk_bv_sort(term.width), term.number)
        (self._bools if boolean else self._vectors)[term] = value

    def _vector_operation(self, term: Term) -> _Expression:
        make = self.manager.mk_term
        if term.op is Op.ITE:
            condition, then, otherwise = term.args
            return make(Kind.ITE, [self._bool(condition), self._vector(then), self._vector(otherwise)])
        operands = [self._vector(a) for a in term.args]
        if term.op is Op.EXTRACT:
            return make(Kind.BV_EXTRACT, operands, [term.number + term.width - 1, term.number])
        if term.op is Op.ZEXT:
            return make(Kind.BV_ZERO_EXTEND, operands, [term.width - term.args[0].width])
        if term.op is Op.SEXT:
            return make(Kind.BV_SIGN_EXTEND, operands, [term.width - term.args[0].width])
        return make(_VECTOR_OPERATORS[term.op], operands)


class _Deadline:
    """Says, when called, whether a check must end: its time is over, or Ctrl-C was pressed."""

    __slots__ = ("interrupted", "left", "most", "until")

    def __init__(self, most: int | None) -> None:
        self.until: float | None = None
        self.interrupted = False
        self.most = self.left = most

    def __call__(self) -> bool:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                return True
        return self.interrupted or (self.until is not None and time.monotonic() > self.until)

    @contextlib.contextmanager
    def watching(self, seconds: float | None) -> Iterator[None]:
        """Watch one check; a Ctrl-C during it is delivered when it has ended.

        An exception cannot pass through the solver, and one raised in its callback is lost.
        """
        self.until = None if seconds is None else time.monotonic() + seconds
        self.interrupted, self.left = False, self.most
        outer = signal.getsignal(signal.SIGINT)
        if not callable(outer) or threading.current_thread() is not threading.main_thread():
            yield
            return
        signal.signal(signal.SIGINT, self._interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, outer)
            if self.interrupted:
                signal.raise_signal(signal.SIGINT)

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        self.interrupted = True


class _BitwuzlaSolver:
    """See ``Solver``; only with ``cores`` there are some, and without it bitwuzla simplifies more before it starts."""

    __slots__ = ("_answer", "_cores", "_deadline", "_expressions", "_given", "_literals", "_solver")

    def __init__(
        self, expressions: _Expressions, *, cores: bool, effort: int | None = None, plain: bool = False
    ) -> None:
        self._expressions, self._cores = expressions, cores
        self._solver = bitwuzla.Bitwuzla(self._expressions.manager, _options(cores=cores, plain=plain))
        self._deadline = _Deadline(effort)
        self._solver.configure_terminator(self._deadline)
        # One map per open scope: a literal's definition is popped with the scope it was made in.
        self._literals: list[dict[Term, _Expression]] = [{}]
        self._answer: Status | None = None
        self._given: list[tuple[_Expression, Term]] = []

    def add(self, term: Term) -> None:
        require_truth(term)
        self._forget()
        self._solver.assert_formula(self._expressions.expression(term))

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
        except bitwuzla.BitwuzlaException:
            self._answer = Status.UNKNOWN
        return self._answer

    def values(self, terms: Sequence[Term]) -> tuple[int, ...]:
        if self._answer is not Status.SAT:
            raise ValueError("there is no model: the last check was not SAT")
        return tuple(int(self._solver.get_value(self._expressions.expression(t)).value(10)) for t in terms)

    def core(self) -> tuple[Term, ...]:
        if self._answer is not Status.UNSAT:
            raise ValueError("there is no core: the last check was not UNSAT")
        if not self._cores:
            raise ValueError("there is no core: this solver is for questions without assumptions")
        return tuple(term for literal, term in self._given if self._solver.is_unsat_assumption(literal))

    def _forget(self) -> None:
        self._answer, self._given = None, []

    def _ask(self, assumptions: Sequence[Term], seconds: float | None) -> Status:
        self._given = [(self._assumption(term), term) for term in assumptions]
        with self._deadline.watching(seconds):
            answer = self._solver.check_sat(*[literal for literal, _ in self._given])
        if answer == Result.SAT:
            return Status.SAT
        return Status.UNSAT if answer == Result.UNSAT else Status.UNKNOWN

    def _assumption(self, term: Term) -> _Expression:
        if term.op is Op.SYMBOL or (term.op is Op.NOT and term.args[0].op is Op.SYMBOL):
            return self._expressions.expression(term)
        for scope in self._literals:
            if term in scope:
                return scope[term]
        literal = self._expressions.fresh()
        self._solver.assert_formula(self._expressions.implication(literal, self._expressions.expression(term)))
        self._literals[-1][term] = literal
        return literal


def _options(*, cores: bool, plain: bool) -> _Expression:
    options = bitwuzla.Options()
    options.set(Option.PRODUCE_MODELS, True)  # noqa: FBT003
    options.set(Option.PRODUCE_UNSAT_ASSUMPTIONS, cores)
    options.set(Option.PP_VARIABLE_SUBST, not plain)
    return options


def bitwuzla_solver() -> Solver:
    """Return a new bitwuzla with a term manager of its own and its fixed default seed."""
    return _BitwuzlaSolver(_Expressions(), cores=True)


def bitwuzla_solvers() -> Callable[[], Solver]:
    """Return a maker of bitwuzlas for one question without assumptions each; they share expressions and no more."""
    expressions = _Expressions()
    return lambda: _BitwuzlaSolver(expressions, cores=False)


def bitwuzla_plain_solvers() -> Callable[[], Solver]:
    """Return a maker of bitwuzlas like those of ``bitwuzla_solvers`` that eliminate no variable."""
    expressions = _Expressions()
    return lambda: _BitwuzlaSolver(expressions, cores=False, plain=True)


def bitwuzla_limited_solvers(effort: int) -> Callable[[], Solver]:
    """Return a maker of bitwuzlas with cores and a fixed effort for each check, the same on every machine."""
    expressions = _Expressions()
    return lambda: _BitwuzlaSolver(expressions, cores=True, effort=effort)


def bitwuzla_version() -> str:
    """Return the version that the loaded library states."""
    return str(bitwuzla.version())
