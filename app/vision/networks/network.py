"""The common interface of the ImageNet networks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.vision.arrays import Float32, UInt8
from app.vision.resize import reduce

SIDE = 224  # pixels, of the square input of both networks


@dataclass(frozen=True)
class NetworkInfo:
    """A network's name, the source of its weights, and their licence."""

    name: str
    source: str
    licence: str


@dataclass(frozen=True)
class Network:
    """A loaded network. It takes float32 (n, 224, 224, 3), RGB in [0, 1], and is safe to call from several threads.

    classify: returns logits, float32 (n, classes). embed: returns features, float32 (n, 1280).
    class_names: one for each class. device: "CPU", or "GPU: " and its name.
    """

    info: NetworkInfo
    classify: Callable[[Float32], Float32]
    embed: Callable[[Float32], Float32]
    class_names: tuple[str, ...]
    device: str


def network_input(pictures: Sequence[UInt8]) -> Float32:
    """RGB pictures, uint8, resized to the network's square input: float32 (n, 224, 224, 3) in [0, 1]."""
    return np.stack([reduce(picture, (SIDE, SIDE)) for picture in pictures]).astype(np.float32) / np.float32(255)
