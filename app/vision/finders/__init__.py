"""The ways to find changed regions.

A finder is a file here with `find(pair, options) -> Finding`, a test, a line in FINDERS and its name among the
options.
"""

from collections.abc import Callable

from app.vision.finders import combined, difference, gradient, pixelwise, siamese, spotter, ssim
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding

FINDERS: dict[str, Callable[[Pair, Options], Finding]] = {
    "combined": combined.find,
    "siamese": siamese.find,
    "pixelwise": pixelwise.find,
    "ssim": ssim.find,
    "spotter": spotter.find,
    "gradient": gradient.find,
    "difference": difference.find,
}
