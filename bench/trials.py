"""One pair of pictures, under one condition, to several finders: what each finds, whether it is true, and how fast.

Each measurement is a function of plain arguments, so that it can be sent to another process.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from app.vision.alignment.align import align
from app.vision.arrays import Float64, Mask, UInt8
from app.vision.decoding.decode import decode
from app.vision.finders import FINDERS
from app.vision.options import Options
from app.vision.pair import make_pair
from app.vision.photometric.undone import undo
from app.vision.region import Region
from bench.cameras import CAMERAS
from bench.conditions import CONDITIONS, turn
from bench.scoring import match_boxes, match_circles

MAX_PIXELS = 100_000_000
BOARDS, RANDOM_POSE = "circuit boards", "random pose"
# How far B may be turned, enlarged and shifted there: degrees, factors, and shares of each side.
DEGREES, FACTORS, SHARE = 20, (0.8, 1.25), 0.15
# As DeepPCB's authors score: a box is right from this overlap with a true one.
LEAST_OVERLAP = 0.33

# A pair of the manifest: its name, the files a and b, and what is true of them.
Entry = dict[str, Any]


@dataclass(frozen=True)
class Way:
    """How changes are looked for."""

    finder: str
    align: Literal["auto", "off"] = "auto"

    def __str__(self) -> str:
        return self.finder if self.align == "auto" else f"{self.finder}, not aligned"


@dataclass(frozen=True)
class Search:
    """What one way found in one pair; milliseconds: of the finder alone."""

    way: Way
    regions: list[Region]
    milliseconds: float


@dataclass(frozen=True)
class Trial:
    """A search whose truth is known.

    condition: a name in CONDITIONS or CAMERAS, or BOARDS, or RANDOM_POSE.
    hits, scores: of each region, whether it is a real change, and how sure the finder is.
    changes: how many there really are; 0 where a picture was set against itself, so that any region is false.
    """

    way: Way
    condition: str
    hits: tuple[bool, ...]
    scores: tuple[float, ...]
    changes: int
    milliseconds: float


def changed(folder: Path, entry: Entry, condition: str, ways: list[Way]) -> list[Trial]:
    """A pair of `spot`, with B under a condition."""
    a, b = read(folder, entry)
    circles = np.array(entry["circles"], np.float64).reshape(-1, 3)
    return _judge(search(_png(a), _png(_disturb(b, condition)), ways), condition, circles, match_circles)


def unchanged(folder: Path, entry: Entry, condition: str, ways: list[Way]) -> list[Trial]:
    """A of a pair of `spot`, and the same picture under a condition."""
    a, _ = read(folder, entry)
    return _judge(search(_png(a), _png(_disturb(a, condition)), ways), condition, np.empty((0, 3)), match_circles)


def _disturb(image: UInt8, condition: str) -> UInt8:
    return (CONDITIONS | CAMERAS)[condition](image)


def random_pose(folder: Path, entry: Entry, ways: list[Way]) -> list[Trial]:
    """A pair of `spot`, with B turned, enlarged or reduced, and shifted at random, the same way each time."""
    a, b = read(folder, entry)
    size = (a.shape[1], a.shape[0])
    rng = np.random.default_rng(list(entry["name"].encode()))
    place = (share * side for share, side in zip(rng.uniform(-SHARE, SHARE, 2), size, strict=True))
    matrix = turn(size, rng.uniform(-DEGREES, DEGREES), rng.uniform(*FACTORS), *place)
    moved = np.asarray(cv2.warpPerspective(b, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)
    circles = np.array(entry["circles"], np.float64).reshape(-1, 3)
    return _judge(search(_png(a), _png(moved), ways), RANDOM_POSE, circles, match_circles)


def board(folder: Path, entry: Entry, ways: list[Way]) -> list[Trial]:
    """A pair of `pcb`: a clean circuit board, and one with faults."""
    faults = np.array(entry["boxes"], np.float64).reshape(-1, 4)
    a, b = ((folder / entry[side]).read_bytes() for side in "ab")
    return _judge(search(a, b, ways), BOARDS, faults, partial(match_boxes, least=LEAST_OVERLAP))


def search(a: bytes, b: bytes, ways: list[Way]) -> list[Search]:
    """Line B up with A once for all ways. Each gets a fresh pair: nothing that another derived is there for it."""
    pictures = decode(a, MAX_PIXELS), decode(b, MAX_PIXELS)
    pairs = {mode: make_pair(*pictures, align(*pictures, mode), ()) for mode in {way.align for way in ways}}
    searches = []
    for way in ways:
        pair = replace(pairs[way.align])
        began = time.perf_counter()
        regions = FINDERS[way.finder].find(undo(pair).pair, Options()).regions
        searches.append(Search(way, regions, (time.perf_counter() - began) * 1000))
    return searches


def _judge(
    searches: list[Search], condition: str, changes: Float64, match: Callable[[Float64, Float64], Mask]
) -> list[Trial]:
    trials = []
    for found in searches:
        hits = tuple(match(_boxes(found.regions), changes).tolist())
        scores = tuple(region.score for region in found.regions)
        trials.append(Trial(found.way, condition, hits, scores, len(changes), found.milliseconds))
    return trials


def _boxes(regions: list[Region]) -> Float64:
    boxes = [(r.box.x, r.box.y, r.box.width, r.box.height) for r in regions]
    return np.array(boxes, np.float64).reshape(-1, 4)


def read(folder: Path, entry: Entry) -> tuple[UInt8, UInt8]:
    """A and B: uint8 BGR (height, width, 3)."""
    a, b = (np.asarray(cv2.imread(str(folder / entry[side])), np.uint8) for side in "ab")
    return a, b


def _png(image: UInt8) -> bytes:
    return cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
