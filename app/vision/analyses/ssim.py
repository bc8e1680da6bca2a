"""SSIM and MS-SSIM of the gray pictures, and maps of the loss of structure."""

from functools import cache

import numpy as np

from app.vision.analysis import Analysis
from app.vision.arrays import UInt8
from app.vision.drawing import outlines as draw
from app.vision.finders import ssim as finder
from app.vision.metrics.ssim import MS_SSIM_MIN_SIDE, ms_ssim
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding
from app.vision.resize import MAX_PLOT_PIXELS, shrink_to

NAME = "ssim"
TITLE = "Structure (SSIM)"
DESCRIPTION = "Measures how much structure the pictures share: SSIM and MS-SSIM."
STEP_LABEL = "Structure (SSIM)"
NEEDS_NETWORK = False
DEFAULT = True

TOO_SMALL = (
    f"MS-SSIM compares at five scales, each half as fine, and needs at least {MS_SSIM_MIN_SIDE} × {MS_SSIM_MIN_SIDE} "
    "compared pixels."
)


def analyse(pair: Pair, options: Options) -> Analysis:
    """`ssim` in [-1, 1] and `ms_ssim` in [0, 1], both 1 for equal pictures, and blind to hue at equal lightness.

    `ms_ssim` is None, with a reason, if the picture is too small. Images: `ssim_map` (bright where structure is lost),
    `ssim_mask` (gray, white where it counts as changed), `ssim_contours_a` and `ssim_contours_b`.
    """
    result = pair.ssim_result
    multi_scale = ms_ssim(pair.gray_a, pair.gray_b, pair.valid, result)

    @cache
    def found() -> Finding:
        """The finding of the finder `ssim`, which uses the same map; it runs when the first image is drawn."""
        return finder.find(pair, options)

    def mask() -> UInt8:
        return shrink_to(found().mask.view(np.uint8) * np.uint8(255), MAX_PLOT_PIXELS)

    def contours(canvas: UInt8) -> UInt8:
        boxes = [region.box for region in found().regions]
        return draw.illustrate(draw.trace(canvas, mask() > 0), pair.size, boxes, numbers=False)

    return Analysis(
        metrics={"ssim": result.ssim, "ms_ssim": multi_scale},
        images={
            "ssim_map": lambda: draw.heat(shrink_to(found().evidence, MAX_PLOT_PIXELS)),
            "ssim_mask": mask,
            "ssim_contours_a": lambda: contours(pair.plot_a),
            "ssim_contours_b": lambda: contours(pair.plot_b),
        },
        reason=TOO_SMALL if multi_scale is None else None,
    )
