"""Describe an alignment in words."""

from collections.abc import Sequence

import numpy as np

from app.vision.alignment.align import Alignment
from app.vision.arrays import Float64
from app.vision.geometry import Size, inverse, jacobians, overlap, sample_grid, transform

# Summaries mention only this phrase, without the rotation, scale and shift that accompany it.
OTHER_VIEWPOINT = "seen from another angle"
OTHER_LENS = "seen through another lens"
# A part has a smaller share of the whole, and its corners are inside but for these pixels.
MAX_EXTENT, EXTENT_MARGIN = 0.97, 2.0
MAX_TILT = 10.0  # degrees between a quarter turn and what is told as one


def describe_motion(alignment: Alignment) -> str | None:
    """The motion as a clause, such as "B is turned by 3.0° and 4 % larger"; None if B is not moved."""
    if alignment.kind == "identity" and alignment.size_a != alignment.size_b:
        return "B has another size and lies on A's top left corner, at its own scale"
    phrases = motion_phrases(alignment)
    return f"B is {join_phrases(phrases)}" if phrases else None


def join_phrases(phrases: Sequence[str]) -> str:
    """Join phrases as "one, two and three"."""
    return " and ".join(filter(None, [", ".join(phrases[:-1]), *phrases[-1:]]))


def motion_phrases(alignment: Alignment) -> list[str]:
    """The motion of B as phrases, such as ["turned by 3.0°", "4 % larger"]; empty for the kinds "identity" and "rows".

    Rotation, scale and shift are those of the centre of B; a translation's shift is that of the top left corner.
    """
    kind, matrix = alignment.kind, alignment.matrix
    if kind in ("identity", "rows"):
        return []
    sizes = alignment.size_a, alignment.size_b
    centre_a, centre_b = (np.array([[(s - 1) / 2 for s in size]]) for size in sizes)
    local = jacobians(inverse(matrix), transform(matrix, centre_b))[0]
    shift = matrix[:2, 2] if kind == "translation" else (transform(matrix, centre_b) - centre_a)[0]
    scales = np.abs(np.linalg.det(jacobians(inverse(matrix), sample_grid(alignment.size_a))))
    turned = _orientation_phrases(local)
    phrases = [*turned, *_linear_phrases(_without_orientation(local))]
    if extent := _extent_phrase(alignment):
        phrases.append(extent)
    elif not turned:
        phrases += _shift_phrases(float(np.hypot(*shift)))
    if alignment.radial:
        phrases.append(OTHER_LENS)
    if scales.max() > 1.02 * scales.min():
        phrases.append(OTHER_VIEWPOINT)
    return phrases or ["of a slightly different size" if kind == "scale" else "moved very slightly"]


def _extent_phrase(alignment: Alignment) -> str | None:
    """How much of A a part of it shows, or how much of B a picture with more around A; None for other extents."""
    size_a, size_b, matrix = alignment.size_a, alignment.size_b, alignment.matrix
    if alignment.overlap < MAX_EXTENT and _is_inside(transform(matrix, sample_grid(size_b, 2)), size_a):
        return f"cropped to {alignment.overlap:.0%} of A".replace("%", " %")
    part = overlap(inverse(matrix), size_b, size_a)
    if part < MAX_EXTENT and _is_inside(transform(inverse(matrix), sample_grid(size_a, 2)), size_b):
        return f"wider: A fills {part:.0%} of it".replace("%", " %")
    return None


def _is_inside(points: Float64, size: Size) -> bool:
    return bool((points > -EXTENT_MARGIN).all() and (points < np.array(size) - 1 + EXTENT_MARGIN).all())


def _orientation_phrases(local: Float64) -> list[str]:
    """Mirrored pictures and quarter turns; empty for others."""
    mirrored, quarters = _orientation(local)
    turn = ["", "turned by 90° to the right", "turned upside down", "turned by 90° to the left"][quarters]
    if not mirrored:
        return [turn] if turn else []
    if quarters == 2:
        return ["mirrored top to bottom"]
    return ["mirrored left to right", *([turn] if turn else [])]


def _orientation(local: Float64) -> tuple[bool, int]:
    """Whether a linear map from A to B mirrors left to right first, and the nearest number of quarters clockwise."""
    mirrored = bool(np.linalg.det(local) < 0)
    upright = local @ np.diag([-1.0, 1.0]) if mirrored else local
    degrees = np.degrees(np.arctan2(upright[1, 0] - upright[0, 1], upright[0, 0] + upright[1, 1]))
    quarters = round(degrees / 90) % 4
    return mirrored, quarters if mirrored or abs(degrees - 90 * round(degrees / 90)) < MAX_TILT else 0


def _without_orientation(local: Float64) -> Float64:
    mirrored, quarters = _orientation(local)
    turn = np.linalg.matrix_power(np.array([[0.0, -1.0], [1.0, 0.0]]), quarters)  # clockwise, as y points down
    return np.asarray(turn.T @ local @ np.diag([-1.0, 1.0]) if mirrored else turn.T @ local, np.float64)


def _linear_phrases(local: Float64) -> list[str]:
    """Rotation, scale and anisotropy of a linear map from A to B; the y axis points down."""
    degrees = float(np.degrees(np.arctan2(local[1, 0] - local[0, 1], local[0, 0] + local[1, 1])))
    percent = 100 * (float(np.linalg.det(local)) ** 0.5 - 1)
    longest, shortest = np.linalg.svd(local, compute_uv=False)
    phrases = [f"turned by {abs(degrees):.1f}°"] if abs(degrees) >= 0.05 else []
    if abs(percent) >= 0.5:
        phrases.append(f"{abs(percent):.0f} % {'larger' if percent > 0 else 'smaller'}")
    return [*phrases, "stretched"] if longest > 1.01 * shortest else phrases


def _shift_phrases(distance: float) -> list[str]:
    return [f"shifted by {distance:.0f} px"] if distance >= 0.5 else []
