import numpy as np
import pytest

from app.vision.analyses.ssim import analyse
from app.vision.arrays import UInt8
from app.vision.options import Options
from app.vision.pair import Pair


def pair(a: UInt8, b: UInt8) -> Pair:
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_))


def texture(height: int = 200, width: int = 260) -> UInt8:
    return np.random.default_rng(0).integers(60, 200, (height, width, 3), np.uint8)


def with_square(picture: UInt8) -> UInt8:
    drawn = picture.copy()
    drawn[50:100, 60:130] = 250
    return drawn


def test_equal_pictures() -> None:
    analysis = analyse(pair(texture(), texture()), Options())
    assert analysis.metrics == {"ssim": 1, "ms_ssim": 1}
    assert analysis.reason is None
    assert not analysis.images["ssim_mask"]().any()
    assert (analysis.images["ssim_contours_a"]() == texture()).all()


def test_a_change_lowers_both_and_is_shown_in_every_image() -> None:
    a, b = texture(), with_square(texture())
    analysis = analyse(pair(a, b), Options())
    assert 0.8 < (analysis.metrics["ssim"] or 0) < 0.95
    assert 0.1 < (analysis.metrics["ms_ssim"] or 0) < 0.95
    mask = analysis.images["ssim_mask"]()
    assert set(np.unique(mask)) == {0, 255}
    assert mask[55:95, 65:125].mean() > 0.9 * 255
    assert not mask[120:].any()
    assert analysis.images["ssim_map"]()[75, 90].sum() > analysis.images["ssim_map"]()[150, 200].sum() + 100
    for name, picture in (("ssim_contours_a", a), ("ssim_contours_b", b)):
        drawn = analysis.images[name]()
        assert (drawn != picture).any()
        assert (drawn[120:] == picture[120:]).all()


def test_flat_pictures_have_the_published_value() -> None:
    a, b = np.full((30, 30, 3), 253, np.uint8), np.full((30, 30, 3), 255, np.uint8)
    assert analyse(pair(a, b), Options()).metrics["ssim"] == pytest.approx(0.99997, abs=5e-6)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (175, 400)])
def test_a_small_picture_has_no_ms_ssim_and_says_why(shape: tuple[int, int]) -> None:
    analysis = analyse(pair(texture(*shape), 255 - texture(*shape)), Options())
    assert analysis.metrics["ms_ssim"] is None
    assert analysis.reason is not None
    assert "176" in analysis.reason
    assert isinstance(analysis.metrics["ssim"], float)


def test_what_is_not_valid_is_left_out_of_the_score_and_of_the_images() -> None:
    a, b = texture(), with_square(texture())
    valid = np.ones(a.shape[:2], np.bool_)
    valid[40:110, 50:140] = False
    analysis = analyse(Pair(a, b, None, None, valid), Options())
    assert analysis.metrics["ssim"] == 1
    assert not analysis.images["ssim_mask"]().any()
    assert (analysis.images["ssim_map"]() == analysis.images["ssim_map"]()[0, 0]).all()


def test_images_have_the_size_of_a() -> None:
    analysis = analyse(pair(texture(), with_square(texture())), Options())
    assert {image().shape[:2] for image in analysis.images.values()} == {(200, 260)}
    assert {image().dtype for image in analysis.images.values()} == {np.dtype(np.uint8)}
