"""The meaning of each operator on Python integers, and the evaluator.

This is the reference semantics of the whole tool. It shares nothing with any solver: replay,
constant folding and the explicit-state searches of the tests stand on it, and law 1 compares it
with z3 and bitwuzla. Values are unsigned integers in [0, 2**width).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from verify.term.term import Op, Term, postorder


def mask(width: int) -> int:
    """Return the all-ones value of a width in bits."""
    return (1 << width) - 1


def to_signed(value: int, width: int) -> int:
    """Return the two's complement reading of an unsigned value of a width in bits."""
    return value - (1 << width) if value >> (width - 1) else value


def _truncated_quotient(a: int, b: int) -> int:
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def apply(op: Op, width: int, number: int, widths: tuple[int, ...], values: tuple[int, ...]) -> int:
    """Return the value of one operator applied to unsigned operand values.

    Args:
        op: any operator but SYMBOL.
        width: width of the result in bits.
        number: the term's ``number`` (constant value or lowest extracted bit).
        widths: widths of the operands in bits.
        values: unsigned values of the operands.

    Division by zero follows SMT-LIB: bvudiv gives all ones, bvurem and bvsrem the dividend,
    bvsdiv 1 for a negative dividend and all ones otherwise.
    """
    match op:
        case Op.CONST:
            return number
        case Op.NOT:
            return ~values[0] & mask(width)
        case Op.NEG:
            return -values[0] & mask(width)
        case Op.EXTRACT:
            return (values[0] >> number) & mask(width)
        case Op.ZEXT:
            return values[0]
        case Op.SEXT:
            return to_signed(values[0], widths[0]) & mask(width)
        case Op.ITE:
            return values[1] if values[0] else values[2]
        case Op.AND | Op.OR | Op.XOR | Op.CONCAT:
            return _bitwise(op, widths, values)
        case Op.ADD | Op.SUB | Op.MUL | Op.SHL | Op.LSHR | Op.ASHR:
            return _arithmetic(op, width, values)
        case Op.UDIV | Op.UREM | Op.SDIV | Op.SREM:
            return _division(op, width, values)
        case Op.EQ | Op.ULT | Op.ULE | Op.SLT | Op.SLE:
            return _predicate(op, widths[0], values)
        case Op.SYMBOL:
            raise ValueError("a symbol has no value of its own")


def _bitwise(op: Op, widths: tuple[int, ...], values: tuple[int, ...]) -> int:
    a, b = values
    if op is Op.AND:
        return a & b
    if op is Op.OR:
        return a | b
    if op is Op.XOR:
        return a ^ b
    return a << widths[1] | b


def _arithmetic(op: Op, width: int, values: tuple[int, ...]) -> int:
    a, b = values
    if op is Op.ADD:
        return (a + b) & mask(width)
    if op is Op.SUB:
        return (a - b) & mask(width)
    if op is Op.MUL:
        return (a * b) & mask(width)
    amount = min(b, width)
    if op is Op.SHL:
        return (a << amount) & mask(width)
    if op is Op.LSHR:
        return a >> amount
    return (to_signed(a, width) >> amount) & mask(width)


def _division(op: Op, width: int, values: tuple[int, ...]) -> int:
    a, b = values
    if op is Op.UDIV:
        return a // b if b else mask(width)
    if op is Op.UREM:
        return a % b if b else a
    sa, sb = to_signed(a, width), to_signed(b, width)
    if op is Op.SDIV:
        return (_truncated_quotient(sa, sb) if sb else (1 if sa < 0 else -1)) & mask(width)
    return (sa - sb * _truncated_quotient(sa, sb) if sb else sa) & mask(width)


def _predicate(op: Op, width: int, values: tuple[int, ...]) -> int:
    a, b = values
    if op is Op.EQ:
        return int(a == b)
    if op is Op.ULT:
        return int(a < b)
    if op is Op.ULE:
        return int(a <= b)
    sa, sb = to_signed(a, width), to_signed(b, width)
    return int(sa < sb) if op is Op.SLT else int(sa <= sb)


def evaluate_all(roots: Iterable[Term], env: Mapping[str, int]) -> tuple[int, ...]:
    """Return the unsigned values of several terms that share structure.

    Raises KeyError naming the first symbol that the environment lacks, and ValueError when a
    symbol's value does not fit its width.
    """
    wanted = tuple(roots)
    value: dict[Term, int] = {}
    for term in postorder(wanted):
        if term.op is Op.SYMBOL:
            given = env[term.name]
            if not 0 <= given <= mask(term.width):
                raise ValueError(f"{term.name} = {given} does not fit {term.width} bits")
            value[term] = given
        else:
            widths = tuple(a.width for a in term.args)
            value[term] = apply(term.op, term.width, term.number, widths, tuple(value[a] for a in term.args))
    return tuple(value[t] for t in wanted)


def evaluate(term: Term, env: Mapping[str, int]) -> int:
    """Return the unsigned value of a term; see ``evaluate_all`` for the errors."""
    return evaluate_all((term,), env)[0]
