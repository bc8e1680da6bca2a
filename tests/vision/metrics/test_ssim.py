from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from app.vision.arrays import Float64, Mask, UInt8
from app.vision.metrics.ssim import WEIGHTS, compare, ms_ssim, ssim_map

SHAPES = [(1, 1), (1, 40), (3, 200), (10, 10), (11, 11), (12, 30), (200, 3)]


def everywhere(picture: UInt8) -> Mask:
    return np.ones(picture.shape, np.bool_)


def ssim(a: UInt8, b: UInt8) -> float:
    return compare(a, b, everywhere(a)).ssim


def multi_scale(a: UInt8, b: UInt8) -> float | None:
    return ms_ssim(a, b, everywhere(a), compare(a, b, everywhere(a)))


def noise(shape: tuple[int, int], seed: int) -> UInt8:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def assert_equals_scikit_image(a: UInt8, b: UInt8) -> None:
    reference: Callable[..., tuple[float, Float64]] = structural_similarity
    score, expected = reference(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True)
    ours = compare(a, b, everywhere(a))
    assert ours.ssim == pytest.approx(score, abs=1e-6)
    np.testing.assert_allclose(ssim_map(a, b), expected, atol=2e-4)
    np.testing.assert_allclose(ours.loss / 255, np.clip(1 - expected, 0, 1), atol=0.51 / 255)


def grainy(shape: tuple[int, int]) -> tuple[UInt8, UInt8]:
    """Smooth blobs with clipped blacks and whites, and the same picture with grain and a darker corner."""
    blobs = cv2.GaussianBlur(noise(shape, 0).astype(np.float32), (0, 0), 5)
    a = np.clip((blobs - 127) * 12 + 127, 0, 255).astype(np.uint8)
    b = np.clip(a + np.random.default_rng(1).normal(0, 9, shape), 0, 255).astype(np.uint8)
    b[: shape[0] // 3, : shape[1] // 3] //= 2
    return a, b


@pytest.mark.parametrize(
    ("gray_a", "gray_b", "expected"),
    [(253, 255, 0.99997), (128, 130, 0.99988), (0, 2, 0.61914), (222, 255, 0.99047), (0, 26, 0.00953)],
)
@pytest.mark.parametrize("shape", [(40, 50), (4, 4)])
def test_flat_pictures_have_the_closed_form_of_the_luminance_term(
    gray_a: int, gray_b: int, expected: float, shape: tuple[int, int]
) -> None:
    a, b = np.full(shape, gray_a, np.uint8), np.full(shape, gray_b, np.uint8)
    assert ssim(a, b) == pytest.approx(expected, abs=5e-6)


@pytest.mark.parametrize("shape", [(64, 70), (300, 2100)])
def test_equals_scikit_image(shape: tuple[int, int]) -> None:
    a, b = grainy(shape)
    assert_equals_scikit_image(a, b)


def test_equals_scikit_image_on_photographs_and_drawings(shared: Path) -> None:
    for name in ("spot/001", "pcb/00041001"):
        files = (str(shared / f"data/{name}_{side}.jpg") for side in "ab")
        assert_equals_scikit_image(*(np.asarray(cv2.imread(file, cv2.IMREAD_GRAYSCALE), np.uint8) for file in files))


@pytest.mark.parametrize("shape", SHAPES)
def test_small_pictures_have_a_value(shape: tuple[int, int]) -> None:
    a, b = noise(shape, 1), noise(shape, 2)
    assert ssim(a, a) == 1
    assert -1 <= ssim(a, b) < 1
    assert multi_scale(a, b) is None


def test_identity_is_exact() -> None:
    a, _ = grainy((200, 210))
    assert ssim(a, a) == 1
    assert multi_scale(a, a) == 1


def test_symmetry_is_exact() -> None:
    a, b = grainy((200, 210))
    assert ssim(a, b) == ssim(b, a) < 1
    assert multi_scale(a, b) == multi_scale(b, a)


def test_inverted_pictures_have_negative_ssim_and_zero_ms_ssim() -> None:
    a, _ = grainy((200, 210))
    assert ssim(a, 255 - a) < -0.4
    assert multi_scale(a, 255 - a) == 0


def test_the_mean_is_over_valid_pixels_outside_the_border() -> None:
    a, b = grainy((200, 210))
    valid = noise(a.shape, 3) < 100
    result = compare(a, b, valid)
    inner = np.zeros_like(valid)
    inner[5:-5, 5:-5] = valid[5:-5, 5:-5]
    assert result.ssim == pytest.approx(ssim_map(a, b)[inner].mean(dtype=float), abs=1e-6)


def test_changes_of_invalid_pixels_are_ignored() -> None:
    a, _ = grainy((200, 420))
    valid = everywhere(a)
    valid[:, 200:] = False
    b = a.copy()
    b[:, 290:] = 255 - b[:, 290:]
    result = compare(a, b, valid)
    assert result.ssim == 1
    assert ms_ssim(a, b, valid, result) == 1


def test_border_pixels_count_if_no_other_pixels_are_valid() -> None:
    a, b = np.zeros((20, 20), np.uint8), np.full((20, 20), 2, np.uint8)
    valid = np.zeros(a.shape, np.bool_)
    valid[0] = True
    assert compare(a, b, valid).ssim == pytest.approx(0.61914, abs=5e-6)


def test_no_valid_pixel_is_an_error() -> None:
    a = noise((20, 20), 0)
    with pytest.raises(ValueError, match="no valid pixel"):
        compare(a, a, np.zeros(a.shape, np.bool_))


def test_ms_ssim_needs_valid_pixels_at_the_coarsest_scale() -> None:
    a, b = grainy((200, 210))
    valid = np.zeros(a.shape, np.bool_)
    valid[100, 100] = True
    assert ms_ssim(a, b, valid, compare(a, b, valid)) is None


@pytest.mark.parametrize("shape", [(176, 176), (187, 201)])
def test_ms_ssim_equals_the_formula_of_the_paper(shape: tuple[int, int]) -> None:
    a, b = grainy(shape)
    assert multi_scale(a, b) == pytest.approx(direct_ms_ssim(a.astype(float), b.astype(float)), abs=1e-6)


def test_ms_ssim_needs_a_side_of_176_pixels() -> None:
    a, b = grainy((175, 400))
    assert multi_scale(a, b) is None


def direct_ms_ssim(a: Float64, b: Float64) -> float:
    """MS-SSIM by its definition, with explicit windows in float64."""
    product = 1.0
    for scale, weight in enumerate(WEIGHTS):
        luminance, contrast = direct_terms(a, b)
        coarsest = scale == len(WEIGHTS) - 1
        product *= float((luminance * contrast if coarsest else contrast).mean()) ** weight
        a, b = (halved(plane) for plane in (a, b))
    return product


def direct_terms(a: Float64, b: Float64) -> tuple[Float64, Float64]:
    offsets = np.arange(-5, 6)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    a, b = (np.lib.stride_tricks.sliding_window_view(plane, (11, 11)) for plane in (a, b))
    mean_a, mean_b = ((window * plane).sum((2, 3)) for plane in (a, b))
    centred_a, centred_b = a - mean_a[..., None, None], b - mean_b[..., None, None]
    variances = (window * (centred_a**2 + centred_b**2)).sum((2, 3))
    covariance = (window * centred_a * centred_b).sum((2, 3))
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return luminance, (2 * covariance + c2) / (variances + c2)


def halved(plane: Float64) -> Float64:
    even = plane[: plane.shape[0] // 2 * 2, : plane.shape[1] // 2 * 2]
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4


def test_equals_scikit_image_with_differences_at_the_borders_of_tiles() -> None:
    a = cv2.GaussianBlur(noise((700, 800), 3), (0, 0), 2).astype(np.uint8)
    b = a.copy()
    for y, x in ((0, 0), (361, 362), (362, 361), (500, 799), (699, 40)):
        b[y, x] = 255 - b[y, x]
    assert_equals_scikit_image(a, b)
