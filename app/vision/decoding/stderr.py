"""Libraries that talk to themselves."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_silent: list[int] = []  # one entry for each caller inside: where standard error led before


@contextmanager
def suppress_stderr() -> Iterator[None]:
    """Send standard error nowhere meanwhile: TensorFlow and libtiff write there, past Python, whatever they are told.

    At the descriptor, therefore, and for the whole process; several threads may be inside at once, and the last one out
    gives it back. Errors are raised as ever.
    """
    with _lock:
        _silent.append(_silent[0] if _silent else _turn_away())
    try:
        yield
    finally:
        with _lock:
            kept = _silent.pop()
            if not _silent:
                os.dup2(kept, 2)
                os.close(kept)


def _turn_away() -> int:
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return kept
