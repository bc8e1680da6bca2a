import numpy as np
import pytest

from app.vision.arrays import Float32
from app.vision.metrics.frequency_filters import high_pass, low_pass, normalize

SHAPES = [(1, 1), (1, 7), (5, 1), (31, 17), (60, 80)]


def wave(across: int, down: int = 0) -> Float32:
    """A cosine over 60 x 80 pixels: 0.9 / 2 of the height and width is 27 and 36 waves, 0.1 / 2 is 3 and 4."""
    y, x = np.mgrid[:60, :80]
    return np.dstack([np.cos(2 * np.pi * (across * x / 80 + down * y / 60))] * 3).astype(np.float32)


def noise(shape: tuple[int, int]) -> Float32:
    return np.random.default_rng(1).random((*shape, 3), np.float32)


def test_normalize_scales_by_the_range_of_all_channels() -> None:
    picture = np.array([[[0.2, 0.3, 0.4], [0.6, 0.5, 0.25]]], np.float32)
    np.testing.assert_allclose(normalize(picture), [[[0, 0.25, 0.5], [1, 0.75, 0.125]]], atol=1e-6)
    assert normalize(picture).dtype == np.float32


def test_a_constant_picture_is_normalized_to_zero() -> None:
    assert not normalize(np.full((4, 5, 3), 0.7, np.float32)).any()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_high_pass_of_a_constant_is_zero(shape: tuple[int, int]) -> None:
    np.testing.assert_allclose(high_pass(np.full((*shape, 3), 0.7, np.float32)), 0, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_low_pass_keeps_a_constant(shape: tuple[int, int]) -> None:
    np.testing.assert_allclose(low_pass(np.full((*shape, 3), 0.7, np.float32)), 0.7, atol=1e-6)


@pytest.mark.parametrize(
    ("across", "down", "kept"),
    [(3, 0, 1), (36, 0, 1), (37, 0, 0), (40, 0, 0), (0, 27, 1), (0, 28, 0), (36, -27, 1), (36, 28, 0), (37, 1, 0)],
)
def test_a_low_pass_keeps_the_central_nine_tenths_of_each_side(across: int, down: int, kept: int) -> None:
    np.testing.assert_allclose(low_pass(wave(across, down)), kept * wave(across, down), atol=1e-5)


@pytest.mark.parametrize(
    ("across", "down", "kept"), [(4, 0, 0), (5, 0, 1), (0, 3, 0), (0, 4, 1), (4, -3, 0), (4, 4, 1), (40, 30, 1)]
)
def test_a_high_pass_zeroes_the_central_tenth_of_each_side(across: int, down: int, kept: int) -> None:
    np.testing.assert_allclose(high_pass(wave(across, down)), kept * wave(across, down), atol=1e-5)


def test_the_share_is_of_the_spectrum() -> None:
    np.testing.assert_allclose(low_pass(wave(11), kept=0.25), 0, atol=1e-5)
    np.testing.assert_allclose(low_pass(wave(10), kept=0.25), wave(10), atol=1e-5)
    np.testing.assert_allclose(high_pass(wave(10), zeroed=0.25), 0, atol=1e-5)
    np.testing.assert_allclose(high_pass(wave(11), zeroed=0.25), wave(11), atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_low_pass_and_the_high_pass_add_up_to_the_picture(shape: tuple[int, int]) -> None:
    picture = noise(shape)
    np.testing.assert_allclose(low_pass(picture, 0.4) + high_pass(picture, 0.4), picture, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_equals_a_centred_rectangle_of_the_shifted_spectrum(shape: tuple[int, int]) -> None:
    """The definition, with the full spectrum and its zero frequency in the centre."""
    picture, (height, width) = noise(shape), shape
    spectrum = np.fft.fftshift(np.fft.fft2(picture, axes=(0, 1)), axes=(0, 1))
    rows, columns = (np.abs(np.arange(side) - side // 2) <= 0.3 * side / 2 for side in (height, width))
    spectrum[~np.outer(rows, columns)] = 0
    direct = np.fft.ifft2(np.fft.ifftshift(spectrum, axes=(0, 1)), axes=(0, 1))
    np.testing.assert_allclose(low_pass(picture, 0.3), direct.real, atol=1e-6)
    np.testing.assert_allclose(direct.imag, 0, atol=1e-6)
