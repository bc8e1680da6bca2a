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
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib import request
from urllib.error import HTTPError, URLError

from app.vision.networks.weights import find, is_model, model_digest, model_dir

ADDRESS = "{}?tf-hub-format=compressed"  # of the archive of a handle
TIMEOUT = 20.0  # seconds without a byte
MAX_BYTES = 256 * 1024 * 1024  # of one file, compressed or not; the real models have 15 MB
CHUNK = 64 * 1024

# Called with the bytes received and the bytes in total, None if the server does not send the size.
Progress = Callable[[int, int | None], None]


class PullError(Exception):
    """A download failed. The message is one line with the reason for each address tried."""


def pull_model(
    handles: tuple[str, ...],
    sha256: str,
    cache_dir: Path,
    progress: Progress,
    timeout: float = TIMEOUT,
    limit: int = MAX_BYTES,
) -> str:
    """Download the first available model of the handles unless one is in the cache. Returns the handle of that model.

    sha256: the `model_digest` that it must have. Raises PullError if none is available. The cache never holds an
    incomplete model, nor one with another digest.
    """
    if present := find(handles, sha256, cache_dir):
        return present
    failures = []
    for handle in handles:
        try:
            cache_dir.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".pull-", dir=cache_dir) as name:  # a rename from here is atomic
                archive, folder = Path(name, "model.tar.gz"), Path(name, "model")
                download(ADDRESS.format(handle), archive, progress, timeout, limit)
                unpack(archive, folder, limit)
                if (found := model_digest(folder)) != sha256:
                    raise PullError(f"this is another model, with the SHA-256 {found} instead of {sha256}")
                install(folder, model_dir(handle, cache_dir), sha256)
        except (PullError, OSError, HTTPException, tarfile.TarError, zlib.error, EOFError, ValueError) as error:
            failures.append(f"{handle}: {explain(error)}")
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
            open_url(ADDRESS.format(handle), patience).close()
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


def explain(error: Exception) -> str:
    """The reason why a transfer failed, on one line."""
    if isinstance(error, HTTPError):
        return f"the server answered {error.code} {error.reason}"
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    return " ".join(str(reason).split()) or type(reason).__name__


class SecureRedirectHandler(request.HTTPRedirectHandler):
    """Follows redirects, but none from https to http or to another scheme."""

    def redirect_request(self, req: request.Request, *answer: Any) -> request.Request | None:
        """The request that follows a redirect. Raises URLError."""
        following = super().redirect_request(req, *answer)
        if following and following.type not in ("https", req.type):
            raise URLError(f"it redirects from {req.type} to {following.type}")
        return following


def open_url(url: str, timeout: float) -> Any:
    """The answer to a request of an http or https address; unlike urlopen, not of file: and ftp:. Raises URLError."""
    if not url.startswith(("http://", "https://")):
        raise URLError("it begins with neither http:// nor https://")
    return request.build_opener(SecureRedirectHandler).open(url, timeout=timeout)


def download(url: str, target: Path, progress: Progress, timeout: float, limit: int) -> None:
    """Download one address into a new file. Raises PullError if it is incomplete or larger than `limit` bytes."""
    with open_url(url, timeout) as response, target.open("xb") as file:
        total = int(response.headers.get("Content-Length", 0)) or None
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
    """Unpack a tar.gz of regular files and folders into a new folder.

    Links, devices, sparse files and names outside the folder raise PullError, because no SavedModel has them; tarfile's
    filter "data" would correct absolute names and allow some links. The archive is decompressed first, to at most
    `limit` bytes: a tar header may have any size, and tarfile reads it into memory.
    """
    uncompressed = archive.with_suffix("")
    with gzip.open(archive) as packed, uncompressed.open("xb") as file:
        copy(packed.read, file, limit, lambda _done: None)
    with tarfile.open(uncompressed, "r:") as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            is_regular = member.isdir() or (member.isreg() and not member.issparse())
            if not is_regular or path.is_absolute() or ".." in path.parts:
                raise PullError(f"the archive is unsafe: it holds {member.name[:80]!r}")
            target = folder / member.name
            (target if member.isdir() else target.parent).mkdir(parents=True, exist_ok=True)
            # Not tar.extract: without a filter newer Pythons warn, and Debian's 3.11.2 does not have filters.
            if content := tar.extractfile(member):
                with content, target.open("xb") as file:
                    shutil.copyfileobj(content, file)


def install(folder: Path, target: Path, sha256: str) -> None:
    """Move a model into the cache, replacing a damaged one. A model that another process installed first is kept."""
    try:
        if not is_model(target, sha256):
            with suppress(FileNotFoundError):
                target.rename(folder.with_name("damaged"))
        folder.rename(target)
    except OSError:
        if not is_model(target, sha256):
            raise
