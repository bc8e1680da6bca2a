"""LPIPS: how differently a network that was trained on photographs sees the two pictures, and where."""

from functools import cache

import cv2
import numpy as np

from app.vision.analysis import Analysis, Drawings
from app.vision.arrays import Float32, UInt8
from app.vision.drawing import outlines as draw
from app.vision.networks import embedded
from app.vision.networks.runtime import prepare_tensorflow
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.resize import reduce

# The map is brightest where the distance of a place, over all stages, is this or more. Between unrelated photographs it
# is 9 in the mean, and 0.5 between photographs with ten changes.
BRIGHTEST = 5.0


def analyse(pair: Pair, _options: Options) -> Analysis:
    """`lpips`: 0 for equal pictures, at most 20; see `app.vision.metrics.lpips`. Image: `lpips_map`, bright where it is large.

    Raises Unavailable without the network's weights.
    """
    distance, distances = _measured(pair)
    return Analysis({"lpips": distance}, Drawings({"lpips_map": lambda: _heat(distances, pair)}))


def needs_loading() -> bool:
    """Whether the network is here but not loaded yet, so that the first call takes seconds."""
    return not _load.cache_info().currsize and embedded.is_intact()


def load() -> None:
    """Load the network, and have TensorFlow arrange its graph. Raises Unavailable without its weights."""
    _load()


@cache
def _load() -> bool:
    """Once for the process; a failure is not kept."""
    prepare_tensorflow()
    from app.vision.metrics.lpips import distance_maps  # TensorFlow takes seconds to load

    blank = np.zeros((32, 32, 3), np.uint8)
    return bool(distance_maps(blank, blank))


def _measured(pair: Pair) -> tuple[float, Float32]:
    """The distance, and that of each place. Where every pixel is equal, rounding must not make it more than 0."""
    load()
    from app.vision.metrics.lpips import PIXELS, combined_map, distance_maps, mean_distance  # imports TensorFlow

    size = draw.fitting(pair.size, PIXELS)
    maps = distance_maps(reduce(pair.a, size), reduce(pair.b, size))
    if not pair.unequal.any():
        return 0.0, np.zeros_like(maps[0])
    return mean_distance(maps, reduce(pair.valid.astype(np.float32), size)), combined_map(maps)


def _heat(distances: Float32, pair: Pair) -> UInt8:
    """The map at the size of an illustration; it is smooth, since the network sees the picture reduced."""
    width, height = draw.fitting(pair.size, draw.CANVAS)
    enlarged = cv2.resize(distances, (width, height), interpolation=cv2.INTER_CUBIC)
    return draw.heat(np.asarray(cv2.convertScaleAbs(np.maximum(enlarged, 0), alpha=255 / BRIGHTEST), np.uint8))
