"""Terms as Python functions.

``compiled`` writes one Python function per term and lets Python compile it; ``interpreted`` calls
the reference evaluator. Both give the same values (a law in ``tests/laws/test_interpreter.py``).
The generated text holds integers, slots and operators only, never a name from the program, so no
input can inject code. It is written without ``verify.term.semantics.apply``, so that the law
compares two descriptions of each operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from verify.term.semantics import evaluate
from verify.term.term import Op, Term, postorder, symbols

Function = Callable[[Sequence[int]], int]
"""Returns a term's unsigned value, given the unsigned values of all symbols by slot."""


def compiled(terms: Sequence[Term], slots: Mapping[str, int]) -> tuple[Function, ...]:
    """Return a fast function for each term; ``slots`` says where a symbol's value stands.

    Raises KeyError naming a symbol that has no slot. The functions trust that the values fit.
    """
    if not terms:
        return ()
    lines = [line for number, term in enumerate(terms) for line in _definition(f"f{number}", term, slots)]
    made: dict[str, Function] = {}
    exec(compile("\n".join(lines), "<terms>", "exec"), made)  # noqa: S102  (text of our own, without names)
    return tuple(made[f"f{number}"] for number in range(len(terms)))


def interpreted(terms: Sequence[Term], slots: Mapping[str, int]) -> tuple[Function, ...]:
    """Return for each term a function that calls the reference evaluator; see ``compiled`` for the errors."""
    return tuple(_reference(term, slots) for term in terms)


def _reference(term: Term, slots: Mapping[str, int]) -> Function:
    needed = tuple((s.name, slots[s.name]) for s in symbols((term,)))

    def value(values: Sequence[int]) -> int:
        return evaluate(term, {name: values[slot] for name, slot in needed})

    return value


def _definition(name: str, root: Term, slots: Mapping[str, int]) -> list[str]:
    lines = [f"def {name}(v):"]
    place: dict[Term, str] = {}
    for term in postorder((root,)):
        if term.op is Op.CONST:
            place[term] = str(term.number)
        elif term.op is Op.SYMBOL:
            place[term] = f"v[{slots[term.name]}]"
        else:
            place[term] = f"t{len(lines)}"
            lines.append(f"  {place[term]} = {_expression(term, [place[a] for a in term.args])}")
    return [*lines, f"  return {place[root]}"]


def _signed(operand: str, width: int) -> str:
    sign = 1 << (width - 1)
    return f"(({operand} ^ {sign}) - {sign})"


def _expression(term: Term, operands: list[str]) -> str:
    a = operands[0]
    ones = (1 << term.width) - 1
    match term.op:
        case Op.NOT:
            return f"{a} ^ {ones}"
        case Op.NEG:
            return f"(-{a}) & {ones}"
        case Op.EXTRACT:
            return f"({a} >> {term.number}) & {ones}"
        case Op.ZEXT:
            return a
        case Op.SEXT:
            return f"{_signed(a, term.args[0].width)} & {ones}"
        case Op.ITE:
            return f"{operands[1]} if {a} else {operands[2]}"
        case Op.CONCAT:
            return f"({a} << {term.args[1].width}) | {operands[1]}"
        case Op.SHL | Op.LSHR | Op.ASHR:
            return _shift(term, a, operands[1], ones)
        case Op.UDIV | Op.UREM | Op.SDIV | Op.SREM:
            return _divide(term, a, operands[1], ones)
        case Op.EQ | Op.ULT | Op.ULE | Op.SLT | Op.SLE:
            return _compare(term, a, operands[1])
        case Op.AND | Op.OR | Op.XOR | Op.ADD | Op.SUB | Op.MUL:
            sign = {Op.AND: "&", Op.OR: "|", Op.XOR: "^", Op.ADD: "+", Op.SUB: "-", Op.MUL: "*"}[term.op]
            return f"({a} {sign} {operands[1]}) & {ones}"
        case Op.CONST | Op.SYMBOL:
            raise ValueError(f"{term.op.value} is a leaf")


def _shift(term: Term, a: str, b: str, ones: int) -> str:
    width = term.width
    if term.op is Op.SHL:
        return f"(({a} << {b}) & {ones}) if {b} < {width} else 0"
    if term.op is Op.LSHR:
        return f"({a} >> {b}) if {b} < {width} else 0"
    return f"({_signed(a, width)} >> ({b} if {b} < {width} else {width})) & {ones}"


def _divide(term: Term, a: str, b: str, ones: int) -> str:
    if term.op is Op.UDIV:
        return f"({a} // {b}) if {b} else {ones}"
    if term.op is Op.UREM:
        return f"({a} % {b}) if {b} else {a}"
    width = term.width
    sa, sb, low = _signed(a, width), _signed(b, width), 1 << (width - 1)
    same = f"({a} ^ {b}) < {low}"
    if term.op is Op.SDIV:
        size = f"(abs({sa}) // abs({sb}))"
        return f"(({size} if {same} else -{size}) & {ones}) if {b} else (1 if {a} >= {low} else {ones})"
    rest = f"(abs({sa}) % abs({sb}))"
    return f"(({rest} if {a} < {low} else -{rest}) & {ones}) if {b} else {a}"


def _compare(term: Term, a: str, b: str) -> str:
    width = term.args[0].width
    if term.op is Op.EQ:
        return f"1 if {a} == {b} else 0"
    if term.op is Op.ULT:
        return f"1 if {a} < {b} else 0"
    if term.op is Op.ULE:
        return f"1 if {a} <= {b} else 0"
    sign = "<" if term.op is Op.SLT else "<="
    return f"1 if {_signed(a, width)} {sign} {_signed(b, width)} else 0"
