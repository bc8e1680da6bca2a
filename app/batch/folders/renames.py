"""Which removed and which added file are one: renamed, or moved to another folder, and maybe edited as well.

Files of the same bytes are found first. Of the others, the network's features and a perceptual hash choose a few
candidates among thousands, and `likeness` then compares each of these with the removed file, part by part. Only what
leaves no doubt is called renamed: a wrong "renamed" is worse than one "removed" and one "added".
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Protocol

import numpy as np

from app.batch.folders.features import Features
from app.batch.folders.likeness import Likeness
from app.batch.folders.measure import Candidate, compare_candidates, kept_likeness, measure_files
from app.batch.folders.pairing import Files, by_name
from app.batch.folders.run import Workers, run_all
from app.batch.folders.work import Job
from app.vision.arrays import Float32
from app.vision.networks import embedded, mobilenet

# What is farther apart is no candidate. The limits are wide, for `likeness` decides: they are to miss no renamed file.
# Measured with MobileNet V2 / EfficientNet-Lite0.
# One picture: 60 photographs with ten changes each, at most 0.088 / 0.054 and 12 bits; of 2,694 photographs cropped by
# 2 %, 99 in 100 are within 0.099 / 0.111 and 10 bits.
# Others: circuit boards of different numbers (19,800 pairs), from 0.040 / 0.036 on, but 16 bits or more; photographs of
# different subjects (7,080 pairs), from 0.225 / 0.259 and 16 bits on. Screenshots of one application, from 0.0005 /
# 0.001 and 0 bits on: these two measures do not tell them apart.
MAX_COSINE_DISTANCE = {mobilenet.NAME: 0.12, embedded.INFO.name: 0.11}
MAX_HASH_DISTANCE = 14  # of 64 bits
NEAREST = 5  # candidates for each file
# So much more of the removed file must the added one repeat than any other candidate does.
CLEARLY_MORE = 0.05
ROWS = 256  # of the matrix of distances at a time

Pair = tuple[int, int]


class Counter(Protocol):
    """Shows how far a run is."""

    def begin(self, total: int, what: str, task: str = "") -> None:
        """Count `total` things from now on, in the plural, as a part of a task."""

    def step(self, worked: bool, aside: str = "") -> None:
        """One more is done."""


def find_renames(pairs: Sequence[Files], job: Job, workers: Workers, counter: Counter) -> list[Files]:
    """The pairs, sorted by name, where each removed and each added file that are one have become a renamed pair.

    A file that cannot be read or decoded, or that brings its worker down, takes no part unless its bytes are the same.
    """
    removed, added = (
        [files for files in pairs if files.after is None],
        [files for files in pairs if files.before is None],
    )
    if not removed or not added:
        return list(pairs)
    counter.begin(len(removed) + len(added), "files", "looking for renamed files")
    renamed = _of_the_same_bytes(removed, added, job)
    for _ in range(2 * len(renamed)):
        counter.step(False)
    renamed += _of_the_same_picture(_without(removed, renamed), _without(added, renamed), job, workers, counter)
    return sorted([*_without(pairs, renamed), *renamed], key=by_name)


def candidates(removed: Sequence[Features], added: Sequence[Features]) -> list[Pair]:
    """Which removed pictures may be which of the added ones, by their places: within the limits, nearest to each other.

    Blank pictures are nobody's candidates, as all of them are alike.
    """
    forth = _nearest(removed, added)
    back = _nearest(added, removed)
    return sorted(forth & {(one, other) for other, one in back})


def choose(found: Mapping[Pair, Likeness]) -> list[Pair]:
    """The candidates that are one picture for certain: no file is in two of them.

    A file that is about as much like another candidate is ambiguous, and is left out.
    """
    shares: dict[tuple[str, int], list[float]] = defaultdict(list)
    for (before, after), alike in found.items():
        shares["before", before].append(alike.share)
        shares["after", after].append(alike.share)
    return [
        (before, after)
        for (before, after), alike in found.items()
        if alike.is_same
        and all(_stands_out(alike.share, shares[side]) for side in (("before", before), ("after", after)))
    ]


def _stands_out(share: float, shares: list[float]) -> bool:
    """Whether no other one of the shares is about as large. `shares` has `share` itself, too."""
    return sum(share - other < CLEARLY_MORE for other in shares) == 1


def _nearest(ones: Sequence[Features], others: Sequence[Features]) -> set[Pair]:
    """For each of the ones, the NEAREST others within the limits, as places of the two."""
    found: set[Pair] = set()
    for network, limit in MAX_COSINE_DISTANCE.items():
        rows, columns = _comparable(ones, network), _comparable(others, network)
        if not rows or not columns:
            continue
        vectors, hashes = _arrays([others[column] for column in columns])
        for start in range(0, len(rows), ROWS):
            part = rows[start : start + ROWS]
            part_vectors, part_hashes = _arrays([ones[row] for row in part])
            distances = 1 - part_vectors @ vectors.T
            bits = np.bitwise_count(part_hashes[:, None] ^ hashes[None])
            distances[(bits > MAX_HASH_DISTANCE) | (distances > limit)] = np.inf
            order = np.argsort(distances, axis=1, kind="stable")[:, :NEAREST]
            for place, near in enumerate(order):
                found |= {(part[place], columns[one]) for one in near if np.isfinite(distances[place, one])}
    return found


def _comparable(pictures: Sequence[Features], network: str) -> list[int]:
    return [place for place, picture in enumerate(pictures) if picture.network == network and not picture.is_blank]


def _arrays(pictures: Sequence[Features]) -> "tuple[Float32, np.typing.NDArray[np.uint64]]":
    """The vectors (n, 1280) and the hashes (n)."""
    return np.stack([picture.vector for picture in pictures]), np.array([p.phash for p in pictures], np.uint64)


def _of_the_same_bytes(removed: Sequence[Files], added: Sequence[Files], job: Job) -> list[Files]:
    """Several of the same bytes are paired in the order of their names. Nothing is decoded.

    Only files whose size occurs on both sides are read.
    """
    before = _by(_size, [(job.before / (files.before or ""), files) for files in removed])
    after = _by(_size, [(job.after / (files.after or ""), files) for files in added])
    renamed = []
    for size in before.keys() & after.keys():
        ones, others = _by(_digest, before[size]), _by(_digest, after[size])
        for digest in ones.keys() & others.keys():
            for (_, one), (_, other) in zip(ones[digest], others[digest], strict=False):
                renamed.append(Files(one.before, other.after, renamed=True))
    return renamed


Located = tuple[Path, Files]


def _by(key: Callable[[Path], object], files: Iterable[Located]) -> dict[object, list[Located]]:
    """Files by a property, in the order given; those that cannot be read are left out."""
    groups: dict[object, list[Located]] = defaultdict(list)
    for path, each in files:
        try:
            groups[key(path)].append((path, each))
        except OSError:
            continue
    return groups


def _size(path: Path) -> int:
    return path.stat().st_size


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return file_digest(file, "sha256").digest()


Measured = tuple[Files, Features]


def _of_the_same_picture(
    removed: Sequence[Files], added: Sequence[Files], job: Job, workers: Workers, counter: Counter
) -> list[Files]:
    if not removed or not added:
        return []
    measured = _measured([*removed, *added], job, workers, counter)
    old = [(files, features) for files, features in measured if files.after is None]
    new = [(files, features) for files, features in measured if files.before is None]
    places = {
        _candidate(old[one], new[other]): (one, other)
        for one, other in candidates([features for _, features in old], [features for _, features in new])
    }
    alike = _likenesses(list(places), job, workers, counter)
    chosen = choose({places[candidate]: found for candidate, found in alike.items()})
    return [Files(old[one][0].before, new[other][0].after, renamed=True) for one, other in chosen]


def _measured(files: Sequence[Files], job: Job, workers: Workers, counter: Counter) -> list[Measured]:
    """The files that have features, sorted by name: they come in no order, and names decide between equals."""
    found: list[Measured] = []
    for each, features in run_all(files, job, workers, measure_files, lambda each: (each, None)):
        counter.step(True)
        if features:
            found.append((each, features))
    return sorted(found, key=lambda measured: by_name(measured[0]))


def _candidate(one: Measured, other: Measured) -> Candidate:
    return Candidate(one[0].before or "", other[0].after or "", one[1].digest, other[1].digest)


def _likenesses(asked: Sequence[Candidate], job: Job, workers: Workers, counter: Counter) -> dict[Candidate, Likeness]:
    """How alike the two files of each candidate are; what has been measured in an earlier run needs no worker."""
    found = {candidate: kept for candidate in asked if (kept := kept_likeness(candidate, job))}
    left = [candidate for candidate in asked if candidate not in found]
    if left:
        counter.begin(len(left), "candidates", "comparing what may be renamed")
    for candidate, alike in run_all(left, job, workers, compare_candidates, lambda candidate: (candidate, None)):
        counter.step(True)
        if alike:
            found[candidate] = alike
    return {candidate: found[candidate] for candidate in asked if candidate in found}


def _without(files: Iterable[Files], renamed: Sequence[Files]) -> list[Files]:
    """The files but those that are a side of a renamed pair."""
    gone = {Files(pair.before, None) for pair in renamed} | {Files(None, pair.after) for pair in renamed}
    return [each for each in files if each not in gone]
