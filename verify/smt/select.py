"""Solvers by name, imported when first asked for: importing one takes longer than ``--help`` may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final

from verify.smt.solver import AttemptingSolver, Solver
from verify.term.term import Term

CHECKERS: Final = ("bitwuzla", "z3")
"""The solvers that must all accept a certificate. They share no code."""

RECHECKERS: Final = ("bitwuzla", "cvc5", "z3")
"""The solvers that must all accept a certificate that is kept. They share no code."""

_MODULES: Final = {name: f"verify.smt.{name}_solver" for name in RECHECKERS}


def make_solver(name: str) -> Solver:
    """Return a fresh solver. Raises ValueError for an unknown name."""
    if name == "z3":
        from verify.smt.z3_solver import z3_solver

        return z3_solver()
    if name == "bitwuzla":
        from verify.smt.bitwuzla_solver import bitwuzla_solver

        return bitwuzla_solver()
    if name == "cvc5":
        from verify.smt.cvc5_solver import cvc5_solver

        return cvc5_solver()
    raise ValueError(f"unknown solver '{name}'")


def load_libraries(names: Sequence[str]) -> None:
    """Load the libraries of solvers and make no solver: processes that are forked then have them.

    Loading starts no thread that a fork would lose; a solver may. Raises KeyError for an unknown name.
    """
    for name in names:
        import_module(_MODULES[name])


def solver_maker(name: str) -> Callable[[], Solver]:
    """Return a maker of fresh solvers for one question each. Raises ValueError for an unknown name.

    Those of z3 and of bitwuzla share the expressions that terms are made into; cvc5's, measured, gain nothing by it.
    bitwuzla's give no cores.
    """
    if name == "z3":
        from verify.smt.z3_solver import z3_solvers

        return z3_solvers()
    if name == "bitwuzla":
        from verify.smt.bitwuzla_solver import bitwuzla_solvers

        return bitwuzla_solvers()
    if name == "cvc5":
        from verify.smt.cvc5_solver import cvc5_solver

        return cvc5_solver
    raise ValueError(f"unknown solver '{name}'")


def plain_maker(name: str) -> Callable[[], Solver]:
    """Return a maker of fresh solvers as ``solver_maker`` does, which keep sums that have a name as they are.

    For what was cut at carries. Raises ValueError for an unknown name.
    """
    if name == "z3":
        from verify.smt.z3_solver import z3_plain_solvers

        return z3_plain_solvers()
    if name == "bitwuzla":
        from verify.smt.bitwuzla_solver import bitwuzla_plain_solvers

        return bitwuzla_plain_solvers()
    if name == "cvc5":
        from verify.smt.cvc5_solver import cvc5_plain_solver

        return cvc5_plain_solver
    raise ValueError(f"unknown solver '{name}'")


def other_way(name: str) -> Callable[[Term], Solver | None] | None:
    """Return a maker of fresh solvers with one term asserted, which work another way than ``solver_maker``'s.

    For what those leave open; None where there is no other way. The maker returns None for a term that does not fit.
    What it makes may kill its process: z3 5.4.1 was seen to end with a segmentation fault on integers.
    """
    if name == "z3":
        from verify.smt.z3_int import z3_int_solver

        return z3_int_solver
    return None


def gains_together(name: str) -> bool:
    """Tell whether a solver is quicker with many cases at once than with each: of the three, measured, only cvc5."""
    return name == "cvc5"


def engine_solvers(*, limited: bool = False) -> Callable[[], AttemptingSolver]:
    """Return a maker of solvers for many small queries with assumptions; they share what can be shared.

    ``limited``: an answer that takes more than a fixed effort is UNKNOWN, on every machine alike.
    """
    from verify.smt.hybrid import hybrid_solvers

    return hybrid_solvers(limited=limited)


def engine_solver() -> Solver:
    """Return a fresh solver of the kind that engines use.

    z3's general incremental solver: measured against its bit-blasting one and bitwuzla on the page
    refcount, it was the quickest on unrollings and on many small queries with assumptions alike.
    """
    from verify.smt.z3_solver import z3_unrolling_solver

    return z3_unrolling_solver()
