"""The analyses, in the order in which they run and are shown.

An analysis is a file here with `analyse(pair, options) -> Analysis`, a test, a card in templates/analyses and a
line in ANALYSES.
"""

from collections.abc import Callable

from app.vision.analyses import hash, lpips, methods, mobilenet, orb, pixel, regions, ssim
from app.vision.analysis import Analysis
from app.vision.options import Options
from app.vision.pair import Pair

ANALYSES: dict[str, Callable[[Pair, Options], Analysis]] = {
    "pixel": pixel.analyse,
    "ssim": ssim.analyse,
    "regions": regions.analyse,
    "orb": orb.analyse,
    "hash": hash.analyse,
    "mobilenet": mobilenet.analyse,
    "lpips": lpips.analyse,
    "methods": methods.analyse,
}

# What runs unless told otherwise. `methods` runs every finder, which nobody should wait for who has not asked.
DEFAULT = tuple(name for name in ANALYSES if name != "methods")
