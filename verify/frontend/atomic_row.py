"""The shape of one row of the table of atomic operations (see ``verify.frontend.atomics``)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from verify.program.program import Marking, Ordering


class Role(enum.Enum):
    """What an argument is.

    TARGET: pointer to the shared object. VALUE: an operand. EXPECTED: pointer to a private object that holds the
    expected value and receives the value found on failure. ORDER: an ``__ATOMIC_*`` constant. IGNORED: without effect
    on the value (for ``words == 2``: the pointer to the second word, which must be adjacent to the first).
    """

    TARGET = "target"
    VALUE = "value"
    EXPECTED = "expected"
    ORDER = "order"
    IGNORED = "ignored"


class Returns(enum.Enum):
    """What a call returns: nothing, a word of the target's width, or a truth value."""

    VOID = "void"
    WORD = "word"
    BOOL = "bool"


class Operation(enum.Enum):
    """What happens to the word. Operand names are in the order of ``Row.constants`` appended to the operands."""

    NOTHING = "nothing"
    LOAD = "load"
    STORE = "store"
    EXCHANGE = "exchange"
    ADD = "add"
    SUB = "sub"
    AND = "and"
    ANDNOT = "andnot"
    OR = "or"
    XOR = "xor"
    NAND = "nand"
    COMPARE_EXCHANGE = "compare-exchange"
    ADD_UNLESS = "add-unless"
    INC_UNLESS_NEGATIVE = "inc-unless-negative"
    DEC_UNLESS_POSITIVE = "dec-unless-positive"
    DEC_IF_POSITIVE = "dec-if-positive"


class Result(enum.Enum):
    """What the call returns, in terms of the value found (old) and the value computed (new)."""

    NOTHING = "nothing"
    OLD = "old"
    NEW = "new"
    NEW_IS_ZERO = "new == 0"
    NEW_IS_NEGATIVE = "new < 0"
    OLD_IS_NONZERO = "old != 0"
    STORED = "stored"


@dataclass(frozen=True, slots=True)
class Row:
    """One operation by name.

    Attributes:
        name: the C name; for type-generic macros the first argument of ``__refproof_access``.
        roles: one per parameter of the declared function; for type-generic macros TARGET, then one per argument of
            ``__refproof_access`` after its ``size``.
        width: bits of one word; None: 8 * sizeof(object that TARGET points to).
        words: 1, or 2 for cmpxchg_double; old is then concat(second word, first word) and each operand one word.
        ordering: of a successful operation; a conditional operation that does not store is RELAXED whatever this
            says. None: taken from the ORDER arguments (``ordering_of``).
        returns: kind of result.
        marking: for the kernel's memory model.
        operation, result, constants: what ``effect`` computes; constants are operands that the name implies
            (1 for inc, 1 and 0 for inc_not_zero).
        refused: why and what to write instead, when a call must be refused; else None.
    """

    name: str
    roles: tuple[Role, ...]
    width: int | None
    words: int
    ordering: Ordering | None
    returns: Returns
    marking: Marking
    operation: Operation
    result: Result
    constants: tuple[int, ...]
    refused: str | None


def returned(result: Result) -> Returns:
    """Return the kind of a result."""
    match result:
        case Result.NOTHING:
            return Returns.VOID
        case Result.OLD | Result.NEW:
            return Returns.WORD
        case Result.NEW_IS_ZERO | Result.NEW_IS_NEGATIVE | Result.OLD_IS_NONZERO | Result.STORED:
            return Returns.BOOL


def row(
    name: str,
    roles: tuple[Role, ...],
    operation: Operation,
    result: Result,
    ordering: Ordering | None,
    *,
    width: int | None = None,
    marking: Marking = Marking.ATOMIC,
    constants: tuple[int, ...] = (),
    refused: str | None = None,
) -> Row:
    """Return a row for one word whose ``returns`` follows from ``result``."""
    return Row(name, roles, width, 1, ordering, returned(result), marking, operation, result, constants, refused)
