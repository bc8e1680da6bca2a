"""The ways to find changed regions.

A finder is a file here with `find(pair, options) -> list[Region]`, a test and a line in FINDERS.
"""

from collections.abc import Callable

from app.vision.finders import ssim
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Region

FINDERS: dict[str, Callable[[Pair, Options], list[Region]]] = {
    "ssim": ssim.find,
}
DEFAULT = "ssim"
