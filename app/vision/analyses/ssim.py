"""How much structure the two pictures share: SSIM and MS-SSIM of their gray versions, and where it is lost."""

import numpy as np

from app.vision import draw
from app.vision.analysis import Analysis, Drawings
from app.vision.arrays import UInt8
from app.vision.finders import ssim as finder
from app.vision.geometry import Size
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding
from app.vision.structure import MS_SSIM_MIN_SIDE, ms_ssim

TOO_SMALL = (
    f"MS-SSIM compares at five scales, each half as fine, and needs at least {MS_SSIM_MIN_SIDE} × {MS_SSIM_MIN_SIDE} "
    "compared pixels."
)


def analyse(pair: Pair, options: Options) -> Analysis:
    """SSIM and MS-SSIM in gray, in [-1, 1] and [0, 1]; 1 is alike. A change of hue at equal lightness goes unseen.

    ms_ssim is None, with the reason, for a picture that is too small. Images: `ssim_map` (bright where structure is
    lost), `ssim_mask` (gray, white where it counts as changed), `ssim_contours_a` and `ssim_contours_b`.
    """
    structure = pair.structure
    coarse = ms_ssim(pair.gray_a, pair.gray_b, pair.valid, structure)
    found = finder.find(pair, options)
    return Analysis(
        metrics={"ssim": structure.ssim, "ms_ssim": coarse},
        images=Drawings(
            {
                "ssim_map": lambda: draw.heat(draw.fit(found.evidence, draw.CANVAS)),
                "ssim_mask": lambda: _lost(found),
                "ssim_contours_a": lambda: _contours(pair.canvas_a, pair.size, found),
                "ssim_contours_b": lambda: _contours(pair.canvas_b, pair.size, found),
            }
        ),
        reason=TOO_SMALL if coarse is None else None,
    )


def _lost(found: Finding) -> UInt8:
    return draw.fit(found.mask.view(np.uint8) * np.uint8(255), draw.CANVAS)


def _contours(canvas: UInt8, size: Size, found: Finding) -> UInt8:
    boxes = [region.box for region in found.regions]
    return draw.illustrate(draw.trace(canvas, _lost(found) > 0), size, boxes, numbers=False)
