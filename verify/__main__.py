"""The entry of ``refproof`` and ``python -m verify``: Ctrl-C ends it quietly while it is still being loaded, too."""

from __future__ import annotations

import sys

_INTERRUPTED = 130  # verify.report.exit_codes.ExitCode.INTERRUPTED; nothing is imported here that takes time


def main() -> int:
    """Run the command line and return the exit code."""
    try:
        from verify.cli.main import main as command

        return command()
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
