import numpy as np
import pytest

from app.vision.tiles import AREA, tiles

SHAPES = [(1, 1), (7, 5), (1000, 1000), (1, 3 * AREA), (3 * AREA, 1), (3, AREA), (AREA // 2 + 1, 3)]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_inner_windows_partition_the_picture_in_bounded_tiles(shape: tuple[int, int]) -> None:
    covered = np.zeros(shape, int)
    sizes = []
    for tile in tiles(shape, halo=2):
        covered[tile.inner] += 1
        sizes.append(covered[tile.inner].size)
    assert (covered == 1).all()
    assert max(sizes) <= AREA
    assert len(sizes) <= 2 * covered.size / AREA + 4


@pytest.mark.parametrize("shape", SHAPES)
def test_the_halo_surrounds_the_core_and_stops_at_the_border(shape: tuple[int, int]) -> None:
    place = np.arange(shape[0] * shape[1]).reshape(shape)
    for tile in tiles(shape, halo=2):
        assert np.array_equal(place[tile.outer][tile.core], place[tile.inner])
        for axis in range(2):
            assert tile.outer[axis].start == max(tile.inner[axis].start - 2, 0)
            assert tile.outer[axis].stop == min(tile.inner[axis].stop + 2, shape[axis])
