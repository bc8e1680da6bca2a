"""Smaller pictures: each pixel the mean of those that it stands for."""

from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.geometry import Size

Sample = TypeVar("Sample", np.uint8, np.uint16, np.float32)


def reduce(image: npt.NDArray[Sample], size: Size) -> npt.NDArray[Sample]:
    """A picture (height, width[, channels]) at a smaller `size`, (width, height)."""
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), image.dtype)


def reduce_to_show(image: npt.NDArray[Sample], size: Size) -> npt.NDArray[Sample]:
    """The same for the eye, in a quarter of the time: halved first, while its sides are even and that leaves enough.

    The mean of four pixels is ten times as fast as one over fractions of pixels, but two means one after the other blur
    a little. What is measured must not change with that: MobileNet gave a class 0.37 instead of 0.55. And halving what
    is odd would move its edges.
    """
    while image.shape[1] >= 2 * size[0] and image.shape[0] >= 2 * size[1] and not any(n % 2 for n in image.shape[:2]):
        image = halve(image)
    return reduce(image, size)


def halve(image: npt.NDArray[Sample]) -> npt.NDArray[Sample]:
    """The means of 2 x 2 pixels; an odd last row or column is left out."""
    height, width = image.shape[0] // 2, image.shape[1] // 2
    return reduce(image[: 2 * height, : 2 * width], (width, height))
