"""All frames of a file: composited, in order, within limits, one at a time."""

import io
import struct
from collections.abc import Sequence
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image, ImageCms

from app.vision.decoding.decode import declared_pixels, decode
from app.vision.decoding.errors import BrokenPicture, PictureError, PictureTooLarge, UnsupportedFormat
from app.vision.decoding.frames import Frame, frames
from app.vision.decoding.limits import MAX_COMPARED_FRAMES, tiff_pages
from tests.vision.decoding.test_decode import linear_profile

LIMIT = 1_000_000
OPTIONS: dict[str, dict[str, Any]] = {"GIF": {}, "PNG": {}, "WEBP": {"lossless": True}, "TIFF": {}}
COLOURS = ["red", "lime", "blue"]


def solid(colour: str | tuple[int, int, int], size: tuple[int, int] = (20, 10)) -> Image.Image:
    return Image.new("RGB", size, colour)


def saved(images: Sequence[Image.Image], kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    images[0].save(file, kind, save_all=True, append_images=images[1:], **{**OPTIONS[kind], **options})
    return file.getvalue()


def read(data: bytes, limit: int = LIMIT) -> list[Frame]:
    return list(frames(data, decode(data, limit), limit))


def read_until_error(data: bytes, limit: int = LIMIT) -> tuple[int, PictureError]:
    """The number of frames before the error."""
    reader, count = frames(data, decode(data, limit), limit), 0
    with pytest.raises(PictureError) as caught:  # noqa: PT012 - the frames before it are counted
        for _ in reader:
            count += 1
    return count, caught.value


@pytest.mark.parametrize("kind", OPTIONS)
def test_every_frame_is_decoded_in_order(kind: str) -> None:
    pictures = [frame.picture for frame in read(saved([solid(colour) for colour in COLOURS], kind))]
    found = [picture.rgb[5, 5].tolist() for picture in pictures]
    assert found == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    assert {picture.size for picture in pictures} == {(20, 10)}


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_a_frame_that_is_stored_in_part_is_shown_on_the_one_before(kind: str) -> None:
    second = solid("red")
    second.paste("blue", (2, 2, 5, 5))
    _, frame = read(
        saved([solid("red"), second], kind, disposal=0) if kind != "WEBP" else saved([solid("red"), second], kind)
    )
    assert np.array_equal(frame.picture.rgb, np.asarray(second))
    assert frame.picture.alpha is None


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_durations_in_milliseconds(kind: str) -> None:
    data = saved([solid(colour) for colour in COLOURS], kind, duration=[100, 50, 70])
    assert [frame.duration for frame in read(data)] == [100, 50, 70]


def test_pages_have_sizes_and_no_durations() -> None:
    found = read(saved([solid("red"), solid("lime", (30, 40))], "TIFF"))
    assert [(frame.picture.size, frame.duration) for frame in found] == [((20, 10), None), ((30, 40), None)]
    assert found[1].picture.description.height == 40


def test_a_transparent_colour_is_the_same_in_every_frame() -> None:
    """Its level is scaled to 8 bits for each frame anew."""
    stripes = [
        Image.fromarray(np.repeat(np.array([[0, 255], [255, 0]], np.uint8), 8, axis=1)).convert("1") for _ in range(2)
    ]
    stripes[1].putpixel((0, 0), 255)
    last = stripes[1].copy()
    last.putpixel((1, 0), 255)
    pictures = [frame.picture for frame in read(saved([*stripes, last], "PNG", transparency=1))]
    alphas = [picture.alpha for picture in pictures]
    assert all(alpha is not None for alpha in alphas)
    assert [alpha[0, :3].tolist() for alpha in alphas if alpha is not None] == [[255] * 3, [0, 255, 255], [0, 0, 255]]


def test_the_orientation_of_the_file_applies_to_all_frames() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved([solid("red"), solid("lime")], "PNG", exif=exif)
    assert [frame.picture.size for frame in read(data)] == [(10, 20)] * 2


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_the_profile_of_a_file_is_read_once_for_all_frames(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some take 50 ms to prepare, which a thousand frames would make a minute."""
    data = saved([solid((level, level, level)) for level in range(90, 120)], kind, icc_profile=linear_profile())
    build = Mock(wraps=ImageCms.buildTransform)
    monkeypatch.setattr(ImageCms, "buildTransform", build)
    levels = [int(frame.picture.rgb[0, 0, 0]) for frame in read(data)]
    assert build.call_count == 2, "of the first frame, and of all others"
    assert levels == sorted(levels)
    assert levels[0] > 150


@pytest.mark.parametrize("kind", OPTIONS)
def test_all_frames_together_have_a_limit(kind: str) -> None:
    count, error = read_until_error(saved([solid(colour) for colour in COLOURS], kind), limit=450)
    assert (count, type(error)) == (2, PictureTooLarge)
    assert str(error) == "all frames together may have 0.00045 million pixels"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF"])
def test_the_number_of_frames_has_a_limit(kind: str) -> None:
    images = [Image.new("L", (2, 1), index % 256).convert("RGB") for index in range(MAX_COMPARED_FRAMES + 5)]
    count, error = read_until_error(saved(images, kind))
    assert (count, str(error)) == (MAX_COMPARED_FRAMES, f"the limit is {MAX_COMPARED_FRAMES:,} frames")


def test_a_large_page_is_neither_decoded_nor_forgotten() -> None:
    data = saved([solid("red"), solid("lime", (500, 400))], "TIFF")
    assert declared_pixels(data, LIMIT) == 200_000
    assert declared_pixels(data, 1000) == 200
    count, error = read_until_error(data, limit=1000)
    assert (count, str(error)) == (1, "it has 0.2 million pixels; the limit is 0.001 million")


def test_a_gif_may_not_grow() -> None:
    """Memory is reserved for the size in its header."""
    data = bytearray(saved([solid("red"), solid("lime")], "GIF", optimize=False))
    at = data.rindex(b",\0\0\0\0" + struct.pack("<HH", 20, 10))
    data[at + 5 : at + 7] = struct.pack("<H", 2000)
    count, error = read_until_error(bytes(data))
    assert (count, type(error)) == (1, BrokenPicture)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "TIFF"])
def test_a_damaged_frame_is_an_error_after_those_before_it(kind: str) -> None:
    random = np.random.default_rng(1)
    images = [Image.fromarray(random.integers(0, 256, (40, 40, 3), np.uint8)) for _ in range(3)]
    data = bytearray(saved(images, kind, **({"compression": "tiff_adobe_deflate"} if kind == "TIFF" else {})))
    end = tiff_pages(bytes(data))[-1] if kind == "TIFF" else len(data)
    data[end - 800 : end - 20] = bytes(780)
    count, error = read_until_error(bytes(data))
    assert (count, type(error)) == (2, BrokenPicture)


def test_later_frames_of_an_avif_are_not_decoded() -> None:
    file = io.BytesIO()
    solid("red").save(file, "AVIF", save_all=True, append_images=[solid("lime")])
    count, error = read_until_error(file.getvalue())
    assert (count, type(error)) == (1, UnsupportedFormat)
