"""A limit for the size of files is reported as a full disk is, spoils nothing, and is over when it is lifted.

Unlike a full disk, it can be brought about anywhere: the kernel puts it on processes that run.
"""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.full import acknowledged, assert_full, assert_reported, pair_of_files, sent
from tests.faults.server import Server, started
from tests.faults.stored import assert_kept, assert_served, assert_swept, rows

LIMIT = 400 * 1024  # bytes: more than the database and the log have here
SMALL, LARGE, HUGE = 48, 400, 600  # pixels: of 480 kB, which stay in memory as they arrive, and of 1 MB, which do not


def limit(server: Server, most: int) -> None:
    """Let the server write files of so many bytes."""
    for process in (server.process.pid, *server.comparing()):
        resource.prlimit(process, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    (folder / "tmp").mkdir()
    with started(folder, TMPDIR=str(folder / "tmp")) as server:
        yield server


def test_what_does_not_fit_is_refused_and_the_rest_goes_on(server: Server, folder: Path) -> None:
    files = pair_of_files(1)
    reported = acknowledged(files, sent(server, files))
    sent(server, pair_of_files(2, HUGE))  # so the folder for what arrives is chosen, too
    limit(server, LIMIT)
    for side in (LARGE, HUGE):
        for address in ("/api/v1/pairs", "/api/v1/evaluate"):
            assert_full(server.post(address, files=pair_of_files(side, side)))
    smaller = pair_of_files(3, SMALL)
    reported.update(acknowledged(smaller, sent(server, smaller)))
    assert_served(server, reported)
    assert rows(folder / "data", "pairs") == 3
    assert not list((folder / "data" / "blobs").glob("tmp-*"))
    assert "File too large" in server.log.read_text()

    limit(server, resource.RLIM_INFINITY)
    larger = pair_of_files(LARGE, LARGE)
    reported.update(acknowledged(larger, sent(server, larger)))
    assert_served(server, reported)
    assert_swept(folder / "data", assert_kept(folder / "data", reported))
    assert " 500 " not in server.log.read_text()


@pytest.mark.parametrize("most", [16 * 1024, 0])
def test_a_database_that_does_not_fit_is_reported_alike(server: Server, folder: Path, most: int) -> None:
    files = pair_of_files(4 + most)
    pair = server.post("/api/v1/pairs", files=files).json()
    before = [rows(folder / "data", table) for table in ("pairs", "reports")]
    limit(server, most)
    assert_full(server.post("/api/v1/pairs", files=files))  # whose pictures are stored
    assert_full(server.post(pair["links"]["evaluate"], json={"analyses": "pixel"}))
    limit(server, resource.RLIM_INFINITY)
    assert [rows(folder / "data", table) for table in ("pairs", "reports")] == before
    assert server.post(pair["links"]["evaluate"], json={"analyses": "pixel"}).status_code == 200


@pytest.mark.parametrize("place", ["file/data", "/proc/image-diff"])
def test_a_server_whose_folder_cannot_be_written_says_so_and_ends(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("no folder")
    data = tmp_path / place
    assert_reported(Server(tmp_path, DATA_DIR=str(data)), data, "The storage cannot be used just now.")
