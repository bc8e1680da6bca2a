"""A report's pictures inside its page, as good as there is room for."""

import math
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from app.vision.arrays import UInt8
from app.vision.drawing.outlines import shrink_to
from app.vision.encode import Encoded, is_flat

# The pictures of the viewer, those without which the page is none first. All others are plates of the cards.
ESSENTIAL, MAPS = ("a", "b_aligned", "b"), ("difference", "ssim_map", "lpips_map")
# Where not even the worst A and B have room, it is the page itself that is too large, not they: then they stay good.
GENEROUS = 1_000_000
WEBP_SIDE = 16383  # pixels; the format has no more
LOSSLESS = 101
BEST = 90  # quality of a photograph on the rung where flat graphics are lossless


@dataclass(frozen=True)
class QualityLevel:
    """How a picture is written: WebP's quality, None as it is stored, and the share of its pixels that are kept.

    room: the share of the room that A and B may take at this quality as long as others wait for theirs.
    LOSSLESS is for flat graphics, which lose their sharp edges in anything else; photographs have BEST there.
    """

    quality: int | None
    kept: float = 1.0
    room: float = 1.0


LEVELS = (
    *(
        QualityLevel(None, room=0.6),
        QualityLevel(LOSSLESS, room=0.7),
        QualityLevel(85, room=0.7),
        QualityLevel(80, room=0.75),
        QualityLevel(75, room=0.75),
    ),
    *(
        QualityLevel(70, room=0.8),
        QualityLevel(60, room=0.8),
        QualityLevel(50, room=0.85),
        QualityLevel(40, room=0.9),
        QualityLevel(30, room=0.9),
        QualityLevel(20),
    ),
    *(QualityLevel(35, kept=1 / 2), QualityLevel(35, kept=1 / 4)),
)
# Few steps, as each costs the encoding of two pictures.
MAPPING = (
    QualityLevel(None),
    QualityLevel(75),
    QualityLevel(50),
    QualityLevel(35, kept=1 / 2),
    QualityLevel(35, kept=1 / 4),
    QualityLevel(35, kept=1 / 9),
)
# Plates are looked at in a card's column, and a third of its width is enough for that.
CARD_LEVELS = (
    QualityLevel(None),
    QualityLevel(75, kept=1 / 2),
    QualityLevel(60, kept=1 / 4),
    QualityLevel(45, kept=1 / 9),
)


@dataclass(frozen=True, eq=False)
class Stored:
    """A picture of a report as it is stored, and how often the page holds it."""

    name: str
    file: Encoded
    uses: int
    _written: dict[QualityLevel, Encoded] = field(default_factory=dict)

    @cached_property
    def pixels(self) -> UInt8:
        """In OpenCV's order of channels."""
        return np.asarray(cv2.imdecode(np.frombuffer(self.file.data, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)

    def on(self, rung: QualityLevel) -> Encoded:
        """As a rung of the ladder wants it."""
        if rung not in self._written:
            self._written[rung] = self.file if rung.quality is None else _write(self.pixels, rung.quality, rung.kept)
        return self._written[rung]

    def cost(self, rung: QualityLevel) -> int:
        """Bytes that it takes in the page."""
        return self.uses * len(data_uri(self.on(rung)))


def inlined(pictures: Sequence[Stored], room: int) -> dict[str, str]:
    """Data URIs by name, in `room` bytes, counted as often as the page holds them; what finds no room is left out.

    A and B come first: their quality falls, then their size, until they fit. Then come the maps of the viewer and
    then the plates of the cards, in what is left; what they leave makes A and B better. What is nowhere in the page
    is left out anyway.
    Where even the smallest A and B do not fit, as beside a page that is larger than the limit by itself, the limit is
    missed with pictures worth looking at rather than with poor ones: they have GENEROUS bytes.
    """
    used = {picture.name: picture for picture in pictures if picture.uses}
    essential = [used[name] for name in ESSENTIAL if name in used]
    maps = [used[name] for name in MAPS if name in used]
    plates = [picture for name, picture in used.items() if name not in ESSENTIAL + MAPS]
    if not _rung(essential, LEVELS, room):
        room = GENEROUS
    chosen = dict.fromkeys(essential, _rung(essential, LEVELS, room, sparing=True) or LEVELS[-1])
    for group, ladder in ((maps, MAPPING), (plates, CARD_LEVELS)):
        chosen |= _fitting(group, ladder, room - _cost(chosen))
    others = {picture: rung for picture, rung in chosen.items() if picture not in essential}
    if better := _rung(essential, LEVELS, room - _cost(others)):
        chosen |= dict.fromkeys(essential, better)
    return {picture.name: data_uri(picture.on(rung)) for picture, rung in chosen.items()}


def data_uri(file: Encoded) -> str:
    """The file as an address that holds it."""
    return f"data:{file.media_type};base64,{b64encode(file.data).decode()}"


def _fitting(group: Sequence[Stored], ladder: Sequence[QualityLevel], room: int) -> Mapping[Stored, QualityLevel]:
    """As many of a group as fit, the first first, all on one rung."""
    for count in range(len(group), 0, -1):
        if rung := _rung(group[:count], ladder, room):
            return dict.fromkeys(group[:count], rung)
    return {}


def _cost(chosen: Mapping[Stored, QualityLevel]) -> int:
    with ThreadPoolExecutor() as pool:
        return sum(pool.map(lambda item: item[0].cost(item[1]), chosen.items()))


def _rung(
    group: Sequence[Stored], ladder: Sequence[QualityLevel], room: int, sparing: bool = False
) -> QualityLevel | None:
    """The highest rung on which all of a group fit, sparing room for others or not.

    The highest of all costs nothing; the others are tried by halving, as each costs an encoding.
    """

    def fits(rung: QualityLevel) -> bool:
        return _cost(dict.fromkeys(group, rung)) <= room * (rung.room if sparing else 1)

    if room <= 0 or not group:
        return None
    index = 0 if fits(ladder[0]) else bisect_left(ladder, True, lo=1, key=fits)
    return ladder[index] if index < len(ladder) else None


def _write(pixels: UInt8, quality: int, kept: float) -> Encoded:
    if quality == LOSSLESS and not is_flat(pixels):
        quality = BEST
    pixels = shrink_to(pixels, math.ceil(kept * pixels.shape[0] * pixels.shape[1]))
    if max(pixels.shape[:2]) <= WEBP_SIDE:
        return Encoded(_encoded(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, quality]), "image/webp")
    if quality == LOSSLESS or pixels.shape[2:] == (4,):
        return Encoded(_encoded(".png", pixels, []), "image/png")
    return Encoded(_encoded(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality]), "image/jpeg")


def _encoded(extension: str, pixels: UInt8, parameters: list[int]) -> bytes:
    return cv2.imencode(extension, pixels, parameters)[1].tobytes()
