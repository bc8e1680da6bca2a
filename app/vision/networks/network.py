"""What the program needs of a network that was trained on ImageNet, whichever it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.vision.arrays import Float32, UInt8
from app.vision.resize import reduce

SIDE = 224  # pixels of the square that both networks look at


@dataclass(frozen=True)
class NetworkInfo:
    """Which network measured: its name, where its weights come from, and their licence."""

    name: str
    source: str
    licence: str


@dataclass(frozen=True)
class Network:
    """A loaded network. It takes float32 (n, 224, 224, 3), RGB in [0, 1], and is safe to call from several threads.

    classify: to logits, float32 (n, classes). embed: to features, float32 (n, 1280).
    class_names: a name for each class. device: "CPU", or "GPU: " and its name.
    """

    info: NetworkInfo
    classify: Callable[[Float32], Float32]
    embed: Callable[[Float32], Float32]
    class_names: tuple[str, ...]
    device: str


def network_input(pictures: Sequence[UInt8]) -> Float32:
    """RGB pictures squeezed to the network's square: float32 (n, 224, 224, 3) in [0, 1]."""
    return np.stack([reduce(picture, (SIDE, SIDE)) for picture in pictures]).astype(np.float32) / np.float32(255)
