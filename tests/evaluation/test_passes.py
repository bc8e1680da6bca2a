"""How often all pixels of a large pair are read: each step that reads them again costs time on every comparison."""

from collections.abc import Iterator

import numpy as np
import pytest

from app.vision import tiles
from app.vision.arrays import UInt8
from app.vision.tiles import Tile
from tests.evaluation.test_compare import comparison

SHAPE = (1600, 1800, 3)
ANALYSES = ("pixel", "ssim", "regions", "hash")


def page() -> UInt8:
    picture = np.full(SHAPE, 255, np.uint8)
    for row in range(40, SHAPE[0] - 40, 40):
        picture[row : row + 12, 60:-60:9] = 40
    return picture


def passes(a: UInt8, b: UInt8, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float]:
    """How often the tiles of the whole pair are visited, and how often all pixels of it are worked on in tiles."""
    visited, worked = [], []
    divide, crop = tiles.tiles, tiles._crop_to_mask

    def counted_tiles(shape: tuple[int, int], halo: int) -> Iterator[Tile]:
        for tile in divide(shape, halo):
            visited.append(area(tile))
            yield tile

    def counted_crop(*arguments: object) -> Tile | None:
        part = crop(*arguments)  # type: ignore[arg-type]
        worked.append(area(part) if part else 0)
        return part

    monkeypatch.setattr(tiles, "tiles", counted_tiles)
    monkeypatch.setattr(tiles, "_crop_to_mask", counted_crop)
    comparison(a, b, *ANALYSES)
    whole = SHAPE[0] * SHAPE[1]
    return sum(visited) / whole, sum(worked) / whole


def area(tile: Tile) -> int:
    rows, columns = (len(range(span.start, span.stop)) for span in tile.inner)
    return rows * columns


def test_equal_pictures_are_not_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    visited, worked = passes(page(), page(), monkeypatch)
    assert visited < 5.5
    assert worked == 0


def test_of_nearly_equal_pictures_only_the_change_is_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = page()
    changed[800:830, 300:500] = (200, 30, 30)
    visited, worked = passes(page(), changed, monkeypatch)
    assert visited < 10.5
    assert 0 < worked < 0.03


def test_wholly_different_pictures_take_few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)
    visited, worked = passes(page(), noise, monkeypatch)
    assert visited < 6.5
    assert worked < 3.5
