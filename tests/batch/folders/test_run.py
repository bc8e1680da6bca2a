"""Worker processes and their deaths."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from app.batch.folders import local
from app.batch.folders.local import CannotStart, cores, local_workers, processes
from app.batch.folders.pairing import Files
from app.batch.folders.row import Row
from app.batch.folders.run import AHEAD, DIED, Workers, compare_all
from app.batch.folders.work import Job, Task
from tests.batch.folders.making import HERE, make_job
from tests.batch.folders.poison import deadly, process_id, slow, surroundings

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path)


def tasks(*names: str) -> list[Task]:
    return [Task(Files(name, None)) for name in names]


def test_a_pair_that_kills_its_worker_is_one_failed_row(job: Job, tmp_path: Path) -> None:
    names = ["a", "b", "deadly-killed", "c", "d", "e", "f", "g"]
    with local_workers(2, tmp_path / "log") as workers:
        rows = list(compare_all(tasks(*names), job, workers, deadly))
    assert sorted(row.name for row in rows) == sorted(names)
    assert {row.name: row.reason for row in rows if row.status == "failed"} == {"deadly-killed": DIED}


def test_other_pairs_of_a_deadly_chunk_are_compared(job: Job, tmp_path: Path) -> None:
    with Workers(2, 4, lambda: processes(2, tmp_path / "log"), BrokenExecutor) as workers:
        rows = list(compare_all(tasks("a", "deadly-exit", "b", "c", "d", "e"), job, workers, deadly))
    assert sorted(row.name for row in rows if row.status == "added") == ["a", "b", "c", "d", "e"]
    assert [row.name for row in rows if row.status == "failed"] == ["deadly-exit"]


def test_one_pool_serves_several_tasks_until_a_worker_dies(job: Job, tmp_path: Path) -> None:
    with local_workers(1, tmp_path / "log") as workers:
        (process,) = (row.reason for row in compare_all(tasks("a"), job, workers, process_id))
        assert {row.reason for row in compare_all(tasks("b", "c"), job, workers, process_id)} == {process}
        list(compare_all(tasks("deadly-killed"), job, workers, deadly))
        assert {row.reason for row in compare_all(tasks("d"), job, workers, process_id)} != {process}


def test_a_worker_is_pinned_to_one_core_and_ignores_ctrl_c(job: Job, tmp_path: Path) -> None:
    before = cores()
    with local_workers(len(before), tmp_path / "log") as workers:
        reasons = {row.reason for row in compare_all(tasks(*map(str, range(8))), job, workers, surroundings)}
    assert reasons <= {f"[{core}] [{core}] 1 True" for core in before}
    assert cores() == before
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_workers_that_cannot_start_are_not_blamed_on_a_pair(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_initialise", sys.exit)
    with pytest.raises(CannotStart, match="end as soon as they start"):
        list(compare_all(tasks("a"), job, local_workers(1, tmp_path / "log"), deadly))


def test_an_exception_ends_the_processes_at_once(job: Job, tmp_path: Path) -> None:
    began = time.monotonic()

    def interrupted() -> None:
        with processes(1, tmp_path / "log") as executor:
            executor.submit(slow, [], job)
            wait_for(lambda: list(job.out.glob("*.pid")))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - began < 50
    assert_gone(job.out)


def test_workers_end_when_their_parent_is_killed(job: Job, tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from app.batch.folders.local import processes
from tests.batch.folders.making import make_job
from tests.batch.folders.poison import slow
if __name__ == "__main__":
    with processes(1, Path({str(tmp_path / "log")!r})) as executor:
        executor.submit(slow, [], make_job(Path({str(tmp_path)!r}))).result()
"""
    script = tmp_path / "parent.py"
    script.write_text(program)
    parent = subprocess.Popen([sys.executable, script], env={**os.environ, "PYTHONPATH": str(ROOT)})
    wait_for(lambda: list(job.out.glob("*.pid")))
    parent.kill()
    parent.wait()
    assert_gone(job.out)


def test_the_number_of_submitted_chunks_is_bounded(job: Job) -> None:
    most = 0

    class Counting(ThreadPoolExecutor):
        def submit(self, *arguments: Any, **named: Any) -> Future[Any]:
            nonlocal most
            future: Future[Any] = super().submit(*arguments, **named)
            running.add(future)
            future.add_done_callback(running.discard)
            most = max(most, len(running))
            return future

    running: set[Future[Any]] = set()
    with Counting(2) as executor:
        workers = Workers(2, 1, lambda: nullcontext(executor), BrokenExecutor)
        assert len(list(compare_all(tasks(*map(str, range(30))), job, workers, deadly))) == 30
    assert most == AHEAD * 2


def test_a_bug_does_not_count_as_a_death(job: Job) -> None:
    def buggy(_tasks: Sequence[Task], _job: Job) -> list[Row]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(compare_all(tasks("a"), job, HERE, buggy))


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until the condition holds, for half a minute at most."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("waited in vain")


def assert_gone(folder: Path) -> None:
    """Assert that the processes whose ids are in the folder end."""
    pids = [int(path.stem) for path in folder.glob("*.pid")]
    assert pids
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
