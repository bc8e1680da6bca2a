import gc
import io
import weakref

import cv2
import numpy as np
import pytest
from PIL import Image

from app.evaluation.compare import Comparison, compare
from app.evaluation.images import THUMBNAIL_PIXELS, draw
from app.evaluation.request import EvaluationRequest, InvalidOptions
from app.execution.deadline import StepTimer
from app.vision.analyses import ANALYSES
from app.vision.analysis import Analysis
from app.vision.arrays import UInt8
from app.vision.decoding.decode import decode
from app.vision.encode import Encoded
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Box
from app.vision.resize import MAX_SCREEN_PIXELS
from tests.pictures import changed_scene, noisy, png, read, resized, scene


def comparison(a: UInt8, b: UInt8, *analyses: str, **options: object) -> Comparison:
    """The comparison of two arrays."""
    request = EvaluationRequest.model_validate({"analyses": analyses or ("pixel",), **options})
    return compare(decode(png(a), 10**8), decode(png(b), 10**8), request, StepTimer(60))


def test_the_findings_come_in_the_order_of_the_analyses() -> None:
    found = comparison(scene(), changed_scene(), "hash", "regions", "pixel")
    assert [info.name for info in found.infos] == ["pixel", "regions", "hash"]
    assert found.metrics["different_pixels"]
    assert found.facts["regions"]
    assert "difference" in found.images


def test_a_failed_analysis_does_not_affect_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_pair: Pair, _options: Options) -> Analysis:
        raise ArithmeticError("the cause")

    monkeypatch.setattr(ANALYSES["hash"], "analyse", fails)
    found = comparison(scene(), changed_scene(), "pixel", "hash")
    assert [info.status for info in found.infos] == ["ok", "failed"]
    assert "the cause" in caplog.text
    assert "the cause" not in str(found.infos[1].reason)
    assert found.metrics["mse"]


def test_equal_means_every_pixel_at_the_same_size() -> None:
    assert comparison(scene(), scene()).equal
    assert not comparison(scene(), changed_scene()).equal
    assert not comparison(scene(), resized(scene(), 120, 80)).equal


@pytest.mark.parametrize("noise", [0, 6], ids=["rendering", "photograph"])
def test_a_comparison_frees_its_memory_at_once(noise: int) -> None:
    a, b = (noisy(picture, noise) for picture in (scene(), changed_scene()))
    gc.collect()
    gc.disable()
    try:
        pair = weakref.ref(comparison(a, b, "pixel", "ssim", "regions", "orb", "hash").pair)
        assert pair() is None, "something that it remembers refers to it"
    finally:
        gc.enable()


def test_points_that_do_not_suit_the_pictures_are_an_error() -> None:
    with pytest.raises(InvalidOptions, match=r"^points: must be inside .* point 1 of B .*\.$"):
        comparison(scene(), scene(), points=[[0, 0, 500, 0], [50, 50, 50, 50]])


def test_ignoring_all_pixels_is_an_error() -> None:
    request = EvaluationRequest(ignore=(Box(0, 0, 1000, 1000),))
    picture = decode(png(scene()), 10**8)
    with pytest.raises(InvalidOptions, match="ignore"):
        compare(picture, picture, request, StepTimer(60))


def test_pictures_for_the_page_fit_a_screen() -> None:
    large = resized(scene(), 2400, 2000)
    drawn = {name: read(image.data) for name, image in draw(comparison(large, large)).items()}
    assert drawn["a"].shape[0] * drawn["a"].shape[1] <= MAX_SCREEN_PIXELS
    assert drawn["thumbnail_a"].shape[0] * drawn["thumbnail_a"].shape[1] <= THUMBNAIL_PIXELS
    assert "b_aligned" not in drawn


def test_b_is_shown_as_sent_and_as_compared() -> None:
    drawn = draw(comparison(scene(), resized(scene(), 120, 80), align="off"))
    assert read(drawn["b"].data).shape == (80, 120, 3)
    assert read(drawn["b_aligned"].data).shape == (160, 240, 3)


def test_the_overlays_show_an_applied_alignment() -> None:
    turn = cv2.getRotationMatrix2D((240, 160), 4, 1.0)
    b = np.asarray(cv2.warpAffine(scene(480, 320), turn, (480, 320)), np.uint8)
    drawn = draw(comparison(scene(480, 320), b))
    for name in ("alignment_checkerboard", "alignment_outline"):
        assert read(drawn[name].data).shape == (320, 480, 3)


def test_without_a_single_motion_there_are_no_overlays() -> None:
    page = np.random.default_rng(3).integers(0, 256, (300, 200, 3), np.uint8)
    grown = np.insert(page, [100] * 50, 9, axis=0)
    for found in (comparison(scene(), changed_scene()), comparison(page, grown)):
        assert not [name for name in draw(found) if name.startswith("alignment_")]


def test_rows_that_b_does_not_have_are_dimmed() -> None:
    page = np.random.default_rng(3).integers(200, 256, (300, 200, 3), np.uint8)
    drawn = read(draw(comparison(page, np.delete(page, np.s_[100:150], axis=0)))["b_aligned"].data)
    assert drawn[:95].mean() > 200
    assert drawn[105:145].mean() < 128


def rgba(image: Encoded) -> UInt8:
    return np.asarray(Image.open(io.BytesIO(image.data)).convert("RGBA"))


def test_transparency_is_shown() -> None:
    alpha = np.full((160, 240), 255, np.uint8)
    alpha[:40, :120] = 100
    a, b = np.dstack([scene(), alpha]), np.dstack([changed_scene(), alpha[::-1]])
    drawn = draw(comparison(a, b))
    assert np.array_equal(rgba(drawn["a"]), a)
    assert np.array_equal(rgba(drawn["b"]), b)
    assert Image.open(io.BytesIO(drawn["thumbnail_a"].data)).mode == "RGB", "on white, as a list shows it"


def test_transparency_moves_with_b() -> None:
    alpha = np.full((80, 120), 255, np.uint8)
    alpha[:20] = 0
    drawn = draw(comparison(scene(), np.dstack([resized(scene(), 120, 80), alpha]), align="off"))
    shown = rgba(drawn["b_aligned"])
    assert shown.shape == (160, 240, 4)
    assert not shown[:36, :, 3].any()
    assert (shown[44:, :, 3] == 255).all()


IGNORED = Box(30, 40, 90, 80)  # all that changed in the changed scene


def test_ignored_boxes_are_shown() -> None:
    whole, ignoring = (draw(comparison(scene(), changed_scene(), ignore=boxes)) for boxes in ((), [vars(IGNORED)]))
    assert ignoring["a"] == whole["a"]
    assert ignoring["b"] == whole["b"]
    inside = IGNORED.slices
    assert np.abs(read(ignoring["b"].data)[inside].astype(int) - changed_scene()[inside]).mean() < 4
    assert np.abs(read(ignoring["b"].data)[inside].astype(int) - scene()[inside]).mean() > 8
    different = (read(ignoring["difference"].data) == (255, 221, 0)).all(axis=2)
    assert not different[inside].any()
    assert (read(whole["difference"].data) == (255, 221, 0)).all(axis=2)[inside].any()


def test_ignored_boxes_are_shown_in_a_moved_b() -> None:
    """Also with two ignored boxes: B's pixels there are neither A's nor dimmed."""
    whole = resized(changed_scene(), 480, 320)
    a, b = resized(scene(), 480, 320)[:300, :460], whole[20:, 20:]
    boxes = [{"x": 60, "y": 80, "width": 180, "height": 160}, {"x": 300, "y": 0, "width": 40, "height": 300}]
    drawn, ignoring = (draw(comparison(a, b, ignore=given)) for given in ((), boxes))
    assert ignoring["b_aligned"] == drawn["b_aligned"]
    assert np.abs(read(ignoring["b_aligned"].data)[30:, 30:].astype(int) - whole[30:300, 30:460]).mean() < 4
