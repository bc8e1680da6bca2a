"""MobileNet V2 from TensorFlow Hub's cache; `download` fills the cache.

M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen: MobileNetV2: inverted residuals and linear bottlenecks. CVPR
2018.
"""

import logging
import os
import warnings
from typing import Any

import numpy as np

from app.vision.analysis import Unavailable
from app.vision.networks.class_names import class_names
from app.vision.networks.network import SIDE, Network, NetworkInfo
from app.vision.networks.runtime import device_name, prepare_tensorflow
from app.vision.networks.weights import Weights

log = logging.getLogger(__name__)

NAME = "MobileNet V2"
CLASS_NAMES = ("background", *class_names())
BROKEN = (
    "The MobileNet weights are here but do not load; the service's log has the details. "
    "Delete them, and `python -m app models pull` fetches them anew."
)


def info(weights: Weights) -> NetworkInfo:
    """The network's entry in a report; its source is the handle of the feature model."""
    return NetworkInfo(NAME, weights.embedding or "", "Apache-2.0")


def load(weights: Weights) -> Network:
    """Load the classifier and the feature model as one network. Raises Unavailable if one of them does not load."""
    try:
        hub = _tensorflow_hub(weights)
        return _join(hub.load(weights.classifier), hub.load(weights.embedding), info(weights))
    except Exception as error:  # TensorFlow has no common error for damaged files
        log.exception("MobileNet cannot be loaded from %s", weights.cache_dir)
        raise Unavailable(BROKEN) from error


def _tensorflow_hub(weights: Weights) -> Any:
    os.environ["TFHUB_CACHE_DIR"] = str(weights.cache_dir)
    prepare_tensorflow()
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)  # by tensorflow_hub
    import tensorflow_hub

    return tensorflow_hub


def _join(classifier: Any, embedding: Any, about: NetworkInfo) -> Network:
    """Run both models on a blank picture, to check their shapes and because the first call takes a second."""
    blank = np.zeros((2, SIDE, SIDE, 3), np.float32)
    logits, features = classifier(blank), embedding(blank)
    if logits.shape != (2, len(CLASS_NAMES)) or features.shape[:-1] != (2,):
        raise ValueError(f"not the shapes of MobileNet V2: {logits.shape}, {features.shape}")
    return Network(
        about,
        classify=lambda batch: np.asarray(classifier(batch), np.float32),
        embed=lambda batch: np.asarray(embedding(batch), np.float32),
        class_names=CLASS_NAMES,
        device=device_name(features.device),
    )
