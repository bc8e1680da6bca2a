"""A black frame is told from dark content, and the picture in it is a photograph."""

import cv2
import numpy as np
import pytest

from app.vision.alignment.align import align
from app.vision.arrays import UInt8
from app.vision.photometric.black_frame import content_mask
from app.vision.photometric.noise import is_clean
from tests.vision.alignment.test_align import dead_leaves, picture

SIDE = 420


def framed(x: int = 0, y: int = 0, blur: float = 2) -> UInt8:
    """A round part of a large soft picture, x and y pixels from its middle, in black: uint8 RGB."""
    large = cv2.GaussianBlur(np.maximum(dead_leaves(3, 700, 700), 40), (0, 0), blur)
    seen = large[140 + y : 140 + y + SIDE, 140 + x : 140 + x + SIDE].copy()
    disc = cv2.circle(np.zeros((SIDE, SIDE), np.uint8), (SIDE // 2, SIDE // 2), SIDE // 2 - 10, 255, -1)
    seen[disc == 0] = 0
    return np.asarray(seen, np.uint8)


def test_the_frame_of_a_round_picture() -> None:
    content = content_mask(np.asarray(cv2.cvtColor(framed(), cv2.COLOR_RGB2GRAY), np.uint8))
    assert content is not None
    assert content[SIDE // 2, SIDE // 2]
    assert not content[5, 5]
    assert content.mean() == pytest.approx(np.pi / 4 * ((SIDE - 20) / SIDE) ** 2, abs=0.03)


def test_letters_on_black_and_full_pictures_have_no_frame() -> None:
    terminal = np.zeros((300, 400), np.uint8)
    for y in range(30, 300, 25):
        cv2.putText(terminal, "$ make test", (20, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 220, 1, cv2.LINE_AA)
    assert content_mask(terminal) is None
    assert content_mask(np.asarray(dead_leaves()[..., 1])) is None


def test_a_soft_round_picture_is_no_drawing_but_a_disc_is() -> None:
    gray = np.asarray(cv2.cvtColor(framed(blur=6), cv2.COLOR_RGB2GRAY), np.uint8)
    assert not is_clean(gray)
    disc = cv2.circle(np.zeros((200, 200), np.uint8), (100, 100), 80, 200, -1, cv2.LINE_AA)
    assert is_clean(np.asarray(disc, np.uint8))


def test_a_frame_that_stays_does_not_hold_what_moved_in_it() -> None:
    found = align(picture(framed()), picture(framed(60, -35)), "auto")
    assert found.status == "applied"
    assert np.allclose(found.matrix[:2, 2], (60, -35), atol=1)
