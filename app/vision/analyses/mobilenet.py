"""Embeddings and classes of both pictures by a network trained on ImageNet.

The network is MobileNet V2, after which the analysis is named, or EfficientNet-Lite0: see `networks.imagenet`.
"""

from dataclasses import asdict

import numpy as np

from app.vision.analysis import Analysis, Metric
from app.vision.arrays import Float64, UInt8
from app.vision.networks import imagenet
from app.vision.networks.network import Network, network_input
from app.vision.networks.recognition import ClassProbability, probable, recognise
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.photometric.noise import is_photograph

NAME = "mobilenet"
TITLE = "Meaning"
DESCRIPTION = "Measures the distance between embeddings of a network trained on ImageNet, and classifies both pictures."
STEP_LABEL = "Meaning (embeddings and classes)"
NEEDS_NETWORK = True
DEFAULT = True

# Classify the middle of the picture, as in the network's training: on 1,000 held-out photographs the first class is
# right for 89 %, and for 85 % with the whole picture. The embeddings are those of the whole picture, since they must
# not miss a change at the border.
CROP = 0.875
NO_FEATURES = "The network finds no features in one of the pictures."


def analyse(pair: Pair, _options: Options) -> Analysis:
    """Distances between the embeddings of A and B, and the five likeliest classes of each.

    `embedding_cosine_distance`: 1 - cosine, in [0, 2]; None if a vector is zero. `embedding_euclidean_distance`: >= 0.
    Both are 0 for equal pictures. Facts: `classification`, labels and softmax probabilities per picture; `recognised`,
    the class of each picture that is probable enough to be shown, or None; `network` and `device`.
    Raises Unavailable without weights.
    """
    network = imagenet.network()
    pictures = [pair.a] if pair.shares_arrays else [pair.a, pair.b]
    # If A and B are the same picture, there is one row, which is both the first and the last.
    vectors = network.embed(network_input(pictures)).astype(np.float64)
    guesses = recognise([centre(picture) for picture in pictures], network)
    u, v, a, b = vectors[0], vectors[-1], guesses[0], guesses[-1]
    cosine = cosine_distance(u, v)
    return Analysis(
        metrics={"embedding_cosine_distance": cosine, "embedding_euclidean_distance": float(np.linalg.norm(u - v))},
        facts={
            "classification": {"a": [asdict(guess) for guess in a], "b": [asdict(guess) for guess in b]},
            "recognised": {"a": recognised(a, pair.gray_a, network), "b": recognised(b, pair.gray_b, network)},
            "network": asdict(network.info),
            "device": network.device,
        },
        reason=NO_FEATURES if cosine is None else None,
    )


def needs_loading() -> bool:
    """Whether the network is available but not loaded yet, so that the first call takes seconds."""
    return imagenet.needs_loading()


def load() -> None:
    """Load the network. Raises Unavailable without weights."""
    imagenet.network()


def recognised(guesses: list[ClassProbability], gray: UInt8, network: Network) -> dict[str, str | float] | None:
    """The likeliest class of a photograph, uint8 (height, width), if it is probable enough to be right; else None."""
    best = probable(guesses, network)
    return asdict(best) if best and is_photograph(gray) else None


def centre(picture: UInt8) -> UInt8:
    """The middle 87.5 % of a picture in both directions."""
    top, left = (round(extent * (1 - CROP) / 2) for extent in picture.shape[:2])
    return picture[top : picture.shape[0] - top, left : picture.shape[1] - left]


def cosine_distance(u: Float64, v: Float64) -> Metric:
    """1 - cosine of two vectors, as half the squared distance of their directions: exactly 0 for equal vectors."""
    lengths = np.linalg.norm(u), np.linalg.norm(v)
    if not all(lengths):
        return None
    return min(float(np.sum((u / lengths[0] - v / lengths[1]) ** 2)) / 2, 2.0)
