"""The MobileNet V2 networks of this process: loaded once, on demand, never downloaded here (see app/pull.py).

TensorFlow is imported only to load them: the import takes seconds and half a gigabyte. And only after the fork: in
workers forked from a process that has loaded it, TensorFlow hangs.
"""

import logging
import os
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.vision.analysis import Unavailable
from app.vision.arrays import Float32
from app.weights import CLASSES, Weights

log = logging.getLogger(__name__)

SIDE = 224
MISSING = "The MobileNet weights are not here. `python -m app models pull` fetches them."
DAMAGED = (
    "The MobileNet weights are damaged: a file is not what was pulled. `python -m app models pull` fetches them anew."
)
BROKEN = (
    "The MobileNet weights are here but do not load; the service's log has the details. "
    "Delete them, and `python -m app models pull` fetches them anew."
)


@dataclass(frozen=True)
class MobileNet:
    """Both networks. They take float32 (n, 224, 224, 3), RGB in [0, 1], and are safe to call from several threads.

    classify: to logits, float32 (n, 1001); class 0 is background.
    embed: to features, float32 (n, 1280).
    device: where they run, "CPU" or "GPU: " and its name.
    """

    classify: Callable[[Float32], Float32]
    embed: Callable[[Float32], Float32]
    device: str


_lock = threading.Lock()
_weights = Weights((), (), Path())
_loaded: MobileNet | None = None


def configure(classification_handles: tuple[str, ...], feature_handles: tuple[str, ...], cache_dir: Path) -> None:
    """Say which weights to use, from where. Loads nothing; what is loaded stays loaded if nothing changed."""
    global _weights, _loaded
    weights = Weights(classification_handles, feature_handles, cache_dir)
    with _lock:
        if weights != _weights:
            _weights, _loaded = weights, None


def prepare_tensorflow() -> None:
    """Make TensorFlow quiet and modest; to be called before it is imported. What the environment says already stays."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # quiet but for a few lines at import (tensorflow#100442)
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # else each worker takes all memory of the GPU


def warm_up() -> None:
    """Start to load the networks in the background, so that the first comparison need not wait for them."""
    # No daemon: a process that ends meanwhile waits for it, as TensorFlow aborts when Python goes away under it.
    threading.Thread(target=_try, name="warm-up").start()


def mobilenet() -> MobileNet:
    """The networks; waits until they are loaded.

    Raises Unavailable, at once, while the weights are not there or damaged, and where they do not load. Looks again at
    each call, so weights pulled while the service runs are noticed.
    """
    global _loaded
    with _lock:
        if _loaded is None:
            _loaded = _load(_weights)
        return _loaded


def to_load() -> bool:
    """Whether the networks are there but not loaded yet, so that the first call of mobilenet() waits for seconds."""
    return _loaded is None and bool(_weights.classifier and _weights.embedding)


def labels() -> tuple[str, ...] | None:
    """The names of the 1001 classes; None if they are not there. Read anew each time: 20 kB."""
    return _weights.labels


def device() -> str | None:
    """Where the networks run; None while they are not loaded."""
    return _loaded.device if _loaded else None


def status() -> dict[str, bool]:
    """Which weights are there, and whether those that were pulled are still what they were."""
    return {
        "classification": _weights.classifier is not None,
        "features": _weights.embedding is not None,
        "labels": _weights.labels is not None,
        "intact": not _weights.damaged,
    }


def _try() -> None:
    try:
        log.info("MobileNet runs on %s.", mobilenet().device)
    except Unavailable as reason:
        log.warning("%s", reason)


def _load(weights: Weights) -> MobileNet:
    classifier, embedding = weights.classifier, weights.embedding
    if not classifier or not embedding:
        raise Unavailable(DAMAGED if weights.damaged else MISSING)
    try:
        hub = _tensorflow_hub(weights.cache_dir)
        return _join(hub.load(classifier), hub.load(embedding))
    except Exception as error:  # TensorFlow raises whatever its many parts raise on a damaged file
        log.exception("MobileNet cannot be loaded from %s", weights.cache_dir)
        raise Unavailable(BROKEN) from error


def _tensorflow_hub(cache_dir: Path) -> Any:
    os.environ["TFHUB_CACHE_DIR"] = str(cache_dir)
    prepare_tensorflow()
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)  # by tensorflow_hub
    import tensorflow_hub

    return tensorflow_hub


def _join(classifier: Any, embedding: Any) -> MobileNet:
    """Try both on an empty picture: it checks their shapes, and the first call takes a second."""
    blank = np.zeros((2, SIDE, SIDE, 3), np.float32)
    logits, features = classifier(blank), embedding(blank)
    if logits.shape != (2, CLASSES) or features.shape[:-1] != (2,):
        raise ValueError(f"not the shapes of MobileNet V2: {logits.shape}, {features.shape}")
    return MobileNet(
        classify=lambda batch: np.asarray(classifier(batch), np.float32),
        embed=lambda batch: np.asarray(embedding(batch), np.float32),
        device=_device_name(features.device),
    )


def _device_name(device: str) -> str:
    """The name of a TensorFlow device such as /job:localhost/replica:0/task:0/device:GPU:0, for people."""
    kind, index = device.split(":")[-2:]
    if kind != "GPU":
        return kind
    import tensorflow as tf

    gpu = tf.config.list_physical_devices("GPU")[int(index)]
    return f"GPU: {tf.config.experimental.get_device_details(gpu).get('device_name', 'unknown')}"
