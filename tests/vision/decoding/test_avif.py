"""The frame sizes of an AVIF file are known before it is decoded, for every structure of the file."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.vision.decoding.avif import coded_frames
from app.vision.decoding.decode import declared_pixels, decode
from app.vision.decoding.errors import BrokenPicture

LIMIT = 50_000_000


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    random = np.random.default_rng(0)
    return Image.fromarray(random.integers(0, 256, (height, width, len(mode)), np.uint8))


def avif(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "AVIF", speed=10, **options)
    return file.getvalue()


def declaring(data: bytes, width: int, height: int) -> bytes:
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def box(kind: bytes, *contents: bytes) -> bytes:
    body = b"".join(contents)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def found(kind: bytes, data: bytes) -> bytes:
    """A box with its header."""
    at = data.index(kind) - 4
    return data[at : at + int.from_bytes(data[at : at + 4])]


def grid(width: int, height: int, cell: Image.Image) -> bytes:
    """A grid picture of one cell, which may be larger than the visible part. Its bytes are in two extents."""
    single = avif(cell)
    frame = found(b"mdat", single)[8:]
    plan = struct.pack(">BBBBHH", 0, 0, 0, 0, width, height)
    full = bytes(4)

    def size(width: int, height: int) -> bytes:
        return box(b"ispe", full, struct.pack(">II", width, height))

    def file(start: int) -> bytes:
        places = (
            struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(plan)),
            struct.pack(">HHHHIIII", 2, 0, 0, 2, start, 9, start + 9, len(frame) - 9),
        )
        parts = (size(width, height), found(b"pixi", single), size(*cell.size), found(b"av1C", single))
        return found(b"ftyp", single) + box(
            b"meta",
            full,
            found(b"hdlr", single),
            box(b"pitm", full, b"\0\1"),
            box(b"iloc", b"\1\0\0\0\x44\0", struct.pack(">H", 2), *places),
            box(
                b"iinf",
                full,
                b"\0\2",
                box(b"infe", b"\2\0\0\0\0\1\0\0grid\0"),
                box(b"infe", b"\2\0\0\0\0\2\0\0av01\0"),
            ),
            box(b"iref", full, box(b"dimg", struct.pack(">HHH", 1, 1, 2))),
            box(b"iprp", box(b"ipco", *parts), box(b"ipma", full, b"\0\0\0\2\0\1\2\1\2\0\2\3\3\x84\2")),
            box(b"idat", plan),
        )

    start = len(file(0)) + 8
    return file(start) + box(b"mdat", frame)


@pytest.mark.parametrize("size", [(1, 1), (33, 17), (60, 40), (700, 300)])
@pytest.mark.parametrize("options", [{}, {"subsampling": "4:4:4"}, {"codec": "aom", "tile_rows": 1}], ids=str)
def test_the_size_of_a_still_picture(size: tuple[int, int], options: dict[str, Any]) -> None:
    assert coded_frames(avif(noise(*size), **options)).sizes == [size]


def test_colours_and_alpha_are_two_pictures() -> None:
    assert coded_frames(avif(noise(60, 40, "RGBA"))).sizes == [(60, 40)] * 2


def test_a_sequence_has_tracks_too() -> None:
    animated = avif(noise(60, 40), save_all=True, append_images=[noise(60, 40).rotate(180)])
    assert coded_frames(animated).sizes == [(60, 40)] * 2
    assert decode(animated, LIMIT).description.frames == 2


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(declaring(avif(noise(1600, 1200)), 60, 40), id="far less"),
        pytest.param(declaring(avif(noise(60, 40)), 7000, 7000), id="far more"),
        pytest.param(declaring(avif(noise(60, 40)), 60, 41), id="a row more"),
    ],
)
def test_another_size_than_declared_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenPicture, match=r"^its frames are not of the size that it declares$"):
        decode(data, LIMIT)
    assert declared_pixels(data, LIMIT) == 0


def test_a_grid_may_be_cropped_from_its_cells() -> None:
    data = grid(60, 50, noise(64, 64))
    assert coded_frames(data).grid
    picture = decode(data, LIMIT)
    assert picture.rgb.shape == (50, 60, 3)


def test_a_grid_of_far_larger_cells_is_refused() -> None:
    data = grid(70, 66, noise(1200, 900))
    with pytest.raises(BrokenPicture, match="frames that are far larger than the picture"):
        decode(data, LIMIT)


def test_an_unknown_size_is_refused() -> None:
    data = bytearray(avif(noise(60, 40)))
    at = data.index(b"mdat") + 4
    assert data[at : at + 2] == b"\x12\0"  # a delimiter of size 0, which is replaced by one up to the end
    data[at] = 0x10
    with pytest.raises(BrokenPicture):
        coded_frames(bytes(data))
