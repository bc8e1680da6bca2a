"""LPIPS: how differently a trained network sees two pictures.

R. Zhang, P. Isola, A. A. Efros, E. Shechtman, O. Wang: The unreasonable effectiveness of deep features as a perceptual
metric. CVPR 2018. At five stages of the network, the activations of each place are scaled to unit length, and the
squared differences between A and B are summed over the channels and averaged over the places. The distance is the sum
of the five means. This is the paper's variant without learned weights.

The network is always EfficientNet-Lite0, so that distances can be compared wherever they were measured. Importing this
module imports TensorFlow, which takes seconds: import it where it is needed, not at the top.
"""

from collections.abc import Callable, Sequence
from functools import cache

import cv2
import numpy as np
import tensorflow as tf

from app.vision.arrays import Float32, UInt8
from app.vision.drawing.outlines import fitting
from app.vision.networks.embedded import architecture
from app.vision.networks.runtime import Tensor

# Of the seven stages, the last of each size: a half, a quarter, ... a thirty-second of the picture's sides.
STAGES = (0, 1, 2, 4, 6)
# Pictures are reduced to so many pixels first: the paper's are 256 pixels wide. It takes 25 ms on two cores, and its
# gradient 150 MB; with a megapixel 0.3 s and 3 GB.
PIXELS = 256 * 256
# Under this squared length, activations count as zero: they have no direction, and the gradient stays finite.
LEAST_LENGTH = 1e-10


def stage_distances(a: Tensor, b: Tensor) -> list[Tensor]:
    """The distance of each place at each of the five stages: float32 (1, rows, columns), in [0, 4].

    a, b: float32 (1, height, width, 3), RGB of about [0, 1], any size. Raises Unavailable without the weights.
    """
    # Not as one batch, in which equal pictures differ by rounding.
    of_a, of_b = (architecture().stages(picture) for picture in (a, b))
    return [tf.reduce_sum(tf.square(_directions(of_a[stage]) - _directions(of_b[stage])), -1) for stage in STAGES]


def _directions(activations: Tensor) -> Tensor:
    return tf.math.l2_normalize(activations, -1, LEAST_LENGTH)


def lpips(a: Tensor, b: Tensor) -> Tensor:
    """The distance of A and B, reduced to PIXELS, as a scalar that can be differentiated."""
    width, height = fitting((a.shape[2], a.shape[1]), PIXELS)
    reduced = (tf.image.resize(picture, (height, width), antialias=True) for picture in (a, b))
    return tf.add_n([tf.reduce_mean(distances) for distances in stage_distances(*reduced)])


def distance_maps(a: UInt8, b: UInt8) -> list[Float32]:
    """The distances of the five stages as arrays (rows, columns), of uint8 RGB (height, width, 3)."""
    first, second = (np.divide(picture, 255, dtype=np.float32)[None] for picture in (a, b))
    return [np.asarray(distances[0], np.float32) for distances in _graph()(first, second)]


def mean_distance(maps: Sequence[Float32], shares: Float32) -> float:
    """LPIPS from the maps of the stages. shares: how much of each pixel counts, float32 (height, width) in [0, 1]."""
    return float(sum(np.average(distances, weights=_resized(shares, distances)) for distances in maps))


def combined_map(maps: Sequence[Float32]) -> Float32:
    """The stages added up, at the size of the finest: float32 (rows, columns), in [0, 20]."""
    return np.asarray(np.sum([_resized(distances, maps[0]) for distances in maps], axis=0), np.float32)


def _resized(plane: Float32, like: Float32) -> Float32:
    """Means where that is smaller, interpolated where it is larger."""
    height, width = like.shape
    interpolation = cv2.INTER_AREA if width < plane.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (width, height), interpolation=interpolation), np.float32)


@cache
def _graph() -> Callable[[Float32, Float32], list[Tensor]]:
    architecture()  # which must not be loaded while the graph is traced
    picture = tf.TensorSpec((1, None, None, 3))
    graph: Callable[[Float32, Float32], list[Tensor]] = tf.function(
        stage_distances, input_signature=[picture, picture], autograph=False
    )
    return graph
