"""Files by content are complete or absent, also after kills, damage and full disks."""

import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.store.blobs import STALE_SECONDS, TEMPORARY, Blobs
from app.store.errors import CorruptBlob, MissingBlob, StorageError

Run = Callable[..., list[str]]

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # SHA-256 of "abc", FIPS 180-2, B.1

PUT_UNTIL_KILLED = """
from app.store.blobs import Blobs

def put_for_ever(begun):
    blobs = Blobs(Path(sys.argv[1]))
    while True:
        report(blobs.put(os.urandom(3_000_000)))
        begun.set()

for milliseconds in range(0, 40, 4):
    begun = context.Event()
    process = context.Process(target=put_for_ever, args=(begun,))
    process.start()
    begun.wait()
    time.sleep(milliseconds / 1000)
    process.kill()
    process.join()
"""

PUT_TOO_MUCH = """
import resource
from app.store.blobs import Blobs
from app.store.errors import StorageError

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    Blobs(Path(sys.argv[1])).put(bytes(2000))
except StorageError as error:
    print(error)
"""


@pytest.fixture
def abc(tmp_path: Path) -> Path:
    """The path of the file with the content "abc" once it is stored."""
    return tmp_path / "blobs" / ABC[:2] / ABC


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


def test_keeps_bytes_under_their_sha256(blobs: Blobs, abc: Path) -> None:
    assert blobs.put(b"abc") == ABC
    assert blobs.get(ABC) == b"abc"
    assert abc.read_bytes() == b"abc"
    assert ABC in blobs
    assert list(blobs) == [ABC]


def test_an_existing_copy_is_written_again(blobs: Blobs, abc: Path) -> None:
    """So that it takes as long as a first copy."""
    blobs.put(b"abc")
    with abc.open("rb") as before:
        blobs.put(b"abc")
        assert abc.stat().st_ino != os.fstat(before.fileno()).st_ino
        assert before.read() == b"abc", "who reads the former file is not disturbed"


@pytest.mark.parametrize("damage", [b"", b"ab", b"abd", b"abcd"])
def test_damage_is_detected_and_repaired(blobs: Blobs, abc: Path, damage: bytes) -> None:
    blobs.put(b"abc")
    abc.write_bytes(damage)
    with pytest.raises(CorruptBlob):
        blobs.get(ABC)
    blobs.put(b"abc")
    assert blobs.get(ABC) == b"abc"


def test_removes(blobs: Blobs) -> None:
    blobs.put(b"abc")
    blobs.remove(ABC)
    blobs.remove(ABC)
    assert ABC not in blobs
    assert list(blobs) == []


@pytest.mark.parametrize(
    "digest", [ABC, ABC.upper(), ABC[:-1], ABC + "\n", "", "../lock", "/etc/passwd", "\0", "a" * 9999]
)
def test_an_unknown_digest_is_missing(blobs: Blobs, digest: str) -> None:
    assert digest not in blobs
    with pytest.raises(MissingBlob):
        blobs.get(digest)


def test_a_killed_process_leaves_no_incomplete_file(tmp_path: Path, run: Run) -> None:
    digests = run(PUT_UNTIL_KILLED, tmp_path)
    blobs = Blobs(tmp_path)
    assert digests
    assert set(digests) <= set(blobs)
    assert all(len(blobs.get(digest)) == 3_000_000 for digest in blobs)


def test_old_temporary_files_are_removed(tmp_path: Path) -> None:
    Blobs(tmp_path)
    old, young = tmp_path / f"{TEMPORARY}old", tmp_path / f"{TEMPORARY}young"
    for file in (old, young):
        file.touch()
    os.utime(old, (0, time.time() - STALE_SECONDS - 1))
    Blobs(tmp_path)
    assert not old.exists()
    assert young.exists()


def test_the_exclusive_lock_waits_for_the_last_shared_one(blobs: Blobs) -> None:
    entered = threading.Event()

    def enter() -> None:
        with blobs.exclusive():
            entered.set()

    thread = threading.Thread(target=enter)
    with ExitStack() as first, blobs.shared():
        first.enter_context(blobs.shared())
        thread.start()
        first.close()
        assert not entered.wait(0.1)
    assert entered.wait(5)
    thread.join()


def test_the_exclusive_lock_gets_its_turn_under_load(blobs: Blobs) -> None:
    """Shared locks overlap without a gap, and an exclusive lock is acquired nevertheless."""
    done = threading.Event()

    def keep_sharing() -> None:
        while not done.is_set():
            with blobs.shared():
                time.sleep(0.01)

    threads = [threading.Thread(target=keep_sharing) for _ in range(8)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    with blobs.exclusive():
        waited = time.monotonic() - began
    done.set()
    for thread in threads:
        thread.join()
    assert waited < 2


def test_a_failed_write_raises_and_leaves_nothing(tmp_path: Path, run: Run) -> None:
    assert run(PUT_TOO_MUCH, tmp_path) == ["The storage is full."]
    assert list(Blobs(tmp_path)) == []
    assert list(tmp_path.glob(f"{TEMPORARY}*")) == []


def test_check_writes_and_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    blobs.check()
    assert sorted(tmp_path.rglob("*")) == before
    shutil.rmtree(tmp_path / "blobs")
    with pytest.raises(StorageError):
        blobs.check()


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file is in the way")
    with pytest.raises(StorageError):
        Blobs(tmp_path / "blobs")


def test_an_imitated_removal_keeps_the_file(blobs: Blobs, abc: Path) -> None:
    blobs.put(b"abc")
    blobs.imitate_removal(ABC)
    blobs.imitate_removal("0" * 64)
    assert blobs.get(ABC) == b"abc"
    assert not list(abc.parent.parent.rglob(f"{TEMPORARY}*"))
