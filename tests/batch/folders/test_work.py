from dataclasses import replace
from pathlib import Path

import pytest

from app.batch.folders import work
from app.batch.folders.pairing import Files
from app.batch.folders.row import Row
from app.batch.folders.work import Job, Task, compare_chunk
from app.evaluation.request import EvaluationRequest
from app.vision.networks import efficientnet_lite0
from app.vision.networks.weights import Weights
from app.vision.region import Box
from tests.batch.folders.making import CHANGED, QUICK, SAME, fill, make_job
from tests.hub import digest_of
from tests.pictures import read

PINNED = digest_of(b"model")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    fill(tmp_path / "before", {"a.png": SAME, "b.png": SAME, "broken.png": SAME, "old.png": SAME})
    fill(tmp_path / "after", {"a.png": SAME, "b.png": CHANGED, "broken.png": CHANGED[:900], "new.png": b"nothing"})
    return make_job(tmp_path)


def row(job: Job, before: str | None, after: str | None = "", known: Row | None = None) -> Row:
    (made,) = compare_chunk([Task(Files(before, before if after == "" else after), known)], job)
    return made


def test_a_changed_pair_has_its_measures_a_report_and_three_thumbnails(job: Job) -> None:
    result = row(job, "b.png")
    assert (result.status, result.kind, result.regions) == ("compared", "changed", 1)
    assert 0 < result.changed < 0.1
    assert result.summary
    assert result.report == f"reports/{result.id}.html"
    assert result.summary in (job.out / result.report).read_text()
    sizes = {shown: read((job.out / name).read_bytes()).shape for shown, name in result.thumbnails.items()}
    assert sizes == dict.fromkeys(["before", "after", "changes"], sizes["before"])
    assert max(sizes["before"]) < 300


def test_an_unchanged_pair_has_no_report(job: Job) -> None:
    result = row(job, "a.png")
    assert (result.kind, result.report, set(result.thumbnails)) == ("identical", None, {"before", "after"})
    assert not (job.out / "reports").exists()


@pytest.mark.parametrize(("reports", "expected"), [("all", [True, True]), ("none", [False, False])])
def test_reports_are_written_as_requested(job: Job, reports: work.Reports, expected: list[bool]) -> None:
    asked = replace(job, reports=reports)
    assert [bool(row(asked, name).report) for name in ("a.png", "b.png")] == expected


def test_an_unpaired_file_has_a_thumbnail_unless_it_is_broken(job: Job) -> None:
    removed, added = row(job, "old.png", None), row(job, None, "new.png")
    assert (removed.status, list(removed.thumbnails)) == ("removed", ["before"])
    assert (added.status, added.thumbnails) == ("added", {})
    assert added.reason == "It cannot be shown: it is not a PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF picture."


def test_a_broken_file_is_a_failed_row(job: Job) -> None:
    tasks = [Task(Files(name, name)) for name in ("broken.png", "gone.png", "b.png")]
    broken, gone, fine = compare_chunk(tasks, job)
    assert (broken.status, broken.key) == ("failed", "")
    assert broken.reason == "The file in AFTER cannot be compared: it is cut short: a part of it is missing."
    assert gone.reason == "The file in BEFORE cannot be read: No such file or directory."
    assert fine.kind == "changed"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"max_pixels": 1000}, "has 0.1 million pixels; the limit is 0.001 million."),
        ({"max_bytes": 1024}, "The file in BEFORE cannot be read: it has more than 0.000976562 MiB, the limit;"),
        ({"deadline": 1e-9}, "The evaluation took longer than 1e-09 seconds"),
        ({"request": EvaluationRequest(ignore=(Box(0, 0, 999, 999),))}, "ignore: the boxes cover everything"),
    ],
)
def test_every_limit_is_reported(job: Job, change: dict[str, object], reason: str) -> None:
    result = row(replace(job, **change), "b.png")  # type: ignore[arg-type]
    assert result.status == "failed"
    assert reason in (result.reason or "")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "There is not enough memory for this pair."),
        (RuntimeError("two\nlines"), "Something failed inside: RuntimeError: two lines (test_work.py:"),
    ],
)
def test_an_unexpected_error_is_a_failed_row(
    job: Job, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(work, "compare_files", fail)
    result = row(job, "b.png")
    assert result.status == "failed"
    assert (result.reason or "").startswith(reason)


def test_a_known_row_is_reused_for_equal_files_and_options(job: Job) -> None:
    known = row(job, "b.png")
    written = (job.out / str(known.report)).stat().st_mtime_ns
    assert row(job, "b.png", known=known) is known
    assert (job.out / str(known.report)).stat().st_mtime_ns == written


@pytest.mark.parametrize("what", ["options", "contents", "report", "thumbnail", "policy", "weights", "suffix"])
def test_a_pair_is_compared_again_if_anything_changed(job: Job, what: str) -> None:
    known = row(job, "b.png")
    files = Files("b.png", "b.png")
    if what == "options":
        job = replace(job, request=QUICK.model_copy(update={"threshold": 0.2}))
    elif what == "contents":
        fill(job.after, {"b.png": SAME})
    elif what == "report":
        (job.out / str(known.report)).unlink()
    elif what == "thumbnail":
        (job.out / known.thumbnails["after"]).unlink()
    elif what == "policy":
        known = known.model_copy(update={"report": None})
    elif what == "weights":
        folder = job.weights.cache_dir / "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33"  # SHA-1 of the handle
        fill(folder, {"saved_model.pb": b"model"})
        job = replace(job, weights=Weights(("foo",), ("foo",), job.weights.cache_dir, PINNED, PINNED))
    else:
        fill(job.after, {"b.webp": CHANGED})
        files = Files("b.png", "b.webp")
    (result,) = compare_chunk([Task(files, known)], job)
    assert result is not known
    assert all((job.out / name).is_file() for name in result.files)
    assert result.name_after == ("b.webp" if what == "suffix" else None)


def test_a_failed_row_is_never_reused(job: Job) -> None:
    failed = row(job, "broken.png")
    fill(job.after, {"broken.png": CHANGED})
    assert row(job, "broken.png", known=failed).kind == "changed"


def test_an_analysis_that_did_not_run_is_reported(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet_lite0, "PACKAGE", "no_such_package")
    monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
    asked = replace(job, request=EvaluationRequest(analyses=("pixel", "mobilenet")))
    result = row(asked, "b.png")
    assert result.kind == "changed"
    assert result.not_run["mobilenet"] == efficientnet_lite0.MISSING
