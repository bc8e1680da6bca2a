"""LPIPS: the perceptual distance of the two pictures, and a map of it."""

from functools import cache

import cv2
import numpy as np

from app.vision.analysis import Analysis
from app.vision.arrays import Float32, UInt8
from app.vision.drawing import outlines as draw
from app.vision.networks import efficientnet_lite0
from app.vision.networks.runtime import prepare_tensorflow
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.resize import MAX_PLOT_PIXELS, reduce, shrunk_size

NAME = "lpips"
TITLE = "Perception (LPIPS)"
DESCRIPTION = "Measures the perceptual distance by the features of a neural network."
STEP_LABEL = "Perception (LPIPS)"
NEEDS_NETWORK = True
DEFAULT = True

# The map has its brightest colour from this distance on, summed over all stages. Unrelated photographs are 9 apart on
# average, photographs with ten changes 0.5.
MAX_SHOWN = 5.0


def analyse(pair: Pair, _options: Options) -> Analysis:
    """`lpips`: 0 for equal pictures, at most 20, see `app.vision.metrics.lpips`. Image: `lpips_map`, a heat map.

    Raises Unavailable without the network's weights.
    """
    distance, distances = _measured(pair)
    return Analysis({"lpips": distance}, {"lpips_map": lambda: _heat(distances, pair)})


def needs_loading() -> bool:
    """Whether the network is available but not loaded yet, so that the first call takes seconds."""
    return not load.cache_info().currsize and efficientnet_lite0.is_intact()


@cache
def load() -> None:
    """Load the network and trace its graph, once per process. Raises Unavailable without its weights."""
    prepare_tensorflow()
    from app.vision.metrics.lpips import distance_maps  # TensorFlow takes seconds to load

    distance_maps(*np.zeros((2, 32, 32, 3), np.uint8))


def _measured(pair: Pair) -> tuple[float, Float32]:
    """The distance and its map. Equal pictures have exactly 0, whatever the rounding of the network."""
    load()
    from app.vision.metrics.lpips import MAX_PIXELS, combined_map, distance_maps, mean_distance  # imports TensorFlow

    size = shrunk_size(pair.size, MAX_PIXELS)
    maps = distance_maps(reduce(pair.a, size), reduce(pair.b, size))
    if not pair.unequal.any():
        return 0.0, np.zeros_like(maps[0])
    return mean_distance(maps, reduce(pair.valid.astype(np.float32), size)), combined_map(maps)


def _heat(distances: Float32, pair: Pair) -> UInt8:
    """The map enlarged to an illustration, uint8 RGB. The interpolation keeps it smooth."""
    width, height = shrunk_size(pair.size, MAX_PLOT_PIXELS)
    enlarged = cv2.resize(distances, (width, height), interpolation=cv2.INTER_CUBIC)
    return draw.heat(np.asarray(cv2.convertScaleAbs(np.maximum(enlarged, 0), alpha=255 / MAX_SHOWN), np.uint8))
