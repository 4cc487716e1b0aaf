"""The entry of the command line. Exit codes are those of ``verify.report.exit_codes.ExitCode``."""

from __future__ import annotations

import io
import sys

from verify.cli import blame, bound, check, claims, compare, explain, proofs  # noqa: F401 - each adds its commands to the application
from verify.cli.app import app
from verify.cli.output import open_closed_streams, write_errors, write_internal_error


def main() -> int:
    """Run the command line and return the exit code. No input leads to a traceback."""
    from verify.program.errors import InputError
    from verify.report.exit_codes import ExitCode

    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(ExitCode.AS_EXPECTED)
    except InputError as error:
        write_errors(error.diagnostics)
        return int(ExitCode.BAD_INPUT)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last resort; the code says that it is our fault
        write_internal_error(error)
        return int(ExitCode.BROKEN)
    return int(ExitCode.AS_EXPECTED)
