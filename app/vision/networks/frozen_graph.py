"""Loads a frozen TensorFlow graph that ships with the program, after checking its SHA-256."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from app.vision.arrays import Float32, UInt8
from app.vision.networks.runtime import prepare_tensorflow

Function = Callable[..., Float32]


def load_graph(path: Path, inputs: Sequence[str], channels: int, outputs: Sequence[str]) -> list[Function]:
    """One function for each output of the graph, from batches of uint8 (n, height, width, channels) to float32.

    The file is one of training/export.py. Raises ValueError if its SHA-256 is not that of the .sha256 file beside it.
    """
    data = path.read_bytes()
    if path.with_suffix(".sha256").read_text().split()[0] != sha256(data).hexdigest():
        raise ValueError(f"{path} is damaged: its SHA-256 is not the one in {path.stem}.sha256")
    prepare_tensorflow()
    import tensorflow as tf

    graph_def = tf.Graph().as_graph_def()
    graph_def.ParseFromString(data)
    batch = tf.TensorSpec((None, None, None, channels), tf.uint8)

    def function(output: str) -> Function:
        """One graph for all sizes, pruned to what the output needs."""

        @tf.function(input_signature=[batch] * len(inputs))  # type: ignore[untyped-decorator]
        def graph(*pictures: Any) -> Any:
            given = dict(zip(inputs, pictures, strict=True))
            return tf.graph_util.import_graph_def(graph_def, given, [f"{output}:0"])[0]

        def run(*pictures: UInt8) -> Float32:
            return np.asarray(graph(*pictures), np.float32)

        return run

    return [function(output) for output in outputs]
