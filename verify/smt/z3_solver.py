"""z3 behind the ``Solver`` protocol.

Terms are translated with z3's C-level calls, since the Python operators are signed and slow.
Every syntax tree made here is referenced once and released with the context, which dies with the
solver. A term of width 1 is a Bool; it becomes a bit-vector only below an operator that is not a
Boolean connective.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import z3  # type: ignore[import-untyped]
from z3 import z3core

from verify.smt.solver import SHORTEST, Solver, Status, require_truth
from verify.smt.z3_limit import within
from verify.term.term import Op, Term

# z3 has no type information; these names say what its objects are.
_Ast = Any
_Context = Any
_Engine = Any
_Model = Any
_Make = Callable[[_Context, _Ast, _Ast], _Ast]

_INTERRUPTED: Final = "interrupted from keyboard"


def _make_and(context: _Context, a: _Ast, b: _Ast) -> _Ast:
    return z3core.Z3_mk_and(context, 2, (z3.Ast * 2)(a, b))


def _make_or(context: _Context, a: _Ast, b: _Ast) -> _Ast:
    return z3core.Z3_mk_or(context, 2, (z3.Ast * 2)(a, b))


_ON_BOOLS: Final[Mapping[Op, _Make]] = {
    Op.AND: _make_and,
    Op.OR: _make_or,
    Op.XOR: z3core.Z3_mk_xor,
    Op.EQ: z3core.Z3_mk_eq,
}

_ON_VECTORS: Final[Mapping[Op, _Make]] = {
    Op.AND: z3core.Z3_mk_bvand,
    Op.OR: z3core.Z3_mk_bvor,
    Op.XOR: z3core.Z3_mk_bvxor,
    Op.ADD: z3core.Z3_mk_bvadd,
    Op.SUB: z3core.Z3_mk_bvsub,
    Op.MUL: z3core.Z3_mk_bvmul,
    Op.UDIV: z3core.Z3_mk_bvudiv,
    Op.UREM: z3core.Z3_mk_bvurem,
    Op.SDIV: z3core.Z3_mk_bvsdiv,
    Op.SREM: z3core.Z3_mk_bvsrem,
    Op.SHL: z3core.Z3_mk_bvshl,
    Op.LSHR: z3core.Z3_mk_bvlshr,
    Op.ASHR: z3core.Z3_mk_bvashr,
    Op.CONCAT: z3core.Z3_mk_concat,
    Op.EQ: z3core.Z3_mk_eq,
    Op.ULT: z3core.Z3_mk_bvult,
    Op.ULE: z3core.Z3_mk_bvule,
    Op.SLT: z3core.Z3_mk_bvslt,
    Op.SLE: z3core.Z3_mk_bvsle,
}

EFFORT: Final = 600_000
"""What ``limited`` may spend on a check, in z3's own measure: a tenth of a second, about."""

MUCH_EFFORT: Final = 1_500_000
"""What ``bit_blasting_limited`` may spend on a check: half a second, about."""

LONG_EFFORT: Final = 6_000_000
"""What ``bit_blasting_long`` may spend on a check: two seconds, about."""

# Of these, the trees of width 1 are Bools; of all other operators they are bit-vectors.
_TRUTHS: Final = frozenset(
    {Op.CONST, Op.SYMBOL, Op.NOT, Op.ITE, Op.AND, Op.OR, Op.XOR, Op.EQ, Op.ULT, Op.ULE, Op.SLT, Op.SLE}
)


class Z3Terms:
    """Terms as z3 syntax trees of one context, each made once."""

    __slots__ = ("_one", "_trees", "_vectors", "_zero", "context", "ref")

    def __init__(self) -> None:
        self.context = z3.Context()
        self.ref = self.context.ref()
        self._trees: dict[Term, _Ast] = {}
        self._vectors: dict[Term, _Ast] = {}
        self._zero = self._number(0, 1)
        self._one = self._number(1, 1)

    def tree(self, root: Term) -> _Ast:
        """Return the term as a Bool (width 1) or a bit-vector."""
        trees = self._trees
        stack = [root]
        while stack:
            term = stack[-1]
            if term in trees:
                stack.pop()
                continue
            waiting = [a for a in term.args if a not in trees]
            if waiting:
                stack.extend(reversed(waiting))
            else:
                trees[term] = self._node(term)
                stack.pop()
        return trees[root]

    def literal(self, definition: _Ast) -> tuple[_Ast, _Ast]:
        """Return a new Bool constant and the assertion that it implies the definition."""
        literal = self._keep(z3core.Z3_mk_fresh_const(self.ref, "assumption", z3core.Z3_mk_bool_sort(self.ref)))
        return literal, self._keep(z3core.Z3_mk_implies(self.ref, literal, definition))

    def _keep(self, tree: _Ast) -> _Ast:
        z3core.Z3_inc_ref(self.ref, tree)
        return tree

    def _number(self, value: int, width: int) -> _Ast:
        sort = z3core.Z3_mk_bv_sort(self.ref, width)
        if width <= 64:
            return self._keep(z3core.Z3_mk_unsigned_int64(self.ref, value, sort))
        return self._keep(z3core.Z3_mk_numeral(self.ref, str(value), sort))

    def _vector(self, term: Term) -> _Ast:
        if term.width != 1:
            return self._trees[term]
        found = self._vectors.get(term)
        if found is None:
            found = self._keep(z3core.Z3_mk_ite(self.ref, self._trees[term], self._one, self._zero))
            self._vectors[term] = found
        return found

    def _node(self, term: Term) -> _Ast:
        if term.op is Op.CONST and term.width > 1:
            return self._number(term.number, term.width)
        tree = self._keep(self._make(term))
        if term.width > 1 or term.op in _TRUTHS:
            return tree
        self._vectors[term] = tree
        return self._keep(z3core.Z3_mk_eq(self.ref, tree, self._one))

    def _make(self, term: Term) -> _Ast:
        ref, trees, args = self.ref, self._trees, term.args
        match term.op:
            case Op.CONST:
                return z3core.Z3_mk_true(ref) if term.number else z3core.Z3_mk_false(ref)
            case Op.SYMBOL:
                sort = z3core.Z3_mk_bool_sort(self.ref) if term.width == 1 else z3core.Z3_mk_bv_sort(ref, term.width)
                return z3core.Z3_mk_const(ref, z3core.Z3_mk_string_symbol(ref, term.name), sort)
            case Op.NOT:
                make = z3core.Z3_mk_not if term.width == 1 else z3core.Z3_mk_bvnot
                return make(ref, trees[args[0]])
            case Op.ITE:
                return z3core.Z3_mk_ite(ref, trees[args[0]], trees[args[1]], trees[args[2]])
            case Op.NEG:
                return z3core.Z3_mk_bvneg(ref, self._vector(args[0]))
            case Op.EXTRACT:
                high = term.number + term.width - 1
                return z3core.Z3_mk_extract(ref, high, term.number, self._vector(args[0]))
            case Op.ZEXT:
                return z3core.Z3_mk_zero_ext(ref, term.width - args[0].width, self._vector(args[0]))
            case Op.SEXT:
                return z3core.Z3_mk_sign_ext(ref, term.width - args[0].width, self._vector(args[0]))
            case op if args[0].width == 1 and op in _ON_BOOLS:
                return _ON_BOOLS[op](ref, trees[args[0]], trees[args[1]])
            case op:
                return _ON_VECTORS[op](ref, self._vector(args[0]), self._vector(args[1]))


class Z3Solver:
    """See ``Solver``."""

    __slots__ = ("_answer", "_given", "_literals", "_model", "_ref", "_solver", "_terms")

    def __init__(self, create: Callable[[_Context], _Engine], terms: Z3Terms | None = None) -> None:
        self._terms = Z3Terms() if terms is None else terms
        self._ref = self._terms.ref
        self._solver = create(self._terms.context)
        # One map per open scope: a literal's definition is popped with the scope it was made in.
        self._literals: list[dict[Term, _Ast]] = [{}]
        self._answer: Status | None = None
        self._given: dict[int, Term] = {}
        self._model: _Model = None

    def add(self, term: Term) -> None:
        require_truth(term)
        self._forget()
        z3core.Z3_solver_assert(self._ref, self._solver.solver, self._terms.tree(term))

    def push(self) -> None:
        self._forget()
        z3core.Z3_solver_push(self._ref, self._solver.solver)
        self._literals.append({})

    def pop(self) -> None:
        if len(self._literals) == 1:
            raise ValueError("no scope is open")
        self._forget()
        z3core.Z3_solver_pop(self._ref, self._solver.solver, 1)
        self._literals.pop()

    def check(self, assumptions: Sequence[Term] = (), seconds: float | None = None) -> Status:
        for term in assumptions:
            require_truth(term)
        self._forget()
        try:
            self._answer = self._ask(assumptions, seconds)
            # Seen under a time limit: "sat", and no model (z3 raises). That is no answer.
            self._model = self._solver.model() if self._answer is Status.SAT else None
        except z3.Z3Exception:
            self._answer = Status.UNKNOWN
        return self._answer

    def values(self, terms: Sequence[Term]) -> tuple[int, ...]:
        if self._answer is not Status.SAT:
            raise ValueError("there is no model: the last check was not SAT")
        return tuple(self._value(term) for term in terms)

    def core(self) -> tuple[Term, ...]:
        if self._answer is not Status.UNSAT:
            raise ValueError("there is no core: the last check was not UNSAT")
        vector = z3.AstVector(z3core.Z3_solver_get_unsat_core(self._ref, self._solver.solver), self._terms.context)
        size = z3core.Z3_ast_vector_size(self._ref, vector.vector)
        members = (z3core.Z3_ast_vector_get(self._ref, vector.vector, i) for i in range(size))
        needed = {z3core.Z3_get_ast_id(self._ref, member) for member in members}
        return tuple(term for key, term in self._given.items() if key in needed)

    def _forget(self) -> None:
        self._answer, self._model, self._given = None, None, {}

    def _ask(self, assumptions: Sequence[Term], seconds: float | None) -> Status:
        if seconds is not None and seconds <= SHORTEST:
            return Status.UNKNOWN
        literals = [self._assumption(term) for term in assumptions]
        self._given = self._identified(zip(literals, assumptions, strict=True))
        array = (z3.Ast * len(literals))(*literals)

        def call() -> int:
            return int(z3core.Z3_solver_check_assumptions(self._ref, self._solver.solver, len(literals), array))

        answer, ran_out = (call(), False) if seconds is None else within(self._ref, seconds, call)
        if answer == z3.Z3_L_TRUE:
            return Status.SAT
        if answer == z3.Z3_L_FALSE:
            return Status.UNSAT
        if not ran_out and self._solver.reason_unknown() == _INTERRUPTED:
            raise KeyboardInterrupt
        return Status.UNKNOWN

    def _identified(self, pairs: Iterable[tuple[_Ast, Term]]) -> dict[int, Term]:
        return {z3core.Z3_get_ast_id(self._ref, literal): term for literal, term in pairs}

    def _assumption(self, term: Term) -> _Ast:
        if term.op is Op.SYMBOL or (term.op is Op.NOT and term.args[0].op is Op.SYMBOL):
            return self._terms.tree(term)
        for scope in self._literals:
            if term in scope:
                return scope[term]
        literal, definition = self._terms.literal(self._terms.tree(term))
        z3core.Z3_solver_assert(self._ref, self._solver.solver, definition)
        self._literals[-1][term] = literal
        return literal

    def _value(self, term: Term) -> int:
        out = (z3.Ast * 1)()
        known = z3core.Z3_model_eval(self._ref, self._model.model, self._terms.tree(term), True, out)  # noqa: FBT003
        if not known:
            raise ValueError("z3 gives no value for a term of the model")
        tree = out[0]
        z3core.Z3_inc_ref(self._ref, tree)
        try:
            if term.width == 1:
                return _truth(z3core.Z3_get_bool_value(self._ref, tree))
            return int(z3core.Z3_get_numeral_string(self._ref, tree))
        finally:
            z3core.Z3_dec_ref(self._ref, tree)


def _truth(value: int) -> int:
    if value == z3.Z3_L_UNDEF:
        raise ValueError("z3 gives no truth value for a term of the model")
    return int(value == z3.Z3_L_TRUE)


def bit_blasting(context: _Context) -> _Engine:
    """Make z3's bit-blasting solver."""
    solver = z3.SolverFor("QF_BV", ctx=context)
    solver.set("random_seed", 0)
    return solver


def bit_blasting_limited(context: _Context) -> _Engine:
    """Make z3's bit-blasting solver with a fixed effort for each check, the same on every machine."""
    solver = bit_blasting(context)
    solver.set("rlimit", MUCH_EFFORT)
    return solver


def bit_blasting_long(context: _Context) -> _Engine:
    """Make a solver as ``bit_blasting_limited`` does, with more effort."""
    solver = bit_blasting(context)
    solver.set("rlimit", LONG_EFFORT)
    return solver


def _as_written(context: _Context) -> _Engine:
    """Make a solver that blasts what it is given as it is: z3's rewriter would tear shared sums apart."""
    solver = z3.Then("bit-blast", "sat", ctx=context).solver()
    solver.set("random_seed", 0)
    return solver


def limited(context: _Context) -> _Engine:
    """Make z3's general incremental solver with a fixed effort for each check, the same on every machine."""
    solver = _lazy(context)
    solver.set("rlimit", EFFORT)
    return solver


def _lazy(context: _Context) -> _Engine:
    solver = z3.Solver(ctx=context)
    solver.set("random_seed", 0)
    return solver


def z3_solver() -> Solver:
    """Return a new z3 with a context of its own and fixed seeds, for many small queries over one step.

    It bit-blasts to z3's SAT solver: measured three times as fast as ``z3_unrolling_solver`` on
    Houdini queries with some hundred assumptions, and a quarter as fast on deep unrollings.
    """
    return Z3Solver(bit_blasting)


def z3_solvers() -> Callable[[], Solver]:
    """Return a maker of solvers like ``z3_solver`` that share one context and its syntax trees.

    A solver that is asked once, without scopes, uses all of z3's preprocessing: measured three times as
    fast on the obligations of the page refcount as one solver with a scope for each.
    """
    terms = Z3Terms()
    return lambda: Z3Solver(bit_blasting, terms)


def z3_plain_solvers() -> Callable[[], Solver]:
    """Return a maker of solvers like those of ``z3_solvers`` that do not rewrite what they are asked."""
    terms = Z3Terms()
    return lambda: Z3Solver(_as_written, terms)


def z3_unrolling_solver() -> Solver:
    """Return a new z3 like ``z3_solver``, but z3's general incremental solver, for unrollings (BMC)."""
    return Z3Solver(_lazy)


def z3_unrolling_solvers() -> Callable[[], Solver]:
    """Return a maker of solvers like ``z3_unrolling_solver`` that share one context and its syntax trees.

    For many solvers in one thread: a context takes longer to make than most questions to answer.
    """
    terms = Z3Terms()
    return lambda: Z3Solver(_lazy, terms)


def z3_version() -> str:
    """Return the version that the loaded library states."""
    return str(z3.get_version_string())
