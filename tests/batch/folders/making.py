"""Folders of small pictures, compared in this process and without weights."""

from collections.abc import Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from app.batch.folders.compare import compare_folders
from app.batch.folders.pairing import Files, list_pictures, pair
from app.batch.folders.results import Results
from app.batch.folders.row import Row
from app.batch.folders.run import Workers
from app.batch.folders.work import Job, Reports
from app.cli.progress import Progress
from app.evaluation.request import EvaluationRequest
from app.vision.networks.weights import Weights
from tests.pictures import changed_scene, png, scene

SAME, CHANGED = png(scene()), png(changed_scene())
QUICK = EvaluationRequest(analyses=("pixel", "regions"))


def fill(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files by relative name."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    folder.mkdir(exist_ok=True)
    return folder


def make_job(root: Path, request: EvaluationRequest = QUICK, reports: Reports = "changed", deadline: float = 60) -> Job:
    """Compare `before` with `after` in a folder, to `out`."""
    for name in ("before", "after", "out"):
        (root / name).mkdir(exist_ok=True)
    return Job(
        before=root / "before",
        after=root / "after",
        out=root / "out",
        request=request,
        reports=reports,
        max_bytes=1_000_000,
        max_pixels=1_000_000,
        deadline=deadline,
        weights=Weights((), (), root / "tfhub"),
        cache=root / "cache",
    )


def pairs_of(job: Job) -> list[Files]:
    """The pairs to compare."""
    return pair(*(list_pictures(folder, job.out).names for folder in (job.before, job.after)))


@contextmanager
def one_thread() -> Iterator[Executor]:
    """An executor in this process."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


SILENT = Progress(0, "pairs", quiet=True)
HERE = Workers(1, 1, one_thread, BrokenExecutor)


def compared(job: Job, fresh: bool = False) -> tuple[Results, list[str]]:
    """A whole run in this process. Returns the results and the names of new rows."""
    new: list[str] = []

    def on_row(row: Row, is_new: bool) -> None:
        new.extend([row.name] if is_new else [])

    return compare_folders(pairs_of(job), job, HERE, on_row, SILENT, fresh), sorted(new)
