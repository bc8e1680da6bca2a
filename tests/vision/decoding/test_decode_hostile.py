"""Any bytes give a picture or an error with a readable reason."""

import io
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.vision.decoding.decode import Picture, decode
from app.vision.decoding.errors import BrokenPicture, PictureError, PictureTooLarge, UnsupportedFormat
from app.vision.decoding.header import MAX_SIDE

# Outside tests, header.py disables Pillow's warnings about damaged files.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

LIMIT = 1_000_000
FORMATS = ["PNG", "JPEG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"]


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def opened(data: bytes) -> Picture:
    return decode(data, LIMIT)


def smooth() -> Image.Image:
    y, x = np.mgrid[:60, :90]
    return Image.fromarray(np.stack([x * 2, y * 4, (x + y) % 200], -1).astype(np.uint8))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("format_", FORMATS)
def test_a_truncated_file_is_broken(format_: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    data = encoded(noise, format_)
    with pytest.raises(PictureError) as caught:
        opened(data[: int(len(data) * share)])
    assert isinstance(caught.value, BrokenPicture | UnsupportedFormat)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"P6 1 1 255 \0\0\0",
        b"BMX" * 9,
    ],
)
def test_other_content_is_unsupported(data: bytes) -> None:
    with pytest.raises(UnsupportedFormat):
        opened(data)


@pytest.mark.parametrize("format_", ["ICO", "PPM", "TGA", "PCX", "DIB", "ICNS", "JPEG2000"])
def test_other_picture_formats_are_unsupported(format_: str) -> None:
    with pytest.raises(UnsupportedFormat):
        opened(encoded(smooth().resize((32, 32)), format_))


def bombs() -> Iterator[tuple[str, bytes]]:
    """Small files whose headers declare 900 million pixels."""
    side = 30000
    png = bytearray(encoded(smooth(), "PNG"))
    png[16:24] = struct.pack(">II", side, side)
    png[29:33] = struct.pack(">I", zlib.crc32(png[12:29]))
    yield "PNG", bytes(png)
    jpeg = bytearray(encoded(smooth(), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", side, side)
    yield "JPEG", bytes(jpeg)
    gif = bytearray(encoded(smooth(), "GIF"))
    gif[6:10] = struct.pack("<HH", side, side)
    yield "GIF", bytes(gif)
    bmp = bytearray(encoded(smooth(), "BMP"))
    bmp[18:26] = struct.pack("<II", side, side)
    yield "BMP", bytes(bmp)
    tiff = encoded(smooth(), "TIFF")
    yield (
        "TIFF",
        tiff.replace(struct.pack("<HHII", 257, 4, 1, 60), struct.pack("<HHII", 257, 4, 1, 10_000_000)).replace(
            struct.pack("<HHIHH", 257, 3, 1, 60, 0), struct.pack("<HHII", 257, 4, 1, 10_000_000)
        ),
    )
    webp = bytearray(encoded(smooth(), "WEBP", save_all=True, append_images=[Image.new("RGB", (90, 60))]))
    webp[24:30] = (side - 1).to_bytes(3, "little") * 2
    yield "WEBP", bytes(webp)


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in bombs()])
def test_declared_pixels_are_refused_before_decoding(data: bytes) -> None:
    with pytest.raises(PictureTooLarge, match=r"^it has [\d,]{3}.* million pixels; the limit is 50 million$"):
        decode(data, 50_000_000)


def test_the_limit_itself_is_allowed() -> None:
    data = encoded(Image.new("L", (100, 100)), "PNG")
    assert decode(data, 10_000).description.width == 100
    with pytest.raises(PictureTooLarge, match=r"it has 0\.1 million pixels; the limit is 0\.009999 million"):
        decode(data, 9_999)


def ribbon(width: int, height: int) -> bytes:
    """A PNG whose header declares this size, but which holds hardly any pixel."""
    png = bytearray(encoded(Image.new("L", (1, 1)), "PNG"))
    png[16:24] = struct.pack(">II", width, height)
    png[29:33] = struct.pack(">I", zlib.crc32(png[12:29]))
    return bytes(png)


@pytest.mark.parametrize("size", [(1_000_001, 1), (1, 49_000_000), (MAX_SIDE + 1, 8), (700, MAX_SIDE + 1)])
def test_a_declared_side_is_refused_before_decoding(size: tuple[int, int]) -> None:
    expected = f"it has a side of {max(size):,} pixels; the limit is {MAX_SIDE:,}"
    with pytest.raises(PictureTooLarge, match=f"^{expected}$"):
        decode(ribbon(*size), 50_000_000)


@pytest.mark.parametrize("size", [(MAX_SIDE, 1), (1, MAX_SIDE)])
def test_the_longest_side_itself_is_allowed(size: tuple[int, int]) -> None:
    description = opened(encoded(Image.new("L", size), "PNG")).description
    assert (description.width, description.height) == size


def endless() -> Iterator[tuple[str, bytes]]:
    """Small files that would take minutes or gigabytes to decode."""
    jpeg = encoded(smooth(), "JPEG", progressive=True)
    at = jpeg.rindex(b"\xff\xda")
    yield "scans", jpeg[:-2] + jpeg[at:-2] * 200 + b"\xff\xd9"
    yield "segments", jpeg[:2] + b"\xff\xfe\0\2" * 400_000 + jpeg[2:]
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x4c\1\0"
    yield "frames", b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0) + frame * 300_000 + b";"
    strips = 200_000
    entries = [(256, 1), (257, strips), (258, 8), (259, 1), (262, 1), (273, None), (277, 1), (278, 1), (279, None)]
    directory = b"".join(struct.pack("<HHII", t, 4, 1 if v else strips, v or 200) for t, v in entries)
    header = b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory + bytes(4)
    yield "strips", header.ljust(200, b"\0") + struct.pack("<I", 1) * strips * 2


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in endless()])
def test_endless_files_are_refused(data: bytes) -> None:
    start = time.monotonic()
    with pytest.raises(BrokenPicture, match="far more parts"):
        opened(data)
    assert time.monotonic() - start < 10


def test_compressed_text_may_not_explode() -> None:
    png = encoded(smooth(), "PNG")
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50 << 20)))
    with pytest.raises(BrokenPicture):
        opened(png[:33] + bomb + png[33:])


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_unknown_orientation_is_upright(value: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    assert opened(encoded(smooth(), "JPEG", exif=exif)).description.orientation == 1


def test_damaged_exif_leaves_the_picture() -> None:
    picture = opened(encoded(smooth(), "PNG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40))
    assert picture.description.orientation == 1


def test_random_bytes_behind_each_signature() -> None:
    random = np.random.default_rng(1)
    for format_ in FORMATS:
        data = bytearray(encoded(smooth(), format_))
        for _ in range(60):
            hurt = bytearray(data)
            for at in random.integers(0, len(hurt), 8):
                hurt[at] = random.integers(0, 256)
            try:
                assert opened(bytes(hurt)).rgb.ndim == 3
            except PictureError as error:
                assert_plain(error)


def assert_plain(error: PictureError) -> None:
    text = str(error)
    assert text.startswith("it")
    assert not any(mark in text for mark in ("<", "b'", "0x", "Error", "/", "!"))


def test_odd_files_give_a_picture_or_a_reason(shared: Path, capfd: pytest.CaptureFixture[str]) -> None:
    refused = []
    for path in sorted((shared / "data" / "odd").iterdir()):
        try:
            picture = opened(path.read_bytes())
        except PictureError as error:
            assert_plain(error)
            refused.append(path.name)
        else:
            description = picture.description
            assert picture.rgb.shape == (description.height, description.width, 3), path.name
            assert picture.alpha is None or (description.alpha and picture.alpha.min() < 255), path.name
    assert len(refused) <= 14, refused
    assert capfd.readouterr().err == ""
