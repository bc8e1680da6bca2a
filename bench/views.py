"""Motions: how well one is undone, and how much of the changes it takes out of sight."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from app.vision.alignment.align import align
from app.vision.arrays import Mask
from app.vision.decoding.decode import decode
from app.vision.geometry import inverse, transform
from app.vision.resample import coverage_mask
from bench.conditions import MOTIONS
from bench.trials import MAX_PIXELS, Entry, read

# A change shows where the pictures differ by more levels; outside the changes 99.9 % of the pixels differ by up to 7.
SHOWS = 24


@dataclass(frozen=True)
class View:
    """One pair of `align`; error: how far B lies from where it belongs, the mean over four points, in pixels of A."""

    name: str
    error: float


def view(folder: Path, entry: Entry) -> View:
    """Line a pair up whose motion is known. The four points are the corners of the middle half of A."""
    a, b = (decode((folder / entry[side]).read_bytes(), MAX_PIXELS) for side in "ab")
    size = a.rgb.shape[1], a.rgb.shape[0]
    corners = np.array([[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]) * size
    there = transform(np.array(entry["homography_a_to_b"], np.float64), corners)
    back = transform(align(a, b, "auto").matrix, there)
    return View(entry["name"], float(np.linalg.norm(back - corners, axis=1).mean()))


def visible(folder: Path, entry: Entry, motion: str) -> list[float]:
    """Of each change of a pair of `spot` the share, in [0, 1], that B still shows after one of MOTIONS.

    A share of the pixels in the circle that differ in the pair as given.
    """
    a, b = read(folder, entry)
    size = a.shape[1], a.shape[0]
    differs = cv2.absdiff(a, b).max(axis=2) > SHOWS
    shown = coverage_mask(inverse(MOTIONS[motion](size)), size, size)
    return [_share_shown(differs, shown, *circle) for circle in entry["circles"]]


def _share_shown(differs: Mask, shown: Mask, x: int, y: int, radius: int) -> float:
    disc = cv2.circle(np.zeros(differs.shape, np.uint8), (x, y), radius, 1, -1).view(np.bool_)
    inside = shown[differs & disc]
    return float(inside.mean()) if inside.size else 0.0
