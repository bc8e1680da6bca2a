"""Every accepted format, depth and colour model is decoded to upright sRGB pixels."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from app.vision.arrays import UInt8
from app.vision.decoding.decode import Picture, decode
from app.vision.decoding.metadata import UNUSABLE

# Outside tests, decode.py disables Pillow's warnings about damaged files.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

LIMIT = 1_000_000
FORMATS = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP", "AVIF": "AVIF", "TIFF": "TIFF", "BMP": "BMP", "GIF": "GIF"}
LOSSLESS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 100, "subsampling": 0},
    "WEBP": {"lossless": True, "exact": True},
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
}


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def opened(data: bytes) -> Picture:
    return decode(data, LIMIT)


def corners() -> UInt8:
    """48 × 32 pixels, each corner in a different colour, so that all orientations are distinguishable."""
    rgb = np.zeros((32, 48, 3), np.uint8)
    rgb[:16, :24], rgb[:16, 24:], rgb[16:, :24], rgb[16:, 24:] = (250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 250)
    return rgb


def smooth() -> Image.Image:
    y, x = np.mgrid[:60, :90]
    return Image.fromarray(np.stack([x * 2, y * 4, (x + y) % 200], -1).astype(np.uint8))


def wide_png(samples: np.ndarray[Any, Any], colour_type: int, extra: bytes = b"") -> bytes:
    """A PNG of 16 bits per channel, or of fewer than 8 if the rows are packed into bytes."""
    bits = 16 if samples.dtype == np.uint16 else 2
    rows = samples.astype(">u2") if bits == 16 else samples
    width = rows.shape[1] * (1 if bits == 16 else 4)
    header = struct.pack(">IIBBBBB", width, rows.shape[0], bits, colour_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.parametrize("format_", FORMATS)
def test_pixels_and_facts_of_an_ordinary_picture(format_: str) -> None:
    picture = opened(encoded(Image.fromarray(corners()), format_, **LOSSLESS.get(format_, {})))
    found = picture.description
    assert (found.format, found.width, found.height, found.bits, found.frames) == (FORMATS[format_], 48, 32, 8, 1)
    assert (found.colour, found.alpha, found.orientation) == ("palette" if format_ == "GIF" else "RGB", False, 1)
    assert (found.profile, picture.alpha) == (None, None)
    assert picture.rgb.dtype == np.uint8
    assert picture.rgb.flags.c_contiguous
    loss = {"JPEG": 3, "AVIF": 3}.get(format_, 0)
    assert np.abs(picture.rgb.astype(int) - corners()).max() <= loss


TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),  # stored turned anticlockwise, to be shown turned clockwise
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "AVIF", "TIFF"])
def test_orientation_is_applied_once(format_: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(TURNS[orientation](corners())))
    picture = opened(encoded(stored, format_, exif=exif, **LOSSLESS.get(format_, {})))
    assert (picture.description.width, picture.description.height) == (48, 32)
    assert picture.description.orientation == orientation
    assert np.abs(picture.rgb[4:28:23, 4:44:39].astype(int) - corners()[4:28:23, 4:44:39]).max() <= 30


def test_alpha_is_turned_with_the_colours() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    rgba = np.dstack([corners(), corners()[..., 0]])
    picture = opened(encoded(Image.fromarray(np.ascontiguousarray(np.rot90(rgba))), "PNG", exif=exif))
    assert np.array_equal(picture.rgb, corners())
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, corners()[..., 0])


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
@pytest.mark.parametrize("format_", ["PNG", "BMP", "TIFF", "GIF"])
def test_colour_models_without_alpha(format_: str, mode: str) -> None:
    image = smooth().convert(mode)
    picture = opened(encoded(image, format_))
    if (format_, mode) != ("GIF", "RGB"):
        assert np.array_equal(picture.rgb, np.asarray(image.convert("RGB")))
    assert picture.alpha is None


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("format_", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_separate(format_: str, mode: str) -> None:
    image = smooth().convert(mode)
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    picture = opened(encoded(image, format_, **LOSSLESS.get(format_, {})))
    rgba = np.asarray(image.convert("RGBA"))
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, rgba[..., 3])
    assert np.array_equal(picture.rgb[picture.alpha > 0], rgba[..., :3][picture.alpha > 0])


@pytest.mark.parametrize("transparency", [1, b"\xff\x00\x80"])
def test_palette_with_transparency(transparency: int | bytes) -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8)).convert("P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    picture = opened(encoded(image, "PNG", transparency=transparency))
    assert picture.description.colour == "palette"
    assert picture.rgb.tolist() == [[[10, 20, 30], [40, 50, 60], [70, 80, 90]]]
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[255, 0, 255 if transparency == 1 else 128]]


def test_sixteen_bits_keep_their_high_byte() -> None:
    levels = np.array([[0, 255, 256, 0x80FF, 65535]], np.uint16)
    eight = [0, 0, 1, 0x80, 255]
    gray, rgb = opened(wide_png(levels, 0)), opened(wide_png(np.repeat(levels[..., None], 3, 2), 2))
    tiff = io.BytesIO()
    tifffile.imwrite(tiff, levels, photometric="minisblack")
    for picture in (gray, rgb, opened(tiff.getvalue())):
        assert picture.rgb[0, :, 0].tolist() == eight
        assert np.ptp(picture.rgb, axis=2).max() == 0
        assert picture.description.bits == 16
    assert (gray.description.colour, rgb.description.colour) == ("gray", "RGB")


def test_sixteen_bit_gray_with_alpha_is_gray() -> None:
    picture = opened(wide_png(np.array([[[0x1234, 0x80FF], [65535, 0]]], np.uint16), 4))
    assert (picture.description.colour, picture.description.bits) == ("gray", 16)
    assert picture.rgb[0, :, 1].tolist() == [0x12, 255]
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[0x80, 0]]


def test_transparent_colour_at_the_depth_of_the_file() -> None:
    gray = np.array([[0, 0x1234, 0x1235]], np.uint16)
    rgb = np.array([[[0x1234, 0x5678, 0x9ABC], [0, 0, 0]]], np.uint16)
    two_bits = np.array([[0b00_01_10_11]], np.uint8)
    for data, expected in (
        (wide_png(gray, 0, chunk(b"tRNS", b"\x12\x34")), [255, 0, 255]),
        (wide_png(rgb, 2, chunk(b"tRNS", b"\x12\x34\x56\x78\x9a\xbc")), [0, 255]),
        (wide_png(two_bits, 0, chunk(b"tRNS", b"\0\2")), [255, 255, 0, 255]),
    ):
        alpha = opened(data).alpha
        assert alpha is not None
        assert alpha[0].tolist() == expected


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.array([[0, 0.5, 1]], np.float32), [0, 128, 255]),
        (np.array([[0, 100.4, 255]], np.float32), [0, 100, 255]),
        (np.array([[0, 257 * 99, 65535]], np.int32), [0, 99, 255]),
        (np.array([[-10, 0, 10]], np.float32), [0, 128, 255]),
        (np.array([[np.nan, np.inf, 1]], np.float32), [0, 0, 255]),
        (np.zeros((1, 3), np.int32), [0, 0, 0]),
    ],
)
def test_wide_samples_are_scaled_to_the_usual_range_that_holds_them(
    samples: np.ndarray[Any, Any], expected: list[int]
) -> None:
    tiff = io.BytesIO()
    tifffile.imwrite(tiff, samples, photometric="minisblack")
    picture = opened(tiff.getvalue())
    assert picture.rgb[0, :, 0].tolist() == expected
    assert picture.description.bits == 32


@pytest.mark.parametrize("format_", ["JPEG", "TIFF"])
def test_cmyk(format_: str) -> None:
    ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # magenta and yellow: red
    picture = opened(encoded(ink, format_))  # Pillow, like Photoshop, writes CMYK JPEGs inverted
    assert picture.description.colour == "CMYK"
    assert np.abs(picture.rgb.astype(int) - (255, 0, 0)).max() <= 2


def linear_profile() -> bytes:
    """sRGB's colours with a linear tone curve: a profile that visibly moves every mid-tone."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = profile.index(b"para")
    profile[at : at + 16] = b"curv" + bytes(4) + bytes(4) + bytes(4)  # no entries: the identity
    return bytes(profile)


def test_profile_is_converted_to_srgb() -> None:
    image = Image.new("RGB", (8, 8), (128, 128, 128))
    for format_ in ("PNG", "JPEG", "TIFF"):
        picture = opened(encoded(image, format_, icc_profile=linear_profile()))
        assert picture.description.profile is not None
        assert picture.description.profile != UNUSABLE
        assert np.abs(picture.rgb.astype(int) - 188).max() <= 1  # linear 128/255 is 188 in sRGB (IEC 61966-2-1)


def test_an_srgb_profile_changes_no_pixel() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = opened(encoded(smooth(), "PNG", icc_profile=srgb))
    assert np.array_equal(picture.rgb, np.asarray(smooth()))
    assert picture.description.profile == "sRGB built-in"


@pytest.mark.parametrize("profile", [b"nonsense", linear_profile()[:200], bytes(5 << 20)])
def test_an_unusable_profile_is_ignored_and_reported(profile: bytes) -> None:
    picture = opened(encoded(smooth(), "TIFF", icc_profile=profile))
    assert picture.description.profile == UNUSABLE
    assert np.array_equal(picture.rgb, np.asarray(smooth()))


def test_a_profile_for_another_colour_model_is_ignored() -> None:
    picture = opened(encoded(smooth().convert("L"), "PNG", icc_profile=linear_profile()))
    assert picture.description.profile == UNUSABLE


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_first_of_several_frames(format_: str) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
    options = LOSSLESS.get(format_, {})
    picture = opened(encoded(frames[0], format_, save_all=True, append_images=frames[1:], **options))
    assert picture.description.frames == 3
    assert np.abs(picture.rgb.astype(int) - (255, 0, 0)).max() <= 3


def test_metadata_is_distinguished_by_digest() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a caption"
    bare, noted, other = (
        opened(encoded(smooth(), "JPEG", **options)) for options in ({}, {"exif": exif}, {"comment": b"a note"})
    )
    assert bare.description.metadata == ""
    assert "" != noted.description.metadata != other.description.metadata != ""
    assert np.array_equal(bare.rgb, noted.rgb)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": "4:2:2"}])
@pytest.mark.parametrize("format_", ["JPEG", "WEBP"])
def test_opencv_and_pillow_decode_the_same_pixels(format_: str, options: dict[str, Any]) -> None:
    data = encoded(smooth(), format_, **options)
    assert np.array_equal(opened(data).rgb, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


def test_photographs_decode_as_in_pillow(shared: Path) -> None:
    for path in sorted((shared / "data" / "photos").glob("*.jpg"))[::100]:
        with Image.open(path) as image:
            assert np.array_equal(opened(path.read_bytes()).rgb, np.asarray(image.convert("RGB"))), path.name


def test_variants_of_one_picture_look_alike(shared: Path) -> None:
    odd = shared / "data" / "odd"
    for first, *others in (
        ("avif__rot0mir0.avif", "avif__rot1mir1.avif", "avif__rot3mir0.avif"),
        ("g4_orientation_1.tif", "g4_orientation_4.tif", "g4_orientation_7.tif"),
        (
            "hopper_orientation_2.webp",
            "hopper_orientation_4.jpg",
            "hopper_orientation_5.webp",
            "hopper_orientation_7.jpg",
        ),
    ):
        reference = opened((odd / first).read_bytes()).rgb.astype(int)
        for other in others:
            difference = np.abs(opened((odd / other).read_bytes()).rgb - reference)
            assert difference.mean() < 12, other  # the AVIFs show different text
