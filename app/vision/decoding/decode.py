"""Decodes uploaded bytes into a picture. No other module opens untrusted pictures."""

import io
import logging
import math
import re
import struct
import warnings
from contextlib import nullcontext
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from app.vision.arrays import UInt8
from app.vision.decoding.errors import BrokenPicture, PictureError, PictureTooLarge, UnsupportedFormat
from app.vision.decoding.fast_codecs import with_libpng, with_opencv
from app.vision.decoding.limits import TOO_MANY_PARTS, check_parts, check_segments, check_tags
from app.vision.decoding.metadata import UNUSABLE, Description, base_mode, describe
from app.vision.decoding.stderr import suppress_stderr
from app.vision.encode import MAX_JPEG_SIDE
from app.vision.geometry import Size

# Pillow's messages about broken files are returned to the sender as errors instead of being written to stderr.
warnings.filterwarnings("ignore", module=r"PIL\b")
logging.getLogger("PIL").addHandler(logging.NullHandler())

# The opener of each format is called directly: Image.open would also try the plugins of all other formats, and open
# some JPEGs as MPO.
_FORMATS: dict[str, tuple[bytes, type[ImageFile]]] = {
    "PNG": (rb"\x89PNG\r\n\x1a\n", PngImageFile),
    "JPEG": (rb"\xff\xd8\xff", JpegImageFile),
    "WebP": (rb"RIFF.{4}WEBP", WebPImageFile),
    "AVIF": (rb".{4}ftyp(avi[fs]|.{8}(.{4}){0,30}?avi[fs])", AvifImageFile),
    "TIFF": (rb"II[*+]\0|MM\0[*+]", TiffImageFile),
    "BMP": (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}", BmpImageFile),
    "GIF": (rb"GIF8[79]a", GifImageFile),
}

# Decoded pictures are encoded again, and JPEG allows no longer side. PNG does, but makes a report's download too
# large.
MAX_SIDE = MAX_JPEG_SIDE
MAX_READS = 150_000
MAX_PROFILE = 4 << 20
_RUN_LENGTH = (b"\1\0\0\0", b"\2\0\0\0")  # BMP's run-length compressions


@dataclass(frozen=True)
class Picture:
    """A decoded picture, upright, in sRGB.

    rgb: uint8 (height, width, 3), C-contiguous; straight, not multiplied by alpha.
    alpha: uint8 (height, width), 255 is opaque; None if every pixel is opaque.
    description: the properties of the file.
    """

    rgb: UInt8
    alpha: UInt8 | None
    description: Description

    @property
    def size(self) -> Size:
        """(width, height) in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]


def decode(data: bytes, max_pixels: int) -> Picture:
    """The first frame of a PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF; the format is detected by content.

    max_pixels: the largest width × height that the header may declare. It and MAX_SIDE, the limit of each side, are
    checked before any pixel is decoded.
    Raises UnsupportedFormat, PictureTooLarge or BrokenPicture, and no other error. A truncated file is broken, even if
    a decoder would fill the missing part with gray.
    """
    kind = _identify(data)
    try:
        with _open(kind, data, max_pixels) as image:
            return _picture(kind, image, data)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        raise _too_large(int(pixels[0]) if pixels else 0, max_pixels) from error
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error, … on hostile bytes
        raise BrokenPicture(_reason(kind, error)) from error


def declared_pixels(data: bytes, max_pixels: int) -> int:
    """Width × height in the header; 0 if decode() would refuse the picture for its header. No pixel is decoded."""
    try:
        with _open(_identify(data), data, max_pixels) as image:
            return image.width * image.height
    except Exception:  # decode() reports the reason
        return 0


def _identify(data: bytes) -> str:
    for kind, (signature, _) in _FORMATS.items():
        if re.match(signature, data, re.DOTALL):
            return kind
    raise UnsupportedFormat("it is not a PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF picture" if data else "it is empty")


class _Source(io.BytesIO):
    """The bytes, with a limit on the number of reads, which ends files that chain tiny blocks endlessly."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise BrokenPicture(TOO_MANY_PARTS)
        return super().read(size)


def _open(kind: str, data: bytes, max_pixels: int) -> ImageFile:
    """Read and check the header, but no pixels: its size, and parts that would take minutes to unpack.

    Raises PictureTooLarge, BrokenPicture, and what Pillow raises.
    """
    source = _Source(data)
    if kind == "JPEG":
        check_segments(data)
    if kind == "TIFF":
        check_tags(source, data)
        source.seek(0)
    # When Pillow opens a GIF, it allocates the background of the first frame, and raises above twice this limit. All
    # threads of a process use the same limit.
    Image.MAX_IMAGE_PIXELS = max_pixels
    image = _FORMATS[kind][1](source)
    _check_size(image, max_pixels)
    check_parts(image, data)
    return image


def _check_size(image: ImageFile, max_pixels: int) -> None:
    pixels = image.width * image.height
    if pixels <= 0:
        raise BrokenPicture("it has no pixels")
    if pixels > max_pixels:
        raise _too_large(pixels, max_pixels)
    side = max(image.size)
    if side > MAX_SIDE:
        raise PictureTooLarge(f"it has a side of {side:,} pixels; the limit is {MAX_SIDE:,}")


def _too_large(pixels: int, max_pixels: int) -> PictureTooLarge:
    declared = math.ceil(pixels / 1e5) / 10  # rounded up, so that it never reads like the limit itself
    return PictureTooLarge(f"it has {declared:,.12g} million pixels; the limit is {max_pixels / 1e6:,.12g} million")


def _reason(kind: str, error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    if isinstance(error, EOFError | struct.error) or "truncated" in str(error).lower():
        return "it is cut short: a part of it is missing"
    return f"its {kind} data are damaged, or of a kind that cannot be read"


def _picture(kind: str, image: ImageFile, data: bytes) -> Picture:
    transform, profile = _colour_transform(image)
    rgb, alpha = None, None
    if isinstance(image, PngImageFile):
        rgb, alpha = (None, None) if transform else with_libpng(image, data)
        if rgb is None:
            image.load()
        else:  # the parts of load() that read EXIF and text after the pixels, without decoding the pixels
            image.load_prepare()
            image.load_end()
    description = describe(kind, image, data, profile)
    is_simple = image.mode == "RGB" and description.frames == 1 and transform is None
    is_run_length = kind == "BMP" and data[14] >= 40 and data[30:34] in _RUN_LENGTH
    if is_run_length or (is_simple and kind in ("JPEG", "WebP")):
        rgb = with_opencv(data)
    if is_run_length and rgb is None:  # Pillow decodes these pixel by pixel in Python, which can take a minute
        raise BrokenPicture(f"its {kind} data are damaged, or of a kind that cannot be read")
    if rgb is None:
        rgb, alpha = _to_rgb(image, description.bits, transform)
    if kind == "BMP" and alpha is not None and not alpha.any():
        alpha = None  # the header declares alpha, but all of it is 0: browsers show such pictures opaque, too
    if kind != "TIFF":
        rgb = _upright(rgb, description.orientation)
        alpha = None if alpha is None else _upright(alpha, description.orientation)
    height, width = rgb.shape[:2]
    description = replace(description, width=width, height=height, alpha=alpha is not None)
    # Screenshots often have an opaque alpha channel; without it, all later steps are faster.
    return Picture(rgb, None if alpha is None or alpha.min() == 255 else alpha, description)


def _upright(pixels: UInt8, orientation: int) -> UInt8:
    """Apply an EXIF orientation to (height, width, ...): 5 to 8 swap the axes, then one or both axes are mirrored."""
    turned = cv2.transpose(pixels) if orientation >= 5 else pixels
    mirror = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    if mirror is not None:
        turned = cv2.flip(turned, mirror)
    return turned.astype(np.uint8, copy=False)


def _colour_transform(image: ImageFile) -> tuple[ImageCms.ImageCmsTransform | None, str | None]:
    """The transform from the image's colours to sRGB, and the name of its ICC profile.

    None, None: no profile. None, name: the profile is sRGB already. None, `UNUSABLE`: it is broken, too large, or for
    another colour model than the image's.
    """
    icc = image.info.get("icc_profile")
    if icc is None:
        return None, None
    mode = base_mode(image.mode)
    try:
        if len(icc) > MAX_PROFILE:
            return None, UNUSABLE
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        name = "".join(filter(str.isprintable, ImageCms.getProfileDescription(profile).strip()))[:60]
        transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
        return None if _is_identity(transform, mode) else transform, name or "unnamed"
    except Exception:  # PyCMSError, OSError, TypeError and ValueError
        return None, UNUSABLE


def _is_identity(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a transform changes no colour by more than one level: sRGB by any name, whose pixels stay exact."""
    if mode not in ("L", "RGB"):
        return False
    steps = np.linspace(0, 255, 16).astype(np.uint8)
    probe = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(64, 64, 3) if mode == "RGB" else steps[None]
    before = Image.fromarray(np.ascontiguousarray(probe))
    after = np.asarray(transform.apply(before), np.int16)
    return bool(np.abs(after - np.asarray(before.convert("RGB"), np.int16)).max() <= 1)


def _to_rgb(image: Image.Image, bits: int, transform: ImageCms.ImageCmsTransform | None) -> tuple[UInt8, UInt8 | None]:
    """Decode a Pillow image: uint8 (height, width, 3), and alpha, uint8 (height, width), if it has transparency.

    bits: per channel, as stored.
    """
    # libtiff reports damage on stderr.
    with suppress_stderr() if isinstance(image, TiffImageFile) else nullcontext():
        image.load()
    colours, alpha = _split_wide(image) if image.mode[0] in "IF" else _split(image, bits)
    rgb = colours.convert("RGB") if transform is None else transform.apply(colours)
    return np.asarray(rgb, np.uint8), alpha


def _split(image: Image.Image, bits: int) -> tuple[Image.Image, UInt8 | None]:
    mode = base_mode(image.mode)
    if not image.has_transparency_data:
        return image if image.mode == mode else image.convert(mode), None
    if image.mode in ("L", "RGB"):
        image.info["transparency"] = _eight_bit_key(image.info["transparency"], bits)
    both = image.convert(mode + "A")
    return both.convert(mode), np.asarray(both.getchannel("A"), np.uint8)


def _eight_bit_key(key: int | tuple[int, ...], bits: int) -> int | tuple[int, ...]:
    """PNG's transparent colour at 8 bits: it is stored at the file's depth, and Pillow compares it at 8 bits."""
    if isinstance(key, int):
        return key * 255 // ((1 << bits) - 1)
    return tuple(level >> (bits - 8) for level in key)


def _split_wide(image: Image.Image) -> tuple[Image.Image, UInt8 | None]:
    """Gray of 16 or 32 bits as 8 bits, and alpha; Pillow's own conversion would clip at 255."""
    samples = np.asarray(image)
    key = image.info.get("transparency")
    alpha = None if key is None else np.where(samples == key, 0, 255).astype(np.uint8)
    return Image.fromarray(_to_eight_bits(samples)), alpha


def _to_eight_bits(samples: npt.NDArray[np.generic]) -> UInt8:
    """Gray samples of any type as uint8.

    uint16 keeps the high byte, which inverts both usual ways to widen 8 bits (× 256 and × 257), as Pillow does for
    16-bit RGB. Wider types have no fixed white level: it is the least of 1 (floats only), 255, 65535 and 2³² − 1 that
    no sample exceeds. Samples with values below 0 or above 2³² − 1 are scaled from their minimum to their maximum.
    """
    if samples.dtype.kind == "u" and samples.dtype.itemsize == 2:
        return (samples.astype(np.uint16) >> 8).astype(np.uint8)
    levels = np.nan_to_num(samples.astype(np.float32), copy=False, posinf=0, neginf=0)
    black, white = float(levels.min()), float(levels.max())
    limits = (1, 255, 65535, 2**32 - 1)[samples.dtype.kind != "f" :]
    if black >= 0 and white <= limits[-1]:
        black, white = 0, next(limit for limit in limits if white <= limit)
    if white - black > float(np.finfo(np.float32).max):  # of both signs: their difference would overflow
        levels *= 0.25
        black, white = black / 4, white / 4
    levels -= black  # in place: at 50 megapixels each copy is 200 MB
    levels *= 255 / max(white - black, 1e-30)
    return np.rint(levels, out=levels).astype(np.uint8)
