"""Pairs of pictures to learn from: the same scene twice, perhaps changed, each picture disturbed in its own way."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float32, Float64, Mask, UInt8
from training.changes import apply_some
from training.nuisance import COLOURLESS, Nuisance, apply, bend_of_lens, choose
from training.nuisance.tone import gray_copy, local_tone, sepia, strong_tone
from training.scenes import scene
from training.textures import field
from training.visibility import visible

# The side of a training picture, and of the larger scene that it is cut from, in pixels.
SIDE, MARGIN = 160, 24
# The grids of the network that the truth is reported on: mask, and cells that are matched.
MASK_STEP, CELL = 2, 16
NOWHERE = -1
TONES = [gray_copy, gray_copy, sepia, strong_tone, local_tone]

UNCHANGED, UNALIGNED = 0.4, 0.2
# In so many pairs neither picture is disturbed, and of the other pairs' pictures so many are not. In so many pairs both
# pictures are without colours, or in strong tones.
NEITHER_DISTURBED, UNDISTURBED, BOTH_TONED = 0.25, 0.15, 0.05
# How far the pictures of an aligned pair may still lie off: pixels, degrees, scale; and the bend, in pixels.
REST = (1.5, 0.4, 0.006)
BEND = 2.5
# And those of a pair that nobody aligned: more than the twenty degrees, 0.8 to 1.25 and 15 % that people expect.
FREE = (0.18 * SIDE, 24.0, 0.28)


@dataclass(frozen=True)
class Example:
    """One pair with its truth.

    a, b: uint8 RGB (SIDE, SIDE, 3).
    mask: uint8 (SIDE / MASK_STEP, SIDE / MASK_STEP, 2), in A's frame: 1 where something changed; 1 where that is sure.
    cells: int32 (SIDE / CELL squared, 2): for each cell of A, where its middle is in B's grid of cells, and for each
        of B, where in A's; NOWHERE where there is no such place, or something else stands there.
    """

    a: UInt8
    b: UInt8
    mask: UInt8
    cells: npt.NDArray[np.int32]


def make(paths: list[Path], rng: np.random.Generator) -> Example:
    """A pair drawn at random; the same generator gives the same pair."""
    side = SIDE + 2 * MARGIN
    first = scene(paths, side, rng)
    second, changed, sure = first, np.zeros((side, side), np.bool_), np.ones((side, side), np.bool_)
    if rng.random() >= UNCHANGED:
        second, changed, sure = apply_some(first, scene(paths, side, rng), rng)
    if rng.random() < 0.5:
        first, second = second, first
    free = rng.random() < UNALIGNED
    to_b = _motion(FREE if free else REST, side, rng)
    bend = np.zeros((side, side, 2), np.float32) if free or rng.random() < 0.4 else _bend(side, rng)
    of_a, of_b = _nuisances(rng)
    seen_a, seen_b = apply(first, of_a, rng), apply(second, of_b, rng)
    if changed.any():
        colourless = any(happen in COLOURLESS for happen in (*of_a, *of_b))
        sure = sure & (visible((first, second), (seen_a, seen_b), colourless) | ~changed)
    inner = slice(MARGIN, MARGIN + SIDE)
    moved = _moved(seen_b, to_b, bend)
    known = sure & ~np.bool_(free)
    return Example(
        a=np.ascontiguousarray(seen_a[inner, inner, ::-1]),
        b=np.ascontiguousarray(moved[inner, inner, ::-1]),
        mask=_halved(changed[inner, inner], known[inner, inner]),
        cells=_cells(to_b, changed[inner, inner]),
    )


def _halved(changed: Mask, known: Mask) -> UInt8:
    """On the mask's grid: changed where any pixel is, so that thin things stay; known if all or a changed pixel is."""
    steps = SIDE // MASK_STEP
    blocks = (steps, MASK_STEP, steps, MASK_STEP)
    some, every = changed.reshape(blocks).any(axis=(1, 3)), known.reshape(blocks).all(axis=(1, 3))
    seen = (changed & known).reshape(blocks).any(axis=(1, 3))
    return np.stack([some, every | seen], axis=-1).astype(np.uint8)


def _motion(most: tuple[float, float, float], side: int, rng: np.random.Generator) -> Float64:
    """3x3, from the scene's pixels to where B shows them: turned, scaled and stretched about the middle, shifted."""
    shift, degrees, scale = most
    middle = (side / 2, side / 2)
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D(middle, rng.uniform(-degrees, degrees), np.exp(rng.uniform(-scale, scale)))
    stretch = np.eye(3)
    stretch[:2, :2] += rng.uniform(-scale, scale, (2, 2)) * 0.3
    stretch[:2, 2] = middle - stretch[:2, :2] @ middle + rng.uniform(-shift, shift, 2)
    return np.asarray(stretch @ matrix, np.float64)


def _nuisances(rng: np.random.Generator) -> tuple[list[Nuisance], list[Nuisance]]:
    """What happens to A and to B."""
    if rng.random() < NEITHER_DISTURBED:
        return [], []
    of_a, of_b = ([] if rng.random() < UNDISTURBED else choose(rng) for _ in "ab")
    if rng.random() < BOTH_TONED:
        common = [TONES[rng.integers(len(TONES))]]
        return common + of_a, common + of_b
    return of_a, of_b


def _bend(side: int, rng: np.random.Generator) -> Float32:
    """How far B's pixels are shifted by a lens, or by a surface that is not flat."""
    if rng.random() < 0.25:
        return bend_of_lens(side, rng)
    return np.stack([field(side, rng), field(side, rng)], axis=-1) * np.float32(rng.uniform(0, BEND))


def _moved(picture: UInt8, matrix: Float64, bend: Float32) -> UInt8:
    side = picture.shape[0]
    grid = np.mgrid[0:side, 0:side].astype(np.float32)[::-1]
    inverse = np.linalg.inv(matrix).astype(np.float32)
    x, y = (inverse[i, 0] * grid[0] + inverse[i, 1] * grid[1] + inverse[i, 2] for i in range(2))
    how = cv2.INTER_LINEAR
    bent = cv2.remap(picture, x + bend[..., 0], y + bend[..., 1], how, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(bent, np.uint8)


def _cells(to_b: Float64, changed: Mask) -> npt.NDArray[np.int32]:
    """Where each cell is in the other picture's grid; of changed cells nothing is said."""
    steps = SIDE // CELL
    y, x = np.mgrid[0:steps, 0:steps].reshape(2, -1)
    middles = np.stack([x, y, np.zeros_like(x)]) * CELL + np.array([[CELL / 2 + MARGIN], [CELL / 2 + MARGIN], [1]])
    busy = cv2.resize(changed.astype(np.float32), (steps, steps), interpolation=cv2.INTER_AREA).ravel() > 0.3
    there = _index(to_b @ middles, steps)
    back = _index(np.linalg.inv(to_b) @ middles, steps)
    there[busy] = NOWHERE
    back[(back != NOWHERE) & busy[back]] = NOWHERE
    return np.stack([there, back], axis=-1)


def _index(points: Float64, steps: int) -> npt.NDArray[np.int32]:
    x, y = np.floor((points[:2] - MARGIN) / CELL).astype(np.int32)
    inside = (x >= 0) & (y >= 0) & (x < steps) & (y < steps)
    return np.where(inside, y * steps + x, NOWHERE).astype(np.int32)
