import cv2
import numpy as np
import pytest

from app.vision.tiles import MAX_TILE_PIXELS, Tile, map_masked_tiles, tiles

SHAPES = [(1, 1), (7, 5), (1000, 1000), (1, 3 * MAX_TILE_PIXELS), (3 * MAX_TILE_PIXELS, 1)]
SHAPES += [(3, MAX_TILE_PIXELS), (MAX_TILE_PIXELS // 2 + 1, 3)]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_inner_windows_partition_the_picture_in_bounded_tiles(shape: tuple[int, int]) -> None:
    covered = np.zeros(shape, int)
    sizes = []
    for tile in tiles(shape, halo=2):
        covered[tile.inner] += 1
        sizes.append(covered[tile.inner].size)
    assert (covered == 1).all()
    assert max(sizes) <= MAX_TILE_PIXELS
    assert len(sizes) <= 2 * covered.size / MAX_TILE_PIXELS + 4


@pytest.mark.parametrize("shape", SHAPES)
def test_the_halo_surrounds_the_core_and_stops_at_the_border(shape: tuple[int, int]) -> None:
    place = np.arange(shape[0] * shape[1]).reshape(shape)
    for tile in tiles(shape, halo=2):
        assert np.array_equal(place[tile.outer][tile.core], place[tile.inner])
        for axis in range(2):
            assert tile.outer[axis].start == max(tile.inner[axis].start - 2, 0)
            assert tile.outer[axis].stop == min(tile.inner[axis].stop + 2, shape[axis])


@pytest.mark.parametrize("reach", [0, 5])
@pytest.mark.parametrize("shape", [(1, 1), (7, 500), (900, 1100), (3 * MAX_TILE_PIXELS, 1)])
def test_each_pixel_within_reach_is_worked_on_once_and_tiles_with_none_are_left_out(
    shape: tuple[int, int], reach: int
) -> None:
    among = np.zeros(shape, np.bool_)
    among.ravel()[np.random.default_rng(3).integers(0, among.size, 3)] = True
    worked, place = np.zeros(shape, int), np.arange(among.size).reshape(shape)

    def work(tile: Tile) -> int:
        worked[tile.inner] += 1
        assert np.array_equal(place[tile.outer][tile.core], place[tile.inner])
        return worked[tile.inner].size

    sizes = map_masked_tiles(among, 2, work, reach)
    window = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    assert (worked[cv2.dilate(among.view(np.uint8), window) > 0] == 1).all()
    assert worked.max() == 1
    assert sum(sizes) == worked.sum()
    assert map_masked_tiles(np.zeros(shape, np.bool_), 2, work, reach) == []
