"""Limits on the structure of a file: frames, scans, tiles, tags and segments.

They refuse files that are small to upload and take very long to decode, and files that declare what they do not hold.
"""

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from PIL.AvifImagePlugin import AvifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import _MODES, PngImageFile
from PIL.TiffImagePlugin import TILELENGTH, TILEWIDTH, ImageFileDirectory_v2, TiffImageFile

from app.vision.decoding.avif import coded_frames
from app.vision.decoding.errors import BrokenPicture

MAX_FRAMES = 100_000
MAX_COMPARED_FRAMES = 1000
MIN_FRAME_BYTES = 8  # the shortest are those of AVIF
MAX_TAG_BYTES = 400_000  # of the numbers in one TIFF tag: 100,000 strips
MAX_TILE = 1 << 20  # pixels, for pictures that are smaller
MAX_SCANS = 100  # as in libtiff; encoders use about ten
MAX_SCANNED_PIXELS = 1_000_000_000  # pixels times scans, since each scan visits all blocks
MAX_EXIF_SEGMENTS = 20  # of 64 kB; normal files have one
TOO_MANY_PARTS = "it is split into far more parts than a picture needs"
_FRAME_CONTROL = b"\0\0\0\x1afcTL"  # begins each frame of an animated PNG
_SCAN = re.compile(rb"\xff\xda\0(?:\x08\x01|\x0a\x02|\x0c\x03|\x0e\x04)")
_EXIF = re.compile(rb"\xff\xe1..Exif\0\0", re.DOTALL)
_BYTE_TYPES = (1, 2, 6, 7)  # TIFF types whose values are not unpacked one by one


def check_tags(source: BinaryIO, data: bytes, at: int = 0, limit: int | None = None) -> ImageFileDirectory_v2:
    """The directory of a TIFF's page. Raises BrokenPicture if it would take minutes and gigabytes to unpack.

    at: its offset, by default of the first page. limit: bytes of its tags; tags beyond are left out.
    """
    directory = ImageFileDirectory_v2(data[: 16 if b"+" in data[2:4] else 8])
    directory._tag_data_limit = limit
    source.seek(at or directory.next)
    directory.load(source)
    # The private raw data, since reading a tag would make an object of each number.
    numbers = (value for tag, value in directory._tagdata.items() if directory.tagtype[tag] not in _BYTE_TYPES)
    if max(map(len, numbers), default=0) > MAX_TAG_BYTES:
        raise BrokenPicture(TOO_MANY_PARTS)
    return directory


def page_directories(source: BinaryIO, data: bytes) -> Iterator[ImageFileDirectory_v2]:
    """The checked directories of a TIFF's pages, up to MAX_COMPARED_FRAMES. All tags together may be as long as `data`.

    Raises BrokenPicture as check_tags() does, and what Pillow raises for a damaged directory.
    """
    left = len(data)
    for at in tiff_pages(data)[:MAX_COMPARED_FRAMES]:
        directory = check_tags(source, data, at, left)
        left -= directory._tag_data_size
        yield directory


def check_segments(data: bytes) -> None:
    """Raise BrokenPicture for a JPEG with many EXIF segments, which Pillow joins one by one, copying all of them."""
    if sum(1 for _ in _EXIF.finditer(data)) > MAX_EXIF_SEGMENTS:
        raise BrokenPicture(TOO_MANY_PARTS)


def check_parts(image: ImageFile, data: bytes) -> None:
    """Raise BrokenPicture for a JPEG with too many scans, a TIFF with tiles far larger than the picture, an AVIF whose
    frames are not of the declared size, and a PNG that does not begin with the header of its pixels.
    """
    pixels = image.width * image.height
    if isinstance(image, PngImageFile):
        depth, colour = data[24:26]
        if data[12:16] != b"IHDR" or _MODES.get((depth, colour), ("",))[0] != image.mode:
            raise BrokenPicture("its header is not that of a PNG")
    if isinstance(image, JpegImageFile):
        scans = sum(1 for _ in _SCAN.finditer(data))
        if scans > MAX_SCANS or scans * pixels > MAX_SCANNED_PIXELS:
            raise BrokenPicture(TOO_MANY_PARTS)
    if isinstance(image, TiffImageFile) and TILEWIDTH in image.tag_v2:
        tile = int(image.tag_v2[TILEWIDTH]) * int(image.tag_v2[TILELENGTH])
        if tile > max(2 * pixels, MAX_TILE):
            raise BrokenPicture("it has tiles that are far larger than the picture")
    if isinstance(image, AvifImageFile):
        _check_frames(image.size, data)


def _check_frames(size: tuple[int, int], data: bytes) -> None:
    """Check the frames' own sizes: libavif would decode frames of any size, then scale them to the declared one."""
    file = coded_frames(data)
    if size not in file.sizes and not file.grid:
        raise BrokenPicture("its frames are not of the size that it declares")
    if max((width * height for width, height in file.sizes), default=0) > max(2 * size[0] * size[1], MAX_TILE):
        raise BrokenPicture("it has frames that are far larger than the picture")


def count_frames(kind: str, image: ImageFile, data: bytes) -> tuple[int, bool]:
    """The number of frames or pages, including the first, up to the first damaged one; and whether the file goes on
    after them, with what can be no frame to us but may be one to other programs.

    GIF and TIFF are counted by their block structure, since Pillow needs a millisecond to set up each frame. PNG and
    AVIF declare the number, which is checked against what the file can hold.

    kind: the format of the opened image. data: the whole file. Raises BrokenPicture above MAX_FRAMES, and if the file
    declares more frames than it can hold.
    """
    if kind == "GIF":
        return _gif_frames(data)
    if kind == "TIFF":
        pages, is_whole = _tiff_chain(data)
        return max(1, len(pages)), not is_whole
    frames: int = getattr(image, "n_frames", 1)
    possible = len(data) // MIN_FRAME_BYTES
    has_more = False
    if isinstance(image, PngImageFile):
        possible = data.count(_FRAME_CONTROL) + image.default_image
        has_more = possible > frames
    if frames > max(1, possible):
        raise BrokenPicture("it declares more frames than it has")
    return _checked(frames), has_more


def _checked(frames: int) -> int:
    if frames > MAX_FRAMES:
        raise BrokenPicture(TOO_MANY_PARTS)
    return frames


def _gif_frames(data: bytes) -> tuple[int, bool]:
    """Count the blocks of GIF89a: ',' starts a frame, '!' an extension; both end in sub-blocks of up to 255 bytes.

    And whether they end otherwise than with the trailer, ';', or with the file.
    """
    at, frames = 13 + _palette(data, 10), 0
    while data[at : at + 1] in (b",", b"!"):
        is_frame = data[at] == ord(",")
        frames = _checked(frames + is_frame)
        at += 11 + _palette(data, at + 9) if is_frame else 2
        while length := data[at] if at < len(data) else 0:
            at += 1 + length
        at += 1
    return max(1, frames), data[at : at + 1] != b";" and at != len(data)


def _palette(data: bytes, at: int) -> int:
    """Size in bytes of the palette that the flags at this offset declare."""
    flags = data[at] if at < len(data) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def tiff_pages(data: bytes) -> list[int]:
    """The offsets of the directories of a TIFF's pages. Raises BrokenPicture above MAX_FRAMES."""
    return _tiff_chain(data)[0]


def _tiff_chain(data: bytes) -> tuple[list[int], bool]:
    """The offsets of the directories of TIFF 6.0 or BigTIFF, each a count, the entries, and the offset of the next one.

    And whether the chain has an end, or returns to a page, rather than leading to what is no directory.
    """
    order = "<" if data[:1] == b"I" else ">"
    is_big = b"+" in data[2:4]
    count, offset = (struct.Struct(order + form) for form in ("QQ" if is_big else "HI"))
    (at,) = offset.unpack_from(data, 8 if is_big else 4)
    seen: dict[int, None] = {}  # in order
    while at and at not in seen and at + count.size <= len(data):
        (entries,) = count.unpack_from(data, at)
        end = at + count.size + entries * (20 if is_big else 12)
        if not entries or end > len(data):
            break
        seen[at] = None
        _checked(len(seen))
        at = offset.unpack_from(data, end)[0] if end + offset.size <= len(data) else 0
    return list(seen), not at or at in seen
