"""What the network recognises, in words: the likeliest classes, and the one that is probable enough to be named."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.vision.arrays import Float64, UInt8
from app.vision.networks import embedded, mobilenet
from app.vision.networks.network import Network, network_input

TOP = 5
# From this probability on, the first guess is right in four photographs of five, whatever they show: see
# docs/imagenet.md. ImageNet has no class for much of what people take pictures of, so that what is less probable is
# mostly a wrong name.
PROBABLE = {mobilenet.NAME: 0.8, embedded.INFO.name: 0.8}
# ImageNet's classes of pages. Screenshots and documents that pass for photographs, as they were scanned or compressed,
# get no other class with that probability: in 64 of them, in eight forms each, these were all there were.
PAGES = {"web site", "menu", "envelope", "book jacket", "comic book", "crossword puzzle"}


@dataclass(frozen=True)
class ClassProbability:
    """A class, and the probability in [0, 1] that the network gives it."""

    label: str
    probability: float


def recognise(pictures: Sequence[UInt8], network: Network) -> list[list[ClassProbability]]:
    """The five likeliest classes of each picture, the likeliest first. pictures: uint8 RGB, of any sizes."""
    probabilities = softmax(network.classify(network_input(pictures)).astype(np.float64))
    return [likeliest(of_one, network.class_names) for of_one in probabilities]


def probable(guesses: Sequence[ClassProbability], network: Network) -> ClassProbability | None:
    """The first of the guesses at a photograph, if it is likely to be right; never a page, which is no photograph."""
    best = guesses[0]
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
