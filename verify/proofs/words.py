"""What ``prove``, ``recheck`` and ``gate`` say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from verify.proofs.compare import Result
from verify.proofs.gate import Case
from verify.proofs.prove import Unkept
from verify.report.exit_codes import ExitCode
from verify.report.values import counted, printable, printable_lines


def written_text(files: Sequence[tuple[Path, bool]], unkept: Sequence[Unkept]) -> str:
    """Return which evidence was written, and which properties have none."""
    lines = [f"{'wrote' if new else 'unchanged'}  {printable(str(path))}" for path, new in files]
    lines += [f"nothing is kept of '{u.property}': {u.reason}" for u in unkept]
    return printable_lines("\n".join(lines or ["nothing to keep: nothing was PROVED or REFUTED"])) + "\n"


def rechecked_text(results: Sequence[Result]) -> str:
    """Return the results of recheck: what was not accepted, and how many were."""
    lines = [f"{_word(r.code)}  {printable(str(r.path))}\n    {_about(r)}{r.reason}" for r in results if r.reason]
    good = [r for r in results if not r.reason]
    runs = sum(r.verdict == "REFUTED" for r in good)
    proofs = f"{counted(len(good) - runs, 'certificate')} accepted by bitwuzla, cvc5 and z3"
    lines.append(f"{len(good)} of {counted(len(results), 'file')}: {proofs}, {counted(runs, 'run')} replayed")
    return printable_lines("\n".join(lines)) + "\n"


def case_text(case: Case) -> str:
    """Return a case of the gate on one line or, where it fails, with the reason below."""
    where = f"{case.about.folder} {case.property}".rstrip()
    if case.code is ExitCode.AS_EXPECTED:
        return printable_lines(f"{'note' if case.remark else 'ok  '}      {where}: {case.detail}\n")
    detail = case.detail.replace("\n", "\n    ")
    return printable_lines(f"{_word(case.code)}  {where}\n    {detail}\n")


def ungated_text(folders: Sequence[tuple[str, str]]) -> str:
    """Return which folders the gate does not look at, and why."""
    return printable_lines("".join(f"skipped   {folder}: {why}\n" for folder, why in folders))


def _about(result: Result) -> str:
    return f"'{result.property}': " if result.property else ""


def _word(code: ExitCode) -> str:
    words = {ExitCode.BROKEN: "rejected", ExitCode.OPEN: "open    ", ExitCode.BAD_INPUT: "error   "}
    return words.get(code, code.name.lower().ljust(8))
