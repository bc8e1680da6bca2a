"""Valid files of every accepted format, in the variants that take different ways through the decoders."""

import io
import zlib
from functools import cache
from typing import Any

import numpy as np
import tifffile
from PIL import Image, ImageCms

from tests.pictures import scene

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/></x:xmpmeta>'


@cache
def valid_files() -> dict[str, bytes]:
    """Small pictures by what is special about them; the first word is the format."""
    return {**_png(), **_jpeg(), **_webp(), **_avif(), **_tiff(), **_bmp(), **_gif()}


def saved(image: Image.Image, format_: str, **options: Any) -> bytes:
    """The picture as a file, by Pillow."""
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def drawn(mode: str = "RGB") -> Image.Image:
    """A picture of 60 × 40 in that mode of Pillow's; alpha, where it has that, rises from left to right."""
    rgb = scene(60, 40)
    ramp = np.broadcast_to(np.linspace(0, 255, 60).astype(np.uint8), (40, 60))
    return (Image.fromarray(np.dstack([rgb, ramp])) if mode.endswith("A") else Image.fromarray(rgb)).convert(mode)


def _frames(mode: str = "RGB") -> dict[str, Any]:
    second = drawn("RGB").transpose(Image.Transpose.ROTATE_180).convert(mode)
    return {"save_all": True, "append_images": [second, drawn(mode)], "duration": 50}


def _reported() -> dict[str, Any]:
    """EXIF, with a directory below the first, and a colour profile."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "harbour"
    exif.get_ifd(0x8769)[0x9286] = "a comment"
    return {"exif": exif, "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()}


def _wide() -> Image.Image:
    return Image.fromarray(np.asarray(drawn("L")).astype(np.uint16) * 257)


def _png() -> dict[str, bytes]:
    modes = {f"PNG {mode}": saved(drawn(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA")}
    return modes | {
        "PNG 16 bit": saved(_wide(), "PNG"),
        "PNG key": saved(drawn("L"), "PNG", transparency=7),
        "PNG reported": saved(drawn(), "PNG", **_reported()),
        "PNG animated": saved(drawn(), "PNG", **_frames()),
        "PNG palette alpha": saved(drawn("P"), "PNG", transparency=bytes(range(100, 200))),
    }


def _jpeg() -> dict[str, bytes]:
    return {
        "JPEG": saved(drawn(), "JPEG"),
        "JPEG gray": saved(drawn("L"), "JPEG"),
        "JPEG CMYK": saved(drawn("CMYK"), "JPEG"),
        "JPEG progressive": saved(drawn(), "JPEG", progressive=True, subsampling="4:4:4"),
        "JPEG reported": saved(drawn(), "JPEG", **_reported(), xmp=XMP, comment=b"a comment"),
        "JPEG restarts": saved(drawn(), "JPEG", restart_marker_blocks=2),
    }


def _webp() -> dict[str, bytes]:
    return {
        "WebP": saved(drawn(), "WEBP"),
        "WebP lossless alpha": saved(drawn("RGBA"), "WEBP", lossless=True),
        "WebP animated": saved(drawn(), "WEBP", **_frames()),
        "WebP reported": saved(drawn(), "WEBP", **_reported(), xmp=XMP),
    }


def _avif() -> dict[str, bytes]:
    return {
        "AVIF": saved(drawn(), "AVIF"),
        "AVIF alpha": saved(drawn("RGBA"), "AVIF"),
        "AVIF animated": saved(drawn(), "AVIF", **_frames()),
        "AVIF reported": saved(drawn(), "AVIF", **_reported(), xmp=XMP),
    }


def _tiff() -> dict[str, bytes]:
    codings = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
    return {
        **{f"TIFF {coding}": saved(drawn(), "TIFF", compression=coding) for coding in codings},
        **{f"TIFF {mode}": saved(drawn(mode), "TIFF") for mode in ("1", "P", "CMYK", "LAB", "RGBA", "F")},
        "TIFF fax": saved(drawn("1"), "TIFF", compression="group4"),
        "TIFF 16 bit": saved(_wide(), "TIFF"),
        "TIFF big": saved(drawn(), "TIFF", big_tiff=True),
        "TIFF pages": saved(drawn(), "TIFF", save_all=True, append_images=[drawn("L")]),
        "TIFF reported": saved(drawn(), "TIFF", **_reported()),
        "TIFF tiled": _tifffile(tile=(16, 32), compression="zlib"),
        "TIFF tiled raw": _tifffile(tile=(16, 32)),
        "TIFF planes": _tifffile(planar=True),
        "TIFF MM": _tifffile(byteorder=">"),
    }


def _tifffile(planar: bool = False, byteorder: Any = "<", **options: Any) -> bytes:
    file, pixels = io.BytesIO(), np.asarray(drawn())
    pixels = pixels.transpose(2, 0, 1) if planar else pixels
    tifffile.imwrite(
        file,
        pixels,
        photometric="rgb",
        planarconfig="separate" if planar else "contig",
        byteorder=byteorder,
        metadata=None,
        **options,
    )
    return file.getvalue()


def _bmp() -> dict[str, bytes]:
    runs = bytes([60, 1, 0, 0]) * 40 + bytes([0, 1])
    palette = saved(drawn("P"), "BMP")
    header = bytearray(palette[: int.from_bytes(palette[10:14], "little")])
    header[30], header[34:38] = 1, len(runs).to_bytes(4, "little")
    modes = {f"BMP {mode}": saved(drawn(mode), "BMP") for mode in ("1", "L", "P", "RGB", "RGBA")}
    return modes | {"BMP runs": bytes(header) + runs}


def _gif() -> dict[str, bytes]:
    local = _frames("P")
    local["append_images"] = [drawn("L").convert("P"), drawn().quantize(16)]
    return {
        "GIF": saved(drawn("P"), "GIF"),
        "GIF gray": saved(drawn("L"), "GIF"),
        "GIF transparent": saved(drawn("P"), "GIF", transparency=3),
        "GIF animated": saved(drawn("P"), "GIF", **_frames("P"), disposal=2),
        "GIF local palettes": saved(drawn("P"), "GIF", **local, comment=b"a comment"),
    }


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)
