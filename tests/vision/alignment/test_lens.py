"""Another lens is found with the motion, undone, and not seen where there is none."""

import cv2
import numpy as np
import pytest

from app.vision.alignment.align import align
from app.vision.alignment.wording import describe_motion
from app.vision.arrays import Float64, UInt8
from app.vision.geometry import distort, inverse, transform
from app.vision.pair import make_pair
from app.vision.region import Box
from tests.pictures import noisy
from tests.vision.alignment.test_align import change, dead_leaves, moved, picture, tilt

SIZE = (640, 480)


def bent(rgb: UInt8, radial: float) -> UInt8:
    """The picture through a lens whose term is `radial`: each point at r lies at r (1 + radial r²)."""
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    to = np.column_stack([x.ravel(), y.ravel()]).astype(float)
    source = to
    for _ in range(30):  # the inverse of distort(), by iteration
        source = source + to - distort(source, radial, SIZE)
    map_x, map_y = source.astype(np.float32).T.reshape(2, *x.shape)
    return np.asarray(cv2.remap(rgb, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)


@pytest.mark.parametrize("radial", [-0.1, -0.04, 0.05])
@pytest.mark.parametrize("motion", [np.eye(3), tilt(12)], ids=["given", "tilted"])
def test_a_lens_is_undone(radial: float, motion: Float64) -> None:
    a = noisy(dead_leaves(width=SIZE[0], height=SIZE[1]), 3)
    b = picture(bent(moved(change(a), motion, SIZE), radial))
    found = align(picture(a), b, "auto")
    assert found.status == "applied"
    assert found.resampled
    assert found.radial == pytest.approx(radial, abs=0.01)
    x, y = np.meshgrid(np.linspace(60, 580, 5), np.linspace(60, 420, 5))
    points = np.column_stack([x.ravel(), y.ravel()])
    there = distort(transform(motion, points), radial, SIZE)
    estimated = distort(transform(inverse(found.matrix), points), found.radial, SIZE)
    assert np.linalg.norm(there - estimated, axis=1).max() < 0.5
    assert "seen through another lens" in (describe_motion(found) or "")
    pair = make_pair(picture(a), b, found, ())
    unchanged = np.median(cv2.absdiff(pair.rgb_a, pair.rgb_b)[pair.valid])
    assert unchanged <= 5


def test_boxes_follow_the_lens() -> None:
    a = noisy(dead_leaves(width=SIZE[0], height=SIZE[1]), 3)
    found = align(picture(a), picture(bent(a, -0.1)), "auto")
    corner = found.in_b(Box(40, 40, 20, 20))
    expected = distort(np.array([[50.0, 50.0]]), -0.1, SIZE)[0]
    assert abs(corner.x + corner.width / 2 - expected[0]) < 2
    assert abs(corner.y + corner.height / 2 - expected[1]) < 2


def test_without_another_lens_there_is_no_term() -> None:
    a = noisy(dead_leaves(width=SIZE[0], height=SIZE[1]), 3)
    for motion in (np.eye(3), tilt(12)):
        assert align(picture(a), picture(moved(change(a), motion, SIZE)), "auto").radial == 0
