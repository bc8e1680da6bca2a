from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from app.vision.arrays import Float32, UInt8
from app.vision.finders.detection import tolerant
from app.vision.finders.detection.grouping import chance
from app.vision.finders.detection.tolerant import PARAMETERS, find
from app.vision.region import Box, Region
from tests.pictures import blurred, jpeg, noisy, paired, read, shifted, textured

DISC, PLATE, COPY = Box(102, 92, 37, 37), Box(420, 90, 30, 50), Box(300, 330, 50, 40)
CHANGES = (COPY, PLATE, DISC)


def changed() -> UInt8:
    """The picture with three more objects: a disc, a plate, and a copy of another part."""
    drawn = textured()
    cv2.circle(drawn, (120, 110), 18, (200, 190, 60), -1, cv2.LINE_AA)
    drawn[PLATE.slices] = (40, 70, 160)
    drawn[COPY.slices] = drawn[60:100, 500:550]
    return drawn


def exposed(picture: UInt8) -> UInt8:
    return np.asarray(0.88 * 255 * (picture / 255) ** 1.15 + 14, np.uint8)


def bent(picture: UInt8) -> UInt8:
    y, x = (2 * np.pi * index / side for index, side in zip(np.indices((480, 640)), (480, 640), strict=True))
    return shifted(picture, 4 * np.sin(x) * np.cos(y / 2), 4 * np.cos(x / 2) * np.sin(y))


def hazy(picture: UInt8) -> UInt8:
    veil = np.linspace(0.1, 0.45, 640)[None, :, None]
    return np.asarray(picture * (1 - veil) + 215 * veil, np.uint8)


def tinted(picture: UInt8) -> UInt8:
    return np.asarray(picture * [0.8, 1.0, 0.7], np.uint8)


def compressed(picture: UInt8) -> UInt8:
    return read(jpeg(picture, 40))


def unfocused(picture: UInt8) -> UInt8:
    return blurred(picture, 1.8)


def moved(picture: UInt8) -> UInt8:
    return shifted(picture, 0.6, -0.4)


NUISANCES = [np.copy, compressed, exposed, noisy, bent, unfocused, hazy, tinted, moved]


def covers(region: Region, change: Box) -> bool:
    """Whether the region holds the change and not much more, with a tolerance for the warp."""
    box = region.box
    edges = (change.x - box.x, change.y - box.y)
    ends = (box.x + box.width - change.x - change.width, box.y + box.height - change.y - change.height)
    return all(-2 <= margin <= 9 for margin in (*edges, *ends))


@pytest.mark.parametrize("nuisance", NUISANCES)
def test_only_the_changes_are_found_under_each_nuisance(nuisance: Callable[[UInt8], UInt8]) -> None:
    regions = find(paired(textured(), nuisance(changed()))).regions
    assert len(regions) == len(CHANGES)
    for region, change in zip(regions, CHANGES, strict=True):
        assert covers(region, change)
        assert 0.6 * change.width * change.height < region.changed_pixels < 1.3 * change.width * change.height
        assert region.score > 0.9


@pytest.mark.parametrize("nuisance", NUISANCES)
def test_a_nuisance_alone_is_no_change(nuisance: Callable[[UInt8], UInt8]) -> None:
    found = find(paired(textured(), nuisance(textured())))
    assert found.regions == []
    assert not found.mask.any()


@pytest.mark.parametrize("nuisance", [compressed, exposed, bent, hazy])
def test_changes_are_found_in_either_order_of_the_pictures(nuisance: Callable[[UInt8], UInt8]) -> None:
    regions = find(paired(nuisance(changed()), textured())).regions
    assert len(regions) == len(CHANGES)
    assert all(any(covers(region, change) for region in regions) for change in CHANGES)
    assert find(paired(nuisance(textured()), textured())).regions == []


def test_a_change_of_hue_is_found_by_chroma_and_not_by_luma() -> None:
    a, b = textured(), textured()
    cv2.circle(a, (120, 110), 25, (230, 60, 60), -1)
    cv2.circle(b, (120, 110), 25, (47, 155, 47), -1)
    (region,) = find(paired(a, b)).regions
    assert region.found_by == ("chroma", "network")
    assert covers(region, Box(95, 85, 51, 51))


def test_a_gray_change_is_found_by_luma_and_not_by_chroma() -> None:
    a = np.repeat(textured()[..., :1], 3, axis=2)
    b = a.copy()
    b[PLATE.slices] = 255
    (region,) = find(paired(a, b)).regions
    assert region.found_by == ("luma", "network")


def test_the_mask_holds_the_changed_pixels_and_their_evidence_reaches_one() -> None:
    found = find(paired(textured(), changed()))
    drawn = (textured() != changed()).any(axis=2)
    assert found.mask[drawn].mean() > 0.8
    assert found.mask[~drawn].mean() < 0.01
    assert found.evidence[found.mask].mean() > 128
    assert np.median(found.evidence[~drawn]) == 0
    assert [r.changed_pixels for r in found.regions] == [found.mask[r.box.slices].sum() for r in found.regions]


def test_a_change_of_three_pixels_is_dropped() -> None:
    b = noisy(textured())
    b[200, 200:203] = 255 - b[200, 200:203]
    assert find(paired(textured(), b)).regions == []


def test_invalid_pixels_are_no_change() -> None:
    valid = np.ones((480, 640), np.bool_)
    valid[:200] = False
    valid[320:, 280:330] = False
    found = find(paired(textured(), compressed(changed()), valid))
    (region,) = found.regions
    assert region.box.x > 300
    assert region.box.y > 300
    assert not found.mask[~valid].any()
    assert not found.evidence[~valid].any()


def test_a_change_at_the_border_is_ignored() -> None:
    for x, count in ((637, 0), (637 - PARAMETERS.border, 1)):
        b = textured()
        b[200:240, x : x + 3] = 255
        assert len(find(paired(textured(), b)).regions) == count


def test_large_pictures_are_reduced_and_their_regions_are_in_the_full_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    full = find(paired(textured(), changed()))
    monkeypatch.setattr(tolerant, "PARAMETERS", replace(PARAMETERS, max_pixels=640 * 480 // 4))
    reduced = find(paired(textured(), changed()))
    assert reduced.mask.shape == reduced.evidence.shape == (480, 640)
    assert len(reduced.regions) == 3
    for small, large in zip(*(sorted(f.regions, key=lambda r: r.box.x) for f in (reduced, full)), strict=True):
        shift = [small.box.x - large.box.x, small.box.y - large.box.y]
        assert shift == pytest.approx([-PARAMETERS.box_margin] * 2, abs=5)
        assert small.changed_pixels == pytest.approx(large.changed_pixels, rel=0.25)  # the network rounds corners


def test_scores_are_probabilities_that_rise_with_the_networks_probability(monkeypatch: pytest.MonkeyPatch) -> None:
    def score(probability: float) -> float:
        monkeypatch.setattr(tolerant, "predict", lambda a, _b: np.full(a.shape[:2], probability, np.float32))
        maps = tolerant.detect(paired(textured(), noisy(textured(), 3)))
        return chance(PARAMETERS.score_weights, tolerant.features(PLATE, maps))

    doubtful, likely, sure = score(0.8), score(0.97), score(0.999)
    assert 0 <= doubtful < likely < sure <= 1
    assert doubtful < PARAMETERS.min_score < sure


def test_among_many_doubtful_regions_those_that_only_the_network_finds_need_a_higher_score(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not if B is as it was, nor if nothing else is found, so that no pair becomes the same by this."""
    specks = [Box(40 + 90 * i, 40, 20, 20) for i in range(6)]

    def doubtful(a: UInt8, _b: UInt8) -> Float32:
        probability = np.zeros(a.shape[:2], np.float32)
        for box in (*specks, PLATE):
            probability[box.slices] = 0.9
        return probability

    monkeypatch.setattr(tolerant, "predict", doubtful)
    plate = textured()
    plate[PLATE.slices] = 240
    moved = replace(paired(textured(), plate), resampled=True)
    found = find(moved)
    assert [region.found_by[0] for region in found.regions] == ["luma"]
    assert found.doubt == PARAMETERS.min_score
    alike = paired(textured(), noisy(textured(), 3))
    for pair in (replace(moved, resampled=False), replace(alike, resampled=True)):
        assert len(find(pair).regions) == len(specks) + 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 200), (12, 12)])
def test_the_smallest_pictures(shape: tuple[int, int]) -> None:
    a, b = np.random.default_rng(1).integers(0, 256, (2, *shape, 3), np.uint8)
    valid = np.zeros(shape, np.bool_)
    valid[0, 0] = True
    for other, known in ((a, None), (b, None), (b, valid)):
        found = find(paired(a, other, known))
        assert found.mask.shape == found.evidence.shape == shape
    assert find(paired(a, a)).regions == []


def test_a_texture_that_disappeared_overrides_the_networks_veto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tolerant, "predict", lambda a, _b: np.zeros(a.shape[:2], np.float32))
    grating, wall = textured(), textured()
    grating[PLATE.slices] = np.where(np.arange(PLATE.width)[:, None] % 4 < 2, 20, 235)
    wall[PLATE.slices] = 240
    (region,) = find(paired(grating, wall)).regions
    assert covers(region, PLATE)
    assert "network" not in region.found_by
    assert find(paired(textured(), hazy(textured()))).regions == []


def test_the_network_can_rule_out_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tolerant, "predict", lambda a, _b: np.zeros(a.shape[:2], np.float32))
    darker = textured()
    darker[150:300, 200:400] = darker[150:300, 200:400] // 2
    assert tolerant.detect(paired(textured(), darker)).evidence.luma.max() > 1
    assert find(paired(textured(), darker)).regions == []


def test_the_network_rules_out_nothing_where_all_else_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tolerant, "predict", lambda a, _b: np.zeros(a.shape[:2], np.float32))
    a, b = read(jpeg(textured(), 92)), textured().copy()
    b[200:214, 300:314] = np.clip(b[200:214, 300:314].astype(int) + 60, 0, 255)
    fault, quiet = Box(300, 200, 14, 14), read(jpeg(b, 92))
    assert [covers(region, fault) for region in find(paired(a, quiet)).regions] == [True]
    shadow = np.ones((480, 640, 1), np.float32)
    shadow[:, 400:] = 0.6
    shaded = np.asarray(quiet * shadow, np.uint8)
    assert not any(covers(region, fault) for region in find(paired(a, shaded)).regions)


def test_a_change_of_chroma_alone_overrides_the_networks_veto(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tolerant, "predict", lambda a, _b: np.zeros(a.shape[:2], np.float32))
    ycc = np.asarray(cv2.cvtColor(noisy(textured(), 2), cv2.COLOR_RGB2YCrCb), np.uint8)
    ycc[..., 1][PLATE.slices] = np.minimum(ycc[..., 1][PLATE.slices], 195) + 60
    recoloured = np.asarray(cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB), np.uint8)
    (region,) = find(paired(textured(), recoloured)).regions
    assert covers(region, PLATE)


def test_a_change_that_only_the_network_predicts_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def predict(a: UInt8, _b: UInt8) -> np.ndarray:
        probability = np.zeros(a.shape[:2], np.float32)
        probability[PLATE.slices] = 0.99
        return probability

    monkeypatch.setattr(tolerant, "predict", predict)
    (region,) = find(paired(textured(), noisy(textured(), 3))).regions
    assert region.found_by == ("network",)
    assert covers(region, PLATE)
