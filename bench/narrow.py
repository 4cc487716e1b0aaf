"""``refproof check`` for a compilation with a narrow int: SPEC BITS CPUS SECONDS NAME=VALUE..."""

from __future__ import annotations

import sys

from verify.frontend.load import Options
from verify.pipeline import Settings, check
from verify.report.outcome import exit_code
from verify.report.text import plain_report


def main(spec: str, bits: str, cpus: str, seconds: str, *defines: str) -> int:
    """Print the report and return the exit code of ``refproof check``."""
    options = Options(defines=defines, int_bits=int(bits))
    settings = Settings(
        cpus=None if cpus == "any" else int(cpus), engine="auto", depth=20, seconds=float(seconds), options=options
    )
    outcome = check(spec, settings, lambda _progress: None)
    sys.stdout.write(plain_report(outcome, (), brief=True) + "\n")
    return int(exit_code([outcome]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
