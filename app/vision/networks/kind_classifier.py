"""The trained classifier of what happened in a changed region, loaded once, on first use.

OpenCV runs it: TensorFlow takes seconds and half a gigabyte to load, which a comparison of screenshots does not need.
"""

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.networks.digest import read_verified
from app.vision.region import Box, Kind
from app.vision.resize import crop, reduce

NETWORK = Path(__file__).with_name("kind_classifier.pb")
# The kinds, in the order of the network's outputs.
KINDS: tuple[Kind, ...] = ("appeared", "disappeared", "recoloured", "replaced", "moved", "changed")
# The side of the square input in pixels. A crop reaches beyond its box by MARGIN pixels and MARGIN_SHARE of the box on
# each side, since whether a thing is there can only be seen against its surroundings.
SIDE, MARGIN, MARGIN_SHARE = 64, 6, 0.3
# The shorter side of a crop is at least this share of the longer, so that a line of text is not stretched to a square.
MIN_ASPECT = 1 / 3
# The channels of `features`, and their order with A and B exchanged.
CHANNELS = 16
EXCHANGED = [3, 4, 5, 0, 1, 2, 6, 7, 8, 9, 10, 12, 11, 13, 14, 15]
# What `profile` measures at each distance, and the order of that with A and B exchanged. The largest distance.
MEASURES = 9
PROFILE_EXCHANGED = [1, 0, 2, 6, 7, 8, 3, 4, 5]
REACH = 9
# Pixels of a view that are at most RIM from the outline of what changed are its rim; those up to AROUND are around it.
RIM, AROUND = 2.0, 10.0

_lock = threading.Lock()
_network: Any = None  # a cv2.dnn.Net, which has no types


def predict(views: Sequence[UInt8]) -> Float32:
    """The probability of each of KINDS for each view, see `region_view`: float32 (n, kinds); each row adds up to 1.

    The network sees each view in both orders. `disappeared` is what it finds in the first, `appeared` what it finds in
    the second, and the others are means of both: exchanging A and B exchanges these two and changes nothing else.
    """
    forth = inputs(views)
    back = forth["features"][..., EXCHANGED], forth["profiles"][..., PROFILE_EXCHANGED]
    both_orders = (np.concatenate(pair) for pair in zip(forth.values(), back, strict=True))
    logits = _run(*both_orders).reshape(2, len(views), -1)
    both = logits.mean(axis=0)
    ordered = np.column_stack([logits[1, :, 0], logits[0, :, 0], both[:, 1:]])
    odds = np.exp(ordered - ordered.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)


def inputs(views: Iterable[UInt8]) -> dict[str, Float32]:
    """The network's inputs by their names: `features` and then `profiles` of each view, stacked."""
    found = [features(view) for view in views]
    return {"features": np.stack(found), "profiles": np.stack([profile(each) for each in found])}


def features(view: UInt8) -> Float32:
    """The input of the network for a view: float32 (SIDE, SIDE, CHANNELS).

    A, B, the mask, and the difference of A and B; the distance to the outline of what changed; how much A and B change
    across the outlines at that distance, since a thing that is there has an edge where the mask ends; and the weights
    of what is inside, on the outline and around it, each 1 on average, or 0 where there is nothing of it.
    """
    levels = view.astype(np.float32) / np.float32(128) - 1
    distance = _distance(view[..., 6] > 127)
    x, y = _slopes(distance)
    length = np.maximum(cv2.magnitude(x, y), np.float32(1e-3))
    dx, dy = _slopes(levels[..., :6])
    across = np.abs(dx * (x / length)[..., None] + dy * (y / length)[..., None])
    found = np.empty((*view.shape[:2], CHANNELS), np.float32)
    found[..., :7] = levels
    found[..., 7:10] = np.abs(levels[..., :3] - levels[..., 3:6])
    found[..., 10] = np.clip(distance / AROUND, -1, 1)
    found[..., 11], found[..., 12] = _largest(across[..., :3]), _largest(across[..., 3:])
    areas = distance < -RIM, np.abs(distance) <= RIM, (distance > RIM) & (distance < AROUND)
    for channel, area in enumerate(areas, CHANNELS - len(areas)):
        found[..., channel] = area / max(area.mean(), 1 / SIDE)
    return found


def profile(found: Float32) -> Float32:
    """Means at each distance from the outline of what changed, inside first: float32 (2 * REACH + 1, MEASURES).

    found: as of `features`. Of A and of B the logarithm of the change across outlines, the mean difference, and the
    colours of A and B. A thing that is in one picture only has an edge at a distance of about 0 only there.
    """
    steps = np.clip(np.rint(found[..., 10] * AROUND), -REACH, REACH).astype(np.intp).ravel() + REACH
    measured = np.concatenate([found[..., 11:13], found[..., 7:10].mean(axis=2, keepdims=True), found[..., :6]], axis=2)
    counts = np.maximum(np.bincount(steps, minlength=2 * REACH + 1), 1)
    sums = [np.bincount(steps, levels.ravel(), 2 * REACH + 1) for levels in measured.transpose(2, 0, 1)]
    means = np.stack(sums, axis=1) / counts[:, None]
    means[:, :2] = np.log(means[:, :2] + 0.01) / 2 + 1
    return np.asarray(means, np.float32)


def _distance(mask: Mask) -> Float32:
    """How far each pixel is outside the mask, and negative inside, at most SIDE: float32 (height, width)."""
    outside, inside = (cv2.distanceTransform(part.view(np.uint8), cv2.DIST_L2, 3) for part in (~mask, mask))
    return np.asarray(np.clip(outside - inside, -SIDE, SIDE), np.float32)


def _slopes(picture: Float32) -> tuple[Float32, Float32]:
    """The change for each pixel to the right and downwards, each of the shape of the picture."""
    dx, dy = (cv2.Sobel(picture, cv2.CV_32F, right, 1 - right, scale=1 / 8) for right in (1, 0))
    return np.asarray(dx, np.float32), np.asarray(dy, np.float32)


def _largest(levels: Float32) -> Float32:
    """Of three channels the largest: NumPy's maximum along so short an axis takes ten times as long."""
    return np.maximum(np.maximum(levels[..., 0], levels[..., 1]), levels[..., 2])


def region_view(a: UInt8, b: UInt8, mask: Mask, box: Box) -> UInt8:
    """The network's view of one region: A, B and the changed pixels, uint8 (SIDE, SIDE, 7).

    a, b: uint8 RGB (height, width, 3), aligned. mask: bool (height, width), the changed pixels. Outside the
    pictures their borders are repeated.
    """
    rows, columns = _reach(box.y, box.height, box.width), _reach(box.x, box.width, box.height)
    marked = crop(mask.view(np.uint8), rows, columns) * np.uint8(255)
    return np.dstack([_resized(part) for part in (crop(a, rows, columns), crop(b, rows, columns), marked)])


def _reach(start: int, extent: int, other: int) -> tuple[int, int]:
    """First and last plus one of the rows or the columns of a crop."""
    margin = max(MARGIN + MARGIN_SHARE * extent, (MIN_ASPECT * other * (1 + 2 * MARGIN_SHARE) - extent) / 2)
    return round(start - margin), round(start + extent + margin)


def _resized(picture: UInt8) -> UInt8:
    if min(picture.shape[:2]) > SIDE:
        return reduce(picture, (SIDE, SIDE))
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)


def _run(found: Float32, profiles: Float32) -> Float32:
    """The logits of `disappeared` and of the kinds after it: float32 (n, kinds - 1)."""
    global _network
    with _lock:
        if _network is None:
            _network = cv2.dnn.readNetFromTensorflow(np.frombuffer(read_verified(NETWORK), np.uint8))
        _network.setInput(np.ascontiguousarray(found.transpose(0, 3, 1, 2)), "features")
        _network.setInput(profiles.reshape(len(profiles), -1, 1, 1), "profiles")
        return np.array(_network.forward(), np.float32).reshape(len(found), -1)
