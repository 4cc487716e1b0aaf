"""A certificate that is right of a spec in which nothing is ever checked is no evidence that anything is PROVED."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from tests.prove.test_prove import refproof
from verify.encode.steps import Compiled, compile_program
from verify.frontend.load import Options, load
from verify.proofs.compare import tool
from verify.proofs.derive import Systems, document
from verify.proofs.names import file_name, subject
from verify.proofs.recheck import recheck
from verify.proofs.store import certificates_in
from verify.proofs.text import to_bytes
from verify.report.exit_codes import ExitCode
from verify.smt.select import RECHECKERS
from verify.term.build import bvnot, const, disj, implies, ne, symbol
from verify.term.term import Term
from verify.verdict.answer import Abstraction, Certificate, LocationFacts

HEAD: Final = "#include <refproof.h>\n#include <linux/atomic.h>\natomic_t word;\nGHOST bool go;\nGHOST bool used;\n"
FINDS: Final = 'ACTOR(odd) { int v = atomic_read(&word); CHECK("never-wrong", v == 77); }\n'

NO_RUN: Final = HEAD + "INIT { int x = ANY(0, 1); ASSUME(x == 2); atomic_set(&word, x); }\n" + FINDS
NO_STEP: Final = HEAD + "INIT { atomic_set(&word, 1); }\n" + FINDS.replace("{ int", "{ ASSUME(go); int")
NO_END: Final = (
    HEAD
    + 'INIT { atomic_set(&word, 1); }\nACTOR(odd) { CHECK("never-wrong", !go); int v = atomic_read(&word);'
    + " while (v != 77) v = atomic_read(&word); }\n"
)
STUCK: Final = (
    HEAD
    + "INIT { atomic_set(&word, 1); }\nACTOR(odd) { used = true; atomic_inc(&word); WAIT(go); }\n"
    + 'QUIESCENT("nobody-came", !used);\n'
)
HAPPENS: Final = HEAD + "INIT { atomic_set(&word, 77); }\n" + FINDS


def never() -> Term:
    return bvnot(symbol("go", 1))


def inside(systems: Systems, compiled: Compiled) -> Term:
    """Return: somebody is inside, of any number of CPUs."""
    counts = [v.term for v in systems.system(abstraction(compiled)).state if v.name.startswith("at.")]
    return disj(ne(count, const(0, count.width)) for count in counts)


def abstraction(compiled: Compiled) -> Abstraction:
    return Abstraction(tuple(LocationFacts(at.actor, at.node, (), ()) for at in compiled.locations), 0)


def forged(text: str, name: str, kind: str) -> None:
    """Write a spec, and a certificate of one of its properties in which every field is as it should be."""
    Path("specs").mkdir()
    Path("specs/a.c").write_text(text)
    program = load("specs/a.c", Options())
    compiled = compile_program(program)
    about = subject("specs/a.c", Options(), None)
    systems = Systems(compiled, None)
    lemmas = {
        "no run": (),
        "no step": (never(),),
        "stuck": (never(), implies(symbol("used", 1), inside(systems, compiled))),
        "happens": (ne(symbol("word", 32), const(78, 32)),),
    }[kind]
    certificate = Certificate(name, 1 if kind == "no run" else 0, lemmas, abstraction(compiled))
    data = to_bytes(document(systems, about, certificate, tool(), [(solver, "1.0") for solver in RECHECKERS]))
    path = Path("proofs/a") / file_name(name)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)


slow = partial(pytest.param, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("text", "name", "kind", "why"),
    [
        (NO_RUN, "never-wrong", "no run", "no run was seen in which INIT completes"),
        slow(NO_STEP, "never-wrong", "no step", "no run was seen that reaches its check"),
        slow(NO_END, "never-wrong", "no step", "no run was seen in which a CPU finishes odd"),
        (STUCK, "nobody-came", "stuck", "a CPU may be stuck for ever at odd"),
    ],
    ids=("no run", "no step", "no end", "stuck"),
)
def test_a_proof_that_nothing_happens_is_not_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, name: str, kind: str, why: str
) -> None:
    """Seen: recheck and gate said PROVED of what check calls VACUOUS or UNKNOWN."""
    monkeypatch.chdir(tmp_path)
    forged(text, name, kind)
    code, said = refproof(tmp_path, "recheck", "proofs")
    assert code == 3
    assert why in " ".join(said.split())
    assert "PROVED, certificate accepted" not in refproof(tmp_path, "gate")[1]


@pytest.mark.slow
def test_the_same_where_something_happens_is_asked_of_the_solvers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    forged(HAPPENS, "never-wrong", "happens")
    code, said = refproof(tmp_path, "recheck", "proofs")
    assert (code, "refutes the obligation" in " ".join(said.split())) == (4, True)
    (tmp_path / "proofs/a/never-wrong.json").unlink()
    assert refproof(tmp_path, "prove", "specs/a.c")[0] == 0
    assert refproof(tmp_path, "recheck", "proofs")[0] == 0


@pytest.mark.slow
def test_without_time_for_runs_nothing_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    Path("specs/a.c").write_text(HAPPENS)
    assert refproof(tmp_path, "prove", "specs/a.c")[0] == 0
    monkeypatch.setattr("verify.proofs.judged.unwitnessed", lambda *_given: time.sleep(60))
    (result, *_) = recheck(certificates_in(["proofs"]), 3.0)
    assert result.code is ExitCode.OPEN
    assert "runs that check it were not looked for in time" in result.reason


@pytest.mark.slow
def test_what_runs_seldom_reach_is_decided_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of a million values reaches the check: check finds it, random runs do not, and nothing is kept."""
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    seldom = 'ACTOR(odd) { int n = ANY(0, 1000000); atomic_inc(&word); if (n == 4242) CHECK("never-wrong", !go); }\n'
    Path("specs/a.c").write_text(HEAD + "INIT { atomic_set(&word, 1); }\n" + seldom)
    code, said = refproof(tmp_path, "prove", "specs/a.c")
    assert code == 0
    assert "nothing is kept of 'never-wrong': no run was seen that reaches its check" in " ".join(said.split())
    code, said = refproof(tmp_path, "gate")
    assert code == 0
    assert "never-wrong: PROVED, expected PROVED; no run was seen" in " ".join(said.split())
