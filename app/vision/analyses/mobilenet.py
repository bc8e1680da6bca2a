"""How far apart both pictures are for a network trained on ImageNet, and what it recognises in them.

The network is MobileNet V2, after which the analysis is named, or else EfficientNet-Lite0: see `networks.imagenet`.
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
from app.vision.photometric.photograph import is_photograph

# The classifier is tried on the middle of the picture, as it was trained: measured on 1,000 held-out photographs, the
# first guess is right for 89 %, and for 85 % with the whole picture. The distances must not miss a change at the
# border, so they are taken from the whole.
CROP = 0.875
NO_FEATURES = "The network finds no features in one of the pictures."


def analyse(pair: Pair, _options: Options) -> Analysis:
    """Distances between the feature vectors of A and B, and the five likeliest classes of each.

    `embedding_cosine_distance`: 1 - cosine, in [0, 2]; None if a vector is zero. `embedding_euclidean_distance`: >= 0.
    Both 0 for equal pictures. Facts: `classification`, per picture labels and softmax probabilities; `recognised`, per
    picture the class that is probable enough to be named, or None; `network` and `device`.
    Raises Unavailable without weights.
    """
    network = imagenet.network()
    pictures = [pair.a] if pair.same else [pair.a, pair.b]
    # One row stands for both where A and B are the same picture.
    vectors = network.embed(network_input(pictures)).astype(np.float64)
    guesses = recognise([centre(picture) for picture in pictures], network)
    u, v, a, b = vectors[0], vectors[-1], guesses[0], guesses[-1]
    cosine = cosine_distance(u, v)
    return Analysis(
        metrics={"embedding_cosine_distance": cosine, "embedding_euclidean_distance": float(np.linalg.norm(u - v))},
        facts={
            "classification": {"a": [asdict(guess) for guess in a], "b": [asdict(guess) for guess in b]},
            "recognised": {"a": recognised(a, pair.a, network), "b": recognised(b, pair.b, network)},
            "network": asdict(network.info),
            "device": network.device,
        },
        reason=NO_FEATURES if cosine is None else None,
    )


def recognised(guesses: list[ClassProbability], picture: UInt8, network: Network) -> dict[str, str | float] | None:
    """What a picture shows, where that can be said: a photograph, of which the first guess is likely to be right."""
    best = probable(guesses, network)
    return asdict(best) if best and is_photograph(picture) else None


def centre(picture: UInt8) -> UInt8:
    """The middle 87.5 % of a picture, each way."""
    top, left = (round(extent * (1 - CROP) / 2) for extent in picture.shape[:2])
    return picture[top : picture.shape[0] - top, left : picture.shape[1] - left]


def cosine_distance(u: Float64, v: Float64) -> Metric:
    """1 - cosine of two vectors, as half the squared distance of their directions: that is exactly 0 for equal ones."""
    lengths = np.linalg.norm(u), np.linalg.norm(v)
    if not all(lengths):
        return None
    return min(float(np.sum((u / lengths[0] - v / lengths[1]) ** 2)) / 2, 2.0)
