"""Homographies between pictures, in pixel-centre coordinates: the centre of the top left pixel is (0, 0).

Sizes are (width, height) in pixels; points are float64 (n, 2) in the order x, y.
"""

import cv2
import numpy as np

from app.vision.arrays import Float64

Size = tuple[int, int]

MIN_OVERLAP = 0.25  # share of A that B must cover for an estimate to be verified
DEVICE_PIXEL_RATIOS = (1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4)  # of screens, to that of ordinary ones


def resize_matrix(source: Size, target: Size) -> Float64:
    """The 3x3 matrix that scales the area of the source picture to that of the target."""
    x, y = target[0] / source[0], target[1] / source[1]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def device_pixel_ratio(size_a: Size, size_b: Size) -> float | None:
    """The whole factor by which B is larger than A, such as 2 for a screenshot of a dense screen; None without one."""
    for ratio in DEVICE_PIXEL_RATIOS:
        for factor in (ratio, 1 / ratio):
            if all(abs(b - a * factor) <= max(1, factor) for a, b in zip(size_a, size_b, strict=True)):
                return factor
    return None


def translation_matrix(x: float, y: float) -> Float64:
    """The 3x3 matrix of a translation in pixels."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def inverse(matrix: Float64) -> Float64:
    """The inverse of a 3x3 matrix."""
    return np.asarray(np.linalg.inv(matrix), np.float64)


def transform(matrix: Float64, points: Float64) -> Float64:
    """Map points (n, 2) by a homography. Points at infinity become inf or nan, without a warning."""
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float64)


def distort(points: Float64, radial: float, size: Size) -> Float64:
    """Points (n, 2) of a picture of `size` as a lens with a radial term shows them, see app.vision.alignment.lens."""
    if not radial:
        return points
    middle = (np.array(size) - 1) / 2
    apart = (points - middle) / (np.hypot(*size) / 2)
    return np.asarray(middle + (points - middle) * (1 + radial * (apart**2).sum(axis=-1, keepdims=True)), np.float64)


def sample_grid(size: Size, steps: int = 5) -> Float64:
    """Evenly spaced points of a picture, including its corners: (steps², 2)."""
    x, y = np.meshgrid(np.linspace(0, size[0] - 1, steps), np.linspace(0, size[1] - 1, steps))
    return np.column_stack([x.ravel(), y.ravel()])


def displacement(matrix: Float64, reference: Float64, size: Size) -> float:
    """The largest distance, over a grid on A's frame of `size`, between the positions of a pixel of B under two maps.

    Both homographies, from B to A, must be invertible.
    """
    points = sample_grid(size)
    return float(np.linalg.norm(transform(matrix @ inverse(reference), points) - points, axis=1).max())


def overlap(matrix: Float64, size_a: Size, size_b: Size) -> float:
    """The share of A's area, in [0, 1], that B covers under `matrix` (from B to A, with no part of B at infinity)."""
    warped = transform(matrix, _outline(size_b)).astype(np.float32)
    area, _ = cv2.intersectConvexConvex(warped, _outline(size_a).astype(np.float32))
    return float(np.clip(area / (size_a[0] * size_a[1]), 0, 1))


def _outline(size: Size) -> Float64:
    """The outer corners of the corner pixels, half a pixel beyond their centres: (4, 2)."""
    right, bottom = size[0] - 0.5, size[1] - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])


def jacobians(matrix: Float64, points: Float64) -> Float64:
    """The Jacobians (n, 2, 2) of a homography at `points`: d(target x, y) / d(source x, y)."""
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    target = mapped[:, :2] / mapped[:, 2:]
    return np.asarray((matrix[None, :2, :2] - target[..., None] * matrix[2, :2]) / mapped[:, 2, None, None], np.float64)


def is_plausible_homography(matrix: Float64, size_a: Size, size_b: Size, min_overlap: float = MIN_OVERLAP) -> bool:
    """Whether a camera or an editor can have caused this motion from B to A.

    Rejects mirrored pictures, a horizon within either picture, a local scale outside (0.1, 10), an anisotropy of 5 or
    more, and an overlap under `min_overlap` of A.
    """
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-9:
        return False
    if not (_is_finite_on(matrix, size_b) and _is_finite_on(inverse(matrix), size_a)):
        return False
    local = jacobians(inverse(matrix), sample_grid(size_a))
    scales = np.linalg.svd(local, compute_uv=False)
    bounded = scales.max() < 10 and scales.min() > 0.1 and (scales[:, 0] / scales[:, 1]).max() < 5
    return bool(np.all(np.linalg.det(local) > 0) and bounded) and overlap(matrix, size_a, size_b) >= min_overlap


def _is_finite_on(matrix: Float64, size: Size) -> bool:
    """Whether the homography maps no point of the picture to infinity: all corners are on one side of the horizon."""
    depth = _outline(size) @ matrix[2, :2] + matrix[2, 2]
    return bool(np.all(depth > 1e-6 * abs(matrix[2, 2])) or np.all(depth < -1e-6 * abs(matrix[2, 2])))


def whole_pixel_shift(matrix: Float64, size_a: Size, size_b: Size) -> tuple[int, int] | None:
    """The translation by whole pixels within half a pixel of `matrix` wherever B covers A; None if there is none."""
    points = sample_grid(size_b, 9)
    there = transform(matrix, points)
    inside = ((there > -1) & (there < size_a)).all(axis=1)
    if not inside.any():
        return None
    shifts = (there - points)[inside]
    x, y = np.rint(np.median(shifts, axis=0))
    return (int(x), int(y)) if np.linalg.norm(shifts - (x, y), axis=1).max() < 0.5 else None
