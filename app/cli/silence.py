"""Libraries that talk to themselves."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silence() -> Iterator[None]:
    """Send standard error nowhere meanwhile: TensorFlow writes there, past Python, whatever it is told.

    At the descriptor, therefore, and for the whole process. Errors are raised as ever.
    """
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
