"""A trained network as the service runs it: one frozen graph, with its SHA-256 beside."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2


def export(model: Any, path: Path, inputs: tuple[str, ...], channels: int) -> None:
    """Write a network as a GraphDef whose inputs, uint8 pictures of so many channels, and outputs have their names.

    And the checksum to a file of the same name that ends in .sha256, as `sha256sum --check` reads it. To build the
    Keras model from its weights wherever it is needed took twice as long, and up to a fifth more work to look with:
    constants can be folded. LiteRT loads in no time, but takes as long again as it looks for each new size of picture.
    """
    signature = [tf.TensorSpec((None, None, None, channels), tf.uint8, name=name) for name in inputs]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def reported(*pictures: Any) -> Any:
        outputs = model(list(pictures) if len(pictures) > 1 else pictures[0], training=False)
        return {name: tf.identity(output, name=name) for name, output in outputs.items()}

    data = convert_variables_to_constants_v2(reported.get_concrete_function()).graph.as_graph_def().SerializeToString()
    half = path.with_name(f"half.{path.name}")
    half.write_bytes(data)
    half.replace(path)
    path.with_suffix(".sha256").write_text(f"{sha256(data).hexdigest()}  {path.name}\n")


def export_change_network(model: Any, path: Path) -> None:
    """Write a network as training.network.build() makes them."""
    export(model, path, ("a", "b"), 3)


def export_classifier(model: Any, path: Path) -> None:
    """Write a network as training.kinds.network.build() makes them."""
    export(model, path, ("crops",), 7)


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
