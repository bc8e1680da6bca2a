"""A real Dask cluster: a scheduler and two worker processes."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from app.batch.folders import cluster
from app.batch.folders.cluster import cluster_workers
from app.batch.folders.compare import compare_folders
from app.batch.folders.local import CannotStart
from app.batch.folders.results import Results
from app.batch.folders.row import Row
from app.batch.folders.run import DIED, compare_all
from app.batch.folders.work import Job
from tests.batch.folders.making import CHANGED, SAME, SILENT, compared, fill, make_job, pairs_of
from tests.batch.folders.poison import deadly
from tests.batch.folders.test_run import tasks

PAIRS = 16


@pytest.fixture(scope="module")
def dask() -> Iterator[LocalCluster]:
    size = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with LocalCluster(**size, dashboard_address=None, host="127.0.0.1") as running:
        yield running


@pytest.fixture
def job(tmp_path: Path) -> Job:
    names = [f"{index:02}.png" for index in range(PAIRS)]
    fill(tmp_path / "before", dict.fromkeys(names, SAME))
    fill(tmp_path / "after", {name: CHANGED if index % 3 else SAME for index, name in enumerate(names)})
    fill(tmp_path / "after", {"05.png": SAME[:500]})
    return make_job(tmp_path)


def on_cluster(dask: LocalCluster, job: Job) -> tuple[Results, list[str]]:
    """A run on the cluster. Returns the results, and the names in the order of completion."""
    completed: list[str] = []
    folders = [job.before, job.after, job.out]
    workers = cluster_workers(dask.scheduler_address, PAIRS, folders)
    return compare_folders(pairs_of(job), job, workers, lambda row, _: completed.append(row.name), SILENT), completed


def without_seconds(results: Results) -> list[Row]:
    return [row.model_copy(update={"seconds": 0}) for row in results.worst_first]


def test_results_equal_those_of_a_local_run(dask: LocalCluster, job: Job) -> None:
    there, completed = on_cluster(dask, job)
    assert len(completed) == PAIRS
    assert without_seconds(compared(job, fresh=True)[0]) == without_seconds(there)


def test_a_killed_worker_loses_and_duplicates_nothing(dask: LocalCluster, job: Job) -> None:
    def kill_one() -> None:
        while len(list(job.out.glob("thumbnails/*-before.webp"))) < PAIRS // 4:
            time.sleep(0.01)
        worker = next(iter(dask.workers.values()))
        os.kill(worker.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_one, daemon=True)  # if the run fails, what it waits for never comes
    killer.start()
    there, completed = on_cluster(dask, job)
    killer.join()
    assert sorted(completed) == [f"{index:02}.png" for index in range(PAIRS)]
    assert (job.out / "results.jsonl").read_bytes().count(b"\n") == PAIRS
    assert without_seconds(compared(job, fresh=True)[0]) == without_seconds(there)


def test_an_unsuitable_cluster_is_refused(dask: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reason(address: str, folders: list[Path]) -> str:
        with pytest.raises(CannotStart) as refused, cluster_workers(address, 1, folders):
            pass
        return str(refused.value)

    assert f"does not see {tmp_path / 'nothing'}" in reason(dask.scheduler_address, [tmp_path, tmp_path / "nothing"])
    monkeypatch.setattr(cluster, "code_fingerprint", lambda: "another")
    assert "runs another version of this program" in reason(dask.scheduler_address, [])
    monkeypatch.setattr(cluster, "SCHEDULER_SECONDS", 1)
    assert "there is no Dask scheduler at tcp://127.0.0.1:9" in reason("tcp://127.0.0.1:9", [])
    assert "there is no Dask scheduler at nonsense://x" in reason("nonsense://x", [])


def test_a_deadly_pair_is_one_failed_row(dask: LocalCluster, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask.scheduler, "allowed_failures", 0)  # not 3: each worker takes seconds to start again
    names = ["a", "b", "deadly-killed", "c", "d", "e", "f", "g"]
    with cluster_workers(dask.scheduler_address, len(names), []) as workers:
        rows = list(compare_all(tasks(*names), job, workers, deadly))
    assert sorted(row.name for row in rows) == sorted(names)
    assert {row.name: row.reason for row in rows if row.status == "failed"} == {"deadly-killed": DIED}
