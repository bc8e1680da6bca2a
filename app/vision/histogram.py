"""How often levels occur, and the quantiles that follow: ten times as fast as sorting, as a median would."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float64, Mask


def counts(levels: npt.NDArray[Any], bins: int, among: Mask | None = None) -> Float64:
    """How often each of the levels 0 to bins - 1 occurs where `among` is True: float64 (bins,).

    levels: whole numbers of 8 or 16 bits, none negative, (height, width).
    """
    mask = None if among is None or among.all() else among.view(np.uint8)
    found = cv2.calcHist([levels if levels.itemsize == 1 else levels.view(np.uint16)], [0], mask, [bins], [0, bins])
    return np.asarray(found.ravel(), np.float64)


def quantile(found: Float64, share: float) -> float:
    """The level below which that share of all lies, between two levels as np.quantile has it."""
    below = found.cumsum()
    place = share * (below[-1] - 1)
    low, high = np.searchsorted(below, [np.floor(place), np.ceil(place)], side="right")
    return float(low + (place % 1) * (high - low))
