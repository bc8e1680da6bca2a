"""Examples of changed regions with the kind of each, as the classifier of kinds sees them."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.networks.kind_classifier import KINDS, region_view
from app.vision.region import Box
from training.changes.marks import scratch
from training.changes.surfaces import fill
from training.kinds.events import EVENTS, MIN_CONTRAST, Source, paste, somewhere
from training.nuisance import augment
from training.scenes import scene

# The side of the scenes in pixels, and how often each picture of a pair is disturbed.
SCENE = 144
DISTURBED = 0.4
# How often both pictures are sharpened: small photographs are softer than large ones that were reduced.
SHARPENED = 0.5
# How far the pictures may still lie off each other, in pixels.
MAX_SHIFT = 1.5
MIN_PIXELS, MIN_EXTENT = 20, 4
ODDS = np.array([odds for _, _, odds in EVENTS])
SWAPPED = {"appeared": "disappeared", "disappeared": "appeared"}

# Crops of each event.
VIEWS = 2

Example = tuple[UInt8, int]  # a crop, and the index of its kind
Examples = tuple[UInt8, npt.NDArray[np.int32]]


def batch(source: Source, size: int, rng: np.random.Generator) -> Examples:
    """So many crops, uint8 (n, SIDE, SIDE, 7), and the index of the kind of each in KINDS, int32 (n,)."""
    examples = [seen for _ in range(-(-size // VIEWS)) for seen in _views(*_event(source, rng), rng)][:size]
    return np.stack([seen for seen, _ in examples]), np.array([kind for _, kind in examples], np.int32)


def _event(source: Source, rng: np.random.Generator) -> tuple[UInt8, UInt8, Mask, str]:
    """A scene before and after, the changed pixels, and what happened."""
    while True:
        kind, event, _ = EVENTS[rng.choice(len(EVENTS), p=ODDS / ODDS.sum())]
        before, after = event(_ground(source, rng), source, rng)
        if rng.random() < SHARPENED:
            before, after = _sharpened((before, after), rng)
        changed = _changed(before, after, rng)
        if changed is not None:
            return before, after, changed, kind


def _views(before: UInt8, after: UInt8, changed: Mask, kind: str, rng: np.random.Generator) -> Iterator[Example]:
    """VIEWS crops of one event, forth and back, each disturbed in its own way: to draw scenes takes longest."""
    if rng.random() < 0.15:
        before, after = _neighbour(before, after, changed, rng)
    for _ in range(VIEWS):
        before, after, kind = after, before, SWAPPED.get(kind, kind)
        a, b = (augment(p, rng) if rng.random() < DISTURBED else p for p in (before, after))
        box = cv2.boundingRect(changed.view(np.uint8))
        jitter = rng.integers(-1, 3, 4)
        x, y = max(0, box[0] - int(jitter[0])), max(0, box[1] - int(jitter[1]))
        grown = Box(x, y, max(3, box[2] + int(jitter[2])), max(3, box[3] + int(jitter[3])))
        seen = region_view(_rgb(a), _rgb(_shifted(b, rng)), changed, grown)
        yield (seen[:, ::-1] if rng.random() < 0.5 else seen), KINDS.index(kind)


def _ground(source: Source, rng: np.random.Generator) -> UInt8:
    """A scene, sometimes with more things in it, and sometimes plain."""
    if rng.random() < 0.22:
        ramp = np.linspace(0, rng.uniform(0, 40), SCENE)[None, :, None] * rng.uniform(-1, 1, 3)
        plain = rng.uniform(0, 255, 3) + ramp + rng.normal(0, rng.uniform(0, 4), (SCENE, SCENE, 1))
        ground = np.asarray(np.clip(plain, 0, 255), np.uint8)
    else:
        ground = scene(source.photographs, SCENE, rng)
    for _ in range(int(rng.integers(0, 4)) if rng.random() < 0.35 else 0):
        ground, _ = paste(ground, source.thing(rng), somewhere(ground, rng))
    return ground


def _sharpened(pictures: tuple[UInt8, UInt8], rng: np.random.Generator) -> tuple[UInt8, UInt8]:
    """Both pictures with stronger edges and stronger contrast, by unsharp masking and by gains about their mean."""
    radius, amount, gain = rng.uniform(0.6, 1.6), rng.uniform(0.5, 2.5), rng.uniform(0.9, 1.5)
    middle = float(pictures[0].mean())
    first, second = (
        np.clip(
            (picture + amount * (picture - cv2.GaussianBlur(picture, (0, 0), radius)) - middle) * gain + middle, 0, 255
        )
        for picture in (p.astype(np.float32) for p in pictures)
    )
    return first.astype(np.uint8), second.astype(np.uint8)


def _changed(before: UInt8, after: UInt8, rng: np.random.Generator) -> Mask | None:
    """The changed pixels about as a finder would mark them; None where too little changed to be seen."""
    blue, green, red = cv2.split(cv2.absdiff(before, after))
    apart = cv2.GaussianBlur(cv2.max(cv2.max(blue, green), red), (0, 0), rng.uniform(0.6, 1.5))
    closing = int(rng.integers(1, 10))
    plain = (apart > rng.uniform(8, 28)).astype(np.uint8)
    marked = np.asarray(cv2.morphologyEx(plain, cv2.MORPH_CLOSE, np.ones((closing, closing), np.uint8)), np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(marked)
    large = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= MIN_PIXELS) + 1
    if not len(large) or apart[marked > 0].mean() < MIN_CONTRAST:
        return None
    chosen = np.zeros(len(stats), np.uint8)
    chosen[large] = 1
    marked = chosen[labels]
    if rng.random() < 0.5:
        extent = int(rng.integers(2, 8))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (extent, extent))
        marked = np.asarray(cv2.dilate(marked, disc), np.uint8)
    if rng.random() < 0.1:
        hull = cv2.convexHull(np.argwhere(marked)[:, ::-1].astype(np.int32))
        cv2.fillConvexPoly(marked, hull, 1)
    _, _, width, height = cv2.boundingRect(marked)
    if min(width, height) < MIN_EXTENT or max(width, height) > 0.9 * SCENE:
        return None
    return np.asarray(marked, np.bool_)


def _neighbour(before: UInt8, after: UInt8, changed: Mask, rng: np.random.Generator) -> tuple[UInt8, UInt8]:
    """Another change beside the region, which is none of its business."""
    far = cv2.dilate(changed.view(np.uint8), np.ones((13, 13), np.uint8)) == 0
    shape = np.zeros(changed.shape, np.float32)
    x, y = rng.integers(0, SCENE, 2).tolist()
    cv2.circle(shape, (x, y), int(rng.integers(4, 20)), 1, -1)
    shape = np.asarray(shape * far, np.float32)
    other = (fill, scratch)[int(rng.random() < 0.3)](before, shape, before, rng)
    other = np.where(far[..., None], other, before)
    return (np.asarray(other, np.uint8), after) if rng.random() < 0.5 else (before, _kept(after, other, before))


def _kept(after: UInt8, other: UInt8, before: UInt8) -> UInt8:
    return np.where((other != before).any(axis=2, keepdims=True), other, after)


def _shifted(picture: UInt8, rng: np.random.Generator) -> UInt8:
    if rng.random() < 0.4:
        return picture
    matrix: Float32 = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
    matrix[:, 2] = rng.uniform(-MAX_SHIFT, MAX_SHIFT, 2)
    return np.asarray(
        cv2.warpAffine(picture, matrix, picture.shape[1::-1], borderMode=cv2.BORDER_REFLECT_101), np.uint8
    )


def _rgb(picture: UInt8) -> UInt8:
    return np.ascontiguousarray(picture[..., ::-1])
