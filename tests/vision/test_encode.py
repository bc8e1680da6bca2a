import numpy as np
import pytest

from app.vision.encode import encode, is_flat
from tests.pictures import blurred, read

NOISE = np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)
FLAT = np.zeros((64, 96, 3), np.uint8)
FLAT[20:40, 30:60] = (255, 128, 0)


def test_flat_graphics_stay_exact() -> None:
    encoded = encode(FLAT)
    assert encoded.media_type == "image/png"
    assert np.array_equal(read(encoded.data), FLAT)


def test_photographs_become_jpeg_in_the_right_colours() -> None:
    photo = blurred(NOISE, 3)
    photo[..., 0] = 200
    encoded = encode(photo)
    assert encoded.media_type == "image/jpeg"
    assert np.abs(read(encoded.data).astype(int) - photo).mean() < 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 500), (500, 1, 3)])
def test_any_shape(shape: tuple[int, ...]) -> None:
    assert encode(np.zeros(shape, np.uint8)).data


def test_flatness() -> None:
    assert is_flat(FLAT)
    assert is_flat(FLAT[..., 0])
    assert not is_flat(NOISE)
