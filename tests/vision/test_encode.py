import io

import numpy as np
import pytest
from PIL import Image

from app.vision.arrays import UInt8
from app.vision.encode import MAX_JPEG_SIDE, encode, is_flat
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


def with_alpha(picture: UInt8, alpha: UInt8 | int) -> UInt8:
    """The picture with an alpha channel."""
    return np.dstack([picture, np.broadcast_to(np.uint8(alpha), picture.shape[:2])])


@pytest.mark.parametrize("picture", [NOISE, FLAT], ids=["noise", "flat"])
def test_what_is_partly_transparent_is_written_exactly(picture: UInt8) -> None:
    """Photographs, too: JPEG has no transparency. What lies under the fully transparent is kept as well."""
    levels = np.random.default_rng(2).integers(0, 256, picture.shape[:2], np.uint8)
    hole = np.full(picture.shape[:2], 255, np.uint8)
    hole[-1, -1] = 254
    for alpha in (levels, hole, 0):
        encoded = encode(with_alpha(picture, alpha))
        assert encoded.media_type == "image/png"
        opened = Image.open(io.BytesIO(encoded.data))
        assert opened.mode == "RGBA"
        assert np.array_equal(np.asarray(opened), with_alpha(picture, alpha))


@pytest.mark.parametrize("picture", [NOISE, FLAT], ids=["noise", "flat"])
def test_opaque_alpha_is_as_none(picture: UInt8) -> None:
    assert encode(with_alpha(picture, 255)) == encode(picture)


@pytest.mark.parametrize("shape", [(MAX_JPEG_SIDE, 2, 3), (2, MAX_JPEG_SIDE, 3)])
def test_what_is_too_long_for_jpeg_becomes_png(shape: tuple[int, ...]) -> None:
    ribbon = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    assert encode(ribbon).media_type == "image/jpeg"
    longer = np.concatenate([ribbon, ribbon[:1, :1].repeat(2, axis=shape.index(2))], axis=shape.index(MAX_JPEG_SIDE))
    encoded = encode(longer)
    assert encoded.media_type == "image/png"
    assert np.array_equal(read(encoded.data), longer)


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 1, 4), (1, 500), (500, 1, 3), (1, 500, 4)])
def test_any_shape(shape: tuple[int, ...]) -> None:
    assert encode(np.zeros(shape, np.uint8)).data


def test_flatness() -> None:
    assert is_flat(FLAT)
    assert is_flat(FLAT[..., 0])
    assert not is_flat(NOISE)
