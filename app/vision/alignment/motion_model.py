"""Estimate and select the motion from points of B to points of A: translation, similarity, affine or homography."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from skimage.transform import SimilarityTransform

from app.vision.arrays import Float64, Mask
from app.vision.geometry import transform, translation_matrix

Kind = Literal["identity", "scale", "translation", "similarity", "affine", "homography", "rows"]

# Fewer points may follow a motion by chance.
MIN_POINTS = 8
# Standard deviation of point positions in pixels, at least: without it, a perfect fit would favour more parameters.
MIN_NOISE = 0.05


@dataclass(frozen=True)
class MotionModel:
    """A motion from B to A: its 3x3 matrix, the number of inliers, and their RMS error in pixels.

    radial: the term of B's lens, see app.vision.alignment.lens; the matrix maps points without distortion.
    """

    kind: Kind
    matrix: Float64
    inliers: int = 0
    error: float | None = None
    radial: float = 0.0


def estimate(points_b: Float64, points_a: Float64, tolerance: float) -> MotionModel | None:
    """The simplest motion that fits point pairs (n, 2) as well as a homography; None if there is none.

    MAGSAC++ (Barath et al., CVPR 2020) finds the pairs that follow one homography within about `tolerance` pixels.
    Each model is fitted to these inliers by least squares, and Torr's GRIC ("An assessment of information criteria for
    motion model selection", CVPR 1997) selects one: the squared error over the noise, truncated at 3 sigma, plus a
    penalty for each parameter. Deterministic, as OpenCV seeds USAC with a constant.
    """
    if len(points_b) < MIN_POINTS:
        return None
    _, found = cv2.findHomography(points_b, points_a, cv2.USAC_MAGSAC, tolerance, maxIters=5000, confidence=0.999)
    inliers = np.zeros(len(points_b), np.bool_) if found is None else found.ravel() > 0
    general = _homography(points_b[inliers], points_a[inliers]) if inliers.sum() >= MIN_POINTS else None
    if general is None:
        return None
    noise = max(MIN_NOISE, 1.2 * float(np.median(_distances(general, points_b, points_a)[inliers])))
    fitted = [m for name in MODELS if (m := _fit(name, points_b, points_a, inliers, noise)) is not None]
    return min(fitted, key=lambda pair: pair[0])[1] if fitted else None


def _fit(kind: Kind, b: Float64, a: Float64, inliers: Mask, noise: float) -> tuple[float, MotionModel] | None:
    """Fit one model to the given inliers and again to its own: its GRIC and the motion."""
    model, parameters = MODELS[kind]
    matrix = model(b[inliers], a[inliers])
    if matrix is not None and (own := _distances(matrix, b, a) < 3 * noise).sum() >= MIN_POINTS:
        matrix = model(b[own], a[own])
    if matrix is None:
        return None
    distances = _distances(matrix, b, a)
    inliers = distances < 3 * noise
    if inliers.sum() < MIN_POINTS:
        return None
    criterion = np.minimum(distances / noise, 3) ** 2
    error = float(np.sqrt(np.mean(distances[inliers] ** 2)))
    penalty = parameters * np.log(2 * len(b))
    return float(criterion.sum() + penalty), MotionModel(kind, matrix, int(inliers.sum()), error)


def _distances(matrix: Float64, b: Float64, a: Float64) -> Float64:
    return np.asarray(np.nan_to_num(np.linalg.norm(transform(matrix, b) - a, axis=1), nan=np.inf), np.float64)


def _translation(b: Float64, a: Float64) -> Float64:
    x, y = (a - b).mean(axis=0)
    return translation_matrix(x, y)


def _similarity(b: Float64, a: Float64) -> Float64 | None:
    motion = SimilarityTransform.from_estimate(b, a)
    return np.asarray(motion.params, np.float64) if motion else None


def _affine(b: Float64, a: Float64) -> Float64:
    rows, *_ = np.linalg.lstsq(np.column_stack([b, np.ones(len(b))]), a, rcond=None)
    return np.vstack([rows.T, [0, 0, 1]])


def _homography(b: Float64, a: Float64) -> Float64 | None:
    matrix, _ = cv2.findHomography(b, a, 0)
    return None if matrix is None else np.asarray(matrix, np.float64)


# The estimator and the number of parameters of each model.
MODELS: dict[Kind, tuple[Callable[[Float64, Float64], Float64 | None], int]] = {
    "translation": (_translation, 2),
    "similarity": (_similarity, 4),
    "affine": (_affine, 6),
    "homography": (_homography, 8),
}
