import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio

from app.vision.analyses import pixel
from app.vision.analysis import Unavailable
from app.vision.arrays import UInt8
from app.vision.metrics.pixel_differences import differences
from app.vision.options import Options
from tests.pictures import changed_scene, paired, scene, smoothed_lines


def see_through(seed: int) -> UInt8:
    return np.random.default_rng(seed).integers(0, 256, (17, 40, 4), np.uint8)


@pytest.mark.parametrize("a", [scene(), see_through(1)], ids=["opaque", "see-through"])
def test_identity(a: UInt8) -> None:
    analysis = pixel.analyse(paired(a, a.copy()), Options(threshold=0))
    assert analysis.metrics == {
        "exact_match_rate": 1.0,
        "pixel_match_rate": 1.0,
        "different_pixels": 0,
        "window_pixels": 0,
        "mse": 0.0,
        "psnr": None,
    }
    assert analysis.reason == "PSNR is infinite: there is no error."


@pytest.mark.parametrize("both", [smoothed_lines(), (scene(), changed_scene()), (see_through(1), see_through(2))])
def test_symmetry(both: tuple[UInt8, UInt8]) -> None:
    a, b = both
    metrics = pixel.analyse(paired(a, b), Options()).metrics
    assert metrics == pixel.analyse(paired(b, a), Options()).metrics
    json.dumps(metrics, allow_nan=False)


@pytest.mark.parametrize(("metric", "reference"), [("mse", mean_squared_error), ("psnr", peak_signal_noise_ratio)])
def test_error_agrees_with_scikit_image(metric: str, reference: Callable[[UInt8, UInt8], float]) -> None:
    a, b = np.random.default_rng(2).integers(0, 256, (2, 90, 70, 3), np.uint8)
    analysis = pixel.analyse(paired(a, b), Options())
    assert analysis.metrics[metric] == pytest.approx(reference(a, b), rel=1e-12)
    assert analysis.reason is None


def test_the_largest_error_is_exact() -> None:
    black, white = np.zeros((2000, 1500, 3), np.uint8), np.full((2000, 1500, 3), 255, np.uint8)
    metrics = pixel.analyse(paired(black, white), Options()).metrics
    assert (metrics["mse"], metrics["psnr"], metrics["different_pixels"]) == (255.0**2, 0.0, 3_000_000)
    assert (metrics["exact_match_rate"], metrics["pixel_match_rate"]) == (0, 0)


def test_an_exact_match_includes_alpha_and_a_missing_one_is_opaque() -> None:
    a = np.full((1, 4, 4), 255, np.uint8)
    b = a.copy()
    b[0, 0, 3] = 254  # white on white: it looks the same and is not the same
    assert pixel.analyse(paired(a, b), Options()).metrics["exact_match_rate"] == 0.75
    assert pixel.analyse(paired(a[..., :3], b), Options()).metrics["exact_match_rate"] == 0.75
    assert pixel.analyse(paired(a[..., :3], b), Options(threshold=0)).metrics["different_pixels"] == 1
    by_yiq = Options(threshold=0, colour_distance="yiq")
    assert pixel.analyse(paired(a[..., :3], b), by_yiq).metrics["different_pixels"] == 0


def test_only_valid_pixels_count() -> None:
    a, b = np.zeros((2, 5, 8, 3), np.uint8)
    b[:, :4] = 255
    b[0, 7] = 10
    valid = np.ones((5, 8), bool)
    valid[:, :4] = False
    analysis = pixel.analyse(paired(a, b, valid), Options(threshold=0))
    assert analysis.metrics == {
        "exact_match_rate": 19 / 20,
        "pixel_match_rate": 19 / 20,
        "different_pixels": 1,
        "window_pixels": 1,
        "mse": 300 / 60,
        "psnr": pytest.approx(10 * math.log10(255**2 / 5)),
    }
    with pytest.raises(Unavailable, match="No pixel"):
        pixel.analyse(paired(a, b, np.zeros((5, 8), bool)), Options())


def test_the_picture_shows_what_was_counted() -> None:
    pair = paired(*smoothed_lines())
    analysis = pixel.analyse(pair, Options())
    picture = analysis.images["difference"]()
    different, smoothed = differences(pair, Options().threshold)
    assert picture.shape == pair.rgb_a.shape
    assert picture.dtype == np.uint8
    assert analysis.metrics["different_pixels"] == np.count_nonzero(different)
    assert smoothed.any()
    assert not (different & smoothed).any()
    assert (picture[different] == (255, 221, 0)).all()
    assert (picture[smoothed] == (230, 80, 200)).all()
    rest = picture[~different & ~smoothed].astype(int)
    assert np.ptp(rest, axis=1).max() == 0
    assert rest.max() < 86
