"""How sure the finders may be: logistic regression on photographs that the network was not trained on.

    python -m training.calibrate --photos DIR [--pairs 1200]

Prints the score weights for app/vision/finders, from half of the pairs, and how often regions of a given chance are
real among the other half.
"""

import argparse
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from app.vision.alignment.align import align
from app.vision.arrays import Float64, Mask, UInt8
from app.vision.decoding.decode import Picture, decode
from app.vision.finders import siamese
from app.vision.finders.detection import tolerant
from app.vision.finders.detection.grouping import chance, groups, reduced
from app.vision.networks.change_detector import MAX_PIXELS, within
from app.vision.networks.runtime import prepare_tensorflow
from app.vision.pair import Pair, make_pair
from bench.conditions import CONDITIONS
from training.changes import apply_some
from training.nuisance import augment
from training.scenes import photographs, scene

SEED = 3
SIDES = 280, 640
# Of a group so much must have changed, and as little as the other may have, for it to be real or false.
REAL, FALSE = 0.3, 0.05
EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0)

# Features of a group, and whether it is real.
Case = tuple[tuple[float, ...], bool]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", type=Path, required=True, help="the folder that the network was trained on")
    parser.add_argument("--pairs", type=int, default=1200)
    options = parser.parse_args()
    prepare_tensorflow()
    _, held_out = photographs(options.photos)
    pairs = [example(held_out, np.random.default_rng([SEED, number])) for number in range(options.pairs)]
    for name, cases in (("tolerant", by_tolerant), ("siamese", by_siamese)):
        reported = [cases(*pair) for pair in pairs]
        weights = fit([case for some in reported[::2] for case in some])
        print(f"{name}: SCORE_WEIGHTS = ({', '.join(f'{weight:.2f}' for weight in weights)})")
        print(reliability(weights, [case for some in reported[1::2] for case in some]))


def example(paths: list[Path], rng: np.random.Generator) -> tuple[Pair, Mask, Mask]:
    """A pair lined up by the program, which pixels of A changed, and of which that is sure; in a third, nothing did."""
    side = int(rng.integers(*SIDES))
    a = scene(paths, side, rng)
    b, changed, sure = a, np.zeros((side, side), np.bool_), np.ones((side, side), np.bool_)
    if rng.random() > 1 / 3:
        b, changed, sure = apply_some(a, scene(paths, side, rng), rng)
    if rng.random() < 0.5:
        a, b = b, a
    conditions: list[Callable[[UInt8], UInt8]] = [*CONDITIONS.values(), *[lambda image: augment(image, rng)] * 8]
    first, second = _picture(a), _picture(conditions[rng.integers(len(conditions))](b))
    return make_pair(first, second, align(first, second, "auto"), ()), changed, sure


def by_tolerant(pair: Pair, changed: Mask, sure: Mask) -> list[Case]:
    """The groups that the tolerant finder judges with the network."""
    sight = tolerant.detect(pair)
    if sight.network is None:
        return []
    boxes = groups(sight.mask, tolerant.PARAMETERS.max_gap, tolerant.PARAMETERS.min_region_pixels)
    return [
        (tolerant.features(box, sight), real)
        for box in boxes
        if (real := _judge(sight.mask[box.slices], changed[box.slices], sure[box.slices])) is not None
    ]


def by_siamese(pair: Pair, changed: Mask, sure: Mask) -> list[Case]:
    """The groups that the network sees by itself."""
    size = within(pair.size, MAX_PIXELS)
    learned = siamese.detect(*reduced(pair, size), size)
    mask = learned > siamese.CHANGE_PROBABILITY
    boxes = groups(mask, siamese.MAX_GAP, siamese.MIN_REGION_PIXELS)
    return [
        (siamese.features(box, mask, learned), real)
        for box in boxes
        if (real := _judge(mask[box.slices], changed[box.slices], sure[box.slices])) is not None
    ]


def _judge(mask: Mask, changed: Mask, sure: Mask) -> bool | None:
    """Whether a group is a change; None where it is hard to say."""
    share = float((changed & mask).sum() / mask.sum())
    if share >= REAL:
        return True
    return False if share <= FALSE and float((sure & mask).sum() / mask.sum()) > 1 - REAL else None


def fit(cases: list[Case], rounds: int = 30) -> Float64:
    """Logistic regression by Newton's method, with a weak pull to zero for what separates perfectly: the weights."""
    x = np.array([(1.0, *features) for features, _ in cases])
    y = np.array([real for _, real in cases], np.float64)
    weights = np.zeros(x.shape[1])
    for _ in range(rounds):
        odds = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (y - odds) - 0.1 * weights
        curve = (x * (odds * (1 - odds))[:, None]).T @ x + 0.1 * np.eye(len(weights))
        weights = weights + np.linalg.solve(curve, slope)
    return np.asarray(weights, np.float64)


def reliability(weights: Float64, cases: list[Case]) -> str:
    """Of the groups with a chance in each range: how many, their mean chance, and the share that is real."""
    chances = np.array([chance(tuple(weights), features) for features, _ in cases])
    real = np.array([real for _, real in cases])
    lines = []
    for low, high in pairwise(EDGES):
        inside = (chances >= low) & (chances < high)
        if inside.any():
            reported = (
                f"{inside.sum():6d} groups, mean chance {chances[inside].mean():.3f}, real {real[inside].mean():.3f}"
            )
            lines.append(f"  {low:4.2f} to {high:4.2f}: {reported}")
    return "\n".join(lines)


def _picture(image: UInt8) -> Picture:
    return decode(cv2.imencode(".png", image)[1].tobytes(), image.size)


if __name__ == "__main__":
    main()
