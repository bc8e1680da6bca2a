import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.finders.siamese import find
from app.vision.options import Options
from app.vision.region import Box, Finding
from tests.pictures import jpeg, paired, read, textured

PLATE = Box(420, 90, 30, 50)


def changed() -> UInt8:
    drawn = textured()
    drawn[PLATE.slices] = (40, 70, 160)
    return drawn


def found(a: UInt8, b: UInt8) -> Finding:
    return find(paired(a, b), Options())


@pytest.mark.parametrize("order", [1, -1])
def test_a_change_is_outlined_whichever_picture_comes_first(order: int) -> None:
    seen = found(*(textured(), read(jpeg(changed(), 60)))[::order])
    (region,) = seen.regions
    edges = np.array([region.box.x, region.box.y, region.box.width, region.box.height])
    np.testing.assert_allclose(edges, [PLATE.x, PLATE.y, PLATE.width, PLATE.height], atol=6)
    assert region.found_by == ("network",)
    assert region.score > 0.8
    assert seen.mask[PLATE.slices].mean() > 0.8
    assert seen.evidence[PLATE.slices].mean() > 200


def test_misaligned_pictures_are_registered() -> None:
    matrix = cv2.getRotationMatrix2D((320, 240), 12, 1.1)
    turned = np.asarray(cv2.warpAffine(changed(), matrix, (640, 480), borderMode=cv2.BORDER_REFLECT), np.uint8)
    (region,) = found(textured(), turned).regions
    middle = region.box.x + region.box.width / 2, region.box.y + region.box.height / 2
    np.testing.assert_allclose(middle, (PLATE.x + PLATE.width / 2, PLATE.y + PLATE.height / 2), atol=8)
