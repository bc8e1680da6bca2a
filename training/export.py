"""A trained network as the service runs it: one frozen graph, with its SHA-256 beside."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2


def export(model: Any, path: Path) -> None:
    """Write a network as training.network.build() makes them as a GraphDef, with inputs and outputs by their names.

    To build the Keras model from its weights wherever it is needed took twice as long, and up to a fifth more work to
    look with: constants can be folded. LiteRT loads in no time, but takes as long again as it looks for each new size
    of picture.
    """
    picture = [tf.TensorSpec((None, None, None, 3), tf.uint8, name=name) for name in ("a", "b")]

    @tf.function(input_signature=picture)  # type: ignore[untyped-decorator]
    def reported(a: Any, b: Any) -> Any:
        outputs = model([a, b], training=False)
        return {name: tf.identity(output, name=name) for name, output in outputs.items()}

    frozen = convert_variables_to_constants_v2(reported.get_concrete_function())
    write(frozen.graph.as_graph_def().SerializeToString(), path)


def write(data: bytes, path: Path) -> None:
    """Write a file whole or not at all, and its checksum to a file of the same name that ends in .sha256.

    The latter as `sha256sum --check` reads it.
    """
    half = path.with_name(f"half.{path.name}")
    half.write_bytes(data)
    half.replace(path)
    path.with_suffix(".sha256").write_text(f"{sha256(data).hexdigest()}  {path.name}\n")


class Keep(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Writes checkpoint and network after each epoch, whole or not at all."""

    def __init__(self, checkpoint: Path, network: Path, export: Callable[[Any, Path], None]) -> None:
        super().__init__()
        self.checkpoint, self.network, self.export = checkpoint, network, export

    def on_epoch_end(self, _epoch: int, _logs: Any = None) -> None:
        """Keras calls it."""
        half = self.checkpoint.with_name(f"half.{self.checkpoint.name}")
        self.model.save_weights(half, overwrite=True)
        half.replace(self.checkpoint)
        self.export(self.model, self.network)
