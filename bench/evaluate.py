"""How long one evaluation takes, step by step.

    python -m bench.evaluate [--repeat 5] [A B]

Without A and B it draws its own pairs: a photograph-like scene of 1 and of 12 megapixels as JPEG, B with one thing
added. Each is evaluated once to warm up, then `--repeat` times anew; the medians are printed in milliseconds.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import cv2
import numpy as np

from app import models
from app.clock import Clock
from app.config import Settings
from app.evaluate import evaluate
from app.request import Request
from app.store import Store, Upload
from app.vision.arrays import UInt8


def draw(width: int, height: int) -> tuple[Upload, Upload]:
    """A pair of JPEG files: layered noise with discs on it, as rich in detail as a photograph."""
    random = np.random.default_rng(3)
    picture = np.zeros((height, width, 3), np.float32)
    for cells in (8, 32, 128, 512):
        coarse = random.normal(0, 40, (cells, cells, 3)).astype(np.float32)
        picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    a = np.clip(picture + 128, 0, 255).astype(np.uint8)
    for x, y, radius in random.integers(0, (width, height, width // 20), (40, 3)):
        cv2.circle(a, (int(x), int(y)), int(radius) + 5, random.integers(0, 256, 3).tolist(), -1, cv2.LINE_AA)
    b = a.copy()
    cv2.circle(b, (width // 2, height // 2), width // 40, (0, 0, 255), -1, cv2.LINE_AA)
    return Upload("a.jpg", jpeg(a)), Upload("b.jpg", jpeg(b))


def jpeg(picture: UInt8) -> bytes:
    """A BGR array as a JPEG file."""
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def measure(a: Upload, b: Upload, store: Store, settings: Settings, repeat: int) -> dict[str, float]:
    """The median milliseconds of each step over `repeat` evaluations, after one to warm up."""
    pair = store.save_pair(a, b, None)
    runs = []
    for _ in range(repeat + 1):
        clock = Clock(settings.deadline)
        evaluate(pair, Request(fresh=True), store, settings.max_pixels, clock)
        runs.append({**clock.milliseconds, "with saving": clock.elapsed * 1000})
    return {step: statistics.median(run[step] for run in runs[1:]) for step in runs[0]}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("pictures", nargs="*", type=Path, metavar="PICTURE", help="A and B, instead of the drawn pairs")
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    settings = Settings()
    models.configure(settings.classification_handles, settings.feature_handles, settings.tfhub_cache_dir)
    if arguments.pictures:
        a, b = (Upload(path.name, path.read_bytes()) for path in arguments.pictures)
        pairs = {f"{a.name}, {b.name}": (a, b)}
    else:
        pairs = {"1 megapixel": draw(1152, 864), "12 megapixels": draw(4000, 3000)}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), f"sqlite:///{folder}/bench.sqlite")
        for name, (a, b) in pairs.items():
            print(f"{name}, median of {arguments.repeat}, milliseconds")
            for step, milliseconds in measure(a, b, store, settings, arguments.repeat).items():
                print(f"  {step:12s} {milliseconds:8.0f}")


if __name__ == "__main__":
    main()
