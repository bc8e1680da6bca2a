import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.batch.folders.gallery import headline
from app.batch.folders.results import Results
from app.batch.folders.row import OUTCOMES, Outcome, Row
from app.batch.folders.work import Job
from tests.batch.folders.making import CHANGED, SAME, compared, fill, make_job, pairs_of
from tests.pictures import png, textured

NEW = png(textured(160, 120))

# A slash in markup creates a folder.
HOSTILE = ["<script>alert(1)</script>.png", "a\x1b[31m\u202e\"'&<b>\n.png", "\udcff.png", "]]>.png"]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """One pair of each outcome: changed, identical, failed, added, removed."""
    fill(tmp_path / "before", {"x/changed.png": SAME, "same.png": SAME, "broken.png": b"GIF89a", "old.png": SAME})
    fill(tmp_path / "after", {"x/changed.png": CHANGED, "same.png": SAME, "broken.png": SAME, "new.png": NEW})
    return make_job(tmp_path)


def test_the_summary_has_counts_and_rows_worst_first(job: Job) -> None:
    results, _ = compared(job)
    summary = json.loads((job.out / "results.json").read_text())
    assert summary["counts"] == {"failed": 1, "changed": 1, "removed": 1, "added": 1, "identical": 1}
    assert list(summary["counts"]) == [row["kind"] or row["status"] for row in summary["pairs"]]
    assert len(summary["pairs"]) == 5
    assert summary["options"]["analyses"] == ["pixel", "regions"]
    assert summary["pairs"][1]["regions"] == 1
    assert headline(results) == "1 of 5 pairs changed; 1 was removed; 1 was added; 1 could not be compared."


def test_known_pairs_are_not_compared_again(job: Job) -> None:
    first, new = compared(job)
    assert len(new) == 5
    written = {path: path.stat().st_mtime_ns for path in job.out.glob("*/*")}
    second, new = compared(job)
    assert new == ["broken.png"]  # what failed is tried each time: it may have been the disk, or the memory
    assert {path: path.stat().st_mtime_ns for path in job.out.glob("*/*")} == written
    assert without_seconds(second) == without_seconds(first)
    assert len(compared(job, fresh=True)[1]) == 5


def test_an_interrupted_run_has_the_same_results(job: Job) -> None:
    whole, _ = compared(job)
    lines = (job.out / "results.jsonl").read_bytes()
    for cut in (0, 1, len(lines) // 2, len(lines) - 1):
        (job.out / "results.jsonl").write_bytes(lines[:cut])
        again, new = compared(job)
        assert without_seconds(again) == without_seconds(whole)
        assert len(new) >= 5 - lines[:cut].count(b"\n")


def test_files_of_former_pairs_are_deleted_and_others_stay(job: Job) -> None:
    compared(job)
    (job.out / "reports" / "mine.html").touch()
    (job.out / "thumbnails" / ".0123456789abcdef").touch()  # half-written by a worker that was killed
    (job.before / "x/changed.png").unlink()
    (job.after / "x/changed.png").unlink()
    results, _ = compared(job)
    kept = {str(path.relative_to(job.out)) for path in job.out.glob("*/*")}
    assert kept == {"reports/mine.html", *(file for row in results.rows for file in row.files)}


def test_junit_has_a_case_for_each_pair(job: Job) -> None:
    compared(job)
    suite = ElementTree.parse(job.out / "junit.xml").getroot()
    assert suite.tag == "testsuite"
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "2", "1", "1"]
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert {name: [child.tag for child in case] for name, case in cases.items()} == {
        "changed.png": ["failure"],
        "old.png": ["failure"],
        "broken.png": ["error"],
        "new.png": ["skipped"],
        "same.png": [],
    }
    assert cases["changed.png"].get("classname") == "x"
    failure = cases["changed.png"][0]
    assert failure.get("type") == "changed"
    report = (failure.text or "").partition("\nReport: ")[2]
    assert (job.out / report).is_file()
    assert (job.out / report).read_text().startswith("<!doctype html>")


def test_hostile_names_survive_in_every_format(tmp_path: Path) -> None:
    fill(tmp_path / "before", dict.fromkeys(HOSTILE, SAME))
    fill(tmp_path / "after", dict.fromkeys(HOSTILE, CHANGED))
    job = make_job(tmp_path)
    compared(job)
    names = {files.name for files in pairs_of(job)}
    assert {row["name"] for row in json.loads((job.out / "results.json").read_text())["pairs"]} == names
    suite = ElementTree.parse(job.out / "junit.xml").getroot()
    assert {case.get("name") for case in suite} == {Path(name).name.replace("\x1b", r"\x1b") for name in names}
    page = (job.out / "index.html").read_text()
    assert "<script>alert" not in page
    assert page.count("</script>") == 4


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        (["identical"], "Nothing changed in the one pair."),
        (["same", "identical"], "Nothing changed in 2 pairs."),
        (["changed"], "The one pair changed."),
        (["changed", "changed", "different", "same"], "2 of 4 pairs changed; 1 shows something else."),
        (["removed", "removed", "same"], "2 of 3 pairs were removed."),
        (["failed"], "The one pair could not be compared."),
        (["renamed"], "The one pair was renamed."),
        (["renamed", "renamed", "same"], "2 of 3 pairs were renamed."),
        (["changed", "renamed", "failed"], "1 of 3 pairs changed; 1 was renamed; 1 could not be compared."),
    ],
)
def test_the_headline_is_a_sentence(outcomes: list[Outcome], words: str) -> None:
    assert headline(with_outcomes(outcomes)) == words


def test_the_order_is_worst_first_then_most_changed() -> None:
    results = with_outcomes([*reversed(OUTCOMES), "changed", "changed"])
    rates = iter((0.5, 0.2, 0.9))
    rows = tuple(
        row.model_copy(update={"pixel_match_rate": next(rates)}) if row.outcome == "changed" else row
        for row in results.rows
    )
    ordered = Results("", "", rows, {}, results.created, 0).worst_first
    assert [row.outcome for row in ordered] == ["different", "failed", *["changed"] * 3, *OUTCOMES[3:]]
    assert [row.pixel_match_rate for row in ordered[2:5]] == [0.2, 0.5, 0.9]


def with_outcomes(outcomes: list[Outcome]) -> Results:
    """One row for each of these outcomes."""
    rows = []
    for index, outcome in enumerate(outcomes):
        alone = outcome in ("failed", "added", "removed", "renamed")
        kind = {"status": outcome} if alone else {"status": "compared", "kind": outcome}
        rows.append(Row.model_validate({"id": f"{index:032x}", "name": f"{index}.png", **kind}))
    return Results("before", "after", tuple(rows), {}, datetime(2026, 1, 1, tzinfo=UTC), 1.0)


def without_seconds(results: Results) -> list[dict[str, object]]:
    """The results without times."""
    return [row.model_dump(exclude={"seconds"}) for row in results.worst_first]
