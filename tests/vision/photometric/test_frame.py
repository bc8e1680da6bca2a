"""A frame that only one photograph has is left out, and nothing else."""

import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.photometric.frame import RIPPLES, leave_out_frame
from tests.evaluation.comparing import findings
from tests.pictures import jpeg, noisy, paired, read, textured


def photograph() -> UInt8:
    return noisy(textured(), 2)


def framed(rgb: UInt8, width: int = 20, colour: tuple[int, int, int] = (250, 250, 250)) -> UInt8:
    framed = rgb.copy()
    cv2.rectangle(framed, (0, 0), (rgb.shape[1] - 1, rgb.shape[0] - 1), colour, 2 * width - 1)
    return framed


@pytest.mark.parametrize("quality", [None, 85])
@pytest.mark.parametrize("colour", [(250, 250, 250), (0, 0, 0), (180, 20, 20)])
def test_a_frame_alone_is_no_change(quality: int | None, colour: tuple[int, int, int]) -> None:
    plain, other = photograph(), framed(photograph(), colour=colour)
    if quality:
        plain, other = read(jpeg(plain, 92)), read(jpeg(other, quality))
    found = findings(plain, other)
    assert found.verdict.kind == "same"
    assert "in a frame" in found.verdict.summary
    assert "without the frame of A" in findings(other, plain).verdict.summary


def test_changes_inside_it_are_found_and_it_is_none_itself() -> None:
    changed = photograph()
    changed[200:250, 300:360] = (230, 30, 30)
    (region,) = findings(photograph(), framed(changed)).regions
    assert (region.box.x, region.box.y) == pytest.approx((300, 200), abs=9)


def test_only_what_it_hides_is_left_out() -> None:
    pair, phrase = leave_out_frame(paired(photograph(), framed(photograph(), 20)))
    assert phrase == "in a frame"
    margin = 21 + RIPPLES
    assert pair.valid[margin:-margin, margin:-margin].all()
    assert not pair.valid[:20].any()
    assert not pair.valid[:, -20:].any()


def test_one_side_of_the_scene_may_have_its_colour() -> None:
    bright = photograph()
    bright[:200] = 250
    assert leave_out_frame(paired(bright, framed(bright)))[1] == "in a frame"


@pytest.mark.parametrize("sides", ["two", "all, gradually", "both pictures", "nearly all of the picture"])
def test_what_is_no_frame_that_only_one_has(sides: str) -> None:
    a = photograph()
    if sides == "two":
        b = a.copy()
        b[:30], b[-30:] = 0, 0
    elif sides == "all, gradually":
        height, width = a.shape[:2]
        edge = np.minimum.outer(np.arange(height), np.arange(width))
        distance = np.minimum(edge, np.minimum.outer(np.arange(height)[::-1], np.arange(width)[::-1]))
        b = (a * np.clip(0.3 + distance / 150, 0, 1)[..., None]).astype(np.uint8)
    elif sides == "both pictures":
        a = framed(a)
        b = noisy(a, 1)
    else:
        b = framed(a, 160)
    pair = paired(a, b)
    assert leave_out_frame(pair) == (pair, None)
