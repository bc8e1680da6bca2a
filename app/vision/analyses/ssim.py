"""How much structure the two pictures share: SSIM and MS-SSIM of their gray versions, and where it is lost."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.vision.analysis import Analysis, Drawings
from app.vision.arrays import UInt8
from app.vision.drawing import outlines as draw
from app.vision.finders import ssim as finder
from app.vision.metrics.ssim import MS_SSIM_MIN_SIDE, ms_ssim
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding

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
    lost = Lost(pair, options)
    return Analysis(
        metrics={"ssim": structure.ssim, "ms_ssim": coarse},
        images=Drawings(
            {
                "ssim_map": lost.map,
                "ssim_mask": lost.mask,
                "ssim_contours_a": lambda: lost.contours(pair.plot_a),
                "ssim_contours_b": lambda: lost.contours(pair.plot_b),
            }
        ),
        reason=TOO_SMALL if coarse is None else None,
    )


@dataclass(frozen=True)
class Lost:
    """Where structure is lost, as pictures: looked for when the first of them is drawn."""

    pair: Pair
    options: Options

    @cached_property
    def found(self) -> Finding:
        """The regions that the finder `ssim` cuts from the same map."""
        return finder.find(self.pair, self.options)

    def map(self) -> UInt8:
        """Bright where structure is lost: uint8 RGB."""
        return draw.heat(draw.shrink_to(self.found.evidence, draw.CANVAS))

    def mask(self) -> UInt8:
        """White where that counts as changed: uint8 (height, width)."""
        return draw.shrink_to(self.found.mask.view(np.uint8) * np.uint8(255), draw.CANVAS)

    def contours(self, canvas: UInt8) -> UInt8:
        """A picture of the pair at the size of an illustration, with the outlines of the mask and its boxes."""
        boxes = [region.box for region in self.found.regions]
        return draw.illustrate(draw.trace(canvas, self.mask() > 0), self.pair.size, boxes, numbers=False)
