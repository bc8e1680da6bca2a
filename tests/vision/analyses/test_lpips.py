"""LPIPS in a report: what the number does as pictures get worse, and where the map is bright."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.vision.analyses.lpips import analyse
from app.vision.analysis import Unavailable
from app.vision.arrays import UInt8
from app.vision.networks import efficientnet_lite0
from app.vision.options import Options
from app.vision.pair import Pair
from tests.pictures import blurred, changed_scene, noisy, paired, read, scene, textured

Worse = Callable[[UInt8, float], UInt8]


def lpips(a: UInt8, b: UInt8) -> float:
    value = analyse(paired(a, b), Options()).metrics["lpips"]
    assert value is not None
    return float(value)


def compressed(picture: UInt8, quality: float) -> UInt8:
    data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    return read(data.tobytes())


def bent(picture: UInt8, by: float) -> UInt8:
    """Every place moved by up to so many pixels, in waves."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    map_x, map_y = (x + by * np.sin(y / 20)).astype(np.float32), (y + by * np.sin(x / 25)).astype(np.float32)
    moved = cv2.remap(
        picture, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(moved, np.uint8)


# Each from the least to the worst.
DISTORTIONS: dict[str, tuple[Worse, tuple[float, ...]]] = {
    "blur": (blurred, (0.7, 1, 1.5, 2, 3, 4)),
    "noise": (noisy, (3, 6, 12, 24, 48)),
    "JPEG": (compressed, (60, 40, 25, 15, 8)),
    "bend": (bent, (1, 2, 3, 5, 8)),
}


def test_equal_pictures_are_at_no_distance() -> None:
    analysis = analyse(paired(scene(), scene()), Options())
    assert analysis.metrics == {"lpips": 0.0}
    assert np.ptp(analysis.images["lpips_map"](), axis=(0, 1)).max() == 0


@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_it_grows_with_every_distortion(distortion: str) -> None:
    assert_grows(textured(320, 240), distortion)


@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_it_grows_with_every_distortion_of_photographs(distortion: str, shared: Path) -> None:
    files = sorted((shared / "data" / "spot").glob("*_a.jpg"))[::3]
    assert len(files) == 20
    for file in files:
        # At half the size, where no earlier compression meets that of the test.
        whole = read(file.read_bytes())
        assert_grows(
            np.asarray(cv2.resize(whole, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8), distortion
        )


def assert_grows(picture: UInt8, distortion: str) -> None:
    worse, strengths = DISTORTIONS[distortion]
    distances = [0.0, *(lpips(picture, worse(picture, strength)) for strength in strengths)]
    assert all(less < more for less, more in pairwise(distances)), distances


def test_distortions_of_equal_psnr_are_ranked_as_people_see_them() -> None:
    assert_ranked(textured(320, 240))


def test_distortions_of_photographs_are_ranked_as_people_see_them(shared: Path) -> None:
    for file in sorted((shared / "data" / "spot").glob("*_a.jpg"))[::3]:
        assert_ranked(read(file.read_bytes()))


def assert_ranked(picture: UInt8) -> None:
    """Of the same error, blur is worse than noise-free changes of contrast and of brightness."""
    picture = np.asarray(picture // 2 + 64, np.uint8)  # so that nothing is clipped
    soft = blurred(picture, 2)
    error = float(np.sqrt(np.mean((soft.astype(float) - picture) ** 2)))
    centred = picture - picture.mean()
    brighter = np.rint(picture + error).astype(np.uint8)
    flatter = np.rint(picture - centred * error / centred.std()).astype(np.uint8)
    for other in (brighter, flatter):
        assert np.sqrt(np.mean((other.astype(float) - picture) ** 2)) == pytest.approx(error, abs=0.5)
    assert lpips(picture, soft) > max(lpips(picture, flatter), lpips(picture, brighter))


def test_the_map_is_bright_where_the_pictures_look_different() -> None:
    drawn = analyse(paired(scene(), changed_scene()), Options()).images["lpips_map"]()
    assert drawn.shape == scene().shape
    light = drawn.astype(int).sum(axis=2)
    place = np.unravel_index(light.argmax(), light.shape)
    assert (
        (scene() != changed_scene())
        .any(axis=2)[max(0, place[0] - 8) : place[0] + 8, max(0, place[1] - 8) : place[1] + 8]
        .any()
    )


def test_what_is_left_out_does_not_count() -> None:
    valid = (scene() == changed_scene()).all(axis=2)
    assert analyse(paired(scene(), changed_scene(), valid), Options()).metrics == {"lpips": 0.0}


def test_without_the_weights_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.vision.metrics import lpips as module

    monkeypatch.setattr(efficientnet_lite0, "PACKAGE", "no_such_package")
    monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
    module._graph.cache_clear()
    both = Pair(scene(), changed_scene(), None, None, np.ones(scene().shape[:2], np.bool_))
    with pytest.raises(Unavailable, match="are not here"):
        analyse(both, Options())
