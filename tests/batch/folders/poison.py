"""Work that kills its worker on certain names, in a module that a spawned process can import."""

import os
import signal
import threading
import time
from collections.abc import Sequence

import cv2

from app.batch.folders.row import Row
from app.batch.folders.work import Job, Task

SHORT = 0.02


def deadly(tasks: Sequence[Task], _job: Job) -> list[Row]:
    """A row for each task. A task named deadly-… kills the process, like the kernel or a crash in a decoder."""
    for task in tasks:
        time.sleep(SHORT)
        if task.files.name.startswith("deadly-killed"):
            os.kill(os.getpid(), signal.SIGKILL)
        if task.files.name.startswith("deadly-exit"):
            os._exit(3)
    return [Row(id=task.files.id, name=task.files.name, status="added") for task in tasks]


def process_id(tasks: Sequence[Task], _job: Job) -> list[Row]:
    """Put the process id into `reason`."""
    reason = str(os.getpid())
    return [Row(id=task.files.id, name=task.files.name, status="added", reason=reason) for task in tasks]


def surroundings(tasks: Sequence[Task], _job: Job) -> list[Row]:
    """Put the cores of the process and its threads, OpenCV's threads and whether SIGINT is blocked into `reason`."""
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.extend(os.sched_getaffinity(0)))
    thread.start()
    thread.join()
    held = signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    reason = f"{sorted(os.sched_getaffinity(0))} {seen} {cv2.getNumThreads()} {held}"
    return [Row(id=task.files.id, name=task.files.name, status="added", reason=reason) for task in tasks]


def slow(_tasks: Sequence[Task], job: Job) -> list[Row]:
    """Write the process id beside the results, and sleep."""
    (job.out / f"{os.getpid()}.pid").touch()
    time.sleep(60)
    return []
