"""Embed a report's pictures in its page, at the best quality that a size budget allows."""

import math
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from app.vision.arrays import UInt8
from app.vision.encode import Encoded, from_bytes, is_flat, to_bytes
from app.vision.resize import shrink_to

# The viewer's pictures by priority. All other pictures belong to the cards.
ESSENTIAL, MAPS = ("a", "b_aligned", "b"), ("difference", "ssim_map", "lpips_map")
# Bytes for all pictures where even the smallest A and B exceed the budget, because the page alone is too large.
FALLBACK_BUDGET = 1_000_000
MAX_WEBP_SIDE = 16383  # pixels; the limit of the format
LOSSLESS = 101  # above every quality
PHOTO_QUALITY = 90  # of photographs at the level where flat graphics are lossless


@dataclass(frozen=True)
class QualityLevel:
    """How a picture is encoded.

    quality: of JPEG or WebP, or None for the stored file. LOSSLESS applies to flat graphics, whose sharp edges any
    other quality blurs; photographs get PHOTO_QUALITY instead.
    scale: the share of the pixels that are kept.
    budget_share: the share of the budget that A and B may take at this level while other pictures need some of it.
    """

    quality: int | None
    scale: float = 1.0
    budget_share: float = 1.0


LEVELS = (
    QualityLevel(None, budget_share=0.6),
    QualityLevel(LOSSLESS, budget_share=0.7),
    QualityLevel(85, budget_share=0.7),
    QualityLevel(80, budget_share=0.75),
    QualityLevel(75, budget_share=0.75),
    QualityLevel(70, budget_share=0.8),
    QualityLevel(60, budget_share=0.8),
    QualityLevel(50, budget_share=0.85),
    QualityLevel(40, budget_share=0.9),
    QualityLevel(30, budget_share=0.9),
    QualityLevel(20),
    QualityLevel(35, scale=1 / 2),
    QualityLevel(35, scale=1 / 4),
)
# Few levels, because trying one encodes two pictures.
MAP_LEVELS = (
    QualityLevel(None),
    QualityLevel(75),
    QualityLevel(50),
    QualityLevel(35, scale=1 / 2),
    QualityLevel(35, scale=1 / 4),
    QualityLevel(35, scale=1 / 9),
)
# A third of the width is enough for a card's column.
CARD_LEVELS = (
    QualityLevel(None),
    QualityLevel(75, scale=1 / 2),
    QualityLevel(60, scale=1 / 4),
    QualityLevel(45, scale=1 / 9),
)


@dataclass(frozen=True, eq=False)
class Stored:
    """A stored picture of a report. uses: how often the page contains it."""

    name: str
    file: Encoded
    uses: int
    _encoded: dict[QualityLevel, Encoded] = field(default_factory=dict)

    @cached_property
    def pixels(self) -> UInt8:
        """The pixels in OpenCV's channel order."""
        return from_bytes(self.file.data)

    def at(self, level: QualityLevel) -> Encoded:
        """The picture encoded at this level."""
        if level.quality is None:
            return self.file
        if level not in self._encoded:
            self._encoded[level] = _encode(self.pixels, level.quality, level.scale)
        return self._encoded[level]

    def cost(self, level: QualityLevel) -> int:
        """The bytes that the picture adds to the page."""
        return self.uses * len(data_uri(self.at(level)))


def inlined(pictures: Sequence[Stored], budget: int) -> dict[str, str]:
    """Data URIs by name, in at most `budget` bytes of the page. Pictures that do not fit or have no uses are left out.

    A and B come first: their quality falls, then their size, until they fit. The viewer's maps and then the cards'
    pictures share the rest, and A and B get what is left over.
    If even the smallest A and B do not fit, as when the page alone exceeds its limit, the budget is FALLBACK_BUDGET:
    missing the limit is better than useless pictures.
    """
    used = {picture.name: picture for picture in pictures if picture.uses}
    essential = [used[name] for name in ESSENTIAL if name in used]
    maps = [used[name] for name in MAPS if name in used]
    cards = [picture for name, picture in used.items() if name not in ESSENTIAL + MAPS]
    if not _best_level(essential, LEVELS, budget):
        budget = FALLBACK_BUDGET
    chosen = dict.fromkeys(essential, _best_level(essential, LEVELS, budget, reserve=True) or LEVELS[-1])
    for group, levels in ((maps, MAP_LEVELS), (cards, CARD_LEVELS)):
        chosen |= _fit_group(group, levels, budget - _cost(chosen))
    others = {picture: level for picture, level in chosen.items() if picture not in essential}
    if better := _best_level(essential, LEVELS, budget - _cost(others)):
        chosen |= dict.fromkeys(essential, better)
    return {picture.name: data_uri(picture.at(level)) for picture, level in chosen.items()}


def data_uri(file: Encoded) -> str:
    """The file as a base64 data URI."""
    return f"data:{file.media_type};base64,{b64encode(file.data).decode()}"


def _fit_group(group: Sequence[Stored], levels: Sequence[QualityLevel], budget: int) -> Mapping[Stored, QualityLevel]:
    """The longest beginning of a group that fits at one level."""
    for count in range(len(group), 0, -1):
        if level := _best_level(group[:count], levels, budget):
            return dict.fromkeys(group[:count], level)
    return {}


def _cost(chosen: Mapping[Stored, QualityLevel]) -> int:
    with ThreadPoolExecutor() as pool:
        return sum(pool.map(lambda item: item[0].cost(item[1]), chosen.items()))


def _best_level(
    group: Sequence[Stored], levels: Sequence[QualityLevel], budget: int, reserve: bool = False
) -> QualityLevel | None:
    """The best level at which the whole group fits, or None. reserve: keep within the level's `budget_share`.

    The first level needs no encoding; the others are searched by bisection, because each needs one.
    """

    def fits(level: QualityLevel) -> bool:
        return _cost(dict.fromkeys(group, level)) <= budget * (level.budget_share if reserve else 1)

    if budget <= 0 or not group:
        return None
    index = 0 if fits(levels[0]) else bisect_left(levels, True, lo=1, key=fits)
    return levels[index] if index < len(levels) else None


def _encode(pixels: UInt8, quality: int, scale: float) -> Encoded:
    """Photographs as JPEG, in a fortieth of the time of WebP, and flat graphics as WebP, which keeps them sharp."""
    as_jpeg = not is_flat(pixels) and pixels.shape[2:] != (4,)
    pixels = shrink_to(pixels, math.ceil(scale * pixels.shape[0] * pixels.shape[1]))
    if not as_jpeg and max(pixels.shape[:2]) <= MAX_WEBP_SIDE:
        return Encoded(_webp(pixels, quality), "image/webp")
    if not as_jpeg and (quality == LOSSLESS or pixels.shape[2:] == (4,)):
        return Encoded(to_bytes(".png", pixels, []), "image/png")
    quality = min(quality, PHOTO_QUALITY)
    return Encoded(to_bytes(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality]), "image/jpeg")


def _webp(pixels: UInt8, quality: int) -> bytes:
    """By Pillow, since OpenCV cannot choose the effort: so little takes a third of the time of its default."""
    data = BytesIO()
    how = {"lossless": True, "quality": 30, "method": 1} if quality == LOSSLESS else {"quality": quality, "method": 0}
    Image.fromarray(_in_pillow_order(pixels)).save(data, "WEBP", **how)
    return data.getvalue()


def _in_pillow_order(pixels: UInt8) -> UInt8:
    if pixels.ndim == 2:
        return pixels
    conversion = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(pixels, conversion), np.uint8)
