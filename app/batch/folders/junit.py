"""The results as JUnit XML, for Jenkins and other tools."""

import io
import re
from pathlib import Path, PurePosixPath

from junitparser import Error, Failure, Skipped, TestCase, TestSuite
from junitparser.junitparser import FinalResult

from app.batch.folders.files import write_whole
from app.batch.folders.results import Results
from app.batch.folders.row import Row

NAME = "junit.xml"
SUITE = "compare-folders"

# Characters that XML 1.0 forbids even when escaped: https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(results: Results, folder: Path) -> None:
    """Write junit.xml: one suite with a case for each pair, sorted by name. Raises OSError.

    Changed, different and removed files are failures with the path of their report, failed comparisons are errors, and
    added files are skipped. A renamed file has its new name, and both names in <system-out>; it passes unless it also
    changed. The suite is the root, because junitparser gives an enclosing element an attribute that the schema of
    Jenkins' xUnit plugin forbids.
    """
    suite = TestSuite(SUITE)
    suite.timestamp = results.created.isoformat(timespec="seconds")
    suite.add_testcases([_case(row) for row in sorted(results.rows, key=lambda row: (row.current_name, row.id))])
    file = io.BytesIO()
    suite.write(file)
    write_whole(folder / NAME, file.getvalue())


def _case(row: Row) -> TestCase:
    """The test case of a row. Its folder is the class name, by which tools group cases."""
    path = PurePosixPath(row.current_name)
    folder = ".".join(path.parent.parts) or SUITE
    case = TestCase(_xml_text(path.name), _xml_text(folder), row.seconds)
    if result := _result(row):
        case.result = result
    if row.status == "renamed":
        case.system_out = _xml_text(f"Renamed from {row.name} to {row.current_name}.")
    return case


def _result(row: Row) -> FinalResult | None:
    message = _xml_text(row.summary or row.reason or "")
    if row.outcome == "failed":
        return Error(message, "failed")
    if row.outcome == "removed":
        return Failure(message, "removed")
    if row.outcome == "added":
        return Skipped(message, "added")
    if row.outcome in ("renamed", "same", "identical"):
        return None
    failure = Failure(message, row.outcome)
    failure.text = f"{message}\nReport: {row.report}" if row.report else message
    return failure


def _xml_text(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
