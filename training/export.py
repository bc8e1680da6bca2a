"""The trained network as the service runs it: one frozen graph, with its SHA-256 beside."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2


def export(model: Any, path: Path) -> None:
    """Write a network as training.network.build() makes them as a GraphDef, with inputs and outputs by their names.

    And the checksum to a file of the same name that ends in .sha256, as `sha256sum --check` reads it. To build the
    Keras model from its weights wherever it is needed took twice as long, and up to a fifth more work to look with:
    constants can be folded. LiteRT loads in no time, but takes as long again as it looks for each new size of picture.
    """
    picture = [tf.TensorSpec((None, None, None, 3), tf.uint8, name=name) for name in ("a", "b")]

    @tf.function(input_signature=picture)  # type: ignore[untyped-decorator]
    def reported(a: Any, b: Any) -> Any:
        outputs = model([a, b], training=False)
        return {name: tf.identity(output, name=name) for name, output in outputs.items()}

    data = convert_variables_to_constants_v2(reported.get_concrete_function()).graph.as_graph_def().SerializeToString()
    half = path.with_name(f"half.{path.name}")
    half.write_bytes(data)
    half.replace(path)
    path.with_suffix(".sha256").write_text(f"{sha256(data).hexdigest()}  {path.name}\n")
