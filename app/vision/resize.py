"""Reduce pictures by area averaging."""

from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.geometry import Size

# From this factor on, whole rows are summed first: OpenCV's area interpolation takes up to five times as long.
MIN_ROW_FACTOR = 6
# As in OpenCV, smaller fractions of a row are ignored.
MIN_ROW_FRACTION = 1e-3
STRIP_ROWS = 64  # rows of the result that are computed at a time
MAX_SCREEN_PIXELS = 4_000_000  # pixels that a screen can show
MAX_CROP = 1024  # rows and columns
MAX_PLOT_PIXELS = 2_000_000  # pixels of an illustration in a report

Sample = TypeVar("Sample", np.uint8, np.uint16, np.float32)


def reduce(image: npt.NDArray[Sample], size: Size) -> npt.NDArray[Sample]:
    """Reduce a picture (height, width[, channels]) to `size`, (width, height): each pixel is the mean of its area."""
    if image.dtype == np.uint8 and image.shape[0] >= MIN_ROW_FACTOR * size[1]:
        means = cv2.resize(_reduce_rows(np.asarray(image, np.uint8), size[1]), size, interpolation=cv2.INTER_AREA)
        return np.rint(means).astype(image.dtype)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), image.dtype)


def _reduce_rows(image: UInt8, rows: int) -> Float32:
    """The means of `rows` bands of equal height: float32 (rows, width[, channels])."""
    height = image.shape[0]
    edges = np.arange(rows + 1) * (height / rows)
    first = np.ceil(edges[:-1] - MIN_ROW_FRACTION).astype(int)
    last = np.floor(edges[1:] + MIN_ROW_FRACTION).astype(int)
    # Each band consists of whole rows and of a fraction of the row before and of the row after them.
    before, after = first - edges[:-1], edges[1:] - last
    means = np.empty((rows, *image.shape[1:]), np.float32)
    for row, (start, stop) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        cv2.reduce(image[start:stop], 0, cv2.REDUCE_SUM, dst=means[row : row + 1], dtype=cv2.CV_32F)
    for top in range(0, rows, STRIP_ROWS):
        strip = slice(top, top + STRIP_ROWS)
        for source, fraction in ((np.maximum(first - 1, 0), before), (np.minimum(last, height - 1), after)):
            weights = np.where(fraction > MIN_ROW_FRACTION, fraction, 0).astype(np.float32)[strip]
            means[strip] += image[source[strip]] * weights.reshape(-1, *[1] * (image.ndim - 1))
    means *= np.float32(rows / height)
    return means


def reduce_mask(mask: Mask, size: Size) -> Mask:
    """Reduce a mask (height, width) to `size`, (width, height): a pixel is True if its whole area is."""
    if mask.all():  # the usual case, in a fraction of the time
        return np.ones(size[::-1], np.bool_)
    return np.equal(reduce(mask.view(np.uint8) * np.uint8(255), size), 255)


def reduce_for_display(image: npt.NDArray[Sample], size: Size) -> npt.NDArray[Sample]:
    """Reduce a picture for display in a quarter of the time, by halving it first while its sides are even.

    A mean of 2 x 2 pixels is ten times as fast as one of fractional pixels, but successive means blur slightly.
    Measurements must use `reduce`: with this function, the probability of a MobileNet class fell from 0.55 to 0.37.
    Halving an odd side would shift the picture's edges.
    """
    while image.shape[1] >= 2 * size[0] and image.shape[0] >= 2 * size[1] and not any(n % 2 for n in image.shape[:2]):
        image = halve(image)
    return reduce(image, size)


def halve(image: npt.NDArray[Sample]) -> npt.NDArray[Sample]:
    """The means of 2 x 2 pixels; an odd last row or column is dropped."""
    height, width = image.shape[0] // 2, image.shape[1] // 2
    return reduce(image[: 2 * height, : 2 * width], (width, height))


def shrink_to(image: npt.NDArray[Sample], max_pixels: int) -> npt.NDArray[Sample]:
    """Reduce a picture for display to at most `max_pixels`; return it unchanged if it has no more.

    image: gray or RGB, or uint8 RGBA with straight alpha, whose colours are weighted by alpha.
    """
    whole = image.shape[1], image.shape[0]
    size = shrunk_size(whole, max_pixels)
    if size == whole:
        return image
    if image.shape[2:] == (4,):
        return np.asarray(_reduce_transparent(np.asarray(image, np.uint8), size), image.dtype)
    return reduce_for_display(image, size)


def shrunk_size(size: Size, max_pixels: int) -> Size:
    """`size` scaled down to at most `max_pixels`; unchanged if it has no more."""
    width, height = size
    scale = min(1.0, (max_pixels / (width * height)) ** 0.5)
    # A narrow picture stays at least one pixel wide, so its longer side needs its own limit.
    return min(max(1, int(width * scale)), max_pixels), min(max(1, int(height * scale)), max_pixels)


def _reduce_transparent(image: UInt8, size: Size) -> UInt8:
    """Means of premultiplied colours, without which the colours of transparent pixels would show along edges.

    T. Porter, T. Duff, "Compositing digital images", SIGGRAPH 1984.
    """
    alpha = cv2.extractChannel(image, 3)

    def weighted(plane: UInt8) -> npt.NDArray[np.uint16]:
        # A product of two bytes fits in 16 bits; float32 would double the memory.
        premultiplied = cv2.multiply(plane, alpha, dtype=cv2.CV_16U)
        return reduce_for_display(np.asarray(premultiplied, np.uint16), size)

    weight = weighted(np.full_like(alpha, 255))
    gain = 255 / np.maximum(weight, np.float32(1))
    colours = [np.rint(weighted(np.asarray(cv2.extractChannel(image, c), np.uint8)) * gain) for c in range(3)]
    return np.dstack([*colours, np.rint(weight / np.float32(255))]).astype(np.uint8)


def crop(picture: UInt8, rows: tuple[int, int], columns: tuple[int, int]) -> UInt8:
    """The picture from the first of the rows and columns up to the last; outside, its borders are repeated.

    Of more than MAX_CROP rows or columns only so many are taken: a crop of a picture one pixel wide and a million high
    would otherwise need gigabytes. picture: uint8 (height, width, ...).
    """
    (above, height, below, inside_rows), (before, width, after, inside_columns) = map(
        _span, (rows, columns), picture.shape[:2]
    )
    part = picture[inside_rows, inside_columns]
    if part.shape[:2] != (height, width):
        part = np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
    if not (above or below or before or after):
        return part
    return np.asarray(cv2.copyMakeBorder(part, above, below, before, after, cv2.BORDER_REPLICATE), np.uint8)


def _span(span: tuple[int, int], side: int) -> tuple[int, int, int, slice]:
    """The rows or columns of a crop: how many lie before the picture, in it and after it, and which these are."""
    first, last = span
    start = min(max(first, 0), side - 1)
    stop = max(min(last, side), start + 1)
    share = min(1.0, MAX_CROP / (last - first))
    count = min(last - first, MAX_CROP)
    inside = max(1, round((stop - start) * share))
    before = min(max(round((start - first) * share), 0), count - inside)
    return before, inside, count - inside - before, slice(start, stop)
