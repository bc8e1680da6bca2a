"""Perceptual hashes."""

import imagehash
import numpy as np
from PIL import Image

from app.vision.analyses import hash as hashes
from app.vision.arrays import UInt8
from app.vision.options import Options
from app.vision.pair import Pair
from tests.pictures import changed_scene, scene

NAMES = ["ahash_distance", "phash_distance", "dhash_distance", "whash_distance"]


def pair(a: UInt8, b: UInt8) -> Pair:
    return Pair(a, b, None, None, np.ones(a.shape[:2], bool))


def distances(a: UInt8, b: UInt8) -> list[float | int | None]:
    return [hashes.analyse(pair(a, b), Options()).metrics[name] for name in NAMES]


def test_a_picture_is_at_no_distance_from_itself() -> None:
    assert distances(scene(), scene()) == [0, 0, 0, 0]


def test_a_small_picture_hashes_as_imagehash_does() -> None:
    result = hashes.analyse(pair(scene(), changed_scene()), Options())
    image = Image.fromarray(pair(scene(), scene()).gray_a)
    assert result.facts["hashes"]["a"] == {
        "ahash": str(imagehash.average_hash(image)),
        "phash": str(imagehash.phash(image)),
        "dhash": str(imagehash.dhash(image)),
        "whash": str(imagehash.whash(image)),
    }


def test_distances_count_the_bits_that_differ() -> None:
    result = hashes.analyse(pair(scene(), changed_scene()), Options())
    for name in ("ahash", "phash", "dhash", "whash"):
        a, b = (int(result.facts["hashes"][which][name], 16) for which in "ab")
        assert result.metrics[f"{name}_distance"] == (a ^ b).bit_count()


def test_a_negative_differs_in_nearly_every_bit() -> None:
    ramp = np.tile(np.arange(0, 256, dtype=np.uint8)[None, :, None], (256, 1, 3))
    ahash, _, dhash, _ = distances(ramp, np.ascontiguousarray(255 - ramp))
    assert (ahash, dhash) == (64, 64)


def test_reduction_hardly_moves_the_hashes() -> None:
    large = scene(2400, 1600)
    image = Image.fromarray(large)
    reduced = hashes.analyse(pair(large, large), Options()).facts["hashes"]["a"]
    for name, function in hashes.HASHES.items():
        assert imagehash.hex_to_hash(reduced[name]) - function(image) <= 2
