"""The obligations of certificates as SMT-LIB 2 scripts, each of which must be answered ``unsat``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from verify.check.certify import Claim
from verify.export.files import TextFile
from verify.export.names import file_names, plain
from verify.smt.smtlib import to_smtlib
from verify.term.term import Term


def obligation_files(
    claims: Sequence[Claim], comment: Sequence[str], c_lines: Callable[[str], Sequence[str]]
) -> tuple[TextFile, ...]:
    """Return a script for each distinct obligation; certificates share many.

    Args:
        claims: whose obligations to write.
        comment: what to write above each script.
        c_lines: the C lines that an obligation is about, by its name.
    """
    names: dict[Term, dict[str, None]] = {}
    users: dict[Term, dict[str, None]] = {}
    for claim in claims:
        for obligation in claim.obligations:
            names.setdefault(obligation.term, {})[obligation.name] = None
            users.setdefault(obligation.term, {})[claim.certificate.property] = None
    files = file_names((next(iter(found)) for found in names.values()), "smt2")
    made = []
    for file, (term, found) in zip(files, names.items(), strict=True):
        about = [line for name in found for line in (f"obligation: {name}", *c_lines(name))]
        lines = [*comment, *about, f"needed for: {', '.join(users[term])}", "expected answer: unsat"]
        made.append(TextFile(file, to_smtlib((term,), map(plain, lines))))
    return tuple(made)
