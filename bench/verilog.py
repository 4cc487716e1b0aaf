"""The circuit of a system in Verilog, for yosys and what reads its output."""

from __future__ import annotations

from typing import Final

from verify.export.model import Circuit
from verify.term.build import disj
from verify.term.term import Op, Term, postorder

_INFIX: Final = {
    Op.AND: "&", Op.OR: "|", Op.XOR: "^", Op.ADD: "+", Op.SUB: "-", Op.MUL: "*", Op.SHL: "<<", Op.LSHR: ">>",
    Op.EQ: "==", Op.ULT: "<", Op.ULE: "<=",
}  # fmt: skip
_SIGNED: Final = {Op.SLT: "<", Op.SLE: "<="}


def to_verilog(model: Circuit) -> str:
    """Return a module ``top`` with all properties as one output ``bad`` and one assertion (for ``FORMAL``).

    Raises ValueError for division and for arithmetic right shifts, which no shipped spec needs.
    """
    names = {r.variable: f"s{i}" for i, r in enumerate(model.registers)}
    names |= {term: f"i{i}" for i, term in enumerate(model.inputs)}
    bad = disj(term for _, term in model.bad)
    roots = [*(r.next for r in model.registers), bad]
    lines = []
    for term in postorder(roots):
        if term not in names:
            lines.append(f"  wire {_range(term)} w{len(names)} = {_expression(term, names)};")
            names[term] = f"w{len(names)}"
    ports = ["input clk", *(f"input {_range(t)} {names[t]}" for t in model.inputs), "output bad"]
    registers = [f"  reg {_range(r.variable)} {names[r.variable]} = {_number(r.first)};" for r in model.registers]
    moves = [f"    {names[r.variable]} <= {names[r.next]};" for r in model.registers]
    text = [f"module top({', '.join(ports)});", *registers, *lines, f"  assign bad = {names[bad]};"]
    text += ["  always @(posedge clk) begin", *moves, "  end"]
    text += ["`ifdef FORMAL", "  always @* assert (!bad);", "`endif", "endmodule"]
    return "\n".join(text) + "\n"


def _range(term: Term) -> str:
    return f"[{term.width - 1}:0]"


def _number(term: Term) -> str:
    return f"{term.width}'d{term.number}"


def _expression(term: Term, names: dict[Term, str]) -> str:
    """Return the value of a term over names of its operands; a wire's width cuts the result."""
    args = [names[a] for a in term.args]
    match term.op:
        case Op.CONST:
            return _number(term)
        case Op.NOT:
            return f"~{args[0]}"
        case Op.NEG:
            return f"-{args[0]}"
        case Op.ITE:
            return f"{args[0]} ? {args[1]} : {args[2]}"
        case Op.CONCAT:
            return f"{{{args[0]}, {args[1]}}}"
        case Op.EXTRACT:
            return f"{args[0]}[{term.number + term.width - 1}:{term.number}]"
        case Op.ZEXT:
            return args[0]
        case Op.SEXT:
            return f"{{{{{term.width - term.args[0].width}{{{args[0]}[{term.args[0].width - 1}]}}}}, {args[0]}}}"
        case op if op in _INFIX:
            return f"{args[0]} {_INFIX[op]} {args[1]}"
        case op if op in _SIGNED:
            return f"$signed({args[0]}) {_SIGNED[op]} $signed({args[1]})"
        case op:
            raise ValueError(f"no Verilog for {op.value}")
