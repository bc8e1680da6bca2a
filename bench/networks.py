"""The ImageNet networks: how often a guess is right, and how far apart they see related and unrelated pictures.

    python -m bench.networks DATA [--tfhub FOLDER]

DATA has `photos` (Caltech 101, CATEGORY_NUMBER.jpg) and `spot` (pairs of one scene, NNN_a.jpg and NNN_b.jpg).
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from app.config import Settings
from app.vision.analyses.mobilenet import centre
from app.vision.arrays import Float64, Mask, UInt8
from app.vision.networks import efficientnet_lite0, imagenet
from app.vision.networks.network import Network, network_input
from app.vision.networks.recognition import recognise
from bench.caltech import TRUE, is_right
from bench.conditions import CONDITIONS

BATCH = 32
UNRELATED = 300  # pairs of photographs of other categories, and as many of other scenes
PROBABILITIES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
QUANTILES = (0, 0.01, 0.05, 0.5, 0.95, 0.99, 1)

Pictures = tuple[UInt8, UInt8]


def main(words: Sequence[str] | None = None) -> None:
    """Measure each network that is here, and print Markdown."""
    arguments = _parse(words)
    imagenet.configure(Settings(tfhub_cache_dir=arguments.tfhub).weights)
    photos = sorted((arguments.data / "photos").glob("*.jpg"))
    pairs = {
        "one scene, ten changes, every condition": list(related(arguments.data / "spot")),
        "unrelated photographs": list(unrelated(photos)),
        "other scenes": list(other_scenes(arguments.data / "spot")),
    }
    for network in {imagenet.network().info.name: imagenet.network(), "": efficientnet_lite0.network()}.values():
        print(f"\n### {network.info.name}\n")
        print_guesses(*guessed(photos, network), [category(file) for file in photos])
        print_distances({name: distances(of, network) for name, of in pairs.items()})


def guessed(photos: Sequence[Path], network: Network) -> tuple[list[str], Float64]:
    """The likeliest label of each photograph, and its probability."""
    best = []
    for start in range(0, len(photos), BATCH):
        pictures = [centre(read(file)) for file in photos[start : start + BATCH]]
        best += [guesses[0] for guesses in recognise(pictures, network)]
    return [guess.label for guess in best], np.array([guess.probability for guess in best])


def print_guesses(labels: Sequence[str], probabilities: Float64, categories: Sequence[str]) -> None:
    """The share of right guesses by the probability that they have at the least."""
    right = np.array([is_right(*both) for both in zip(categories, labels, strict=True)])
    known: Mask = np.isin(categories, list(TRUE))
    print("| probability from | photographs | right, of all | right, of what ImageNet has a class for |")
    print("|---|---|---|---|")
    for least in (0, *PROBABILITIES):
        probable = probabilities >= least
        shares = [f"{right[of].mean():.3f}" if of.any() else "–" for of in (probable, probable & known)]
        print(f"| {least} | {probable.sum():,} | {shares[0]} | {shares[1]} |")


def print_distances(found: dict[str, Float64]) -> None:
    """Quantiles of the cosine distances."""
    print(f"\n| cosine distance | pairs | {' | '.join(f'{share:.0%}' for share in QUANTILES)} |")
    print(f"|---|---|{'---|' * len(QUANTILES)}")
    for name, values in found.items():
        cells = " | ".join(f"{value:.3f}" for value in np.quantile(values, QUANTILES))
        print(f"| {name} | {len(values)} | {cells} |")


def distances(pairs: Sequence[Pictures], network: Network) -> Float64:
    """The cosine distance of each pair."""
    found = []
    for start in range(0, len(pairs), BATCH):
        vectors = [network.embed(network_input(side)) for side in zip(*pairs[start : start + BATCH], strict=True)]
        u, v = (of / np.linalg.norm(of, axis=1, keepdims=True) for of in vectors)
        found.append(((u - v) ** 2).sum(axis=1) / 2)
    return np.concatenate(found).astype(np.float64)


def related(folder: Path) -> Iterator[Pictures]:
    """Five conditions of each pair, so that all conditions come equally often."""
    names = list(CONDITIONS)
    for index, file in enumerate(sorted(folder.glob("*_a.jpg"))):
        b = np.asarray(cv2.imread(str(file.with_name(file.name.replace("_a", "_b")))), np.uint8)
        for offset in range(5):
            condition = CONDITIONS[names[(5 * index + offset) % len(names)]]
            yield read(file), np.asarray(cv2.cvtColor(condition(b), cv2.COLOR_BGR2RGB), np.uint8)


def unrelated(photos: Sequence[Path]) -> Iterator[Pictures]:
    """Two photographs of different categories."""
    random, count = np.random.default_rng(3), 0
    while count < UNRELATED:
        one, other = (photos[index] for index in random.integers(len(photos), size=2))
        if category(one) != category(other):
            count += 1
            yield read(one), read(other)


def other_scenes(folder: Path) -> Iterator[Pictures]:
    """Two different scenes."""
    files, random = sorted(folder.glob("*_a.jpg")), np.random.default_rng(3)
    for _ in range(UNRELATED):
        one, other = random.choice(len(files), 2, replace=False)
        yield read(files[one]), read(files[other])


def category(file: Path) -> str:
    """What a photograph shows, by its name."""
    return file.stem.rpartition("_")[0]


def read(file: Path) -> UInt8:
    """A picture as uint8 RGB."""
    return np.asarray(cv2.cvtColor(np.asarray(cv2.imread(str(file))), cv2.COLOR_BGR2RGB), np.uint8)


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tfhub", type=Path, default=Settings().tfhub_cache_dir, help="the cache with MobileNet V2")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
