"""A decoder with faults that no real file is known to cause: the width of a picture says which."""

import ctypes
import os
import signal
import time

from app.evaluation import pipeline as evaluate
from app.vision.decoding.decode import Picture, decode

SLOW, STUCK, CRASHING = 61, 62, 63
SLOW_SECONDS = 1.5


def break_decoder() -> None:
    """Have this process decode so."""
    evaluate.decode = odd  # type: ignore[attr-defined]


def odd(data: bytes, max_pixels: int) -> Picture:
    """As decode(), but for pictures of some widths."""
    picture = decode(data, max_pixels)
    width = picture.rgb.shape[1]
    if width == SLOW:
        time.sleep(SLOW_SECONDS)
    if width == STUCK:
        ctypes.PyDLL(None).sleep(600)  # in C, with the interpreter's lock: nothing in this process goes on
    if width == CRASHING:
        os.kill(os.getpid(), signal.SIGSEGV)
    return picture
