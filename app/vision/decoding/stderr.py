"""Suppression of messages that C libraries write to standard error."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_saved: list[int] = []  # one entry for each caller inside: a duplicate of the original descriptor


@contextmanager
def suppress_stderr() -> Iterator[None]:
    """Discard standard error inside the block: TensorFlow and libtiff write to its descriptor, regardless of settings.

    The descriptor is redirected for the whole process. Several threads may be inside at once; the last one to leave
    restores it. Exceptions are raised as usual.
    """
    with _lock:
        _saved.append(_saved[0] if _saved else _redirect())
    try:
        yield
    finally:
        with _lock:
            original = _saved.pop()
            if not _saved:
                os.dup2(original, 2)
                os.close(original)


def _redirect() -> int:
    original, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    return original
