import numpy as np
import pytest

from app.vision.alignment.row_alignment import RowGap
from app.vision.analyses import regions as module
from app.vision.analyses.regions import MIN_SIDE, analyse, describe
from app.vision.arrays import Float32, UInt8
from app.vision.drawing import outlines as draw
from app.vision.finders import FINDERS
from app.vision.finders.detection.change_kind import classify
from app.vision.networks import imagenet
from app.vision.networks.network import SIDE, Network, NetworkInfo
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.photometric.noise import is_photograph
from app.vision.region import Box, Region
from tests.pictures import paired

LABELS = ("dark", "bright", "neither")
LARGE, BORDER, SMALL = Box(60, 50, 60, 40), Box(250, 120, 50, 80), Box(180, 20, MIN_SIDE - 1, 60)


def page(*boxes: Box) -> UInt8:
    drawn = np.full((200, 300, 3), (40, 40, 70), np.uint8)  # in colour
    for box in boxes:
        drawn[box.slices] = 220
    return drawn


def regions(pair: Pair) -> list[Region]:
    found: list[Region] = analyse(pair, Options()).facts["regions"]
    return found


def named(region: Region) -> tuple[str | None, str | None]:
    before, after = (guess.label if guess else None for guess in (region.before, region.after))
    return before, after


@pytest.fixture
def sure_of_light(monkeypatch: pytest.MonkeyPatch) -> list[Float32]:
    """A network that goes by the brightest pixel, and the batches that it was shown."""
    shown: list[Float32] = []

    def classify_by_light(batch: Float32) -> Float32:
        shown.append(batch)
        light = batch.max(axis=(1, 2, 3))
        return np.column_stack([20 * (0.45 - light), 20 * (light - 0.45), np.zeros(len(light))]).astype(np.float32)

    network = Network(NetworkInfo("MobileNet V2", "", ""), classify_by_light, classify_by_light, LABELS, "CPU")
    monkeypatch.setattr(imagenet, "network", lambda: network)
    monkeypatch.setattr(module, "is_photograph", lambda _picture: True)
    return shown


def test_hands_back_what_the_default_finder_found_and_draws_it_on_both() -> None:
    both = paired(page(), page(LARGE))
    analysis = analyse(both, Options())
    assert analysis.metrics == {}
    (region,) = analysis.facts["regions"]
    assert region.box == LARGE
    assert region.kind == "appeared"
    assert analysis.facts["regions"] == classify(FINDERS[Options().finder].find(both, Options()), both)
    for name, picture in (("regions_a", both.a), ("regions_b", both.b)):
        drawn = analysis.images[name]()
        assert (drawn != picture).any()
        assert (drawn[60:80, 70:110] == picture[60:80, 70:110]).all()


@pytest.mark.parametrize("finder", ["combined", "ssim", "difference"])
def test_the_finder_asked_for_is_used_and_its_map_drawn(finder: str) -> None:
    both, options = paired(page(), page(LARGE)), Options.model_validate({"finder": finder})
    analysis, found = analyse(both, options), FINDERS[finder].find(both, options)
    assert [region.box for region in analysis.facts["regions"]] == [region.box for region in found.regions]
    assert found.evidence.any()
    np.testing.assert_array_equal(analysis.images["regions_map"](), draw.heat(found.evidence))


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 300)])
def test_equal_pictures_are_shown_as_they_are(shape: tuple[int, int]) -> None:
    a = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    analysis = analyse(paired(a, a), Options())
    assert analysis.facts["regions"] == []
    assert (analysis.images["regions_a"]() == a).all()
    assert (analysis.images["regions_b"]() == a).all()
    assert np.ptp(analysis.images["regions_map"](), axis=(0, 1)).max() == 0


def test_rows_that_only_one_picture_has_come_first() -> None:
    gaps = RowGap(a=30, b=30, removed=10), RowGap(a=150, b=140, inserted=20), RowGap(a=200, b=210, inserted=5)
    everywhere = np.ones((200, 300), np.bool_)
    found = regions(Pair(page(), page(LARGE), None, None, everywhere, gaps))
    assert found[:3] == [
        Region(Box(0, 30, 300, 10), 3000, 1.0, ("rows",), "disappeared", box_b=Box(0, 29, 300, 1)),
        Region(Box(0, 150, 300, 1), 6000, 1.0, ("rows",), "appeared", box_b=Box(0, 140, 300, 20)),
        Region(Box(0, 199, 300, 1), 1500, 1.0, ("rows",), "appeared", box_b=Box(0, 210, 300, 5)),
    ]
    assert [region.box for region in found[3:]] == [LARGE]


def test_what_the_network_is_sure_of_is_reported_of_what_is_large_enough(sure_of_light: list[Float32]) -> None:
    reported = {region.box: region for region in regions(paired(page(SMALL), page(LARGE, BORDER)))}
    assert [named(reported[box]) for box in (LARGE, BORDER, SMALL)] == [(None, "bright")] * 2 + [(None, None)]
    probability = 1 / (1 + np.exp(-40 * (220 / 255 - 0.45)) + np.exp(-20 * (220 / 255 - 0.45)))
    after = reported[LARGE].after
    assert after is not None
    assert after.probability == pytest.approx(probability)
    (batch,) = sure_of_light
    assert batch.shape == (4, SIDE, SIDE, 3)
    assert batch.max() == pytest.approx(220 / 255)


def test_what_the_network_is_not_sure_of_is_not_reported(sure_of_light: list[Float32]) -> None:
    gray = page()
    gray[LARGE.slices] = 115
    (region,) = regions(paired(page(), gray))
    assert sure_of_light
    assert named(region) == (None, None)


@pytest.mark.usefixtures("sure_of_light")
def test_where_a_thing_is_not_no_class_is_reported() -> None:
    (appeared,) = regions(paired(page(), page(LARGE)))
    (disappeared,) = regions(paired(page(LARGE), page()))
    assert (named(appeared), named(disappeared)) == ((None, "bright"), ("bright", None))


@pytest.mark.usefixtures("sure_of_light")
def test_a_class_that_both_sides_have_tells_nothing() -> None:
    brighter = page(LARGE)
    brighter[LARGE.slices] = 250
    (region,) = regions(paired(page(LARGE), brighter))
    assert named(region) == (None, None)


def test_black_and_white_is_not_recognised(sure_of_light: list[Float32]) -> None:
    before, after = (np.repeat(picture[..., :1], 3, axis=2) for picture in (page(), page(LARGE)))
    (region,) = regions(paired(before, after))
    assert named(region) == (None, None)
    assert not sure_of_light


def test_where_nothing_is_large_enough_the_network_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> Network:
        pytest.fail("loaded for nothing")

    monkeypatch.setattr(imagenet, "network", load)
    (region,) = regions(paired(page(), page(SMALL)))
    assert named(region) == (None, None)


def test_drawings_are_not_recognised(sure_of_light: list[Float32], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_photograph", is_photograph)
    (region,) = regions(paired(page(), page(LARGE)))
    assert named(region) == (None, None)
    assert not sure_of_light


def test_a_thing_that_moved_passes_only_if_all_that_changed_is_small() -> None:
    before, after = page(), page()
    before[50:90, 60:120], after[50:90, 90:150] = (200, 60, 40), (200, 60, 40)
    both = paired(before, after)
    found = FINDERS["combined"].find(both, Options())
    (whole,) = found.regions
    for least, count in ((whole.changed_pixels, 0), (whole.changed_pixels + 1, 1)):
        large, small = describe(found, both, Options(min_size=least))
        assert (bool(large), bool(small)) == (count == 0, count == 1)
        assert {region.kind for region in (*large, *small)} == {"moved"}
