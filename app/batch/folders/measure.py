"""Measurements of unpaired files by workers: features, and the likeness of two files. `Job.cache` keeps them."""

import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from app.batch.folders.features import Features, decode_on_white, features
from app.batch.folders.files import write_whole
from app.batch.folders.likeness import Likeness, likeness
from app.batch.folders.pairing import Files
from app.batch.folders.run import Item, Result
from app.batch.folders.work import Job, Unusable, read_file
from app.vision.analysis import Unavailable
from app.vision.decoding.errors import PictureError
from app.vision.networks import imagenet

log = logging.getLogger(__name__)

# Raise it when the likeness of two pictures changes, so that cached values are not used.
CACHE_VERSION = 1

# The expected errors of an unusable file; any other exception is logged.
EXPECTED = (PictureError, Unusable, Unavailable, MemoryError)


@dataclass(frozen=True)
class Candidate:
    """A removed and an added file that may be one picture: relative names and hexadecimal SHA-256 of the contents."""

    before: str
    after: str
    digest_before: str
    digest_after: str


def measure_files(files: Sequence[Files], job: Job) -> list[tuple[Files, Features | None]]:
    """The features of files that only one folder has; None for unusable files."""
    imagenet.configure(job.weights)
    return [(each, _attempt(_features, each, job)) for each in files]


def compare_candidates(candidates: Sequence[Candidate], job: Job) -> list[tuple[Candidate, Likeness | None]]:
    """The likeness of the two files of each candidate; None if one of them is no longer readable."""
    return [(candidate, _attempt(_likeness, candidate, job)) for candidate in candidates]


def cached_likeness(candidate: Candidate, job: Job) -> Likeness | None:
    """The likeness that an earlier run measured for the same contents, if any."""
    try:
        return Likeness(**json.loads(_cache_file(candidate, job).read_bytes()))
    except (OSError, ValueError, TypeError):  # missing, or damaged
        return None


def _attempt(measure: Callable[[Item, Job], Result], item: Item, job: Job) -> Result | None:
    try:
        return measure(item, job)
    except EXPECTED:
        return None
    except Exception:
        log.exception("%s was not measured.", item)
        return None


def _features(files: Files, job: Job) -> Features:
    data = read_file(files.before, job, "BEFORE") if files.before else read_file(files.after or "", job, "AFTER")
    return features(data, job.max_pixels, job.cache)


def _likeness(candidate: Candidate, job: Job) -> Likeness:
    sides = (candidate.before, "BEFORE"), (candidate.after, "AFTER")
    before, after = (decode_on_white(read_file(name, job, side), job.max_pixels) for name, side in sides)
    found = likeness(before, after)
    file = _cache_file(candidate, job)
    with suppress(OSError):  # without a writable cache, it is measured each time
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(asdict(found)).encode())
    return found


def _cache_file(candidate: Candidate, job: Job) -> Path:
    name = f"{candidate.digest_before}-{candidate.digest_after}.json"
    return job.cache / f"likeness-{CACHE_VERSION}" / name[:2] / name
