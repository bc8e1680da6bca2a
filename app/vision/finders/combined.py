"""The default finder."""

from app.vision.finders import ssim
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding


def find(pair: Pair, options: Options) -> Finding:
    """Stand-in until the next commit."""
    return ssim.find(pair, options)
