"""LPIPS: the perceptual distance of two pictures by the activations of a trained network.

R. Zhang, P. Isola, A. A. Efros, E. Shechtman, O. Wang: The unreasonable effectiveness of deep features as a perceptual
metric. CVPR 2018. At five stages of the network, the activations at each position are scaled to unit length, and their
squared differences are summed over the channels and averaged over the positions. The distance is the sum of the five
means. This is the paper's variant without learned weights.

The network is always EfficientNet-Lite0, so that all distances are comparable. Importing this module imports
TensorFlow, which takes seconds: import it where it is needed, not at the top.
"""

from collections.abc import Callable, Sequence
from functools import cache

import cv2
import numpy as np
import tensorflow as tf

from app.vision.arrays import Float32, UInt8
from app.vision.networks.efficientnet_lite0 import architecture
from app.vision.networks.runtime import Tensor
from app.vision.resize import shrunk_size

# The last of the seven stages at each resolution: 1/2, 1/4, 1/8, 1/16 and 1/32 of the picture's sides.
STAGES = (0, 1, 2, 4, 6)
# Pictures are first reduced to this size, as in the paper. It takes 25 ms on two cores, and the gradient 150 MB of
# memory; a megapixel would take 0.3 s and 3 GB.
MAX_PIXELS = 256 * 256
# Activations of a smaller squared length are not scaled to unit length, so that the gradient stays finite.
MIN_SQUARED_LENGTH = 1e-10


def stage_distances(a: Tensor, b: Tensor) -> list[Tensor]:
    """The distance at each position of the five stages: float32 (1, rows, columns), in [0, 4].

    a, b: float32 (1, height, width, 3), RGB of about [0, 1], any size. Raises Unavailable without the weights.
    """
    # Separately, as equal pictures in one batch differ by rounding.
    of_a, of_b = (architecture().stages(picture) for picture in (a, b))
    return [tf.reduce_sum(tf.square(_normalise(of_a[stage]) - _normalise(of_b[stage])), -1) for stage in STAGES]


def _normalise(activations: Tensor) -> Tensor:
    return tf.math.l2_normalize(activations, -1, MIN_SQUARED_LENGTH)


def lpips(a: Tensor, b: Tensor) -> Tensor:
    """LPIPS of A and B, reduced to MAX_PIXELS, as a differentiable scalar."""
    width, height = shrunk_size((a.shape[2], a.shape[1]), MAX_PIXELS)
    reduced = (tf.image.resize(picture, (height, width), antialias=True) for picture in (a, b))
    return tf.add_n([tf.reduce_mean(distances) for distances in stage_distances(*reduced)])


def distance_maps(a: UInt8, b: UInt8) -> list[Float32]:
    """The distances of the five stages, float32 (rows, columns). a, b: uint8 RGB (height, width, 3)."""
    first, second = (np.divide(picture, 255, dtype=np.float32)[None] for picture in (a, b))
    return [np.asarray(distances[0], np.float32) for distances in _graph()(first, second)]


def mean_distance(maps: Sequence[Float32], weights: Float32) -> float:
    """LPIPS from the maps of the stages. weights: of the pixels, float32 (height, width) in [0, 1]."""
    return float(sum(np.average(distances, weights=_resize_like(weights, distances)) for distances in maps))


def combined_map(maps: Sequence[Float32]) -> Float32:
    """The sum of the stages, at the size of the finest: float32 (rows, columns), in [0, 20]."""
    return np.asarray(np.sum([_resize_like(distances, maps[0]) for distances in maps], axis=0), np.float32)


def _resize_like(plane: Float32, like: Float32) -> Float32:
    """Resize to the shape of `like`: area means to reduce, linear interpolation to enlarge."""
    height, width = like.shape
    interpolation = cv2.INTER_AREA if width < plane.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (width, height), interpolation=interpolation), np.float32)


@cache
def _graph() -> Callable[[Float32, Float32], list[Tensor]]:
    architecture()  # must not be loaded while the graph is traced
    picture = tf.TensorSpec((1, None, None, 3))
    graph: Callable[[Float32, Float32], list[Tensor]] = tf.function(
        stage_distances, input_signature=[picture, picture], autograph=False
    )
    return graph
