"""A full disk is reported, spoils nothing, and is over when there is space again."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from tests.faults.full import acknowledged, assert_full, assert_reported, pair_of_files, sent
from tests.faults.server import Server, started
from tests.faults.stored import Acknowledged, assert_kept, assert_served, assert_swept, picture

MEBIBYTE = 1024 * 1024
LARGE = 600  # pixels: more than is kept in memory while it arrives


@dataclass
class Disk:
    """A small file system that holds the data and what is written in passing."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def fill(self) -> None:
        """Until not a byte more fits."""
        with (self.data / "ballast").open("ab", buffering=0) as file:
            for size in (MEBIBYTE, 4096, 1):
                with suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass

    def empty(self) -> None:
        """Room again."""
        (self.data / "ballast").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    disk = Disk(tmp_path_factory.mktemp("server"))
    disk.data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk.data], check=True)
    (disk.data / "tmp").mkdir()
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk.data], check=True)


@pytest.fixture(scope="module")
def server(disk: Disk) -> Iterator[Server]:
    with started(disk.folder, TMPDIR=str(disk.data / "tmp")) as server:
        yield server


@pytest.fixture
def full(disk: Disk) -> Iterator[Disk]:
    disk.fill()
    yield disk
    disk.empty()


def large() -> dict[str, bytes]:
    """A pair so large that its report has squares, yet small as a file."""
    return {name: picture(np.random.default_rng(0), 16, enlarged=130) for name in "ab"}


@pytest.fixture(scope="module")
def reported(server: Server) -> Acknowledged:
    """What was stored before the disk was full."""
    files = pair_of_files(1, LARGE)  # so the folder for what arrives is chosen, too
    report = sent(server, files)
    server.get(report["images"]["a"]).raise_for_status()  # so its pictures are drawn, all of them
    return acknowledged(files, report)


@pytest.fixture(scope="module")
def squared(server: Server) -> dict[str, Any]:
    """The report on a pair whose squares were not cut yet."""
    return sent(server, large())


@pytest.mark.usefixtures("full")
def test_nothing_more_is_taken(server: Server, reported: Acknowledged, squared: dict[str, Any]) -> None:
    ((address, report),) = reported.reports.items()
    pair = report["links"]["pair"]
    for side in (48, LARGE):
        assert_full(server.post("/api/v1/pairs", files=pair_of_files(2, side)))
        assert_full(server.post("/api/v1/evaluate", files=pair_of_files(3, side)))
    assert_full(server.post(f"{pair}/evaluate", json={"analyses": "pixel", "fresh": True}))
    assert_full(server.get(f"{squared['links']['self']}/images/detail-a-0-0"))
    deleted = requests.delete(f"{server.address}{pair}", timeout=60)
    assert_full(deleted)
    assert server.get(address).status_code == 200


@pytest.mark.usefixtures("full")
def test_what_is_stored_is_served(server: Server, reported: Acknowledged) -> None:
    assert_served(server, reported)
    (report,) = reported.reports.values()
    for address in ("/", report["links"]["page"], report["links"]["download"], report["links"]["sheet"], "/healthz"):
        assert server.get(address).status_code == 200, address
    pair = server.get(report["links"]["pair"]).json()
    assert server.get(pair["links"]["page"]).status_code == 200
    answered = server.post(pair["links"]["evaluate"], json={"analyses": "pixel"})
    assert (answered.status_code, answered.json()) == (200, report)
    ready = server.get("/readyz")
    assert (ready.status_code, ready.json()["storage"]) == (503, "The storage is full.")


@pytest.mark.usefixtures("full")
def test_a_process_that_starts_meanwhile_is_no_worse(server: Server, reported: Acknowledged) -> None:
    (report,) = reported.reports.values()
    for process in server.comparing():
        os.kill(process, 9)
    for _ in range(2):  # the first may meet a process that is gone
        answer = server.post(f"{report['links']['pair']}/evaluate", json={"analyses": "pixel", "fresh": True})
        assert answer.status_code in (422, 503)
    assert_full(answer)


def test_with_space_again_it_works_without_a_restart(server: Server, reported: Acknowledged, disk: Disk) -> None:
    for seed in (10, 11):
        disk.fill()
        assert_full(server.post("/api/v1/pairs", files=pair_of_files(seed)))
        disk.empty()
        time.sleep(1)  # for so long /readyz repeats what it found
        assert server.get("/readyz").json()["storage"] == "ok"
        report = sent(server, pair_of_files(seed))
        assert requests.delete(f"{server.address}{report['links']['pair']}", timeout=60).status_code == 204
    assert_served(server, reported)
    assert_swept(disk.data, assert_kept(disk.data, reported))
    assert " 500 " not in server.log.read_text()


def test_a_server_that_starts_meanwhile_says_why_it_does_not(disk: Disk, server: Server) -> None:
    server.kill()  # the last test here
    server.process.wait()
    for journal in disk.data.glob("image-diff.sqlite-*"):
        journal.unlink()  # as after a stop in peace: then what SQLite needs to read is to be made anew
    disk.fill()
    assert_reported(Server(disk.folder), disk.data, "The storage is full.")
    disk.empty()
    with started(disk.folder):
        pass
