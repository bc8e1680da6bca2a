"""How much structure the two pictures share: SSIM and MS-SSIM of their gray versions, and where it is lost."""

import numpy as np

from app.vision import draw
from app.vision.analysis import Analysis
from app.vision.finders import ssim as finder
from app.vision.options import Options
from app.vision.pair import Pair
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
    boxes = [region.box for region in found.regions]
    return Analysis(
        metrics={"ssim": structure.ssim, "ms_ssim": coarse},
        images={
            "ssim_map": draw.heat(draw.fit(np.where(pair.valid, 1 - structure.similarity, np.float32(0)), draw.CANVAS)),
            "ssim_mask": draw.fit(found.mask.view(np.uint8) * np.uint8(255), draw.CANVAS),
            "ssim_contours_a": draw.illustrate(pair.a, boxes, found.mask, numbers=False),
            "ssim_contours_b": draw.illustrate(pair.b, boxes, found.mask, numbers=False),
        },
        reason=TOO_SMALL if coarse is None else None,
    )
