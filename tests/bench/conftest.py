"""Pairs as they lie in the data's folder."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from tests.pictures import png, scene

# Of the scene, a disc that the second picture of each pair has more: x, y, radius.
DISCS = {"left": (75, 80, 17), "right": (190, 100, 14)}
# What the second board and the second page have more: x, y, width, height, black.
BOX = (150, 20, 60, 40)
SHIFT = (7, -4)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with two pairs of photographs, one of boards, one of screenshots and one of viewpoints, all drawn."""
    folder = tmp_path / "data"
    folder.mkdir()
    spot = [
        {**pair(folder, name, scene(), with_disc(x, y, radius)), "circles": [(x, y, radius)]}
        for name, (x, y, radius) in DISCS.items()
    ]
    board = {**pair(folder, "board", scene(), with_box(*BOX)), "boxes": [BOX]}
    page = {**pair(folder, "page", scene(), with_box(*BOX)), "pixelmatch_8_0_0_count": 1200, "threshold": 0}
    moved = cv2.warpPerspective(scene(), to_b(), (240, 160), borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)
    viewpoint = {**pair(folder, "moved", scene(), moved), "homography_a_to_b": to_b().tolist()}
    manifest = {"spot": spot, "pcb": [board], "ui": [page], "align": [viewpoint]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def entries(data: Path) -> dict[str, dict[str, Any]]:
    """Each pair of the folder by its name."""
    manifest = json.loads((data / "manifest.json").read_text())
    return {entry["name"]: entry for pairs in manifest.values() for entry in pairs}


def pair(folder: Path, name: str, a: UInt8, b: UInt8) -> dict[str, Any]:
    for side, picture in (("a", a), ("b", b)):
        (folder / f"{name}_{side}.png").write_bytes(png(picture))
    return {"name": name, "a": f"{name}_a.png", "b": f"{name}_b.png"}


def with_disc(x: int, y: int, radius: int) -> UInt8:
    return np.asarray(cv2.circle(scene(), (x, y), radius, (255, 255, 0), -1, cv2.LINE_AA), np.uint8)


def with_box(x: int, y: int, width: int, height: int) -> UInt8:
    picture = scene()
    picture[y : y + height, x : x + width] = 0
    return picture


def to_b() -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([[1, 0, SHIFT[0]], [0, 1, SHIFT[1]], [0, 0, 1]], np.float64)
