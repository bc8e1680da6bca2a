"""Gradients of similarity metrics, by TensorFlow's automatic differentiation.

Importing this module imports TensorFlow, which takes seconds: import it where it is needed, not at the top.

SSIM and MS-SSIM are reimplemented, as `tf.image.ssim` and `tf.image.ssim_multiscale` are unsuitable for a map: their
windows end at the border, so that changes there have little weight; a negative mean of a scale makes the gradient NaN;
and rounding leaves a gradient where the pictures are equal. This code yields zero there, in half the time.
"""

from collections.abc import Callable

import cv2
import numpy as np
import tensorflow as tf

from app.vision.arrays import Float32
from app.vision.metrics.lpips import lpips
from app.vision.metrics.ssim import BORDER, WEIGHTS, WINDOW
from app.vision.networks.runtime import Tensor

C1, C2 = 0.01**2, 0.03**2
# Keeps the logarithm of PSNR and its derivative finite for equal pictures. Below the error of any 8-bit pictures.
MIN_ERROR = 1e-30
# Below this mean of a scale of MS-SSIM, the logarithm is continued by its tangent. From 0.01, the tangent would be so
# steep that MS-SSIM of inverted pictures, and its gradient, would vanish in float32.
MIN_MEAN = 0.1


def gradient(metric: str, a: Float32, b: Float32) -> Float32:
    """The gradient of a metric of A and B with respect to B: float32 (height, width, 3).

    metric: a key of METRICS. a, b: float32 (height, width, 3), about [0, 1], of any size.
    Finite for all pictures, and zero where A and B are equal (for SSIM and MS-SSIM, in the whole window).
    """
    # Not on a GPU, where the order of sums, and therefore the last digits, vary between runs.
    with tf.device("CPU"), tf.GradientTape() as tape:
        first, second = tf.constant(a[None]), tf.constant(b[None])
        tape.watch(second)
        value = METRICS[metric](first, second)
    return np.asarray(tape.gradient(value, second)[0], np.float32)


def mse(a: Tensor, b: Tensor) -> Tensor:
    """Mean squared error over all values."""
    return tf.reduce_mean(tf.square(a - b))


def psnr(a: Tensor, b: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB for a peak of 1: -10 log10(mse), at most 300, as the pole has no gradient."""
    return -10 / np.log(10) * tf.math.log(tf.maximum(mse(a, b), MIN_ERROR))


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Mean SSIM of pixels and channels, with an 11 x 11 gaussian window of sigma 1.5 and mirrored borders."""
    luminance, contrast = _terms(a, b)
    return tf.reduce_mean(luminance * contrast)


def ms_ssim(a: Tensor, b: Tensor) -> Tensor:
    """Mean MS-SSIM of the channels, with the scales, weights and halving of `app.vision.metrics.ssim`.

    Pictures with a side under 176 pixels use the scales in which the window fits, at least one, with weights normalised
    to a sum of 1. A negative mean of a scale has no real power, and near 0 the derivative is unbounded: below MIN_MEAN,
    the logarithm is continued by its tangent.
    """
    count = min(len(WEIGHTS), max(1, (_shorter_side(b) // WINDOW).bit_length()))
    log_terms = []
    for scale in range(count):
        if scale:
            a, b = (tf.nn.avg_pool2d(x, 2, 2, "VALID") for x in (a, b))
        luminance, contrast = _terms(a, b)
        mean = tf.reduce_mean(luminance * contrast if scale == count - 1 else contrast, axis=(1, 2))
        log_terms.append(WEIGHTS[scale] / sum(WEIGHTS[:count]) * _safe_log(mean))
    return tf.reduce_mean(tf.exp(tf.add_n(log_terms)))


METRICS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": mse,
    "psnr": psnr,
    "ssim": ssim,
    "ms_ssim": ms_ssim,
    "lpips": lpips,
}


def _terms(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The luminance term and the contrast-structure term of all pixels, as in `app.vision.metrics.ssim`."""
    # The window shrinks if a side is shorter than the border, which could not be mirrored.
    border = min(BORDER, _shorter_side(b))
    kernel = np.asarray(cv2.getGaussianKernel(2 * border + 1, 1.5), np.float32)
    a, b = (tf.pad(x, [[0, 0], [border, border], [border, border], [0, 0]], "SYMMETRIC") for x in (a, b))
    total, difference = a + b - 1, a - b  # relative to the middle of [0, 1], for precision
    mean_total, mean_difference = _window_mean(total, kernel), _window_mean(difference, kernel)
    variance_total = _window_mean(tf.square(total), kernel) - tf.square(mean_total)
    variance_difference = _window_mean(tf.square(difference), kernel) - tf.square(mean_difference)
    luminance = _term(tf.square(mean_total + 1), tf.square(mean_difference), C1)
    return luminance, _term(variance_total, variance_difference, C2)


def _term(total: Tensor, difference: Tensor, c: float) -> Tensor:
    return 1 - difference / ((total + difference) / 2 + c)


def _window_mean(x: Tensor, kernel: Float32) -> Tensor:
    column = tf.tile(kernel[..., None, None], (1, 1, x.shape[-1], 1))
    rows = tf.nn.depthwise_conv2d(x, column, (1, 1, 1, 1), "VALID")
    return tf.nn.depthwise_conv2d(rows, tf.transpose(column, (1, 0, 2, 3)), (1, 1, 1, 1), "VALID")


def _safe_log(x: Tensor) -> Tensor:
    floored = tf.maximum(x, MIN_MEAN)
    return tf.math.log(floored) + (x - floored) / MIN_MEAN


def _shorter_side(x: Tensor) -> int:
    return int(min(x.shape[1:3]))
