"""Where the content of a changed region went: the shift, and a small turn, after which A's content looks like B's."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float32, Float64, Mask, UInt8
from app.vision.pair import Pair
from app.vision.region import Box
from app.vision.resize import crop, reduce

Complex = npt.NDArray[np.complexfloating]

# Crops are reduced to at most this many pixels a side.
MAX_SIDE = 64
# Content moved if the mean squared difference after the shift is less than this share of that without the shift.
MAX_MISFIT = 0.3
# So many shifts are looked at closely, which are farther apart than this many pixels. FAR is a level that nothing has.
MAX_SHIFTS, NEAR, FAR = 12, 2, 1000.0
# Turns that are tried for content that is found in another region, in degrees, and the factors by which its sides
# and the pixels that changed may differ.
TURNS, MAX_SIDE_FACTOR, MAX_AREA_FACTOR = (0.0, -6.0, 6.0, -12.0, 12.0), 1.25, 1.8
# Content that moved by at most MAX_SHIFT pixels, in regions of at most MAX_MATCHED, with at least this correlation at
# the new position and clearly less at the old one. FLAT is the standard deviation, in levels, below which there is no
# structure to correlate.
MAX_SHIFT, MAX_MATCHED, MIN_CORRELATION, FLAT = 32, 600, 0.95, 4.0
# Of the pixels that changed, this share must have left, and this share must have come.
MIN_EXPLAINED = 0.3
# The least share of the pixels of a thing that its core has.
MIN_CORE = 0.25
# A shift within a region must exceed this share of its longer side: what moved less is registration.
MIN_SHIFT_SHARE = 0.06


@dataclass(frozen=True)
class Content:
    """The content of a region, reduced: values float32 (height, width, 3), and inside, float32 (height, width), 0 or 1.

    scale: pixels of `values` for each pixel of the picture.
    """

    values: Float32
    inside: Float32
    scale: float


def displaced(box: Box, mask: Mask, pair: Pair, max_misfit: float) -> tuple[Box, Box] | None:
    """The old and the new place of a thing that moved within one changed region, in the frame of A; None if none did.

    mask: bool (height, width), the changed pixels. max_misfit: the share of the mean squared difference that the shift
    may leave unexplained. If a thing moved by s, a region of its old and its new place is as
    much larger than the thing as s is long.
    """
    scale = min(1.0, MAX_SIDE / max(box.width, box.height))
    inside = _hull(_reduced(mask, box, scale))  # where a thing of one colour covers itself, nothing changed
    before, after = (_content(picture, box, inside, scale) for picture in (pair.a, pair.b))
    contrast = _mean_square(before, after)
    if not contrast:
        return None
    shifts = _lowest(_misfits(before, after, contrast, before.inside.sum() / 2))
    unexplained, (x, y) = min((_unexplained(before, after, shift) / contrast, shift) for shift in shifts)
    dx, dy = round(x / before.scale), round(y / before.scale)
    if unexplained > max_misfit or max(abs(dx), abs(dy)) < MIN_SHIFT_SHARE * max(box.width, box.height):
        return None
    width, height = box.width - abs(dx), box.height - abs(dy)
    if min(width, height) <= 0:
        return None
    source = Box(box.x + max(-dx, 0), box.y + max(-dy, 0), width, height)
    return source, Box(source.x + dx, source.y + dy, width, height)


def small_shift(box: Box, pair: Pair) -> Box | None:
    """The box that A's content moved to by less than a quarter of its size, found by template match; None without."""
    max_x, max_y = min(MAX_SHIFT, box.width // 4), min(MAX_SHIFT, box.height // 4)
    template = pair.a[box.y + max_y : box.y + box.height - max_y, box.x + max_x : box.x + box.width - max_x]
    if max(box.width, box.height) > MAX_MATCHED or not max_x or not max_y or template.std() < FLAT:
        return None
    scores = cv2.matchTemplate(pair.b[box.slices], template, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(scores)
    margin = best - scores[max_y, max_x]
    if best < MIN_CORRELATION or margin < 1 - MIN_CORRELATION or (x, y) == (max_x, max_y):
        return None
    left, top = max(0, box.x + x - max_x), max(0, box.y + y - max_y)
    return Box(left, top, min(box.width, pair.size[0] - left), min(box.height, pair.size[1] - top))


def is_same_thing(source: Box, target: Box, mask: Mask, pair: Pair) -> bool:
    """Whether A in the source box shows what B shows in the target box, perhaps turned a little.

    The core of each is searched in the other picture: part of a thing may not differ from the ground in one of its
    places, so that only the rest is found there.
    """
    scale = min(1.0, MAX_SIDE / max(source.width, source.height, target.width, target.height))
    left, arrived = _core(_reduced(mask, source, scale)), _core(_reduced(mask, target, scale))
    sides = (source.width, target.width), (source.height, target.height)
    limits = [(*side, MAX_SIDE_FACTOR) for side in sides] + [(int(left.sum()), int(arrived.sum()), MAX_AREA_FACTOR)]
    if any(max(one, other) > factor * min(one, other) for one, other, factor in limits):
        return False
    before, after = _content(pair.a, source, left, scale), _content(pair.b, target, arrived, scale)
    contrast = (
        _mean_square(before, _content(pair.b, source, left, scale))
        + _mean_square(after, _content(pair.a, target, arrived, scale))
    ) / 2
    there, back = _around(pair.b, target, source, scale), _around(pair.a, source, target, scale)
    for turn in TURNS:
        misfit = max(_misfit(_turned(before, turn), there), _misfit(_turned(after, -turn), back))
        if misfit < MAX_MISFIT * contrast:
            return True
        if misfit > contrast:
            return False  # upright they are too different for a small turn to matter
    return False


def _around(picture: UInt8, box: Box, other: Box, scale: float) -> Float32:
    """The picture in the box, and so far around it that the other box can be moved about in it, reduced."""
    reach_x, reach_y = (max(8, extent) for extent in (other.width - box.width, other.height - box.height))
    rows = box.y - reach_y, box.y + box.height + reach_y
    columns = box.x - reach_x, box.x + box.width + reach_x
    size = max(1, round((columns[1] - columns[0]) * scale)), max(1, round((rows[1] - rows[0]) * scale))
    return reduce(crop(picture, rows, columns), size).astype(np.float32)


def _misfit(found: Content, picture: Float32) -> float:
    """The least mean squared difference of the content from a place in the picture; infinite if it does not fit in."""
    count = float(found.inside.sum())
    if not count or any(a > b for a, b in zip(found.inside.shape, picture.shape, strict=False)):
        return math.inf
    sums = cv2.matchTemplate(picture, found.values, cv2.TM_SQDIFF, mask=np.dstack([found.inside] * 3))
    return float(sums.min()) / count / 3


def _content(picture: UInt8, box: Box, inside: UInt8, scale: float) -> Content:
    """The content of a box; inside: its reduced mask."""
    values = reduce(picture[box.slices], (inside.shape[1], inside.shape[0]))
    return Content(values.astype(np.float32), inside.astype(np.float32), scale)


def _reduced(mask: Mask, box: Box, scale: float) -> UInt8:
    """The mask in a box, reduced: 1 where any pixel is set, else 0."""
    size = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    return (reduce(np.where(mask[box.slices], np.uint8(255), np.uint8(0)), size) > 0).view(np.uint8)


def _filled(mask: UInt8) -> UInt8:
    """The filled outer contours of the mask."""
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros_like(closed), contours, -1, 1, cv2.FILLED), np.uint8)


def _core(mask: UInt8) -> UInt8:
    """What is inside the outer contours without the rim, which may show the ground; all of it if little is left."""
    solid = _filled(mask)
    core = np.asarray(cv2.erode(solid, np.ones((5, 5), np.uint8), borderValue=0), np.uint8)
    return core if np.count_nonzero(core) > MIN_CORE * np.count_nonzero(solid) else solid


def _hull(mask: UInt8) -> UInt8:
    """The convex hull of the mask."""
    points = cv2.findNonZero(mask)
    return mask if points is None else np.asarray(cv2.fillConvexPoly(mask.copy(), cv2.convexHull(points), 1), np.uint8)


def _turned(found: Content, degrees: float) -> Content:
    if not degrees:
        return found
    height, width = found.inside.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    values = cv2.warpAffine(found.values, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(found.inside, matrix, (width, height), flags=cv2.INTER_NEAREST)
    return Content(np.asarray(values, np.float32), np.asarray(inside, np.float32), found.scale)


def _lowest(misfits: Float64) -> list[tuple[int, int]]:
    """The shifts (x, y) with the lowest misfits, none within NEAR pixels of another."""
    left, shifts = misfits.copy(), []
    for _ in range(MAX_SHIFTS):
        y, x = (int(at) for at in np.unravel_index(int(left.argmin()), left.shape))
        shifts.append((x - left.shape[1] // 2, y - left.shape[0] // 2))
        left[max(y - NEAR, 0) : y + NEAR + 1, max(x - NEAR, 0) : x + NEAR + 1] = np.inf
    return shifts


def _unexplained(before: Content, after: Content, shift: tuple[int, int]) -> float:
    """The mean squared difference over the inside of what neither left nor came by this shift.

    A pixel left if A there looks like B a shift further, and came if B there looks like A a shift back. Infinite if
    hardly any pixel left, or hardly any came: on repeated ground, a thing that appeared leaves ground for ground.
    """
    matrix = np.array([[1, 0, -shift[0]], [0, 1, -shift[1]]], np.float32)
    size, back = after.inside.shape[::-1], matrix * (1, 1, -1)
    further = cv2.warpAffine(after.values, matrix, size, borderValue=(FAR,) * 3)
    former = cv2.warpAffine(before.values, np.asarray(back, np.float32), size, borderValue=(FAR,) * 3)
    left, came = ((before.values - further) ** 2).mean(axis=2), ((after.values - former) ** 2).mean(axis=2)
    still = ((before.values - after.values) ** 2).mean(axis=2)
    inside = before.inside > 0
    changed = inside & (still > still[inside].mean() * MAX_MISFIT)
    if min((way < still * MAX_MISFIT)[changed].mean() for way in (left, came)) < MIN_EXPLAINED:
        return math.inf
    return float(np.minimum(np.minimum(left, came), still)[inside].mean())


def _mean_square(one: Content, other: Content) -> float:
    inside = one.inside > 0
    return float(((one.values - other.values)[inside] ** 2).mean()) if inside.any() else 0.0


def _misfits(one: Content, other: Content, contrast: float, least: float) -> Float64:
    """For each shift of `one`: the mean squared difference over the common inside, as a share of `contrast`.

    A common inside of fewer than `least` pixels counts as if the rest differed by `contrast`. The shift 0 is in the
    middle of the result. By the Fourier transform: D. Padfield, "Masked object registration in the Fourier domain",
    IEEE Transactions on Image Processing 21(5), 2012.
    """
    (height, width), (other_height, other_width) = one.inside.shape, other.inside.shape
    rows, columns = height + other_height - 1, width + other_width - 1
    fast = cv2.getOptimalDFTSize(rows), cv2.getOptimalDFTSize(columns)

    def spectra(content: Content) -> Complex:
        """Of the inside, of its squares, and of its three channels."""
        values = (content.values - mean) * content.inside[..., None]
        planes = [content.inside, (values**2).sum(axis=2), *cv2.split(values)]
        return np.fft.rfft2(np.stack(planes), fast)

    def correlation(product: Complex) -> Float64:
        shifted = np.roll(np.fft.irfft2(product, fast), (height - 1, width - 1), (0, 1))
        return np.asarray(shifted[:rows, :columns], np.float64)

    mean = one.values[one.inside > 0].mean(axis=0)
    (first, *firsts), (second, *seconds) = np.conj(spectra(one)), spectra(other)
    common = correlation(first * second)
    crossed = sum(f * s for f, s in zip(firsts[1:], seconds[1:], strict=True))
    squares = correlation(firsts[0] * second + first * seconds[0] - 2 * crossed)
    missing = np.maximum(least - common, 0)
    return (np.maximum(squares, 0) / 3 / contrast + missing) / np.maximum(common, least)
