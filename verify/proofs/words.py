"""What ``prove`` and ``recheck`` say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from verify.proofs.compare import Result
from verify.proofs.gate import Case
from verify.proofs.prove import Unkept
from verify.report.exit_codes import ExitCode
from verify.report.values import printable_lines


def written_text(files: Sequence[tuple[Path, bool]], unkept: Sequence[Unkept]) -> str:
    """Return which certificates were written, and which proofs have none."""
    lines = [f"{'wrote' if new else 'unchanged'}  {path}" for path, new in files]
    lines += [f"no certificate of '{u.property}': {u.reason}" for u in unkept]
    return printable_lines("\n".join(lines or ["no certificates: nothing was PROVED"])) + "\n"


def rechecked_text(results: Sequence[Result]) -> str:
    """Return the results of recheck: what was not accepted, and how many were."""
    lines = [f"{_word(r.code)}  {r.path}\n    {_about(r)}{r.reason}" for r in results if r.reason]
    good = sum(not r.reason for r in results)
    lines.append(f"{good} of {len(results)} certificates accepted by bitwuzla, cvc5 and z3")
    return printable_lines("\n".join(lines)) + "\n"


def case_text(case: Case) -> str:
    """Return a case of the gate on one line or, where it fails, with the reason below."""
    where = f"{case.about.folder} {case.property}".rstrip()
    if case.code is ExitCode.AS_EXPECTED:
        return printable_lines(f"ok        {where}: {case.detail}\n")
    return printable_lines(f"{_word(case.code)}  {where}\n    {case.detail}\n")


def _about(result: Result) -> str:
    return f"'{result.property}': " if result.property else ""


def _word(code: ExitCode) -> str:
    words = {ExitCode.BROKEN: "rejected", ExitCode.OPEN: "open    ", ExitCode.BAD_INPUT: "error   "}
    return words.get(code, code.name.lower().ljust(8))
