"""``prove``, ``recheck`` and ``gate``: certificates that are kept."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from verify.arguments import (
    DEPTH,
    SECONDS,
    Cpus,
    Define,
    EachTimeout,
    Engine,
    Include,
    Kernel,
    Knobs,
    Proofs,
    Timeout,
    Undefine,
    search_flags,
    spec_files,
)
from verify.cli.app import app
from verify.cli.output import print_report, progress_line, write
from verify.cli.run import each_spec, front_options, run_settings


@app.command()
def prove(
    specs: Annotated[list[str], typer.Argument(metavar="SPEC...", help="C files, or folders of *.c files.")],
    *,
    cpus: Cpus = 0,
    timeout: Timeout = SECONDS,
    define: Define = [],  # noqa: B006
    undefine: Undefine = [],  # noqa: B006
    include: Include = [],  # noqa: B006
    kernel: Kernel = None,
    knob: Knobs = [],  # noqa: B006
    proofs: Proofs = "proofs",
) -> None:
    """Check each SPEC, and keep the certificates and runs that show it."""
    from verify.proofs import prove as proving
    from verify.proofs.store import require_folder
    from verify.proofs.words import written_text

    require_folder(Path(proofs))

    options = front_options(define, undefine, include, kernel, decides=True, knobs=knob)
    settings = run_settings(cpus, Engine.AUTO.value, DEPTH, timeout, options)

    def one(spec: str) -> int:
        with progress_line(spec) as progress:
            evidence = proving.prove(spec, settings, progress, Path(proofs))
        print_report(evidence.outcome, search_flags(settings), brief=True)
        write(sys.stdout, written_text(proving.keep(evidence, Path(proofs)), evidence.unkept) + "\n")
        return evidence.code

    raise typer.Exit(each_spec(spec_files(specs), one))


@app.command()
def recheck(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files of evidence, or folders of them.")],
    *,
    timeout: EachTimeout = SECONDS,
    kernel: Kernel = None,
) -> None:
    """Check kept evidence again from the C text, with three solvers. The limit --timeout is for all of it together."""
    from verify.proofs.recheck import recheck as again
    from verify.proofs.store import certificates_in
    from verify.proofs.words import rechecked_text
    from verify.report.exit_codes import worst

    alone = frozenset(p for p in map(Path, paths) if p.is_file())
    results = again(certificates_in(paths), timeout, kernel, alone=alone)
    write(sys.stdout, rechecked_text(results))
    raise typer.Exit(int(worst(r.code for r in results)))


@app.command()
def gate(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder of the specs.")] = "specs",
    *,
    timeout: EachTimeout = SECONDS,
    kernel: Kernel = None,
    proofs: Proofs = "proofs",
    junit: Annotated[str | None, typer.Option("--junit", metavar="FILE", help="Write a JUnit report.")] = None,
    update: Annotated[bool, typer.Option("--update", help="Write new evidence, remove old.")] = False,
) -> None:
    """Hold every spec to its evidence and to what it expects.

    What has no evidence, or that of other sources, is decided anew. The limit --timeout is for checking all evidence
    again, and then for each spec that is decided anew.
    """
    from verify.proofs import gate as gates
    from verify.proofs.junit import to_junit
    from verify.proofs.store import require_folder
    from verify.proofs.store import write as write_file
    from verify.proofs.words import case_text, ungated_text
    from verify.report.exit_codes import worst

    if update:
        require_folder(Path(proofs))

    settings = run_settings(0, Engine.AUTO.value, DEPTH, timeout, front_options([], [], [], kernel, decides=True))
    write(sys.stdout, ungated_text(gates.ungated(folder)))
    cases = []
    for case in gates.gate(folder, gates.Gate(Path(proofs), settings, update), lambda _spec: lambda _progress: None):
        cases.append(case)
        write(sys.stdout, case_text(case))
    if junit is not None:
        write_file(Path(junit), to_junit(cases))
    raise typer.Exit(int(worst(case.code for case in cases)))
