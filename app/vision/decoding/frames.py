"""The frames of an animation and the pages of a TIFF, decoded one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from PIL.ImageFile import ImageFile

from app.vision.decoding.colours import Transform, build_transform, colour_transform, to_rgb
from app.vision.decoding.decode import Picture, upright_picture
from app.vision.decoding.errors import BrokenPicture, PictureTooLarge, UnsupportedFormat
from app.vision.decoding.header import MAX_READS, Source, check_size, open_image, picture_errors
from app.vision.decoding.limits import MAX_COMPARED_FRAMES, check_parts, page_directories

BYTES_PER_READ = 100  # at least, in ordinary files; the blocks of a GIF have 255


@dataclass(frozen=True)
class Frame:
    """A frame as it is shown, composited with those before it, and its duration in milliseconds if the file has one."""

    picture: Picture
    duration: float | None


def frames(data: bytes, first: Picture, max_pixels: int) -> Iterator[Frame]:
    """All frames or pages of a file that decode() accepted. They are composited as Pillow does it.

    first: the result of decode(). max_pixels: the limit of decode(), here of all frames together.
    Raises a PictureError for the first frame that is broken or beyond a limit, and none for the frames before it.
    """
    kind, max_reads = first.description.format, MAX_READS + len(data) // BYTES_PER_READ
    pages = page_directories(Source(data, max_reads), data) if kind == "TIFF" else None
    pixels = 0
    build = lru_cache(maxsize=1)(build_transform)  # of this file only: others may be read in other threads
    with picture_errors(kind, max_pixels), open_image(kind, data, max_pixels, max_reads) as image:
        for index in range(first.description.frames):
            _check_supported(kind, index)
            size = image.size
            if pages:
                next(pages)  # checks its tags before Pillow unpacks them
            image.seek(index)  # decodes the frame before, not this one
            check_size(image, max_pixels)
            if pages:
                check_parts(image, data)
            elif image.size != size:  # a GIF's, for which no memory is reserved
                raise BrokenPicture("it is larger than the frames before it")
            pixels += image.width * image.height
            if index and pixels > max_pixels:
                raise PictureTooLarge(f"all frames together may have {max_pixels / 1e6:,.12g} million pixels")
            if not pages:
                image.load()  # the first one, too: only then is the duration of a WebP's frame known
            yield Frame(_picture(image, first, build) if index else first, image.info.get("duration"))


def _check_supported(kind: str, index: int) -> None:
    if index and kind == "AVIF":  # only the sizes of their first frames are checked, see avif.py
        raise UnsupportedFormat("of an AVIF only the first frame is decoded")
    if index == MAX_COMPARED_FRAMES:
        raise PictureTooLarge(f"the limit is {MAX_COMPARED_FRAMES:,} frames")


def _picture(image: ImageFile, first: Picture, build: Callable[[bytes, str], Transform]) -> Picture:
    transform, _ = colour_transform(image, build)
    rgb, alpha = to_rgb(image, first.description.bits, transform)
    return upright_picture(rgb, alpha, first.description)
