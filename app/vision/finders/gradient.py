"""Changed regions from the gradient of a similarity metric with respect to the pixels of B."""

import numpy as np

from app.vision.arrays import Float32
from app.vision.finders.detection.grouping import strongest
from app.vision.finders.difference import cut, prepare
from app.vision.networks.runtime import prepare_tensorflow
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding

NAME = "gradient"
TITLE = "Gradient"
DESCRIPTION = "Marks the pixels that move a similarity metric most."
DETAILS = (
    "Computes by automatic differentiation how much each pixel of After moves a metric: MSE, or the one that the "
    "option `gradient` names. Shows what that metric reacts to; with MSE that is the difference of the pictures."
)


def find(pair: Pair, options: Options) -> Finding:
    """Threshold the magnitude of d metric(A, B) / dB in the channel where it is largest.

    The gradient is taken with respect to the preprocessed B of at most a megapixel: see `difference.prepare`, and
    `difference.cut` for the threshold. PSNR has the same map as MSE, since its gradient is a multiple of MSE's. The
    maps of SSIM and MS-SSIM are not symmetric in A and B: structure that only one of them has is weighted differently.
    """
    prepared = prepare(pair, options.gradient)
    map_of_b = strongest(np.abs(_gradient(options.gradient.metric, prepared.a, prepared.b)))
    return cut(pair, prepared, map_of_b, "gradient")


def _gradient(metric: str, a: Float32, b: Float32) -> Float32:
    prepare_tensorflow()
    from app.vision.metrics.gradients import gradient  # TensorFlow takes seconds to load

    return gradient(metric, a, b)
