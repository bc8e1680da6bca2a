import cv2
import numpy as np
import pytest

from app.vision.arrays import Float64, UInt8
from app.vision.geometry import transform
from app.vision.networks.realign import realign
from tests.pictures import textured

SIZE = 640, 480
POINTS = np.array([[200.0, 150], [440, 330]])


def turned(picture: UInt8, degrees: float, scale: float, x: float, y: float) -> tuple[UInt8, Float64]:
    """The picture moved, and the matrix from the moved one back."""
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), degrees, scale)
    matrix[:2, 2] += x, y
    moved = cv2.warpPerspective(picture, matrix, SIZE, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8), np.asarray(np.linalg.inv(matrix), np.float64)


@pytest.mark.parametrize("motion", [(20, 1.0, 0, 0), (-15, 1.2, 40, -20), (5, 0.8, -60, 40), (0, 1.0, 90, 70)])
def test_a_misaligned_picture_is_registered(motion: tuple[float, float, float, float]) -> None:
    moved, back = turned(textured(), *motion)
    found = realign(textured(), moved)
    assert found is not None
    np.testing.assert_allclose(transform(found, POINTS), transform(back, POINTS), atol=0.5)


def test_an_aligned_picture_is_left_alone() -> None:
    assert realign(textured(), textured()) is None


@pytest.mark.parametrize("other", [np.full((480, 640, 3), 90, np.uint8), textured()[::-1, ::-1, ::-1].copy()])
def test_a_picture_of_another_scene_is_left_alone(other: UInt8) -> None:
    assert realign(textured(), other) is None
