"""The results as JUnit XML, for Jenkins and all that read it."""

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

# What XML 1.0 cannot hold, not even escaped: https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(results: Results, folder: Path) -> None:
    """Write junit.xml: one suite, a case for each pair, in the order of their names. Raises OSError.

    Changed, different and removed ones fail, and say where their report is; what could not be compared is an error;
    what was added, and has nothing to be compared with, is skipped. A renamed file has its new name, and its old one in
    <system-out>; it passes unless it changed as well. The suite is the root: an element around it would
    get an attribute from the library that the schema of Jenkins' xUnit plugin does not know.
    """
    suite = TestSuite(SUITE)
    suite.timestamp = results.created.isoformat(timespec="seconds")
    suite.add_testcases([_case(row) for row in sorted(results.rows, key=lambda row: (row.current_name, row.id))])
    file = io.BytesIO()
    suite.write(file)
    write_whole(folder / NAME, file.getvalue())


def _case(row: Row) -> TestCase:
    """A folder is what a package is to a test: readers of reports group by it."""
    path = PurePosixPath(row.current_name)
    folder = ".".join(path.parent.parts) or SUITE
    case = TestCase(_writable(path.name), _writable(folder), row.seconds)
    if result := _result(row):
        case.result = result
    if row.status == "renamed":
        case.system_out = _writable(f"Renamed from {row.name} to {row.current_name}.")
    return case


def _result(row: Row) -> FinalResult | None:
    said = _writable(row.summary or row.reason or "")
    if row.outcome == "failed":
        return Error(said, "failed")
    if row.outcome == "removed":
        return Failure(said, "removed")
    if row.outcome == "added":
        return Skipped(said, "added")
    if row.outcome in ("renamed", "same", "identical"):
        return None
    failure = Failure(said, row.outcome)
    failure.text = f"{said}\nReport: {row.report}" if row.report else said
    return failure


def _writable(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
