"""Properties of a picture's file besides its pixels, and sentences on how two files differ."""

import hashlib
from dataclasses import dataclass

from PIL import Image
from PIL.ExifTags import Base
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, SAMPLESPERPIXEL, TiffImageFile

from app.vision.decoding.errors import PictureError
from app.vision.decoding.limits import count_frames

UNUSABLE = "unusable"
MAX_EXIF = 1 << 20
_GRAY = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "F")
_COLOURS = {"L": "gray", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
_NOT_METADATA = ("icc_profile", "transparency", "version", "compression")
_TIFF_TEXTS = (Base.ImageDescription, Base.Software, Base.DateTime, Base.Artist, Base.Copyright)

_ORIENTATIONS = {
    2: "mirrored left to right",
    3: "rotated 180°",
    4: "mirrored top to bottom",
    5: "mirrored along its main diagonal",
    6: "rotated 90° clockwise",
    7: "mirrored along its other diagonal",
    8: "rotated 90° anticlockwise",
}


@dataclass(frozen=True)
class Description:
    """The properties of a file, for the report.

    format: PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF.
    width, height: of the decoded picture, in pixels, after EXIF orientation.
    colour: how colours are stored: gray, palette, RGB, CMYK or Lab.
    alpha: whether it has transparency, as a channel, in the palette or as a transparent colour.
    bits: per channel as stored; 8 for a palette. The pixels are decoded to 8.
    frames: frames or pages, the first included. has_more: the file goes on after them with what cannot be read.
    orientation: the EXIF tag of the file, 1 to 8; 1 is upright. The decoded pixels are always upright.
    profile: name of the embedded ICC profile, `UNUSABLE` if it could not be applied, None without one.
    metadata: SHA-256 of EXIF, XMP and text, in hexadecimal; empty without metadata.
    loop: how often an animation is repeated, as its format counts; 0 is endlessly, None if the file does not say.
    """

    format: str
    width: int
    height: int
    colour: str
    alpha: bool
    bits: int
    frames: int
    orientation: int
    profile: str | None
    metadata: str
    loop: int | None = None
    has_more: bool = False

    @property
    def is_single(self) -> bool:
        """Whether the file has one frame or page, and nothing that may be another."""
        return self.frames == 1 and not self.has_more


def base_mode(mode: str) -> str:
    """The colour model behind a Pillow mode: L, RGB, CMYK or LAB."""
    if mode in _GRAY:
        return "L"
    return mode if mode in ("CMYK", "LAB") else "RGB"


def describe(kind: str, image: ImageFile, data: bytes, profile: str | None) -> Description:
    """Describe an opened file by its header. To be called before a TIFF is loaded, when Pillow applies its orientation
    and drops the tag.

    kind: the format. data: the whole file. profile: as in `Description`. The size is that before EXIF orientation.
    """
    frames, has_more = count_frames(kind, image, data)
    return Description(
        format=kind,
        width=image.width,
        height=image.height,
        colour=_colour(kind, image, data),
        alpha=image.has_transparency_data,
        bits=_bits(kind, image, data),
        frames=frames,
        has_more=has_more,
        loop=image.info.get("loop"),
        orientation=_orientation(image),
        profile=profile,
        metadata=_metadata_digest(image),
    )


def _orientation(image: ImageFile) -> int:
    if len(image.info.get("exif", b"")) > MAX_EXIF:
        return 1
    try:
        value = Image.Image.getexif(image).get(Base.Orientation)  # a PNG's own getexif() would decode its pixels
    except PictureError:
        raise
    except Exception:  # damaged EXIF is no reason to refuse the picture
        return 1
    return int(value) if value is not None and value in range(1, 9) else 1


def _colour(kind: str, image: ImageFile, data: bytes) -> str:
    if kind == "PNG" and data[25] in (0, 4):  # Pillow opens 16-bit gray with alpha as RGBA
        return "gray"
    return "palette" if image.mode in ("P", "PA") else _COLOURS[base_mode(image.mode)]


def _bits(kind: str, image: ImageFile, data: bytes) -> int:
    """Bits per channel; for a palette, those of its colours."""
    if image.mode in ("P", "PA"):
        return 8
    if kind == "PNG":
        return data[24]
    if isinstance(image, TiffImageFile):
        samples = int(image.tag_v2.get(SAMPLESPERPIXEL, 1))
        return int(max(image.tag_v2.get(BITSPERSAMPLE, (1,))[:samples]))  # Pillow ignores further ones
    if kind == "AVIF" and (box := data.find(b"av1C")) >= 0:
        deep, deeper = data[box + 6] & 0x40, data[box + 6] & 0x20
        return (12 if deeper else 10) if deep else 8
    return 1 if image.mode == "1" else 8


def _metadata_digest(image: ImageFile) -> str:
    """SHA-256 of EXIF, XMP and text, in hexadecimal; empty without any."""
    found: dict[object, object] = {key: value for key, value in image.info.items() if key not in _NOT_METADATA}
    if isinstance(image, TiffImageFile):
        found |= {tag: image.tag_v2.get(tag) for tag in _TIFF_TEXTS}
    texts = {str(key): value for key, value in found.items() if isinstance(value, str | bytes | dict)}
    digest = hashlib.sha256()
    for key in sorted(texts):
        value = texts[key]
        digest.update(key.encode(errors="replace") + b"\0")
        digest.update(value if isinstance(value, bytes) else str(value).encode(errors="replace"))
    return digest.hexdigest() if texts else ""


def compare_descriptions(a: Description, b: Description) -> list[str]:
    """Sentences for the report: how the properties of two files differ, and which parts of them were not compared.

    Empty for two ordinary files of the same kind. Sizes and numbers of frames are left out: others describe them.
    """
    return [
        *_encoding(a, b),
        *_transparency(a, b),
        *_profiles(a, b),
        *_orientations(a, b),
        *_loops(a, b),
        *_metadata(a, b),
    ]


def _encoding(a: Description, b: Description) -> list[str]:
    sentences = []
    if a.format != b.format:
        sentences.append(f"A is a {a.format} file, B a {b.format} file.")
    if a.colour != b.colour:
        sentences.append(f"A is stored as {a.colour}, B as {b.colour}.")
    if a.bits == b.bits > 8:
        sentences.append(f"Both have {a.bits} bits per channel; they were compared at 8.")
    elif a.bits != b.bits:
        loss = "; they were compared at 8" if max(a.bits, b.bits) > 8 else ""
        sentences.append(f"A has {a.bits} {'bit' if a.bits == 1 else 'bits'} per channel, B has {b.bits}{loss}.")
    return sentences


def _transparency(a: Description, b: Description) -> list[str]:
    if a.alpha == b.alpha:
        return []
    return ["A has transparency, B has none." if a.alpha else "B has transparency, A has none."]


def _profiles(a: Description, b: Description) -> list[str]:
    sentences = []
    if a.profile != b.profile:
        sentences.append(f"A has {_profile(a)}, B has {_profile(b)}; their colours were compared in sRGB.")
    unusable = [name for name, picture in (("A", a), ("B", b)) if picture.profile == UNUSABLE]
    return sentences + [
        f"The colour profile of {name} could not be used; its colours were taken as sRGB." for name in unusable
    ]


def _profile(picture: Description) -> str:
    if picture.profile is None:
        return "no colour profile"
    return "an unusable colour profile" if picture.profile == UNUSABLE else f"the colour profile “{picture.profile}”"


def _orientations(a: Description, b: Description) -> list[str]:
    if a.orientation == b.orientation:
        return []
    return [
        f"{name} is turned by its orientation tag ({_ORIENTATIONS[picture.orientation]}); "
        "it was turned upright before comparing."
        for name, picture in (("A", a), ("B", b))
        if picture.orientation != 1
    ]


def _loops(a: Description, b: Description) -> list[str]:
    if a.format != b.format or a.loop == b.loop or min(a.frames, b.frames) == 1:  # formats count them differently
        return []
    return ["Their animations are repeated a different number of times."]


def _metadata(a: Description, b: Description) -> list[str]:
    if a.metadata == b.metadata:
        return []
    if a.metadata and b.metadata:
        return ["Their metadata (EXIF, XMP or text) differ."]
    return [f"Only {'A' if a.metadata else 'B'} has metadata (EXIF, XMP or text)."]
