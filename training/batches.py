"""Batches of pairs, made beside the training by other processes, the same ones for the same seed."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from training.pairs import make

BATCH = 16
# Batches that are made ahead, so that neither side waits for the other.
AHEAD = 8

Made = TypeVar("Made")
Batch = tuple[dict[str, Any], dict[str, Any]]


def batch(paths: list[Path], seed: int, number: int) -> Batch:
    """The network's inputs `a` and `b` and its targets `mask` and `descriptors`, see training.pairs.Example."""
    examples = [make(paths, np.random.default_rng([seed, number, i])) for i in range(BATCH)]
    return (
        {"a": np.stack([e.a for e in examples]), "b": np.stack([e.b for e in examples])},
        {
            "mask": np.stack([e.mask for e in examples]).astype(np.float32),
            "descriptors": np.stack([e.cells for e in examples]),
        },
    )


def stream(make_batch: Callable[[int], Made], first: int, processes: int) -> Iterator[Made]:
    """What `make_batch` returns for one number after another, from `first` on, without end."""
    # Spawned, for a process forked from one with TensorFlow in it hangs.
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        waiting = deque(pool.submit(make_batch, first + i) for i in range(AHEAD))
        while True:
            first += 1
            waiting.append(pool.submit(make_batch, first + AHEAD - 1))
            yield waiting.popleft().result()
