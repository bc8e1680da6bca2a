"""Find the pictures of a folder that look most like one picture, by a network's features, and show them on a page."""

import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import render_template

from app.batch.folders.features import Features, features
from app.batch.folders.files import read_bounded
from app.batch.folders.local import cores
from app.batch.folders.pairing import legible, printable
from app.batch.folders.thumbnails import of_file
from app.rendering.environment import templates
from app.rendering.inline_images import data_uri
from app.rendering.standalone_html import static_text
from app.vision.decoding.errors import PictureError
from app.vision.encode import Encoded

# The network uses all cores even for one picture. Threads only overlap reading and decoding, and each holds a decoded
# picture in memory.
MAX_THREADS = 8
CACHED_SECONDS = 0.01  # reading from the cache takes a tenth of this, computing features twice as long
MAX_THUMBNAILS = 500  # of about 8 kB each


@dataclass(frozen=True)
class Limits:
    """max_bytes: of one file. max_pixels: of one picture. cache: the folder of cached features."""

    max_bytes: int
    max_pixels: int
    cache: Path


@dataclass(frozen=True)
class Query:
    """The picture that the others are compared with. name: for people. data: the file's bytes."""

    name: str
    data: bytes
    features: Features


@dataclass(frozen=True)
class Measurement:
    """One picture of the folder.

    name: relative to the folder, as the system has it. distance: cosine distance to the query, in [0, 2]; None if the
    file is unusable for `reason`. measured: the features were computed, not read from the cache.
    """

    name: str
    distance: float | None
    reason: str = ""
    measured: bool = True


@dataclass(frozen=True)
class Neighbour:
    """One of the nearest pictures.

    rank: from 1. name: relative to the folder, legible. distance: cosine distance to the query, in [0, 2].
    """

    rank: int
    name: str
    distance: float
    path: Path


def other_names(names: frozenset[str], folder: Path, query: str) -> list[str]:
    """The names, sorted, without the query's own.

    Paths are compared, so a link to the query counts as another picture, like a copy.
    """
    path = Path(query).parent.resolve() / Path(query).name
    root = folder.resolve()
    return sorted(name for name in names if root / name != path)


def measure_distances(
    query: Features, folder: Path, names: Sequence[str], limits: Limits
) -> Generator[Measurement, None, None]:
    """Yield the distance of each picture to the query, in the order of `names`. Close the iterator to stop early.

    Pending results are distances only: pictures and features would fill the memory.
    """
    executor = ThreadPoolExecutor(min(len(cores()), MAX_THREADS))
    try:
        yield from executor.map(lambda name: _measure(query, folder, name, limits), names)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def nearest(measurements: Sequence[Measurement], folder: Path, k: int) -> list[Neighbour]:
    """The k pictures with the smallest distance, nearest first; ties by name."""
    found = [(m.distance, m.name) for m in measurements if m.distance is not None]
    return [
        Neighbour(rank, legible(name), distance, folder / name)
        for rank, (distance, name) in enumerate(sorted(found)[:k], 1)
    ]


def similar_page(query: Query, folder: str, compared: int, neighbours: Sequence[Neighbour], limits: Limits) -> str:
    """One HTML file that needs no network: the query and its neighbours as thumbnails.

    folder: its name. compared: the number of pictures that have a distance.
    """
    shown = neighbours[:MAX_THUMBNAILS]
    with templates().app_context():
        return render_template(
            "similar.html",
            query=query,
            folder=legible(folder),
            compared=compared,
            neighbours=[(neighbour, _neighbour_thumbnail(neighbour, limits)) for neighbour in shown],
            printable=printable,
            left_out=len(neighbours) - len(shown),
            thumbnail=_data_uri(of_file(query.data, limits.max_pixels)),
            created=datetime.now(UTC),
            inline=static_text,
        )


def _measure(query: Features, folder: Path, name: str, limits: Limits) -> Measurement:
    began = time.perf_counter()
    try:
        found = features(_read(folder / name, limits), limits.max_pixels, limits.cache)
    except PictureError as reason:
        return Measurement(name, None, str(reason))
    except OSError as error:
        return Measurement(name, None, error.strerror or str(error))
    except MemoryError:
        return Measurement(name, None, "there is not enough memory for it")
    measured = time.perf_counter() - began > CACHED_SECONDS
    return Measurement(name, query.cosine_distance(found), measured=measured)


def _read(path: Path, limits: Limits) -> bytes:
    with path.open("rb") as file:
        return read_bounded(file, limits.max_bytes)


def _neighbour_thumbnail(neighbour: Neighbour, limits: Limits) -> str:
    """A data URI; "" if the file was removed or changed since it was measured."""
    try:
        return _data_uri(of_file(_read(neighbour.path, limits), limits.max_pixels))
    except (PictureError, OSError):
        return ""


def _data_uri(webp: bytes) -> str:
    return data_uri(Encoded(webp, "image/webp"))
