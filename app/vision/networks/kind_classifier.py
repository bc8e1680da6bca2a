"""The trained classifier of what happened in a changed region, loaded once, on first use.

OpenCV runs it: TensorFlow takes seconds and half a gigabyte to load, which a comparison of screenshots does not need.
"""

import threading
from collections.abc import Sequence
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
# The channels of a view with A and B exchanged.
EXCHANGED = [3, 4, 5, 0, 1, 2, 6]

_lock = threading.Lock()
_network: Any = None  # a cv2.dnn.Net, which has no types


def predict(views: Sequence[UInt8]) -> Float32:
    """The probability of each of KINDS for each view, see `region_view`: float32 (n, kinds); each row adds up to 1.

    The network sees each view in both orders. `disappeared` is what it finds in the first, `appeared` what it finds in
    the second, and the others are means of both: exchanging A and B exchanges these two and changes nothing else.
    """
    forth = np.stack(views)
    back = forth[..., EXCHANGED]
    logits = _run(np.concatenate([features(forth), features(back)])).reshape(2, len(forth), -1)
    both = logits.mean(axis=0)
    ordered = np.column_stack([logits[1, :, 0], logits[0, :, 0], both[:, 1:]])
    odds = np.exp(ordered - ordered.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)


def features(views: UInt8) -> Float32:
    """The input of the network: A, B, the mask and the difference of A and B, float32 (n, SIDE, SIDE, 10)."""
    levels = views.astype(np.float32) / np.float32(128) - 1
    return np.concatenate([levels, np.abs(levels[..., :3] - levels[..., 3:6])], axis=-1)


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


def _run(batch: Float32) -> Float32:
    """The logits of `disappeared` and of the kinds after it: float32 (n, kinds - 1)."""
    global _network
    with _lock:
        if _network is None:
            _network = cv2.dnn.readNetFromTensorflow(np.frombuffer(read_verified(NETWORK), np.uint8))
        _network.setInput(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)))
        return np.array(_network.forward(), np.float32).reshape(len(batch), -1)
