"""Features of a picture file: a digest, a perceptual hash and a network's features, cached by content."""

import io
import re
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np

from app.batch.folders.files import write_whole
from app.vision.analyses.hash import perceptual_hash
from app.vision.arrays import Float32, UInt8
from app.vision.decoding.decode import decode
from app.vision.networks import imagenet
from app.vision.networks.network import network_input
from app.vision.pair import on_white

# Raise it when the features of a picture change, so that cached ones are not used.
CACHE_VERSION = 1


@dataclass(frozen=True)
class Features:
    """The features of one picture.

    digest: SHA-256 of the file, hexadecimal. phash: the perceptual hash, 64 bits. network: the name of the network.
    vector: float32 (1280,), the network's features at unit length.
    """

    digest: str
    phash: int
    network: str
    vector: Float32

    def cosine_distance(self, other: "Features") -> float:
        """1 - cosine of the vectors, in [0, 2]. Raises ValueError if the networks differ."""
        if self.network != other.network:
            raise ValueError(f"features of {self.network} and {other.network} do not compare")
        return float(np.sum((self.vector - other.vector) ** 2)) / 2

    @property
    def is_blank(self) -> bool:
        """Whether the picture has no structure for the hash, like a white page.

        The hash compares values with their median: it usually sets 32 bits, but only the first of a single colour.
        """
        return self.phash.bit_count() < 16


def features(data: bytes, max_pixels: int, cache: Path) -> Features:
    """The features of a picture file, read from the cache if the current network has measured this content before.

    Raises PictureError for a file that cannot be decoded, and Unavailable without a network.
    """
    digest, network = sha256(data).hexdigest(), imagenet.chosen_name()
    file = cache / f"features-{CACHE_VERSION}" / re.sub(r"\W+", "-", network.lower()) / digest[:2] / f"{digest}.npz"
    if cached := _read(file, digest, network):
        return cached
    measured = _measure(data, digest, max_pixels)
    with suppress(OSError):  # without a writable cache, features are computed each time
        _write(file, measured)
    return measured


def decode_on_white(data: bytes, max_pixels: int) -> UInt8:
    """A picture file as uint8 RGB (height, width, 3). Raises PictureError."""
    picture = decode(data, max_pixels)
    return on_white(picture.rgb, picture.alpha)


def _measure(data: bytes, digest: str, max_pixels: int) -> Features:
    rgb = decode_on_white(data, max_pixels)
    network = imagenet.network()
    vector = network.embed(network_input([rgb]))[0]
    gray = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    return Features(digest, perceptual_hash(gray), network.info.name, unit_length(vector))


def unit_length(vector: Float32) -> Float32:
    """The vector divided by its length; a zero vector is returned as it is."""
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else vector, np.float32)


def _read(file: Path, digest: str, network: str) -> Features | None:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return Features(digest, int(arrays["phash"]), network, np.asarray(arrays["vector"], np.float32))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):  # missing, or damaged
        return None


def _write(file: Path, measured: Features) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, phash=np.uint64(measured.phash), vector=measured.vector)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, buffer.getvalue())
