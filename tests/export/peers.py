"""Exported text in the hands of other tools: z3's Spacer and unrollings, cvc5, bitwuzla."""

from __future__ import annotations

import re

import bitwuzla
import cvc5
import z3


def spacer(text: str, seconds: float = 20) -> str:
    """Return what z3 answers to Horn clauses: sat (safe), unsat (not safe) or unknown."""
    solver = z3.SolverFor("HORN")
    solver.set("timeout", int(seconds * 1000))
    solver.from_string(text)
    return str(solver.check())


def answers(text: str) -> dict[str, str]:
    """Return what three solvers answer to an SMT-LIB 2 script."""
    by_z3 = z3.Solver()
    by_z3.from_string(text)
    return {"z3": str(by_z3.check()), "cvc5": _cvc5(text), "bitwuzla": _bitwuzla(text)}


def _cvc5(text: str) -> str:
    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "exported")
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, parser.getSymbolManager())
    return said.strip()


def _bitwuzla(text: str) -> str:
    terms = bitwuzla.TermManager()
    parser = bitwuzla.Parser(terms, bitwuzla.Options())
    parser.parse(text, parse_only=True, parse_file=False)
    return {10: "sat", 20: "unsat"}[parser.bitwuzla().check_sat().value]


ANNOTATION = r"\(! (.*?) :(?:next \|[^|]*\||init true|trans true|invar-property \d+)\)\)\n"


def vmt_depths(text: str, most: int) -> list[int | None]:
    """Return for each property of a VMT text the least depth at which z3 finds it violated, up to ``most``."""
    count = len(re.findall(r":invar-property \d+\)", text))
    pairs = re.findall(r"\(! (\|[^|]*\|) :next (\|[^|]*\|)\)", text)
    asked = "".join(f"(assert |!property {i}|)" for i in range(count))
    asked += "".join(f"(assert (= {now} {then}))" for now, then in pairs)
    plain = re.sub(ANNOTATION, r"\1)\n", text, flags=re.DOTALL)
    init, move, *rest = z3.parse_smt2_string(f"{plain}(assert |!init|)(assert |!trans|){asked}")
    state = [(e.arg(0), e.arg(1)) for e in rest[count:]]
    free = _constants(move) - {t for pair in state for t in pair}

    def at(formula: z3.ExprRef, time: int) -> z3.ExprRef:
        moved = [(now, z3.Const(f"{now}#{time}", now.sort())) for now, _ in state]
        moved += [(then, z3.Const(f"{now}#{time + 1}", then.sort())) for now, then in state]
        return z3.substitute(formula, *moved, *((v, z3.Const(f"{v}#{time}", v.sort())) for v in free))

    found: list[int | None] = []
    for holds in rest[:count]:
        solver = z3.Solver()
        solver.add(at(init, 0))
        found.append(None)
        for depth in range(most + 1):
            if solver.check(z3.Not(at(holds, depth))) == z3.sat:
                found[-1] = depth
                break
            solver.add(at(move, depth))
    return found


def _constants(formula: z3.ExprRef) -> set[z3.ExprRef]:
    seen, stack, found = set(), [formula], set()
    while stack:
        term = stack.pop()
        if term.get_id() in seen:
            continue
        seen.add(term.get_id())
        stack += term.children()
        if z3.is_const(term) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found.add(term)
    return found
