"""BTOR2, the word-level model checkers' format (Niemetz, Preiner, Wolf, Biere: CAV 2018)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from verify.export.model import Circuit
from verify.export.names import one_word, plain
from verify.term.term import Op, Term, postorder

_OPERATORS: Final = {
    Op.NOT: "not", Op.NEG: "neg", Op.AND: "and", Op.OR: "or", Op.XOR: "xor", Op.ADD: "add", Op.SUB: "sub",
    Op.MUL: "mul", Op.UDIV: "udiv", Op.UREM: "urem", Op.SDIV: "sdiv", Op.SREM: "srem", Op.SHL: "sll",
    Op.LSHR: "srl", Op.ASHR: "sra", Op.EQ: "eq", Op.ULT: "ult", Op.ULE: "ulte", Op.SLT: "slt", Op.SLE: "slte",
    Op.CONCAT: "concat", Op.EXTRACT: "slice", Op.ZEXT: "uext", Op.SEXT: "sext", Op.ITE: "ite",
}  # fmt: skip


def to_btor2(model: Circuit, comment: Iterable[str] = ()) -> str:
    """Return the circuit in BTOR2: one ``bad`` for each property, in order, and no constraints."""
    writer = _Writer([f"; {plain(line)}" for line in comment])
    writer.lines += [f"; step {index}: {plain(label)}" for index, label in enumerate(model.labels)]
    variables = (*(r.variable for r in model.registers), *model.inputs)
    names = one_word(v.name for v in variables)
    for term in model.inputs:
        writer.number[term] = writer.line("input", writer.sort(term.width), names[term.name])
    for register in model.registers:
        term = register.variable
        first = writer.node(register.first)
        writer.number[term] = writer.line("state", writer.sort(term.width), names[term.name])
        writer.line("init", writer.sort(term.width), writer.number[term], first)
    for register in model.registers:
        after, term = writer.node(register.next), register.variable
        writer.line("next", writer.sort(term.width), writer.number[term], after)
    for name, bad in model.bad:
        node = writer.node(bad)
        writer.lines.append(f"; property {plain(name)}")
        writer.line("bad", node)
    return "\n".join(writer.lines) + "\n"


@dataclass(slots=True)
class _Writer:
    """Lines so far, and the line number of each sort and node."""

    lines: list[str]
    last: int = 0
    sorts: dict[int, int] = field(default_factory=dict)
    number: dict[Term, int] = field(default_factory=dict)

    def line(self, *words: object) -> int:
        self.last += 1
        self.lines.append(" ".join(map(str, (self.last, *words))))
        return self.last

    def sort(self, width: int) -> int:
        if width not in self.sorts:
            self.sorts[width] = self.line("sort", "bitvec", width)
        return self.sorts[width]

    def node(self, root: Term) -> int:
        for term in postorder((root,)):
            if term not in self.number:
                self.number[term] = self._write(term)
        return self.number[root]

    def _write(self, term: Term) -> int:
        sort = self.sort(term.width)
        if term.op is Op.CONST:
            return self.line("constd", sort, term.number)
        if term.op is Op.SYMBOL:
            raise ValueError(f"{term.name} is neither state nor input")
        args = [self.number[a] for a in term.args]
        match term.op:
            case Op.EXTRACT:
                return self.line("slice", sort, *args, term.number + term.width - 1, term.number)
            case Op.ZEXT | Op.SEXT:
                return self.line(_OPERATORS[term.op], sort, *args, term.width - term.args[0].width)
            case _:
                return self.line(_OPERATORS[term.op], sort, *args)
