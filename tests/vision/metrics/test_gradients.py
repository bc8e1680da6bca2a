"""Gradients compared with formulas and with finite differences of independent implementations in float64."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from skimage.filters import gaussian
from skimage.metrics import structural_similarity

from app.vision.arrays import Float32, Float64
from app.vision.metrics.ssim import WEIGHTS

METRICS = ["mse", "psnr", "ssim", "ms_ssim", "lpips"]
SHAPES = [(1, 1), (1, 9), (2, 30), (11, 11), (23, 45)]
Metric = Callable[[Float64, Float64], float]


def gradient(metric: str, a: Float32, b: Float32) -> Float32:
    from app.vision.metrics import (
        gradients as loss,  # not at the top: the import of TensorFlow is no part of collecting tests
    )

    return loss.gradient(metric, a, b)


def noise(shape: tuple[int, int], seed: int) -> Float32:
    return np.random.default_rng(seed).random((*shape, 3), np.float32)


def textured(shape: tuple[int, int]) -> tuple[Float32, Float32]:
    """Noise, and the same picture with different noise in the middle."""
    a = noise(shape, 1)
    b = a.copy()
    middle = tuple(slice(side // 4, 3 * side // 4) for side in shape)
    b[middle] = 0.5 * (a[middle] + noise(shape, 2)[middle])
    return a, b


def finite_difference(metric: Metric, a: Float32, b: Float32, index: tuple[int, int, int], step: float) -> float:
    """The central difference of a metric at one value of B."""
    wide_a, lower, upper = a.astype(float), b.astype(float), b.astype(float)
    lower[index] -= step
    upper[index] += step
    return (metric(wide_a, upper) - metric(wide_a, lower)) / (2 * step)


def assert_equals_finite_differences(name: str, metric: Metric, a: Float32, b: Float32) -> None:
    """Compare at two corners, on an edge, and inside and outside the changed area."""
    height, width = a.shape[:2]
    ours = gradient(name, a, b)
    for y, x in [(0, 0), (height - 1, width - 1), (0, width // 2), (height // 2, width // 2), (height // 4, 3)]:
        index = (y, x, (x + y) % 3)
        expected = finite_difference(metric, a, b, index, 1e-4)
        assert ours[index] == pytest.approx(expected, rel=1e-2, abs=1e-4 * float(np.abs(ours).max()))


def skimage_ssim(a: Float64, b: Float64) -> float:
    _, similarity = structural_similarity(
        a, b, channel_axis=2, data_range=1, gaussian_weights=True, use_sample_covariance=False, full=True
    )
    return float(similarity.mean())


def direct_ms_ssim(scales: int) -> Metric:
    """MS-SSIM of each channel as in the paper, with the given number of scales."""

    def metric(a: Float64, b: Float64) -> float:
        weights = np.array(WEIGHTS[:scales]) / sum(WEIGHTS[:scales])
        product = np.ones(3)
        for scale, weight in enumerate(weights):
            luminance, contrast = direct_terms(a, b)
            product *= power((luminance * contrast if scale == scales - 1 else contrast).mean(axis=(0, 1)), weight)
            a, b = (halved(picture) for picture in (a, b))
        return float(product.mean())

    return metric


def power(x: Float64, exponent: float) -> Float64:
    """x to a power; an exponential of x below 0.1, where the logarithm is continued by its tangent."""
    return np.asarray(np.where(x > 0.1, np.maximum(x, 0.1) ** exponent, (0.1 * np.exp(x / 0.1 - 1)) ** exponent))


def direct_terms(a: Float64, b: Float64) -> tuple[Float64, Float64]:
    def mean(x: Float64) -> Float64:
        blurred = gaussian(x, 1.5, mode="reflect", truncate=3.5, channel_axis=2)
        return np.asarray(blurred)

    mean_a, mean_b = mean(a), mean(b)
    variances = mean(a * a) - mean_a**2 + mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
    return luminance, (2 * covariance + 0.03**2) / (variances + 0.03**2)


def halved(picture: Float64) -> Float64:
    even = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4


@pytest.mark.parametrize("shape", SHAPES)
def test_mse_has_the_gradient_of_the_formula(shape: tuple[int, int]) -> None:
    a, b = noise(shape, 1), noise(shape, 2)
    np.testing.assert_allclose(gradient("mse", a, b), 2 * (b - a) / b.size, rtol=1e-5)


def test_the_gradient_of_psnr_is_a_multiple_of_that_of_mse() -> None:
    a, b = noise((20, 30), 1), noise((20, 30), 2)
    factor = -10 / np.log(10) / np.square(a - b, dtype=float).mean()
    np.testing.assert_allclose(gradient("psnr", a, b), factor * gradient("mse", a, b), rtol=1e-4)


def test_ssim_has_the_gradient_of_scikit_image() -> None:
    assert_equals_finite_differences("ssim", skimage_ssim, *textured((40, 51)))


@pytest.mark.parametrize(("side", "scales"), [(21, 1), (22, 2), (45, 3), (176, 5), (199, 5)])
def test_ms_ssim_has_the_gradient_of_the_formula_with_the_scales_that_fit(side: int, scales: int) -> None:
    assert_equals_finite_differences("ms_ssim", direct_ms_ssim(scales), *textured((side, side + 9)))


def test_ms_ssim_of_one_scale_is_ssim() -> None:
    a, b = textured((15, 40))
    np.testing.assert_allclose(gradient("ms_ssim", a, b), gradient("ssim", a, b), rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("shape", SHAPES)
def test_equal_pictures_have_no_gradient(metric: str, shape: tuple[int, int]) -> None:
    a = noise(shape, 1)
    assert not gradient(metric, a, a).any()


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("shape", SHAPES)
def test_any_size_has_a_finite_gradient(metric: str, shape: tuple[int, int]) -> None:
    a, b = noise(shape, 1), noise(shape, 2)
    found = gradient(metric, a, b)
    assert found.shape == b.shape
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert found.any()


def test_ssim_has_no_gradient_beyond_the_window() -> None:
    a = noise((40, 60), 1)
    b = a.copy()
    b[20, 30] = 1 - a[20, 30]
    found = np.abs(gradient("ssim", a, b)).max(axis=2) > 0
    assert found[10:31, 20:41].mean() > 0.9
    found[10:31, 20:41] = False
    assert not found.any()


def test_negative_means_of_scales_have_the_gradient_of_the_continued_logarithm() -> None:
    a = noise((180, 180), 1)
    assert_equals_finite_differences("ms_ssim", direct_ms_ssim(5), a, 1 - a)


@pytest.mark.parametrize("metric", METRICS)
def test_concurrent_threads_get_the_same_gradients(metric: str) -> None:
    pictures = [(noise((70, 90), seed), noise((70, 90), seed + 9)) for seed in range(4)]
    alone = [gradient(metric, a, b) for a, b in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda both: gradient(metric, *both), pictures))
    np.testing.assert_array_equal(together, alone)
