"""The trained change detector for pictures of any size, loaded once, on first use.

TensorFlow is imported only then, see app/vision/networks/runtime.py.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8
from app.vision.geometry import Size
from app.vision.networks.digest import read_verified
from app.vision.networks.runtime import prepare_tensorflow
from app.vision.resize import reduce

NETWORK = Path(__file__).with_name("network.pb")
# Larger pictures are reduced to this many pixels, which take 0.21 s on two cores and 200 MB.
MAX_PIXELS = 1_000_000
# The network halves its input five times, so sides must be multiples of this.
STEP = 32


@dataclass(frozen=True)
class ChangeNetwork:
    """The network. Both functions take batches of A and B, uint8 RGB (n, height, width, 3), sides multiples of STEP.

    compare: returns logits of change, float32 (n, height / 2, width / 2, 1).
    describe: returns unit descriptors, float32 (n, height / 16, width / 16, 2, channels), of A and of B.
    """

    compare: Callable[[UInt8, UInt8], Float32]
    describe: Callable[[UInt8, UInt8], Float32]


_lock = threading.Lock()
_network: ChangeNetwork | None = None


def predict(a: UInt8, b: UInt8) -> Float32:
    """The probability of change at each pixel: float32 (height, width) in [0, 1].

    a, b: uint8 RGB (height, width, 3), aligned to within a few pixels.
    """
    size = within((a.shape[1], a.shape[0]), MAX_PIXELS)
    logits = change_network().compare(padded(reduce(a, size)), padded(reduce(b, size)))[0, ..., 0]
    # Each logit covers 2 x 2 pixels: enlarge them first, so that the padding is cut off between pixels.
    fine = cv2.resize(logits, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)[: size[1], : size[0]]
    probability = 1 / (1 + np.exp(-fine))
    return np.asarray(cv2.resize(probability, (a.shape[1], a.shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def within(size: Size, pixels: int) -> Size:
    """The size, (width, height), scaled down to at most about `pixels`; no side is less than one pixel."""
    scale = min(1.0, (pixels / (size[0] * size[1])) ** 0.5, pixels / STEP / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def padded(picture: UInt8) -> UInt8:
    """A batch of one picture whose last row and column are repeated up to multiples of STEP."""
    below, right = (-side % STEP for side in picture.shape[:2])
    return np.asarray(cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)[None]


def change_network() -> ChangeNetwork:
    """The network. The first call takes half a second, plus the seconds that TensorFlow takes to import."""
    global _network
    with _lock:
        if _network is None:
            _network = load(NETWORK)
        return _network


def load(path: Path) -> ChangeNetwork:
    """The network in a file of training/export.py. Raises ValueError if its SHA-256 is not that of the .sha256 file."""
    data = read_verified(path)
    prepare_tensorflow()
    import tensorflow as tf

    graph_def = tf.Graph().as_graph_def()
    graph_def.ParseFromString(data)
    batch = tf.TensorSpec((None, None, None, 3), tf.uint8)

    def output(name: str) -> Callable[[UInt8, UInt8], Float32]:
        """The function that computes one output: one graph for all sizes, pruned to what the output needs."""

        @tf.function(input_signature=[batch, batch])  # type: ignore[untyped-decorator]
        def graph(a: Any, b: Any) -> Any:
            return tf.graph_util.import_graph_def(graph_def, {"a": a, "b": b}, [f"{name}:0"])[0]

        return lambda a, b: np.asarray(graph(a, b), np.float32)

    compare = output("mask")
    blank = np.zeros((1, STEP, STEP, 3), np.uint8)
    compare(blank, blank)  # the first call is slow, since TensorFlow optimises the graph
    return ChangeNetwork(compare, output("descriptors"))
