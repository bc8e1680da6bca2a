"""The default finder: exact where the pictures allow it, tolerant where they do not."""

from app.vision.finders import tolerant
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding


def find(pair: Pair, _options: Options) -> Finding:
    """The changed regions, the most certain and largest first."""
    return tolerant.find(pair)
