"""Download the MobileNet weights into TensorFlow Hub's cache, outside of any request.

`hub.load` is not used: it has no timeout, and if it is killed it leaves a lock that blocks the next load for minutes.
"""

import gzip
import queue
import shutil
import tarfile
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib import request
from urllib.error import HTTPError, URLError

from app.vision.networks.weights import find, is_model, model_dir, write_checksums

TIMEOUT = 20.0  # seconds without a byte
MAX_BYTES = 256 * 1024 * 1024  # of one file, compressed or not; the real models have 15 MB
CHUNK = 64 * 1024

# Called with the bytes received and the bytes in total, None if the server does not send the size.
Progress = Callable[[int, int | None], None]


class PullError(Exception):
    """A download failed. The message is one line with the reason for each address tried."""


def pull_model(
    handles: tuple[str, ...], cache_dir: Path, progress: Progress, timeout: float = TIMEOUT, limit: int = MAX_BYTES
) -> str:
    """Download the first available model of the handles unless one is in the cache. Returns the handle of that model.

    Raises PullError if none is available. The cache never holds an incomplete model.
    """
    if present := find(handles, cache_dir):
        with suppress(OSError):  # a cache may be read-only
            write_checksums(model_dir(present, cache_dir))
        return present
    failures = []
    for handle in handles:
        try:
            with temporary_directory(cache_dir) as folder:
                download(_address(handle), folder / "model.tar.gz", progress, timeout, limit)
                unpack(folder / "model.tar.gz", folder / "model", limit)
                write_checksums(folder / "model")
                install(folder / "model", model_dir(handle, cache_dir))
        except PullError as failure:
            failures.append(f"{handle}: {failure}")
        else:
            return handle
    raise PullError("; ".join(failures) or "no handle is configured")


def is_reachable(handles: tuple[str, ...], patience: float) -> bool:
    """Whether a server answers for one of the handles within `patience` seconds; all are requested at once.

    The requests run in daemon threads that are abandoned, since a host name lookup has no timeout.
    """
    answers: queue.Queue[bool] = queue.Queue()

    def ask(handle: str) -> None:
        """Report whether this handle is answered."""
        try:
            http().open(_address(handle), timeout=patience).close()
        except (OSError, HTTPException, ValueError):
            answers.put(False)
        else:
            answers.put(True)

    for handle in handles:
        threading.Thread(target=ask, args=(handle,), daemon=True).start()
    end = time.monotonic() + patience
    try:
        return any(answers.get(timeout=max(0, end - time.monotonic())) for _ in handles)
    except queue.Empty:
        return False


def _address(handle: str) -> str:
    return f"{handle}?tf-hub-format=compressed"


@contextmanager
def temporary_directory(cache_dir: Path) -> Iterator[Path]:
    """A temporary folder in the cache, from which a rename is atomic. Errors inside are raised as PullError."""
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".pull-", dir=cache_dir) as folder:
            yield Path(folder)
    except (OSError, HTTPException, tarfile.TarError, zlib.error, EOFError, ValueError) as error:
        raise PullError(explain(error)) from error


def explain(error: Exception) -> str:
    """The reason why a transfer failed, on one line."""
    if isinstance(error, HTTPError):
        return f"the server answered {error.code} {error.reason}"
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    return " ".join(str(reason).split()) or type(reason).__name__


def http() -> request.OpenerDirector:
    """An opener of http and https addresses with redirects and proxies; unlike urlopen, not of file: and ftp:."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPRedirectHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
        request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


def download(url: str, target: Path, progress: Progress, timeout: float, limit: int) -> None:
    """Download one address into a new file. Raises PullError if it is incomplete or larger than `limit` bytes."""
    with http().open(url, timeout=timeout) as response, target.open("xb") as file:
        declared = response.headers.get("Content-Length")
        total = int(declared) if declared else None
        done = copy(response.read1, file, limit, lambda done: progress(done, total))
    if total not in (None, done):
        raise PullError(f"the connection broke after {done} of {total} bytes")


def copy(read: Callable[[int], bytes], file: BinaryIO, limit: int, on_progress: Callable[[int], None]) -> int:
    """Copy from `read` to a file. Returns the number of bytes. Raises PullError above `limit` bytes."""
    done = 0
    while chunk := read(CHUNK):
        done += len(chunk)
        if done > limit:
            raise PullError(f"more than {limit} bytes")
        file.write(chunk)
        on_progress(done)
    return done


def unpack(archive: Path, folder: Path, limit: int) -> None:
    """Unpack a tar.gz of regular files and folders into a new folder. Raises PullError for anything else.

    The archive is decompressed first, to at most `limit` bytes: a tar header may have any size, and tarfile reads it
    into memory.
    """
    uncompressed = archive.with_suffix("")
    with gzip.open(archive) as packed, uncompressed.open("xb") as file:
        copy(packed.read, file, limit, lambda _done: None)
    with tarfile.open(uncompressed, "r:") as tar:
        for member in tar:
            check_member(member)
            target = folder / member.name
            (target if member.isdir() else target.parent).mkdir(parents=True, exist_ok=True)
            # Not tar.extract: without a filter newer Pythons warn, and Debian's 3.11.2 does not have filters.
            if content := tar.extractfile(member):
                with content, target.open("xb") as file:
                    shutil.copyfileobj(content, file)
    if not is_model(folder):
        raise PullError("the archive holds no SavedModel")


def check_member(member: tarfile.TarInfo) -> None:
    """Refuse members that no SavedModel has: links, devices, sparse files, and names outside the folder.

    tarfile's filter "data" would correct absolute names and allow some links. Raises PullError.
    """
    path = PurePosixPath(member.name)
    is_regular = member.isdir() or (member.isreg() and not member.issparse())
    if not is_regular or path.is_absolute() or ".." in path.parts:
        raise PullError(f"the archive is unsafe: it holds {member.name[:80]!r}")


def install(folder: Path, target: Path) -> None:
    """Move a model into the cache, replacing a damaged one. A model that another process installed first is kept."""
    try:
        if not is_model(target):
            with suppress(FileNotFoundError):
                target.rename(folder.with_name("damaged"))
        folder.rename(target)
    except OSError:
        if not is_model(target):
            raise
