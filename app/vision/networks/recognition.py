"""Image classification: the likeliest classes, and the class that is probable enough to be named in a report."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.vision.arrays import Float64, UInt8
from app.vision.networks import efficientnet_lite0, mobilenet
from app.vision.networks.network import Network, network_input

TOP = 5
# From this probability on, the likeliest class is right in four photographs of five, whatever they show: see
# docs/imagenet.md. ImageNet lacks classes for many common subjects, so less probable classes are mostly wrong.
PROBABLE = {mobilenet.NAME: 0.8, efficientnet_lite0.INFO.name: 0.8}
# ImageNet's classes of pages. Screenshots and documents that are mistaken for photographs, because they were scanned or
# compressed, get no other class with that probability: 64 of them, in eight forms each, got only these.
PAGES = {"web site", "menu", "envelope", "book jacket", "comic book", "crossword puzzle"}


@dataclass(frozen=True)
class ClassProbability:
    """A class and its probability, in [0, 1]."""

    label: str
    probability: float


def recognise(pictures: Sequence[UInt8], network: Network) -> list[list[ClassProbability]]:
    """The five likeliest classes of each picture, the likeliest first. pictures: uint8 RGB, of any sizes."""
    probabilities = softmax(network.classify(network_input(pictures)).astype(np.float64))
    return [likeliest(of_one, network.class_names) for of_one in probabilities]


def probable(classes: Sequence[ClassProbability], network: Network) -> ClassProbability | None:
    """The likeliest class of a photograph if it is probable enough and not a class of pages; else None."""
    best = classes[0]
    is_page = best.label.split(",")[0] in PAGES
    return best if best.probability >= PROBABLE[network.info.name] and not is_page else None


def softmax(logits: Float64) -> Float64:
    """Probabilities over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Float64 = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def likeliest(probabilities: Float64, class_names: tuple[str, ...]) -> list[ClassProbability]:
    """The five classes with the highest probabilities."""
    best = np.argsort(-probabilities, kind="stable")[:TOP].tolist()
    return [ClassProbability(class_names[index], float(probabilities[index])) for index in best]
