"""Changed regions from the gradient of a similarity metric: which pixels of B move it most."""

from app.vision.arrays import Float32
from app.vision.finders.difference import cut, prepare, strongest
from app.vision.networks.runtime import prepare_tensorflow
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding


def find(pair: Pair, options: Options) -> Finding:
    """The magnitude of d metric(A, B) / dB as the map, in the channel where it is largest.

    The metric is derived by the pictures that it sees: by B once pre-processed, and at most a megapixel of it. How
    they are prepared and how regions are cut from the map: see `difference.prepare` and `difference.cut`. PSNR has
    the map of MSE, as its gradient is that of MSE by a factor. By SSIM and MS-SSIM, A and B the other way round have
    another map: structure that is only in one of them weighs differently in either.
    """
    prepared = prepare(pair, options.gradient)
    map_of_b = strongest(_gradient(options.gradient.metric, prepared.a, prepared.b))
    return cut(pair, prepared, map_of_b, "gradient")


def _gradient(metric: str, a: Float32, b: Float32) -> Float32:
    prepare_tensorflow()
    from app.vision.metrics.gradients import gradient  # TensorFlow takes seconds to load

    return gradient(metric, a, b)
