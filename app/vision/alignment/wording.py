"""What a motion says about B, for people."""

from collections.abc import Sequence

import numpy as np

from app.vision.alignment.motion_model import Kind
from app.vision.arrays import Float64
from app.vision.geometry import Size, inverse, jacobians, sample_grid, transform

# Says enough by itself: whatever turn, stretch and shift come with it.
ANGLE = "seen from another angle"


def describe_motion(kind: Kind, matrix: Float64, size_a: Size, size_b: Size) -> str | None:
    """What a motion from B to A says about B, as a clause for people; None where there is nothing to tell."""
    if kind == "identity" and size_a != size_b:
        return "B has another size and lies on A's top left corner, at its own scale"
    words = motion_words(kind, matrix, size_a, size_b)
    return f"B is {listed(words)}" if words else None


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: "one, two and three"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def motion_words(kind: Kind, matrix: Float64, size_a: Size, size_b: Size) -> list[str]:
    """How B was moved, such as ["turned by 3.0°", "4 % larger"]; empty where it was not, or row by row.

    Turn, size and shift are those at the middle of B; a plain translation's shift is that of the corner.
    """
    if kind in ("identity", "rows"):
        return []
    middle_a, middle_b = (np.array([[(s - 1) / 2 for s in size]]) for size in (size_a, size_b))
    local = jacobians(inverse(matrix), transform(matrix, middle_b))[0]
    shift = matrix[:2, 2] if kind == "translation" else (transform(matrix, middle_b) - middle_a)[0]
    zooms = np.linalg.det(jacobians(inverse(matrix), sample_grid(size_a)))
    parts = [*_linear(local), *_shifted(float(np.hypot(*shift)))]
    if zooms.max() > 1.02 * zooms.min():
        parts.append(ANGLE)
    return parts or ["of a slightly different size" if kind == "scale" else "moved very slightly"]


def _linear(local: Float64) -> list[str]:
    """Turn, zoom and stretch of a map from A to B; the y axis points down."""
    degrees = float(np.degrees(np.arctan2(local[1, 0] - local[0, 1], local[0, 0] + local[1, 1])))
    percent = 100 * (float(np.linalg.det(local)) ** 0.5 - 1)
    longest, shortest = np.linalg.svd(local, compute_uv=False)
    parts = [f"turned by {abs(degrees):.1f}°"] if abs(degrees) >= 0.05 else []
    if abs(percent) >= 0.5:
        parts.append(f"{abs(percent):.0f} % {'larger' if percent > 0 else 'smaller'}")
    return [*parts, "stretched"] if longest > 1.01 * shortest else parts


def _shifted(distance: float) -> list[str]:
    return [f"shifted by {distance:.0f} px"] if distance >= 0.5 else []
