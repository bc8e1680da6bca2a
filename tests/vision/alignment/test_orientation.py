"""Mirrored pictures and quarter turns are undone to the pixel, and described."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from app.vision.alignment.align import align
from app.vision.alignment.orientation import ORIENTATIONS, Orientation, oriented
from app.vision.alignment.wording import describe_motion
from app.vision.pair import make_pair
from tests.pictures import noisy
from tests.vision.alignment.test_align import HEIGHT, WIDTH, dead_leaves, moved, picture, rotation

DESCRIPTIONS = {
    (False, 1): "B is turned by 90° to the left",
    (False, 2): "B is turned upside down",
    (False, 3): "B is turned by 90° to the right",
    (True, 0): "B is mirrored left to right",
    (True, 1): "B is mirrored left to right and turned by 90° to the left",
    (True, 2): "B is mirrored top to bottom",
    (True, 3): "B is mirrored left to right and turned by 90° to the right",
}


@pytest.mark.parametrize("orientation", ORIENTATIONS[1:], ids=str)
def test_an_orientation_is_undone_to_the_pixel(orientation: Orientation) -> None:
    a = picture(dead_leaves())
    b = oriented(a, orientation)
    found = align(a, b, "auto")
    assert (found.status, found.overlap) == ("applied", 1)
    assert describe_motion(found) == DESCRIPTIONS[orientation.mirrored, orientation.quarters]
    assert not found.resampled
    assert not make_pair(a, b, found, ()).unequal.any()


def test_a_mirrored_picture_may_be_turned_and_changed_too() -> None:
    a = dead_leaves()
    turned = moved(a[:, ::-1], rotation(3, 1.05))
    cv2.rectangle(turned, (60, 60), (120, 110), (0, 0, 0), -1)
    found = align(picture(a), picture(noisy(turned, 5)), "auto")
    assert describe_motion(found) == "B is mirrored left to right, turned by 3.0° and 5 % larger"


def test_a_picture_turned_by_nearly_a_quarter_says_so() -> None:
    a = dead_leaves(width=400, height=400)
    turn = np.vstack([cv2.getRotationMatrix2D((199.5, 199.5), 93, 1), [0, 0, 1]])
    found = align(picture(a), picture(moved(a, turn, (400, 400))), "auto")
    assert describe_motion(found) == "B is turned by 90° to the left and turned by 3.0°"


def test_what_is_alike_mirrored_is_left_as_it_is() -> None:
    half = dead_leaves(width=WIDTH // 2)
    symmetric = np.hstack([half, half[:, ::-1]])
    found = align(picture(symmetric), picture(noisy(symmetric, 5)), "auto")
    assert (found.status, found.kind) == ("not_needed", "identity")


def test_transparency_turns_with_the_picture() -> None:
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[:40, :60] = 0
    a = replace(picture(dead_leaves()), alpha=alpha)
    b = oriented(a, Orientation(True, 1))
    assert not make_pair(a, b, align(a, b, "auto"), ()).unequal.any()
