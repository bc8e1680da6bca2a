"""The ImageNet network of this process: MobileNet V2 if its weights are in the hub's cache, else the embedded network.

It is loaded once, on demand. Loading takes seconds, since it imports TensorFlow.
"""

import threading
from pathlib import Path

from app.vision.networks import efficientnet_lite0, mobilenet
from app.vision.networks.network import Network
from app.vision.networks.weights import Weights

_lock = threading.Lock()
_weights = Weights((), (), Path())
_mobilenet: Network | None = None


def configure(weights: Weights) -> None:
    """Set the MobileNet weights to use. Loads nothing; a loaded network is kept if the settings are equal."""
    global _weights, _mobilenet
    with _lock:
        if weights != _weights:
            _weights, _mobilenet = weights, None


def chosen_name() -> str:
    """The name of the network that a comparison would use now, "" without intact weights. Loads nothing.

    The disk is read each time, so MobileNet weights that are pulled while the service runs are used from then on.
    """
    if _weights.complete:
        return mobilenet.NAME
    return efficientnet_lite0.INFO.name if efficientnet_lite0.is_intact() else ""


def network() -> Network:
    """The network; waits until it is loaded. Raises Unavailable, immediately if there are no intact weights."""
    global _mobilenet
    if not _weights.complete:
        return efficientnet_lite0.network()
    with _lock:
        if _mobilenet is None:
            _mobilenet = mobilenet.load(_weights)
        return _mobilenet


def needs_loading() -> bool:
    """Whether the network has weights but is not loaded yet, so that the first call of network() takes seconds."""
    return _mobilenet is None if _weights.complete else efficientnet_lite0.needs_loading()


def status() -> dict[str, bool]:
    """Which weights are present, and whether the pulled ones still match their checksums."""
    return {
        "classification": _weights.classifier is not None,
        "features": _weights.embedding is not None,
        "intact": not _weights.damaged,
        "embedded": efficientnet_lite0.is_intact(),
    }
