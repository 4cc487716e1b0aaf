"""The cases of the gate as JUnit XML: a suite for each spec, a test case for each property."""

from __future__ import annotations

import io
from collections.abc import Sequence

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from verify.proofs.gate import Case
from verify.report.exit_codes import ExitCode
from verify.report.values import printable_lines


def to_junit(cases: Sequence[Case]) -> bytes:
    """Return the report. A verdict that differs or is open is a failure; bad input and bad evidence are errors."""
    report = JUnitXml(name="refproof gate")
    for folder in dict.fromkeys(case.about.folder for case in cases):
        suite = TestSuite(folder)
        for case in cases:
            if case.about.folder == folder and (case.property or case.code is not ExitCode.AS_EXPECTED):
                suite.add_testcase(_test_case(case))
        report.add_testsuite(suite)
    output = io.BytesIO()
    report.write(output, pretty=True)
    return output.getvalue()


def _test_case(case: Case) -> TestCase:
    made = TestCase(_xml(case.property or case.about.spec), classname=_xml(case.about.folder))
    detail = _xml(case.detail)
    match case.code:
        case ExitCode.AS_EXPECTED:
            made.system_out = detail
        case ExitCode.DIFFERS | ExitCode.OPEN:
            made.result = [Failure(detail, type_=case.code.name)]
        case ExitCode.BAD_INPUT | ExitCode.BROKEN | ExitCode.INTERRUPTED:
            made.result = [Error(detail, type_=case.code.name)]
    return made


def _xml(text: str) -> str:
    """Return text without what XML cannot hold."""
    return printable_lines(text)
