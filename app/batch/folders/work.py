"""The work of a worker process: compare pairs given by name, write reports and thumbnails, return rows."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args

from app.batch.folders.files import read_bounded, write_whole
from app.batch.folders.pairing import Files
from app.batch.folders.row import Row, Shown, Status
from app.batch.folders.thumbnails import of_comparison, of_file
from app.batch.offline import Outcome, compare_files
from app.config import VAR
from app.evaluation.pipeline import PictureRejected, fingerprint, load_networks
from app.evaluation.request import EvaluationRequest, InvalidOptions
from app.execution.deadline import DeadlinePassed, StepTimer
from app.logs import describe_exception
from app.store import Upload
from app.store.names import display_name
from app.vision.decoding.errors import PictureError
from app.vision.networks import imagenet
from app.vision.networks.weights import Weights

Reports = Literal["changed", "all", "none"]
POLICIES: tuple[Reports, ...] = get_args(Reports)

REPORTS, THUMBNAILS = "reports", "thumbnails"
SIDES = ("BEFORE", "AFTER")
ONLY_BEFORE, ONLY_AFTER = "The file was removed.", "The file is new: there is nothing to compare it with."


@dataclass(frozen=True)
class Job:
    """The settings of a run. They are sent with each chunk, so that any worker can process any chunk.

    before, after, out: absolute paths, the same on every machine.
    reports: the pairs that get a report: changed and different ones, all, or none.
    max_bytes, max_pixels: of one file, of one picture. deadline: seconds for one pair.
    cache: the folder of cached measurements, such as features.
    """

    before: Path
    after: Path
    out: Path
    request: EvaluationRequest
    reports: Reports
    max_bytes: int
    max_pixels: int
    deadline: float
    weights: Weights
    cache: Path = VAR / "cache"

    def key(self, before: bytes | None, after: bytes | None) -> str:
        """A digest of the contents of one or two files, the options, the program and the available network."""
        a, b = ("" if data is None else sha256(data).hexdigest() for data in (before, after))
        return self.request.key(a, b, fingerprint())

    def wants_report(self, row: Row) -> bool:
        """Whether this pair gets a report."""
        return self.reports == "all" or (self.reports == "changed" and row.kind in ("changed", "different"))


@dataclass(frozen=True)
class Task:
    """A pair to compare, and its row from an earlier run."""

    files: Files
    known: Row | None = None


class Unusable(Exception):
    """A pair cannot be compared. The text is a sentence that says why."""


def compare_chunk(tasks: Sequence[Task], job: Job) -> list[Row]:
    """Compare a few pairs, write their reports and thumbnails, and return their rows in order.

    The function is idempotent: it may be interrupted, repeated, or run twice at once. Errors of a pair are in its row.
    """
    imagenet.configure(job.weights)
    return [_row(task, job) for task in tasks]


def failed(files: Files, reason: str) -> Row:
    """The row of a pair that could not be compared."""
    return _new_row(files, "failed", reason=reason)


def _new_row(files: Files, status: Status, **values: Any) -> Row:
    return Row(id=files.id, name=files.name, name_after=files.name_after, status=status, **values)


def read_file(name: str, job: Job, side: str) -> bytes:
    """The bytes of a file of BEFORE or AFTER. Raises Unusable if it cannot be read or exceeds the limit."""
    path = (job.before if side == "BEFORE" else job.after) / name
    try:
        with path.open("rb") as file:
            return read_bounded(file, job.max_bytes)
    except OSError as error:
        raise Unusable(f"The file in {side} cannot be read: {error.strerror}.") from error


def _row(task: Task, job: Job) -> Row:
    began = time.perf_counter()
    try:
        row = _compare(task, job)
    except MemoryError:
        row = failed(task.files, "There is not enough memory for this pair.")
    except (Unusable, DeadlinePassed, InvalidOptions) as reason:
        row = failed(task.files, str(reason))
    except Exception as bug:
        row = failed(task.files, f"Something failed inside: {describe_exception(bug)}")
    return row if row is task.known else row.model_copy(update={"seconds": round(time.perf_counter() - began, 3)})


def _compare(task: Task, job: Job) -> Row:
    files = task.files
    before = None if files.before is None else read_file(files.before, job, "BEFORE")
    after = None if files.after is None else read_file(files.after, job, "AFTER")
    key = job.key(before, after)
    known = task.known
    if known and known.key == key and _has_same_names(known, files) and _is_complete(known, job):
        return known
    if before is None or after is None:
        return _single_row(files, key, before or after or b"", job)
    load_networks(job.request)  # before the timer starts, because loading must not count for this pair
    a, b = Upload(display_name(files.before), before), Upload(display_name(files.after), after)
    try:
        outcome = compare_files(a, b, job.request, job.max_pixels, StepTimer(job.deadline))
    except PictureRejected as rejected:
        if files.renamed and before == after:
            summary = f"{_renamed_from(files)} The bytes are the same."
            reason = f"It cannot be shown: {rejected.reason}."
            return _new_row(files, "renamed", key=key, summary=summary, reason=reason)
        side = SIDES["ab".index(rejected.field)]
        raise Unusable(f"The file in {side} cannot be compared: {rejected.reason}.") from rejected
    return _compared_row(files, key, outcome, job)


def _compared_row(files: Files, key: str, outcome: Outcome, job: Job) -> Row:
    """Write the thumbnails and the report of a pair, and return its row."""
    report = outcome.report
    summary = report.verdict.summary
    row = _new_row(
        files,
        "renamed" if files.renamed else "compared",
        key=key,
        kind=report.verdict.kind,
        allowed=report.verdict.allowed,
        summary=f"{_renamed_from(files)} {summary}" if files.renamed else summary,
        regions=report.region_count if "regions" in job.request.analyses else None,
        pixel_match_rate=report.metrics.get("pixel_match_rate"),
        different_pixels=report.metrics.get("different_pixels"),
        ssim=report.metrics.get("ssim"),
        thumbnails={name: _write(job, _thumbnail(files, name), data) for name, data in of_comparison(outcome).items()},
        not_run={info.name: info.reason or "" for info in report.analyses if info.status != "ok"},
    )
    if not job.wants_report(row):
        return row
    page = _write(job, f"{REPORTS}/{files.id}.html", outcome.html().encode())
    return row.model_copy(update={"report": page})


def _renamed_from(files: Files) -> str:
    return f"Renamed from {files.name}."


def _has_same_names(row: Row, files: Files) -> bool:
    """Whether an earlier row has the current name in AFTER and the current renaming."""
    return row.name_after == files.name_after and (row.status == "renamed") == files.renamed


def _single_row(files: Files, key: str, data: bytes, job: Job) -> Row:
    """The row of a removed or added file. A broken picture is a reason for a missing thumbnail, not a failure."""
    removed = files.after is None
    row = _new_row(files, "removed" if removed else "added", key=key, summary=ONLY_BEFORE if removed else ONLY_AFTER)
    try:
        thumbnail = of_file(data, job.max_pixels)
    except PictureError as reason:
        return row.model_copy(update={"reason": f"It cannot be shown: {reason}."})
    shown: Shown = "before" if removed else "after"
    return row.model_copy(update={"thumbnails": {shown: _write(job, _thumbnail(files, shown), thumbnail)}})


def _is_complete(row: Row, job: Job) -> bool:
    """Whether all files of an earlier row still exist."""
    has_report = bool(row.report) or not job.wants_report(row)
    return has_report and all((job.out / file).is_file() for file in row.files)


def _thumbnail(files: Files, shown: Shown) -> str:
    return f"{THUMBNAILS}/{files.id}-{shown}.webp"


def _write(job: Job, name: str, data: bytes) -> str:
    """Write a file of the results and return its name."""
    path = job.out / name
    path.parent.mkdir(exist_ok=True)
    write_whole(path, data)
    return name
