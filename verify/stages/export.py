"""Writing the system, or the obligations of its certificates, for other tools."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

from verify.check.ask import Polled, poll
from verify.check.certify import Origin, claims
from verify.check.checked import Discharged, Rejected
from verify.check.simulation import simulation_obligations
from verify.encode.counting import Counting, encode_counting
from verify.encode.steps import Compiled
from verify.engines.facts import infer_facts
from verify.engines.messages import Budget
from verify.export.btor2 import to_btor2
from verify.export.chc import to_chc
from verify.export.files import TextFile, new_folder, write_files
from verify.export.model import circuit
from verify.export.names import file_names
from verify.export.obligations import obligation_files
from verify.export.vmt import to_vmt
from verify.program.errors import InputError, reject
from verify.report.exit_codes import ExitCode
from verify.report.source import c_line
from verify.smt.select import CHECKERS, engine_solver
from verify.smt.solver import Status
from verify.stages.evidence import certify
from verify.stages.model import Model, Settings, prepare
from verify.stages.search import Tell, decide
from verify.term.term import Term
from verify.verdict.answer import LocationFacts
from verify.worker.tasks import Task, run_tasks

SEARCH_SHARE = 0.7
"""The part of the time limit that engines may use; the rest is for checking their evidence."""


class Format(enum.StrEnum):
    """What to write: obligations, or the system for model checkers."""

    SMT2 = "smt2"
    BTOR2 = "btor2"
    VMT = "vmt"
    CHC = "chc"


@dataclass(frozen=True, slots=True)
class Exported:
    """The names of the files written, and the properties without a proof to write, each with the reason."""

    files: tuple[str, ...]
    left: tuple[tuple[str, str], ...]
    code: ExitCode


def export(spec: str, settings: Settings, form: str, folder: str, tell: Tell) -> Exported:
    """Write the files of one format (a value of ``Format``) into a new or empty folder.

    Raises InputError for bad input and for a folder that cannot be written.
    """
    path = new_folder(folder)
    model = prepare(spec, settings)
    deadline = time.monotonic() + settings.seconds
    if form == Format.SMT2:
        files, exported = _proofs(model, settings, deadline, tell)
    else:
        files = _system_files(model, Format(form), deadline)
        exported = Exported(tuple(f.name for f in files), (), ExitCode.AS_EXPECTED)
    write_files(path, files)
    return exported


def _proofs(model: Model, settings: Settings, deadline: float, tell: Tell) -> tuple[tuple[TextFile, ...], Exported]:
    """Prove what can be proved, and return the obligations of every certificate that the solvers accept."""
    names = tuple(sorted(p.id for p in model.compiled.program.properties))
    search_until = time.monotonic() + SEARCH_SHARE * (deadline - time.monotonic())
    found = decide(model, names, settings, search_until, tell)
    origin = Origin(model.compiled, lambda system: system)
    judged, _ = certify(model.system, tuple(found.safe.values()), deadline, origin=origin)
    accepted = [found.safe[name] for name, result in judged.items() if isinstance(result, Discharged)]
    left = []
    code = ExitCode.AS_EXPECTED
    for name in names:
        result = judged.get(name)
        if isinstance(result, Rejected):
            left.append((name, f"the certificate was rejected: {result.reason}"))
            code = ExitCode.BROKEN
        elif isinstance(wrong := found.unsafe.get(name), Rejected):
            left.append((name, f"the run was rejected: {wrong.reason}"))
            code = ExitCode.BROKEN
        elif name in found.unsafe.keys() | found.blocks.keys():
            left.append((name, "a run violates it, see refproof check"))
        elif not isinstance(result, Discharged):
            left.append((name, found.reasons.get(name, "no answer") if result is None else result.reason))
            code = code or ExitCode.OPEN
    files = obligation_files(claims(model.system, accepted, origin), _heading(model), partial(_c_lines, model.compiled))
    return files, Exported(tuple(f.name for f in files), tuple(left), code)


def _heading(model: Model) -> list[str]:
    program = model.compiled.program
    cpus = "any number of CPUs" if model.any_number else f"{model.cpus} CPUs"
    found = [f"{program.name}, {cpus}, written by refproof {version('refproof')}"]
    return [*found, *(f"option: {option}" for option in program.options)]


def _c_lines(compiled: Compiled, name: str) -> Sequence[str]:
    """Return the C line of the step that an obligation names at its end."""
    spans = {f"{s.span.file}:{s.span.line}": s.span for s in compiled.steps}
    return [f"C: {c_line(compiled.program, span)}" for place, span in spans.items() if name.endswith(f" at {place}")]


def _system_files(model: Model, form: Format, deadline: float) -> tuple[TextFile, ...]:
    system = counting_system(model.compiled, deadline).system if model.any_number else model.system
    comment = [*_heading(model), *(_ABSTRACT if model.any_number else ())]
    if form is Format.CHC:
        names = file_names(system.properties(), "smt2")
        return tuple(
            TextFile(file, to_chc(system, (name,), comment))
            for file, name in zip(names, system.properties(), strict=True)
        )
    if form is Format.VMT:
        return (TextFile("system.vmt", to_vmt(circuit(system), comment)),)
    return (TextFile("system.btor2", to_btor2(circuit(system), comment)),)


_ABSTRACT = (
    "CPUs are counted per place, locals are any values that the facts of the place allow:",
    "what holds here holds for every number of CPUs; a violation found here may be spurious.",
)


def counting_system(compiled: Compiled, deadline: float) -> Counting:
    """Return the counting system with facts that all solvers confirm. Raises InputError when time runs out."""
    facts = _facts(compiled, deadline)
    counting = encode_counting(compiled, facts)
    terms = tuple(dict.fromkeys(o.term for o in simulation_obligations(counting)))
    polled: dict[str, Polled] = {}

    def listen(solver: str, message: object) -> bool:
        if isinstance(message, Polled):
            polled[solver] = message
        return False

    run_tasks([Task(n, partial(_poll, n, terms, deadline)) for n in CHECKERS], deadline=deadline, on_message=listen)
    if any(Status.SAT in p.answers for p in polled.values()):
        raise RuntimeError("a solver refutes that the counting system covers the program")
    if len(polled) != len(CHECKERS) or any(set(p.answers) - {Status.UNSAT} for p in polled.values()):
        raise _too_slow("checked")
    return counting


def _poll(name: str, terms: Sequence[Term], deadline: float, send: Callable[[object], None]) -> None:
    send(poll(name, terms, deadline))


def _facts(compiled: Compiled, deadline: float) -> tuple[LocationFacts, ...]:
    found: list[tuple[LocationFacts, ...]] = []

    def listen(_task: str, message: object) -> bool:
        if isinstance(message, tuple):
            found.append(message)
        return False

    run_tasks([Task("facts", partial(_infer, compiled, deadline))], deadline=deadline, on_message=listen)
    if not found:
        raise _too_slow("found")
    return found[0]


def _infer(compiled: Compiled, deadline: float, send: Callable[[object], None]) -> None:
    send(infer_facts(compiled, engine_solver(), Budget(deadline)))


def _too_slow(done: str) -> InputError:
    return reject(None, f"the facts of the program's places could not be {done} in time", "raise --timeout")
