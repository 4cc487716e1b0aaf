"""What a proof that goals are impossible makes of the properties."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final

from verify.check.checked import Bounded, Checked, Discharged, Proved, Refuted, Rejected, Undecided, Vacuous
from verify.encode.reach import INIT_GOAL, actor_goal, check_goal, has_reachable_check
from verify.encode.steps import Compiled
from verify.program.program import Check, Program, Property
from verify.term.build import TRUE
from verify.verdict.answer import Certificate

NO_RUN: Final = Certificate(INIT_GOAL, 1, ())
"""The claim that a system has no initial state; its obligations are decided by the checking solvers alone."""


def init_may_fail(compiled: Compiled) -> bool:
    """Tell whether INIT assumes anything, so that it must be asked whether it can complete."""
    return compiled.init_guard is not TRUE


def without_runs(program: Program, evidence: Discharged) -> dict[str, Checked | Rejected]:
    """Return the verdicts of a program whose INIT can never complete."""
    return {p.id: Vacuous(p.id, "INIT can never complete", evidence) for p in program.properties}


def vacuous(program: Program, impossible: Mapping[str, Discharged]) -> dict[str, Vacuous]:
    """Return the properties that say nothing, given the goals that are proved impossible."""
    found = {}
    for prop in program.properties:
        dead = _actors_checking(program, prop)
        if has_reachable_check(prop) and check_goal(prop.id) in impossible:
            found[prop.id] = Vacuous(prop.id, "its check can never be reached", impossible[check_goal(prop.id)])
        elif dead and all(actor_goal(name) in impossible for name in dead):
            reason = f"only {' and '.join(dead)} would check it, and no CPU can ever finish that"
            found[prop.id] = Vacuous(prop.id, reason, impossible[actor_goal(dead[0])])
    return found


def _actors_checking(program: Program, prop: Property) -> tuple[str, ...]:
    return tuple(
        a.name for a in program.actors if any(isinstance(n, Check) and n.property == prop.id for n in a.body.nodes)
    )


def unshown(compiled: Compiled, prop: Property, reached: Container[str], *, begun: bool) -> str:
    """Return why a proof of the property may say nothing, as far as is known of runs; empty where it says something.

    ``reached`` are the goals that runs of the interpreter reached, ``begun`` that INIT completed in one.
    """
    if init_may_fail(compiled) and not begun:
        return "no run was seen in which INIT completes"
    if has_reachable_check(prop) and check_goal(prop.id) not in reached:
        return "no run was seen that reaches its check"
    checking = _actors_checking(compiled.program, prop)
    if checking and not any(actor_goal(name) in reached for name in checking):
        return f"no run was seen in which a CPU finishes {' or '.join(checking)}, where it is checked"
    return ""


def weaken(result: Checked | Rejected, found: Vacuous | Undecided) -> Checked | Rejected:
    """Return what counts of a result, and of a reason why a proof would say nothing.

    A violation shown by a run, and rejected evidence, come first. Where nothing was decided, only a proof that the
    check is never reached decides: a CPU that never finishes, or is stuck, may have violated the property before.
    """
    match result:
        case Refuted() | Rejected():
            return result
        case Proved() | Vacuous():
            return found
        case Bounded() | Undecided():
            return found if isinstance(found, Undecided) or _never_checked(found) else result


def _never_checked(found: Vacuous) -> bool:
    evidence = found.evidence
    return isinstance(evidence, Discharged) and evidence.certificate.property == check_goal(found.property)
