"""B in A's frame: exact where it can be, and honest about where it has no pixels."""

import cv2
import numpy as np
import pytest

from app.vision.alignment.align import Alignment, Status, align
from app.vision.alignment.motion_model import Kind
from app.vision.arrays import Float64, UInt8
from app.vision.decoding.decode import Picture
from app.vision.decoding.metadata import Description
from app.vision.geometry import inverse, resize_matrix, translation_matrix
from app.vision.pair import make_pair
from app.vision.region import Box

RNG = np.random.default_rng(0)
A = RNG.integers(0, 256, (60, 80, 3), np.uint8)
B = RNG.integers(0, 256, (60, 80, 3), np.uint8)


def picture(rgb: UInt8, alpha: UInt8 | None = None) -> Picture:
    return Picture(
        rgb, alpha, Description("PNG", rgb.shape[1], rgb.shape[0], "RGB", alpha is not None, 8, 1, 1, None, "")
    )


def by(matrix: Float64, kind: Kind = "affine", status: Status = "applied") -> Alignment:
    return Alignment(status, matrix, kind, 1.0)


AS_IT_IS = by(np.eye(3), "identity", "not_needed")


def smooth(width: int, height: int) -> UInt8:
    coarse = np.random.default_rng(3).integers(0, 256, (9, 12, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_without_a_motion_the_arrays_are_the_same() -> None:
    alpha = RNG.integers(0, 256, (60, 80), np.uint8)
    pair = make_pair(picture(A), picture(B, alpha), AS_IT_IS, ())
    assert pair.rgb_a is A
    assert pair.rgb_b is B
    assert pair.alpha_a is None
    assert pair.alpha_b is alpha
    assert pair.pixels == 60 * 80


def test_ignored_boxes_are_cut_out_and_clipped() -> None:
    boxes = (Box(10, 20, 5, 4), Box(78, 58, 100, 100), Box(5000, 5000, 3, 3))
    pair = make_pair(picture(A), picture(B), AS_IT_IS, boxes)
    left_out = np.zeros((60, 80), np.bool_)
    left_out[20:24, 10:15] = left_out[58:, 78:] = True
    assert np.array_equal(pair.valid, ~left_out)
    assert np.array_equal(pair.rgb_b[left_out], A[left_out])
    assert np.array_equal(pair.rgb_b[~left_out], B[~left_out])


def test_everything_may_be_ignored() -> None:
    pair = make_pair(picture(A), picture(B), AS_IT_IS, (Box(0, 0, 1000, 1000),))
    assert pair.pixels == 0
    assert np.array_equal(pair.rgb_b, A)


@pytest.mark.parametrize(("x", "y"), [(7, -5), (-80, 0), (0, 59)])
def test_a_shift_by_whole_pixels_copies(x: int, y: int) -> None:
    pair = make_pair(picture(A), picture(B), by(translation_matrix(x, y), "translation"), ())
    for row in range(60):
        for column in range(80):
            inside = 0 <= row - y < 60 and 0 <= column - x < 80
            assert pair.valid[row, column] == inside
            expected = B[row - y, column - x] if inside else A[row, column]
            assert np.array_equal(pair.rgb_b[row, column], expected)


def test_valid_ends_where_interpolation_would_mix_in_the_outside() -> None:
    pair = make_pair(picture(A), picture(B), by(translation_matrix(0.5, 0)), ())
    assert np.array_equal(pair.valid, np.broadcast_to(np.arange(80) > 0, (60, 80)))


def test_alpha_moves_with_the_colours_and_is_that_of_a_outside() -> None:
    alpha_a, alpha_b = (RNG.integers(0, 256, (60, 80), np.uint8) for _ in "ab")
    pair = make_pair(picture(A, alpha_a), picture(B, alpha_b), by(translation_matrix(10, 0)), ())
    assert pair.alpha_b is not None
    assert np.array_equal(pair.alpha_b[:, 10:], alpha_b[:, :-10])
    assert np.array_equal(pair.alpha_b[:, :10], alpha_a[:, :10])
    opaque = make_pair(picture(A), picture(B, alpha_b), by(translation_matrix(10, 0)), ())
    assert opaque.alpha_b is not None
    assert (opaque.alpha_b[:, :10] == 255).all()
    only_a = make_pair(picture(A, alpha_a), picture(B), by(translation_matrix(10, 0)), ())
    assert only_a.alpha_b is not None
    assert (only_a.alpha_b[:, 10:] == 255).all()
    assert only_a.unequal[:, 10:][alpha_a[:, 10:] < 255].all()
    assert not only_a.unequal[:, :10].any()


@pytest.mark.parametrize("size", [(40, 30), (160, 120), (80, 45), (7, 200)])
def test_a_stretch_covers_all_of_a(size: tuple[int, int]) -> None:
    b = smooth(*size)
    pair = make_pair(picture(A), picture(b), by(resize_matrix(size, (80, 60)), "scale"), ())
    assert pair.valid.all()
    assert pair.rgb_b.shape == A.shape
    assert abs(float(pair.rgb_b.mean()) - float(b.mean())) < 2


def test_shrinking_averages() -> None:
    checks = np.where(np.indices((240, 320)).sum(axis=0) % 2, 255, 0).astype(np.uint8)
    b = np.repeat(checks[..., None], 3, axis=2)
    stretched = make_pair(picture(A), picture(b), by(resize_matrix((320, 240), (80, 60)), "scale"), ())
    assert (np.abs(stretched.rgb_b.astype(int) - 127) <= 1).all()
    turned = np.vstack([cv2.getRotationMatrix2D((160, 120), 20, 1), [0, 0, 1]])
    warped = make_pair(picture(A), picture(b), by(resize_matrix((320, 240), (80, 60)) @ turned), ())
    assert (np.abs(warped.rgb_b[warped.valid].astype(int) - 127) <= 30).all()


def test_a_motion_is_undone() -> None:
    a = smooth(200, 150)
    there = np.vstack([cv2.getRotationMatrix2D((99.5, 74.5), 4, 1.05), [0, 0, 1]]).astype(np.float64)
    b = np.asarray(
        cv2.warpPerspective(a, there, (200, 150), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
    pair = make_pair(picture(a), picture(b), by(inverse(there)), ())
    assert pair.valid.mean() > 0.85
    assert np.abs(pair.rgb_b.astype(int) - a)[pair.valid].max() <= 3


def test_a_page_that_grew_is_cut_without_resampling() -> None:
    rows = np.repeat(RNG.integers(0, 2, (100, 40), np.uint8) * 255, 4, axis=1)
    long = np.repeat(np.repeat(rows, 4, axis=0)[..., None], 3, axis=2)
    a, b = picture(long[:250]), picture(long)
    pair = make_pair(a, b, align(a, b, "auto"), ())
    assert pair.valid.all()
    assert np.array_equal(pair.rgb_b, long[:250])
