"""The search for similar pictures with the embedded network, and its page."""

import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.batch.folders import similar
from app.batch.folders.features import features
from app.batch.folders.pairing import legible, printable
from app.batch.folders.similar import (
    Limits,
    Measurement,
    Neighbour,
    Query,
    measure_distances,
    nearest,
    other_names,
    similar_page,
)
from app.vision.networks import imagenet
from app.vision.networks.weights import Weights
from tests.batch.folders.making import fill
from tests.browser.conftest import fresh_page
from tests.pictures import jpeg, png, read, resized, scene, textured
from tests.web.links import Links

HOSTILE = "<b>&\u202e\n.png"
DARKER = (scene() * 0.7).astype(np.uint8)
OTHERS = {"squares.png": png(np.kron(np.eye(8, dtype=np.uint8) * 255, np.ones((20, 20), np.uint8)))}
OTHERS |= {"detail.png": png(textured(240, 160)), "white.png": png(np.full((90, 90, 3), 255, np.uint8))}
ALIKE = {"same.png": png(scene()), "jpeg.jpg": jpeg(scene(), 80), "sub/darker.png": png(DARKER)}


@pytest.fixture(scope="module")
def limits(tmp_path_factory: pytest.TempPathFactory) -> Limits:
    """One cache for all tests of this file, and no MobileNet weights: the embedded network measures."""
    cache = tmp_path_factory.mktemp("cache")
    imagenet.configure(Weights((), (), cache / "tfhub"))
    return Limits(1_000_000, 1_000_000, cache)


@pytest.fixture(scope="module")
def query(limits: Limits) -> Query:
    return Query("query.png", png(scene()), features(png(scene()), limits.max_pixels, limits.cache))


def measured(query: Query, folder: Path, limits: Limits) -> dict[str, Measurement]:
    names = sorted(str(file.relative_to(folder)) for file in folder.rglob("*.*"))
    return {m.name: m for m in measure_distances(query.features, folder, names, limits)}


def test_copies_come_before_other_pictures(query: Query, limits: Limits, tmp_path: Path) -> None:
    found = measured(query, fill(tmp_path / "pictures", ALIKE | OTHERS), limits)
    ranked = nearest(list(found.values()), tmp_path / "pictures", 10)
    assert ranked[0] == Neighbour(1, "same.png", 0, tmp_path / "pictures" / "same.png")
    assert {neighbour.name for neighbour in ranked[:3]} == set(ALIKE)
    assert 2 * ranked[2].distance < ranked[3].distance
    assert [neighbour.rank for neighbour in ranked] == [1, 2, 3, 4, 5, 6]


def test_the_distance_is_symmetric(query: Query, limits: Limits, tmp_path: Path) -> None:
    there = measured(query, fill(tmp_path / "there", {"other.png": png(DARKER)}), limits)["other.png"]
    back = Query("other", png(DARKER), features(png(DARKER), limits.max_pixels, limits.cache))
    again = measured(back, fill(tmp_path / "back", {"scene.png": png(scene())}), limits)["scene.png"]
    assert there.distance == pytest.approx(again.distance, abs=1e-7)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("cut.png", png(scene())[:5000], "it is cut short: a part of it is missing"),
        ("words.png", b"words", "it is not a PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF picture"),
        ("empty.png", b"", "it is empty"),
        ("heavy.png", bytes(1_000_001), "it has more than 0.953674 MiB, the limit; MAX_BODY sets another"),
        ("wide.png", png(np.zeros((1000, 1001), np.uint8)), "it has 1.1 million pixels; the limit is 1 million"),
    ],
)
def test_an_unusable_file_says_why(
    query: Query, limits: Limits, tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    found = measured(query, fill(tmp_path / "pictures", {name: data, "same.png": png(scene())}), limits)
    assert (found[name].distance, found[name].reason) == (None, reason)
    assert found["same.png"].distance == 0


def test_a_missing_file_is_reported(query: Query, limits: Limits, tmp_path: Path) -> None:
    (found,) = measure_distances(query.features, tmp_path, ["gone.png"], limits)
    assert found.reason == "No such file or directory"


def test_measured_features_are_read_from_the_cache(
    query: Query, limits: Limits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fill(tmp_path / "pictures", ALIKE | OTHERS)
    first = measured(query, folder, limits)
    monkeypatch.setattr(imagenet, "network", lambda: pytest.fail("it was measured again"))
    second = measured(query, folder, limits)
    assert {name: m.distance for name, m in second.items()} == {name: m.distance for name, m in first.items()}


def test_a_closed_search_stops(query: Query, limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(similar, "_measure", lambda _query, _folder, name, _limits: begun.append(name))
    names = [f"{place}.png" for place in range(20_000)]
    found = measure_distances(query.features, Path(), names, limits)
    next(found)
    found.close()
    assert len(begun) < len(names)


def test_ties_are_in_the_order_of_names() -> None:
    measurements = [Measurement(name, distance) for name, distance in (("b", 0.5), ("c", 0.1), ("a", 0.5), ("d", None))]
    assert [(n.rank, n.name) for n in nearest(measurements, Path(), 9)] == [(1, "c"), (2, "a"), (3, "b")]
    assert [n.name for n in nearest(measurements, Path(), 2)] == ["c", "a"]


def test_only_the_querys_own_path_is_left_out(tmp_path: Path) -> None:
    folder = fill(tmp_path / "pictures", {"sub/a.png": b"a", "b.png": b"a"})
    (folder / "link.png").symlink_to(folder / "b.png")
    (tmp_path / "elsewhere").symlink_to(folder)
    names = frozenset({"b.png", "link.png", "sub/a.png"})
    left_out = {
        str(folder / "b.png"): "b.png",
        str(folder / "sub" / ".." / "b.png"): "b.png",
        str(tmp_path / "elsewhere" / "sub" / "a.png"): "sub/a.png",
        str(folder / "link.png"): "link.png",
    }
    for query, name in left_out.items():
        assert other_names(names, folder, query) == sorted(names - {name})
    assert other_names(names, tmp_path / "elsewhere", str(folder / "b.png")) == ["link.png", "sub/a.png"]
    assert other_names(names, folder, str(tmp_path / "b.png")) == sorted(names)


def test_a_name_is_printed_in_one_line() -> None:
    assert printable(legible(HOSTILE)) == r"<b>&\u202e\n.png"
    assert printable(legible("caf\udce9 é.png")) == r"caf\xe9 é.png"


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory: pytest.TempPathFactory) -> list[Neighbour]:
    folder = fill(tmp_path_factory.mktemp("pictures"), {HOSTILE: png(resized(scene(), 1200, 800)), **OTHERS})
    return [Neighbour(rank, file.name, rank / 7, file) for rank, file in enumerate(sorted(folder.iterdir()), 1)]


@pytest.fixture(scope="module")
def document(query: Query, limits: Limits, neighbours: list[Neighbour]) -> str:
    return similar_page(query, "a <i>folder", 1234, neighbours, limits)


def test_the_page_embeds_thumbnails(document: str, neighbours: list[Neighbour]) -> None:
    assert [link for link in Links(document).found if not link.startswith(("data:", "#"))] == []
    thumbnails = [read(b64decode(found)) for found in re.findall(r'src="data:image/webp;base64,([^"]+)"', document)]
    assert len(thumbnails) == 1 + len(neighbours)
    assert all(max(thumbnail.shape) <= 260 for thumbnail in thumbnails)


def test_the_page_shows_names_distances_and_the_network(document: str) -> None:
    assert "The 4 pictures most like <bdi>query.png</bdi>" in document
    assert "1,234 pictures compared in <bdi>a &lt;i&gt;folder</bdi>" in document
    assert r"<bdi>&lt;b&gt;&amp;\u202e\n.png</bdi>" in document
    assert "<b>" not in document
    assert "0.1429" in document
    assert "EfficientNet-Lite0 computes" in document


def test_a_missing_file_has_no_thumbnail(query: Query, limits: Limits, tmp_path: Path) -> None:
    gone = [Neighbour(1, "gone.png", 0.1, tmp_path / "gone.png")]
    document = similar_page(query, "folder", 1, gone, limits)
    assert "This file cannot be read any more." in document
    assert "The picture most like <bdi>query.png</bdi>" in document


def test_the_page_is_bounded(
    query: Query, limits: Limits, neighbours: list[Neighbour], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similar, "MAX_THUMBNAILS", 3)
    document = similar_page(query, "folder", 4, neighbours, limits)
    assert document.count("<li>") == 3
    assert "The page shows 3 of 4" in document


@pytest.fixture
def page(browser: Browser, document: str, tmp_path: Path) -> Iterator[Page]:
    (tmp_path / "page.html").write_text(document)
    with fresh_page(browser, "", viewport={"width": 1280, "height": 900}) as page:
        page.goto((tmp_path / "page.html").as_uri())
        yield page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violations(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 768, 1280, 1920])
def test_the_page_fits_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("() => document.documentElement.scrollWidth") == width
    expect(page.get_by_role("listitem")).to_have_count(4)
    shape = "i => Math.abs(i.offsetWidth * i.naturalHeight / i.naturalWidth - i.offsetHeight)"
    assert all(image.evaluate(shape) < 2 for image in page.locator("img").all())
