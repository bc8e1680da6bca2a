"""Opens untrusted bytes: the format, the header and the limits, before any pixel is decoded."""

import io
import logging
import math
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from app.vision.decoding.errors import BrokenPicture, PictureError, PictureTooLarge, UnsupportedFormat
from app.vision.decoding.limits import TOO_MANY_PARTS, check_parts, check_segments, check_tags
from app.vision.encode import MAX_JPEG_SIDE

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

SIGNATURE_BYTES = 160  # that identify() reads, of an AVIF with many brands

# Decoded pictures are encoded again, and JPEG allows no longer side. PNG does, but makes a report's download too
# large.
MAX_SIDE = MAX_JPEG_SIDE
MAX_READS = 150_000


def identify(data: bytes) -> str:
    """The format by the first bytes: PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF. Raises UnsupportedFormat."""
    for kind, (signature, _) in _FORMATS.items():
        if re.match(signature, data, re.DOTALL):
            return kind
    raise UnsupportedFormat("it is not a PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF picture" if data else "it is empty")


class Source(io.BytesIO):
    """The bytes, with a limit on the number of reads, which ends files that chain tiny blocks endlessly."""

    def __init__(self, data: bytes, max_reads: int = MAX_READS) -> None:
        super().__init__(data)
        self._reads_left = max_reads

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads_left -= 1
        if self._reads_left < 0:
            raise BrokenPicture(TOO_MANY_PARTS)
        return super().read(size)


def open_image(kind: str, data: bytes, max_pixels: int, max_reads: int = MAX_READS) -> ImageFile:
    """Read and check the header, but no pixels: its size, and parts that would take minutes to unpack.

    max_reads: how often the decoder may read from `data`.
    Raises PictureTooLarge, BrokenPicture, and what Pillow raises.
    """
    source = Source(data, max_reads)
    if kind == "JPEG":
        check_segments(data)
    if kind == "TIFF":
        check_tags(source, data)
        source.seek(0)
    # When Pillow opens a GIF, it allocates the background of the first frame, and raises above twice this limit. All
    # threads of a process use the same limit.
    Image.MAX_IMAGE_PIXELS = max_pixels
    image = _FORMATS[kind][1](source)
    check_size(image, max_pixels)
    check_parts(image, data)
    return image


def check_size(image: ImageFile, max_pixels: int) -> None:
    """Raise BrokenPicture for a frame without pixels, PictureTooLarge for one beyond `max_pixels` or MAX_SIDE."""
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


@contextmanager
def picture_errors(kind: str, max_pixels: int) -> Iterator[None]:
    """Turn whatever decoders raise on hostile bytes of a format into a PictureError."""
    try:
        yield
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        raise _too_large(int(pixels[0]) if pixels else 0, max_pixels) from error
    except Exception as error:  # OSError, SyntaxError, struct.error, …
        raise BrokenPicture(_reason(kind, error)) from error
