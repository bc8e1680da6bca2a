"""Decodes uploaded bytes into a picture. No package but this one opens untrusted pictures."""

from contextlib import suppress
from dataclasses import dataclass, replace

from PIL.ImageFile import ImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import IMAGELENGTH, IMAGEWIDTH

from app.vision.arrays import UInt8
from app.vision.decoding.colours import colour_transform, to_rgb, upright
from app.vision.decoding.errors import BrokenPicture
from app.vision.decoding.fast_codecs import with_libpng, with_opencv
from app.vision.decoding.header import Source, identify, open_image, picture_errors
from app.vision.decoding.limits import page_directories
from app.vision.decoding.metadata import Description, describe
from app.vision.geometry import Size

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
    kind = identify(data)
    with picture_errors(kind, max_pixels), open_image(kind, data, max_pixels) as image:
        return _picture(kind, image, data)


def declared_pixels(data: bytes, max_pixels: int) -> int:
    """Width × height in the header, of a TIFF those of its largest page that may be decoded. No pixel is decoded.

    0 if decode() would refuse the picture for its header.
    """
    pixels = 0
    with suppress(Exception):  # decode() reports the reason
        kind = identify(data)
        with open_image(kind, data, max_pixels) as image:
            pixels = image.width * image.height
        for page in page_directories(Source(data), data) if kind == "TIFF" else ():
            size = int(page[IMAGEWIDTH]) * int(page[IMAGELENGTH])
            pixels = max(pixels, size if size <= max_pixels else 0)
    return pixels


def _picture(kind: str, image: ImageFile, data: bytes) -> Picture:
    transform, profile = colour_transform(image)
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
        rgb, alpha = to_rgb(image, description.bits, transform)
    if kind == "BMP" and alpha is not None and not alpha.any():
        alpha = None  # the header declares alpha, but all of it is 0: browsers show such pictures opaque, too
    return upright_picture(rgb, alpha, description)


def upright_picture(rgb: UInt8, alpha: UInt8 | None, description: Description) -> Picture:
    """The picture of decoded pixels, turned by the orientation of its file. Pillow turns those of a TIFF itself."""
    if description.format != "TIFF":
        rgb = upright(rgb, description.orientation)
        alpha = None if alpha is None else upright(alpha, description.orientation)
    height, width = rgb.shape[:2]
    description = replace(description, width=width, height=height, alpha=alpha is not None)
    # Screenshots often have an opaque alpha channel; without it, all later steps are faster.
    return Picture(rgb, None if alpha is None or alpha.min() == 255 else alpha, description)
