"""Download the MobileNet weights into TensorFlow Hub's cache, outside of any request.

`hub.load` could do it, but it waits for ever for a server that never answers, and when killed leaves a lock behind
that blocks the next load for minutes.
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
LIMIT = 256 * 1024 * 1024  # bytes of one file, packed or unpacked; the real models have 15 MB
CHUNK = 64 * 1024

# Called with the bytes that are here and the bytes in all, where the server says how many.
Progress = Callable[[int, int | None], None]


class PullError(Exception):
    """Something could not be fetched; the text is one line that says what, and why, for each address tried."""


def pull_model(
    handles: tuple[str, ...], cache_dir: Path, progress: Progress, timeout: float = TIMEOUT, limit: int = LIMIT
) -> str:
    """Fetch the first of the handles that can be had, unless one is here already. Returns the one that is here.

    Raises PullError when none can be had. Whatever happens, the cache holds whole models only.
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
    """Whether one of the handles is answered within so many seconds, asked all at once.

    In threads that are left behind, since nothing else bounds the time that looking up a host's name takes.
    """
    answers: queue.Queue[bool] = queue.Queue()

    def ask(handle: str) -> None:
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
    """A temporary folder in the cache, from where a rename is atomic. What fails inside is told as a PullError."""
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".pull-", dir=cache_dir) as folder:
            yield Path(folder)
    except (OSError, HTTPException, tarfile.TarError, zlib.error, EOFError, ValueError) as error:
        raise PullError(explain(error)) from error


def explain(error: Exception) -> str:
    """Why a transfer failed, in a few words on one line."""
    if isinstance(error, HTTPError):
        return f"the server answered {error.code} {error.reason}"
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    return " ".join(str(reason).split()) or type(reason).__name__


def http() -> request.OpenerDirector:
    """Opens http and https addresses, follows redirects and obeys proxies; unlike urlopen, no file: and no ftp:."""
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
    """Fetch one address into a new file."""
    with http().open(url, timeout=timeout) as response, target.open("xb") as file:
        declared = response.headers.get("Content-Length")
        total = int(declared) if declared else None
        done = copy(response.read1, file, limit, lambda done: progress(done, total))
    if total not in (None, done):
        raise PullError(f"the connection broke after {done} of {total} bytes")


def copy(read: Callable[[int], bytes], file: BinaryIO, limit: int, tell: Callable[[int], None]) -> int:
    """Copy all that `read` gives, `limit` bytes at the most. Returns how many."""
    done = 0
    while chunk := read(CHUNK):
        done += len(chunk)
        if done > limit:
            raise PullError(f"more than {limit} bytes")
        file.write(chunk)
        tell(done)
    return done


def unpack(archive: Path, folder: Path, limit: int) -> None:
    """Unpack a tar.gz of plain files and folders into a new folder.

    It is unzipped first, to a bounded size: tar headers can unzip to any size, and tarfile reads them whole.
    """
    plain = archive.with_suffix("")
    with gzip.open(archive) as packed, plain.open("xb") as file:
        copy(packed.read, file, limit, lambda _done: None)
    with tarfile.open(plain, "r:") as tar:
        for member in tar:
            check_member(member)
            place = folder / member.name
            (place if member.isdir() else place.parent).mkdir(parents=True, exist_ok=True)
            # Not by tar.extract: without its filter newer Pythons warn, and Debian's 3.11.2 does not know the filter.
            if content := tar.extractfile(member):
                with content, place.open("xb") as file:
                    shutil.copyfileobj(content, file)
    if not is_model(folder):
        raise PullError("the archive holds no SavedModel")


def check_member(member: tarfile.TarInfo) -> None:
    """Refuse what a SavedModel has not: links, devices, holes, and names that lead elsewhere.

    tarfile's filter "data" would mend absolute names and let some links pass.
    """
    path = PurePosixPath(member.name)
    plain = member.isdir() or (member.isreg() and not member.issparse())
    if not plain or path.is_absolute() or ".." in path.parts:
        raise PullError(f"the archive is unsafe: it holds {member.name[:80]!r}")


def install(folder: Path, target: Path) -> None:
    """Put a model in its place, and a damaged one out of it. If another process was faster, its model stays."""
    try:
        if not is_model(target):
            with suppress(FileNotFoundError):
                target.rename(folder.with_name("damaged"))
        folder.rename(target)
    except OSError:
        if not is_model(target):
            raise
