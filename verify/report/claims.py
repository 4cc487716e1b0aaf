"""The report of ``claims``: plain lines, JSON, and a page in Markdown that tells claim, verdict and evidence."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import Final

from verify.report.claimed import Claims, Finding, Settled, claims_exit_code
from verify.report.exit_codes import ExitCode
from verify.report.values import counted, printable

FORMAT: Final = "refproof-claims"
FORMAT_VERSION: Final = 1
_WIDTH: Final = 79
_MARKS: Final = {
    ExitCode.AS_EXPECTED: "as claimed",
    ExitCode.DIFFERS: "NOT AS CLAIMED",
    ExitCode.OPEN: "open",
    ExitCode.BROKEN: "EVIDENCE REJECTED",
}


def settled_text(settled: Settled) -> str:
    """Return one claim as plain lines of at most 79 characters, commands aside."""
    claim = settled.claim
    lines = _folded(f"{claim.id}  {claim.who}: {claim.text}", 0)
    if claim.undecided:
        lines += _folded(f"not decided: {claim.undecided}", 4)
    for finding in settled.findings:
        lines += _folded(finding.tie.says, 4)
        lines += _folded(f"{finding.found}: {_met(finding)}", 6)
        lines.append(f"      {printable(finding.tie.command)}")
    return "\n".join(lines) + "\n\n"


def _met(finding: Finding) -> str:
    same = finding.code is ExitCode.AS_EXPECTED
    return _MARKS[finding.code] + ("" if same else f" (claimed: {finding.tie.wanted})")


def _folded(text: str, indent: int) -> list[str]:
    margin = " " * indent
    return textwrap.wrap(
        printable(" ".join(text.split())), _WIDTH, initial_indent=margin, subsequent_indent=margin,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def summary_text(settled: Sequence[Settled]) -> str:
    """Return the last line: how many claims there are, and how many verdicts are as claimed."""
    findings = [f for s in settled for f in s.findings]
    undecided = [s.claim.id for s in settled if s.claim.undecided]
    differing = sum(f.code is not ExitCode.AS_EXPECTED for f in findings)
    left = f"; not decided: {', '.join(undecided)}" if undecided else ""
    held = f"{differing} not as claimed" if differing else "all as claimed"
    return f"{counted(len(settled), 'claim')}, {counted(len(findings), 'verdict')}, {held}{left}\n"


def claims_json(settled: tuple[Settled, ...]) -> str:
    """Return the findings as JSON: ASCII, sorted keys, no times, a line feed at the end."""
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "exit_code": int(claims_exit_code(settled)),
        "claims": [
            {
                "id": s.claim.id,
                "who": s.claim.who,
                "text": s.claim.text,
                "answer": s.claim.answer,
                "undecided": s.claim.undecided or None,
                "findings": [
                    {
                        "says": f.tie.says,
                        "command": f.tie.command,
                        "claimed": f.tie.wanted,
                        "found": f.found,
                        "as_claimed": f.code is ExitCode.AS_EXPECTED,
                        "evidence": list(f.evidence),
                    }
                    for f in s.findings
                ],
            }
            for s in settled
        ],
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def claims_page(claims: Claims, settled: Sequence[Settled]) -> str:
    """Return a page in Markdown: claim, answer, verdict, evidence, and the command for each."""
    parts = [f"# {claims.title}", claims.intro, _overview(settled)]
    for one in settled:
        parts += _chapter(one)
    return "\n\n".join(parts) + "\n"


def _overview(settled: Sequence[Settled]) -> str:
    lines = ["| | claim or question | answer |", "|---|---|---|"]
    for one in settled:
        claim = one.claim
        answer = f"not decided: {claim.undecided}" if claim.undecided else _unmet(one) or claim.answer
        lines.append(f"| [{claim.id}](#{claim.id.lower()}) | {_cell(claim.text)} | {_cell(_first_sentence(answer))} |")
    return "\n".join(lines)


def _first_sentence(text: str) -> str:
    head, dot, _ = text.partition(". ")
    return head + dot.strip()


def _cell(text: str) -> str:
    return " ".join(printable(" ".join(text.split())).replace("|", "\\|").split())


def _chapter(one: Settled) -> list[str]:
    claim = one.claim
    parts = [f"## {claim.id}", f"*{claim.who}:* {claim.text}"]
    if claim.undecided:
        return [*parts, f"**Not decided.** {claim.undecided}"]
    if unmet := _unmet(one):
        return [*parts, f"**{unmet}** The answer of the file was: {claim.answer}", *map(_told, one.findings)]
    return [*parts, f"**{claim.answer}**" if "\n" not in claim.answer else claim.answer, *map(_told, one.findings)]


def _unmet(one: Settled) -> str:
    """Return that the answer does not rest on what was found, or nothing where it does."""
    differing = sum(f.code is not ExitCode.AS_EXPECTED for f in one.findings)
    return f"{differing} of {counted(len(one.findings), 'verdict')} not as claimed." if differing else ""


def _told(finding: Finding) -> str:
    tie = finding.tie
    verdict = f"**{_cell(finding.found)}**"
    if finding.code is not ExitCode.AS_EXPECTED:
        verdict += f" ({_met(finding)})"
    names = ", ".join(f"`{printable(name)}`" for name in tie.properties)
    lines = [
        f"{tie.says}",
        "",
        f"- {verdict}{f': {names}' if names else ''}",
        *(f"- {_cell(e)}" for e in finding.evidence),
    ]
    return "\n".join([*lines, "", f"      {tie.command}"])
